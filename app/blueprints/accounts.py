"""/api/accounts: who there is, and the cash that came and went."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, Response
from msgspec import Struct, structs

from app.blueprints import request, response, rights
from app.blueprints.request import NoQuery
from app.domain import instants
from app.domain.periods import Calendar
from app.errors import InvalidBody
from app.services import access, accounts
from app.services.accounts import AccountSettings, Cash

bp = Blueprint("accounts", __name__)


class CashBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A deposit (positive amount) or a withdrawal (negative)."""

    id: str
    amount: Decimal
    occurred_at: str
    note: str | None = None


class SwitchBody(Struct, forbid_unknown_fields=True):
    """The account to select."""

    account_id: str


class SettingsBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Settings of an account; what is left out stays as it is."""

    name: str | None = None
    timezone: str | None = None
    calendar: Calendar | None = None
    currency: str | None = None
    starting_balance: Decimal | None = None
    account_type: str | None = None


@bp.get("/accounts")
def list_all() -> Response:
    """The accounts that the caller may see."""
    request.options(NoQuery)
    res, caller = request.resources(), request.caller()
    found = accounts.overview(res, caller.may_see, access.current(res, caller))
    return response.ok(found)


@bp.get("/account/info")
def info() -> Response:
    """The caller's current account."""
    request.options(NoQuery)
    res, account = request.resources(), request.account(None)
    (found,) = accounts.overview(res, account.account_id.__eq__, account.account_id)
    return response.ok(found)


@bp.post("/account/switch")
@rights.needs("read")
def switch() -> Response:
    """Make an account the one that is meant where none is named."""
    request.options(NoQuery)
    body = request.fields(request.body(), SwitchBody)
    if isinstance(body, list):
        raise InvalidBody(body[0].message, body)
    access.select(request.resources(), request.caller(), request.account(body.account_id))
    return response.ok({"account_id": body.account_id, "selected": True})


@bp.put("/accounts/<account_id>")
@rights.needs("admin")
def change(account_id: str) -> Response:
    """Create an account, or change some of its settings."""
    request.options(NoQuery)
    body = request.fields(request.body(), SettingsBody)
    if isinstance(body, list):
        raise InvalidBody(body[0].message, body)
    res, settings = request.resources(), AccountSettings(**structs.asdict(body))
    accounts.change(res, account_id, settings)
    (found,) = accounts.overview(res, account_id.__eq__, None)
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
