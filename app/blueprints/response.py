"""How every answer leaves: as JSON, or through the cache in the form that was asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from functools import lru_cache
from http import HTTPStatus
from itertools import chain
from typing import Any

import msgspec
from flask import Response, g
from flask import request as flask_request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header, quote_etag

from app import telemetry
from app.blueprints import request
from app.blueprints.replay import LAST_SYNC
from app.blueprints.request import KeptQuery, Reading
from app.domain import instants
from app.domain.accounts import Account
from app.domain.market import Shown
from app.metrics import counts
from app.services import answers, performance, sessions
from app.services.answers import Answer, Asked, Question
from app.services.rendering import MEDIA_TYPES, Form

_CACHEABLE = (
    ("Cache-Control", "private, no-cache"),
    ("Vary", "Accept, Accept-Encoding, Authorization, Cookie"),
)


def ok(value: Any, status: int = HTTPStatus.OK) -> Response:
    """A value as JSON."""
    return Response(msgspec.json.encode(value), status=status, mimetype=request.JSON)


def form_of(asked: KeptQuery) -> Form:
    """The representation: what `format` says, else the first known one of `Accept`, else JSON."""
    if asked.format:
        return asked.format
    accept = flask_request.environ.get("HTTP_ACCEPT")
    return _accepted(accept) if accept else "json"


@lru_cache(maxsize=64)
def _accepted(accept: str) -> Form:
    known = {media_type.partition(";")[0]: each for each, media_type in MEDIA_TYPES.items()}
    best = parse_accept_header(accept, MIMEAccept).best_match(list(known))
    return known[best] if best else "json"


def answer(account: Account, question: Question, asked: Reading) -> Response:
    """A question's answer, read through the cache; 304 when the caller has it already, and still
    has it after `wait` seconds.
    """
    res, form = request.resources(), form_of(asked)
    known = flask_request.if_none_match.contains_weak
    deadline_s = time.monotonic() + asked.wait
    requires = Shown.FEED if asked.require else Shown.NOTHING
    pending = _pending(answers.ask(res, account, question, form, requires))
    while known(pending.tag) and _waited(pending, deadline_s):
        again = request.account_again(account)
        pending = _pending(answers.ask(res, again, question, form, requires))
    if known(pending.tag):
        _may_last(pending, asked)
        return _synced(_cacheable(Response(status=HTTPStatus.NOT_MODIFIED), pending.tag), pending)
    found = answers.answer(res, pending)
    if found.tier == "memory":
        _may_last(pending, asked)
    return _synced(_kept(found, form), pending)


def revalidated(tag: str, form: Form, make: Callable[[], Answer]) -> Response:
    """The answer of an entity tag; 304 when the caller has it already."""
    if flask_request.if_none_match.contains_weak(tag):
        return _cacheable(Response(status=HTTPStatus.NOT_MODIFIED), tag)
    return _kept(make(), form)


def _may_last(pending: Asked, asked: Reading) -> None:
    """Let the same request be answered alike for as long as nothing changes that matters to it."""
    if asked.wait or not request.names_account():
        return
    until_us = sessions.look_again_at_us(request.caller())
    g.lasting = pending.lasting(request.state().token_epoch, until_us)


def _pending(found: Asked) -> Asked:
    """What was asked; FeedStale where a feed is required that is not live now."""
    if found.requires:
        performance.require_live_feed(found.market.feed)
    return found


def _synced(response: Response, pending: Asked) -> Response:
    # Not a part of the body: it changes all the time, and the body does not.
    if pending.account.synced_at_us is not None:
        response.headers[LAST_SYNC] = instants.text(pending.account.synced_at_us)
    return response


def _kept(found: Answer, form: Form) -> Response:
    response = _cacheable(Response(found.content, content_type=MEDIA_TYPES[form]), found.tag)
    response.headers["X-Cache"] = found.tier
    return response


def _waited(pending: Asked, deadline_s: float) -> bool:
    if deadline_s <= time.monotonic():
        return False
    with counts.held("wait"), telemetry.spent("waiting"):
        return answers.wait(request.resources(), pending, deadline_s)


def file(pieces: Generator[bytes, None, None], form: Form, name: str) -> Response:
    """A download, sent piece by piece; a failure after the first one breaks the connection off."""
    begun = chain([next(pieces)], pieces)
    headers = {"Content-Disposition": f"attachment; filename={name}.{form}"}
    download = Response(begun, content_type=MEDIA_TYPES[form], headers=headers)
    # However it ends: what a download holds is let go of at once.
    download.call_on_close(pieces.close)
    return download


def _cacheable(response: Response, tag: str) -> Response:
    response.headers.extend([("ETag", quote_etag(tag, weak=True)), *_CACHEABLE])
    return response
