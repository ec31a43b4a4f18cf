"""/api/accounts: who there is, and the cash that came and went."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, Response
from msgspec import Struct

from app.blueprints import request, response
from app.blueprints.request import NoQuery
from app.domain import instants
from app.errors import InvalidBody
from app.services import accounts
from app.services.accounts import Cash

bp = Blueprint("accounts", __name__)


class CashBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A deposit (positive amount) or a withdrawal (negative)."""

    id: str
    amount: Decimal
    occurred_at: str
    note: str | None = None


@bp.get("/accounts")
def list_all() -> Response:
    """The accounts that the caller may see."""
    request.options(NoQuery)
    res = request.resources()
    found = accounts.overview(res, request.caller().may_see, res.default_account_id)
    return response.ok(found)


@bp.post("/accounts/<account_id>/cash")
def move_cash(account_id: str) -> Response:
    """Note a deposit or withdrawal; its id makes a repetition harmless."""
    request.account(account_id)
    request.options(NoQuery)
    body = request.fields(request.body(), CashBody)
    if isinstance(body, list):
        raise InvalidBody(body[0].message, body)
    try:
        occurred_at_us = instants.parse(body.occurred_at)
    except ValueError as error:
        raise InvalidBody(f"occurred_at {error}") from None
    cash = Cash(body.id, body.amount, occurred_at_us, body.note)
    return response.ok(accounts.move_cash(request.resources(), account_id, cash))
