"""Is this process alive, can it do its work, and how does what it works with stand."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Response
from msgspec import Struct

from app.blueprints import request, response, rights
from app.blueprints.described import described
from app.blueprints.request import NoQuery
from app.errors import DatabaseUnavailable
from app.services import health
from app.services.health import HealthBody, Readiness

bp = Blueprint("health", __name__)


class Alive(Struct):
    """All that a process can say without looking."""

    status: Literal["ok"]


@bp.get("/health/live")
@rights.open_to_all
@described(query=None, gives=Alive)
def live() -> Response:
    """Answers while the process serves requests; touches nothing else."""
    return response.ok(Alive("ok"))


@bp.get("/health/ready")
@rights.open_to_all
@described(query=None, gives=Readiness, fails=(DatabaseUnavailable,))
def ready() -> Response:
    """503 while the database cannot be read and written; without its Redis it is `degraded`."""
    return response.ok(health.ready(request.resources()))


@bp.get("/api/health")
@described(query=NoQuery, gives=HealthBody)
def summary() -> Response:
    """The same, and what only callers with a token may know."""
    request.options(NoQuery)
    return response.ok(health.summary(request.resources()))
