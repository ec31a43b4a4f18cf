"""/api/risk: how far an account is from its limits, and a gate that is shut at them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from flask import Blueprint, Response
from flask import request as flask_request
from msgspec import UNSET, Meta, Struct, UnsetType, structs

from app.blueprints import request, response, rights
from app.blueprints.described import Link, described
from app.blueprints.request import JSON, LiveFeed, NoQuery, Query
from app.blueprints.values import Amount, AskedAccount, Id
from app.domain.risk import Mode
from app.errors import (
    AccountNotFound,
    AccountRequired,
    Conflict,
    Detail,
    FeedStale,
    InvalidBody,
    RiskLimitReached,
    RiskUnknown,
)
from app.services import performance, risk, risk_terms
from app.services.risk_bodies import GateBody, PresetBody, ResetBody, RiskBody
from app.services.risk_terms import DAYS_MAX, PRESETS, WARNINGS_MAX, TermsChange

bp = Blueprint("risk", __name__)

_Limit = Annotated[Amount, Meta(extra_json_schema={"exclusiveMinimum": 0})]
_Share = Annotated[
    Decimal,
    Meta(
        description="A part of 1, with at most 4 decimals.",
        extra_json_schema={"exclusiveMinimum": 0, "maximum": 1},
        examples=["0.5"],
    ),
]
_Days = Annotated[int, Meta(extra_json_schema={"minimum": 1, "maximum": DAYS_MAX})]
_Shares = Annotated[
    tuple[_Share, ...],
    Meta(
        description="At which parts of a limit a warning is shown.",
        extra_json_schema={"maxItems": WARNINGS_MAX},
    ),
]
_Preset = Annotated[
    str,
    Meta(
        description="Fills in the limits that the name stands for; the others given beat it.",
        extra_json_schema={"enum": list(PRESETS)},
    ),
]


class TermsBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What an account is held to; what is left out stays as it is, null takes a limit away."""

    preset: _Preset | UnsetType = UNSET
    daily_loss_limit: _Limit | UnsetType | None = UNSET
    max_loss_limit: _Limit | UnsetType | None = UNSET
    max_loss_mode: Mode | UnsetType = UNSET
    profit_target: _Limit | UnsetType | None = UNSET
    consistency_share: _Share | UnsetType | None = UNSET
    minimum_days: _Days | UnsetType | None = UNSET
    warning_shares: _Shares | UnsetType = UNSET


class ResetRequest(Struct, forbid_unknown_fields=True):
    """The account whose maximum loss limit is to be lifted."""

    account_id: Id


class _Gate(Struct, forbid_unknown_fields=True, kw_only=True):
    account_id: AskedAccount | None = None
    require: LiveFeed | None = None


def taken_out(sent: Any) -> tuple[Any, Any]:
    """An account's settings without the terms, and these, unset where there are none: their faults
    are named field by field.
    """
    if not isinstance(sent, dict) or "risk" not in sent:
        return sent, UNSET
    return {name: value for name, value in sent.items() if name != "risk"}, sent["risk"]


def terms(sent: Any) -> TermsChange:
    """What a body sets of an account's terms; InvalidBody names every fault."""
    if not isinstance(sent, dict):
        raise InvalidBody("risk must be a JSON object", [Detail("risk", "must be a JSON object")])
    body = request.fields(sent, TermsBody)
    if isinstance(body, list):
        faults = [Detail(f"risk.{each.field}", f"risk.{each.message}") for each in body]
        raise InvalidBody(faults[0].message, faults)
    change = TermsChange(**structs.asdict(body))
    if change == TermsChange():
        raise InvalidBody("risk must name at least one limit")
    return change


@bp.get("")
@described(
    query=Query,
    gives=RiskBody,
    leads_to=(Link("risk.gate", {"account_id": "$response.body#/account_id"}),),
)
def current() -> Response:
    """Balance, equity, and what is used of each limit; `compliance` is null, never true, when
    anything needed is unknown.
    """
    account, asked = request.query(Query)
    return response.answer(account, risk.question(request.resources(), account), asked)


@bp.get("/gate")
@described(
    query=_Gate,
    gives=GateBody,
    fails=(AccountRequired, AccountNotFound, FeedStale, RiskLimitReached, RiskUnknown),
)
def gate() -> Response:
    """200 while no limit is reached, for `curl -f`: 409 when one is, 503 when nobody can tell."""
    account = request.account(flask_request.args.get("account_id"))
    asked, res = request.options(_Gate), request.resources()
    if asked.require:
        performance.require_live_feed(risk.feed(res, account))
    return response.ok(risk.gate(res, account))


@bp.get("/presets")
@described(query=NoQuery, gives=list[PresetBody])
def presets() -> Response:
    """Limits that a name stands for: `"risk": {"preset": NAME}` fills them in."""
    request.options(NoQuery)
    return response.ok(risk_terms.presets())


@bp.post("/reset")
@rights.needs("admin")
@described(
    query=NoQuery,
    takes={JSON: ResetRequest},
    gives=ResetBody,
    fails=(AccountNotFound, Conflict),
    leads_to=(Link("risk.current", {"account_id": "$response.body#/account_id"}),),
)
def reset() -> Response:
    """Lift a maximum loss limit that was reached; from now on it is judged anew."""
    sent = request.body()
    request.refuse_unseen(sent)
    request.options(NoQuery)
    body = request.fields(sent, ResetRequest)
    if isinstance(body, list):
        raise InvalidBody(body[0].message, body)
    account, caller = request.account(body.account_id), request.caller()
    return response.ok(risk_terms.reset(request.resources(), account.account_id, caller.name))
