"""GET /api/instruments: the products that fills may be in."""

from __future__ import annotations

from flask import Blueprint, Response

from app.blueprints import request, response
from app.blueprints.request import NoQuery
from app.services import instruments

bp = Blueprint("instruments", __name__)


@bp.get("")
def list_all() -> Response:
    """Every instrument with its tick and point value, by symbol."""
    request.options(NoQuery)
    return response.ok(instruments.every(request.resources()))
