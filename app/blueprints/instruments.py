"""GET /api/instruments: the products that fills may be in."""

from __future__ import annotations

from flask import Blueprint, Response

from app.blueprints import request, response
from app.blueprints.described import described
from app.blueprints.request import NoQuery
from app.services import instruments
from app.services.bodies import InstrumentBody

bp = Blueprint("instruments", __name__)


@bp.get("")
@described(query=NoQuery, gives=list[InstrumentBody])
def list_all() -> Response:
    """Every instrument with its tick and point value, by symbol."""
    request.options(NoQuery)
    return response.ok(instruments.every(request.resources()))
