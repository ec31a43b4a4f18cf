"""/metrics for Prometheus, /api/metrics for people and the dashboard."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from app.blueprints import request, response, rights
from app.blueprints.described import described
from app.blueprints.request import NoQuery
from app.services import metrics
from app.services.metrics import MetricsBody

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
@rights.open_to_all
@described(query=None, gives=str, forms=(CONTENT_TYPE_PLAIN_0_0_4,))
def exposition() -> Response:
    """What all workers have counted; no account and no token is in it."""
    content = metrics.exposition(request.resources())
    return Response(content, content_type=CONTENT_TYPE_PLAIN_0_0_4)


@bp.get("/api/metrics")
@described(query=NoQuery, gives=MetricsBody)
def summary() -> Response:
    """Calls, errors, latencies and cache hits of each route since the service started."""
    request.options(NoQuery)
    return response.ok(metrics.summary(request.resources()))
