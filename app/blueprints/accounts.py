"""/api/accounts: who there is, and the cash that came and went."""

from __future__ import annotations

from flask import Blueprint, Response
from msgspec import UNSET, Struct, UnsetType, structs

from app.blueprints import request, response, rights, risk
from app.blueprints.described import Link, described
from app.blueprints.request import JSON, NoQuery, Reading
from app.blueprints.risk import TermsBody
from app.blueprints.typed import Bound
from app.blueprints.values import Amount, Currency, Id, Moment, Name, Note, ZoneName
from app.domain import instants
from app.domain.periods import Calendar
from app.errors import AccountNotFound, AccountRequired, Conflict, InvalidBody
from app.services import access, accounts
from app.services.accounts import AccountSettings, Cash
from app.services.bodies import AccountBody, Recorded
from app.services.reconciliation import ReconciliationBody, ReconciliationQuestion

bp = Blueprint("accounts", __name__)


class CashBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A deposit (positive amount) or a withdrawal (negative)."""

    id: Id
    amount: Amount
    occurred_at: Moment
    note: Note | None = None


class SwitchBody(Struct, forbid_unknown_fields=True):
    """The account to select."""

    account_id: Id


class Selected(Struct):
    """What became of a selection."""

    account_id: str
    selected: bool


class SettingsBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Settings of an account; what is left out stays as it is."""

    name: Name | None = None
    timezone: ZoneName | None = None
    calendar: Calendar | None = None
    currency: Currency | None = None
    starting_balance: Amount | None = None
    account_type: Name | None = None
    risk: TermsBody | UnsetType = UNSET


class _Window(Reading, kw_only=True):
    start: Bound | None = None
    end: Bound | None = None


@bp.get("/accounts")
@described(
    query=NoQuery,
    gives=list[AccountBody],
    leads_to=(Link("performance.daily", {"account_id": "$response.body#/0/id"}),),
)
def list_all() -> Response:
    """The accounts that the caller may see."""
    request.options(NoQuery)
    res, caller = request.resources(), request.caller()
    found = accounts.overview(res, caller.may_see, access.current(res, caller))
    return response.ok(found)


@bp.get("/account/info")
@described(query=NoQuery, gives=AccountBody, fails=(AccountRequired, AccountNotFound))
def info() -> Response:
    """The caller's current account."""
    request.options(NoQuery)
    res, account = request.resources(), request.account(None)
    (found,) = accounts.overview(res, account.account_id.__eq__, account.account_id)
    return response.ok(found)


@bp.post("/account/switch")
@rights.needs("read")
@described(
    query=NoQuery,
    takes={JSON: SwitchBody},
    gives=Selected,
    fails=(AccountNotFound, Conflict),
    leads_to=(Link("accounts.info", {}),),
)
def switch() -> Response:
    """Make an account the one that is meant where none is named."""
    sent = request.body()
    request.refuse_unseen(sent)
    request.options(NoQuery)
    body = request.fields(sent, SwitchBody)
    if isinstance(body, list):
        raise InvalidBody(body[0].message, body)
    access.select(request.resources(), request.caller(), request.account(body.account_id))
    return response.ok(Selected(body.account_id, selected=True))


@bp.put("/accounts/<account_id>")
@rights.needs("admin")
@described(
    query=NoQuery,
    takes={JSON: SettingsBody},
    gives=AccountBody,
    fails=(Conflict,),
    leads_to=(
        Link("performance.summary", {"account_id": "$response.body#/id"}),
        Link("accounts.move_cash", {"account_id": "$response.body#/id"}),
    ),
)
def change(account_id: str) -> Response:
    """Create an account, or change some of its settings."""
    request.account_or_new(account_id)
    request.options(NoQuery)
    sent, terms = risk.taken_out(request.body())
    body = request.fields(sent, SettingsBody)
    if isinstance(body, list):
        raise InvalidBody(body[0].message, body)
    change = None if terms is UNSET else risk.terms(terms)
    res, settings = request.resources(), AccountSettings(**structs.asdict(body) | {"risk": change})
    accounts.change(res, account_id, settings)
    (found,) = accounts.overview(res, account_id.__eq__, None)
    return response.ok(found)


@bp.get("/accounts/<account_id>/reconciliation")
@described(
    query=_Window,
    gives=ReconciliationBody,
    leads_to=(Link("performance.history", {"account_id": "$request.path.account_id"}),),
)
def reconciliation(account_id: str) -> Response:
    """Our P&L and fees beside the broker's by trading day, and the executions that differ."""
    account, asked = request.query_of(account_id, _Window)
    question = ReconciliationQuestion(
        asked.start.value if asked.start else None, asked.end.value if asked.end else None
    )
    return response.answer(account, question, asked)


@bp.post("/accounts/<account_id>/cash")
@described(
    query=NoQuery,
    takes={JSON: CashBody},
    gives=Recorded,
    fails=(Conflict,),
    leads_to=(Link("performance.history", {"account_id": "$request.path.account_id"}),),
)
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
