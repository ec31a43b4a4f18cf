"""GET /health/...: is this process alive, and can it do its work."""

from __future__ import annotations

from flask import Blueprint, Response

from app.blueprints import request, response, rights
from app.services import health

bp = Blueprint("health", __name__)


@bp.get("/health/live")
@rights.open_to_all
def live() -> Response:
    """Answers while the process serves requests; touches nothing else."""
    return response.ok({"status": "ok"})


@bp.get("/health/ready")
@rights.open_to_all
def ready() -> Response:
    """503 while the database cannot be read and written."""
    return response.ok({"status": "ok", **health.check(request.resources())})


@bp.get("/api/health")
def summary() -> Response:
    """The same for callers with a token."""
    return ready()
