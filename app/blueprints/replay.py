"""Answers that are given again before Flask is asked: the bytes that it made for the same request
of the same caller, for as long as all that they depend on holds.

Nothing is read of a request here but what tells it from another one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask

from app import errors
from app.blueprints import telling
from app.blueprints.telling import Outcome
from app.domain import instants
from app.services.lasting import Lasting, Replays

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LAST_SYNC = "X-Last-Sync"
# Where the application puts, among a request's variables, what its answer may be given again for.
AGAIN = "app.again"

# All that an answer to a GET depends on beside the state of the account and of the tokens.
_TELLS_APART = (
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_AUTHORIZATION",
    "HTTP_COOKIE",
    "HTTP_IF_NONE_MATCH",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_ENCODING",
    "SCRIPT_NAME",
    "wsgi.url_scheme",
)
# What another request would be told otherwise.
_OF_ONE_REQUEST = frozenset({"X-Request-ID", "Server-Timing", LAST_SYNC})


_Headers = list[tuple[str, str]]


class Again(NamedTuple):
    """For as long as what an answer may be given again, and what is told of it each time."""

    lasting: Lasting
    outcome: Outcome


class _Made(NamedTuple):
    status: str
    headers: _Headers
    head: str
    content: bytes
    outcome: Outcome


class Replay:
    """The application, behind the answers that may be given again."""

    def __init__(self, app: Flask) -> None:
        self._app = app.wsgi_app
        self._parts = app.extensions
        self._replays: Replays[_Made] = Replays()

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse, /
    ) -> Iterable[bytes]:
        """Answer a request."""
        if environ["REQUEST_METHOD"] != "GET" or errors.REFUSED in environ:
            return self._app(environ, start_response)
        name = _name(environ)
        return self._again(name, environ, start_response) or self._made(
            name, environ, start_response
        )

    def _again(
        self, name: str, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes] | None:
        found = self._found(name, environ)
        if found is None:
            return None
        made, own = found
        # Our worker takes an answer as a whole: Gunicorn checked its headers when it was made.
        answer = getattr(environ.get("gunicorn.socket"), "answer", None)
        if answer is not None:
            again = partial(self._to_the_same, name) if _is_told_alike(environ, made) else None
            taken: Iterable[bytes] = answer(_whole_answer(made, own), again)
            return taken
        start(made.status, made.headers + own)
        return [made.content]

    def _to_the_same(self, name: str) -> tuple[str, str, bytes] | None:
        """The answer to another request of the same bytes, if it is still the one."""
        found = self._found(name, {})
        return found and _whole_answer(*found)

    def _found(self, name: str, environ: WSGIEnvironment) -> tuple[_Made, _Headers] | None:
        timing = telling.begin(environ)
        found = self._replays.get(self._parts["resources"], name)
        if found is None:
            return None
        made, account = found
        own = telling.end(made.outcome, timing)
        if account.synced_at_us is not None:
            own.append((LAST_SYNC, instants.text(account.synced_at_us)))
        return made, own

    def _made(self, name: str, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        begun: list[Any] = []

        def started(status: str, headers: _Headers, *fault: Any) -> Any:
            begun[:] = status, headers
            return start(status, headers, *fault)

        pieces = self._app(environ, started)
        again: Again | None = environ.get(AGAIN)
        if again is None:
            return pieces
        content = _whole(pieces)
        status, headers = begun
        kept = [each for each in headers if each[0] not in _OF_ONE_REQUEST]
        made = _Made(status, kept, _lines(kept), content, again.outcome)
        self._replays.put(name, again.lasting, made, len(content))
        return [content]


def _name(environ: WSGIEnvironment) -> str:
    said = [environ.get(each) for each in _TELLS_APART]
    # Not the request's own words: a token should not lie in memory for longer than it must.
    return blake2b(repr(said).encode(), digest_size=16).hexdigest()


def _is_told_alike(environ: WSGIEnvironment, made: _Made) -> bool:
    """Whether what is told of a request says nothing that its own words changed: neither the id
    that it was given, nor what had to be masked in the log.
    """
    return "HTTP_X_REQUEST_ID" not in environ and not telling.is_masked(made.outcome)


def _whole_answer(made: _Made, own: _Headers) -> tuple[str, str, bytes]:
    return made.status, made.head + _lines(own), made.content


def _lines(headers: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers)


def _whole(pieces: Iterable[bytes]) -> bytes:
    try:
        return b"".join(pieces)
    finally:
        close = getattr(pieces, "close", None)
        if close:
            close()
