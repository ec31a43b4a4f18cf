"""What a view may ask of its request: who calls, about which account, with which typed values.

Messages about bad headers and bodies are made here, those about single values in `typed`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from flask import current_app, g
from flask import request as flask_request
from msgspec import Meta, Struct

from app.blueprints import document, typed
from app.blueprints.typed import Fault
from app.blueprints.values import AskedAccount
from app.domain.accounts import Account
from app.errors import (
    AppError,
    Detail,
    InvalidParameter,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from app.services import access, sessions
from app.services.access import State
from app.services.callers import Caller
from app.services.rendering import Form
from app.services.resources import Resources

BODY_MAX_BYTES = 1024 * 1024
BATCH_MAX_BYTES = 32 * 1024 * 1024
BATCH_MAX = 10_000
FIELDS_MAX = 64
SESSION_ID_LENGTH_MAX = 256
# Below what proxies and clients give up after.
WAIT_MAX_S = 55
JSON = "application/json"
NDJSON = "application/x-ndjson"

# What browsers and dashboards add to get past caches; it changes nothing here.
_IGNORED = frozenset({"_", "_t", "refresh"})
# Ports of a machine share their cookies, so the name must not be everybody's.
SESSION_COOKIE = "trader_session"
_BEARER = re.compile(r"Bearer +(?P<secret>[\x21-\x7e]{1,512}) *", re.IGNORECASE)

Wait = Annotated[
    int,
    Meta(
        ge=0,
        le=WAIT_MAX_S,
        description="Seconds to hold the answer for while `If-None-Match` names it.",
    ),
]
LiveFeed = Annotated[
    Literal["live"], Meta(description="Refuse to answer (503) unless the feed is live.")
]

_S = TypeVar("_S", bound=Struct)
_R = TypeVar("_R", bound="Reading")


class NoQuery(Struct, forbid_unknown_fields=True):
    """No query parameters at all."""


class KeptQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """The query parameters of a resource that is read through the cache."""

    format: Form | None = None


class Reading(KeptQuery, kw_only=True):
    """The query parameters of a resource that belongs to an account."""

    wait: Wait = 0
    require: LiveFeed | None = None


class Query(Reading, kw_only=True):
    """The query parameters of a resource that belongs to the account that they name."""

    account_id: AskedAccount | None = None


def resources() -> Resources:
    """The stores and the clock of this process."""
    found: Resources = current_app.extensions["resources"]
    return found


def state() -> State:
    """How the service and the account that the request names stand; one statement a request."""
    if "state" not in g:
        g.state = access.state(resources(), _named() or resources().default_account_id or "")
    found: State = g.state
    return found


def names_account() -> bool:
    """Whether the request and its caller alone tell which account is meant, not which there are."""
    return bool(_named() or access.current(resources(), caller()))


def _named() -> str | None:
    return (flask_request.view_args or {}).get("account_id") or flask_request.args.get("account_id")


def caller() -> Caller:
    """Who calls; Unauthenticated without a good token or session. A token beats a session."""
    if "caller" not in g:
        session = session_id()
        if session and resources().requires_token:
            g.caller = sessions.caller(resources(), session, state().token_epoch)
        else:
            login(bearer())
    found: Caller = g.caller
    return found


def login(secret: str | None) -> Caller:
    """Whom a token stands for, the caller from now on; a bad one counts against the address that it
    came from.
    """
    address, epoch = flask_request.remote_addr or "", state().token_epoch
    found = g.caller = access.authenticate(resources(), secret, epoch, address)
    return found


def session_id() -> str | None:
    """The session that the request comes with, over or not; None where it brings a token."""
    if "HTTP_COOKIE" not in flask_request.environ:
        return None
    said = flask_request.cookies.get(session_cookie())
    return None if said is None or bearer() else said[:SESSION_ID_LENGTH_MAX]


def session_cookie() -> str:
    """The name of the session's cookie; browsers hold the prefix to what it promises."""
    return f"__Host-{SESSION_COOKIE}" if flask_request.is_secure else SESSION_COOKIE


def bearer() -> str | None:
    """The token that the request brings, good or not."""
    match = _BEARER.fullmatch(flask_request.headers.get("Authorization", ""))
    return match["secret"] if match else None


def query(kind: type[_S]) -> tuple[Account, _S]:
    """The account that the request is about, and its query; the account's fault comes first."""
    given = flask_request.args.to_dict(flat=False)
    return account(given.get("account_id", [None])[0]), _converted(given, kind)


def query_of(account_id: str, kind: type[_R]) -> tuple[Account, _R]:
    """The same where the path names the account."""
    return account(account_id), options(kind)


def account(account_id: str | None) -> Account:
    """An account that was named, or the one that is clear; AccountNotFound if the caller may not
    see it, or if there is none.
    """
    return access.account_for(resources(), caller(), account_id, state())


