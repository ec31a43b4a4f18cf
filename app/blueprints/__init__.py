"""HTTP: one file a resource, views of a few lines; `register` is the URL map on one screen."""

from __future__ import annotations

from flask import Flask

from app.blueprints import (
    accounts,
    dashboard,
    executions,
    health,
    history,
    imports,
    instruments,
    metrics,
    openapi,
    orders,
    performance,
    positions,
    risk,
    session,
    statistics,
    stream,
    surround,
    trades,
    udf,
)


def register(app: Flask) -> None:
    """Put every route on the application, and the ways in and out of every request around them."""
    app.register_blueprint(accounts.bp, url_prefix="/api")
    app.register_blueprint(executions.bp, url_prefix="/api/executions")
    app.register_blueprint(imports.bp, url_prefix="/api/imports")
    app.register_blueprint(history.bp, url_prefix="/api/history")
    app.register_blueprint(history.bp, url_prefix="/history", name="root_history")
    app.register_blueprint(history.incoming, url_prefix="/api/bars")
    app.register_blueprint(instruments.bp, url_prefix="/api/instruments")
    app.register_blueprint(performance.bp, url_prefix="/api/performance")
    app.register_blueprint(performance.bp, url_prefix="/performance", name="root_performance")
    app.register_blueprint(positions.bp, url_prefix="/api/positions")
    app.register_blueprint(positions.bp, url_prefix="/positions", name="root_positions")
    app.register_blueprint(risk.bp, url_prefix="/api/risk")
    app.register_blueprint(session.bp, url_prefix="/api/session")
    app.register_blueprint(orders.bp, url_prefix="/api/orders")
    app.register_blueprint(trades.bp, url_prefix="/api/trades")
    app.register_blueprint(udf.bp, url_prefix="/api/udf")
    app.register_blueprint(statistics.bp, url_prefix="/api/statistics")
    app.register_blueprint(statistics.bp, url_prefix="/statistics", name="root_statistics")
    app.register_blueprint(stream.bp)
    app.register_blueprint(health.bp)
    app.register_blueprint(openapi.bp)
    app.register_blueprint(dashboard.bp, url_prefix="/dashboard")
    app.register_blueprint(metrics.bp)
    surround.register(app)