def account_or_new(account_id: str) -> None:
    """AccountNotFound unless the caller may see the account or make it: who is held to accounts
    makes none.
    """
    if caller().account_ids is not None:
        account(account_id)


def refuse_unseen(sent: Any) -> None:
    """AccountNotFound if a body names an account that is not there for the caller, whatever else
    is wrong with it.
    """
    said = sent.get("account_id") if isinstance(sent, dict) else None
    if isinstance(said, str):
        account(said)


def options(kind: type[_S]) -> _S:
    """The query of a resource that belongs to no single account."""
    return _converted(flask_request.args.to_dict(flat=False), kind)


def options_and_fields(fields: Mapping[str, list[str]], kind: type[_S], *, repeated: str) -> _S:
    """The query and the fields of a form as one; what is `repeated` is joined by commas."""
    given = flask_request.args.to_dict(flat=False)
    for name, said in fields.items():
        given[name] = [*given.get(name, ()), *said]
    if repeated in given:
        given[repeated] = [",".join(given[repeated])]
    return _converted(given, kind)


def account_again(known: Account) -> Account:
    """The account as it is by now, if the caller may still see it."""
    g.pop("state", None)
    g.pop("caller", None)
    return account(known.account_id)


def refuse_encoded() -> None:
    """Bodies come as they are: a small one could unpack to anything."""
    if flask_request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("send the body uncompressed, without Content-Encoding")


def body(limit_bytes: int = BODY_MAX_BYTES) -> Any:
    """The JSON value that was sent."""
    refuse_encoded()
    if flask_request.mimetype != JSON:
        raise UnsupportedMediaType(f"send {JSON} (Content-Type was {_media_type()})")
    return document.parse(_bytes(limit_bytes))


def batch_bytes() -> bytes:
    """The body of a batch, in JSON or NDJSON."""
    refuse_encoded()
    if flask_request.mimetype not in (JSON, NDJSON):
        raise UnsupportedMediaType(f"send {JSON} or {NDJSON} (Content-Type was {_media_type()})")
    return _bytes(BATCH_MAX_BYTES)


def sends_json() -> bool:
    """Whether the body says to be one JSON text."""
    return flask_request.mimetype == JSON


def batch_of(content: bytes) -> list[Any]:
    """The JSON values that were sent: one, an array, or NDJSON's one a line."""
    if flask_request.mimetype == NDJSON:
        return document.parse_lines(content, BATCH_MAX)
    value = document.parse(content)
    sent = value if isinstance(value, list) else [value]
    if len(sent) > BATCH_MAX:
        raise PayloadTooLarge(f"at most {BATCH_MAX} at once (got {len(sent)}): send several")
    return sent


def refuse_foreign(sent: list[Any]) -> None:
    """AccountNotFound for a row of an account that the caller may not see, before any other fault
    is named.
    """
    said = (value.get("account_id") for value in sent if isinstance(value, dict))
    refuse_foreign_accounts(each for each in said if isinstance(each, str))


def refuse_foreign_accounts(account_ids: Iterable[str]) -> None:
    """AccountNotFound for the first of some accounts that the caller may not see."""
    by = caller()
    for account_id in dict.fromkeys(account_ids):
        access.require_sight(by, account_id)


def fields(value: Any, kind: type[_S], row: int | None = None) -> _S | list[Detail]:
    """One object as a typed struct, or the fault of every field that is not what it should be."""
    if not isinstance(value, dict):
        return [Detail("body", "must be a JSON object", row)]
    if len(value) > FIELDS_MAX:
        return [Detail("body", f"has more than {FIELDS_MAX} fields", row)]
    read = typed.from_json(value, kind)
    return [Detail(*fault, row) for fault in read] if isinstance(read, list) else read


def _media_type() -> str:
    return flask_request.mimetype or "missing"


def _bytes(limit: int) -> bytes:
    # One byte more than allowed: a body without a length that ends at the limit may go on.
    flask_request.max_content_length = limit + 1
    sent = flask_request.get_data(cache=False)
    if len(sent) > limit:
        raise PayloadTooLarge(f"the body is larger than {limit} bytes: send several")
    return sent


def _converted(given: Mapping[str, list[str]], kind: type[_S]) -> _S:
    values = {name: said[0] for name, said in given.items() if name not in _IGNORED}
    twice = [name for name, said in given.items() if len(said) > 1 and name not in _IGNORED]
    if twice:
        raise _invalid([(name, f"{name} is given more than once") for name in twice])
    read = typed.from_query(values, kind)
    if isinstance(read, list):
        raise _invalid(read)
    return read


def _invalid(faults: list[Fault]) -> AppError:
    details = [Detail(name, message) for name, message in faults]
    return InvalidParameter(details[0].message, details)
