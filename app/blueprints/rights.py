"""Who may use which route: decided before its view runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, current_app
from flask import request as flask_request

from app.blueprints import request
from app.errors import Forbidden
from app.services.callers import Scope

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_ORIGIN_SHOWN_MAX = 200
_OPEN = "is_open_to_all"
_ENDED_SESSION = "takes_ended_session"
_SCOPE = "needs_scope"
_REFUSES = "refuses_by_itself"
_View = TypeVar("_View", bound=Callable[..., Response])


def open_to_all(view: _View) -> _View:
    """Mark a view that answers without a token."""
    setattr(view, _OPEN, True)
    return view


def takes_ended_session(view: _View) -> _View:
    """Mark a view that takes a session which is over as well as one that is good."""
    setattr(view, _ENDED_SESSION, True)
    return view


def refuses_by_itself(view: _View) -> _View:
    """Mark a view that tells in its own way who it is that may not use it."""
    setattr(view, _REFUSES, True)
    return view


def needs(scope: Scope) -> Callable[[_View], _View]:
    """Mark a view that needs another scope than its method tells."""

    def mark(view: _View) -> _View:
        setattr(view, _SCOPE, scope)
        return view

    return mark


def authorize() -> None:
    """Every route needs a token of the scope that its method asks for, unless it is open."""
    if flask_request.url_rule is None:
        return  # The routing answers that there is nothing, to anyone.
    view = current_app.view_functions[flask_request.endpoint or ""]
    is_safe = flask_request.method in _SAFE_METHODS
    if not is_safe:
        refuse_foreign_page("a write")
    is_leaving = getattr(view, _ENDED_SESSION, False) and request.session_id()
    refuses_by_itself = getattr(view, _REFUSES, False)
    if not is_open(view) and not is_leaving and not refuses_by_itself:
        request.caller().require(scope(view, flask_request.method))


def is_open(view: Callable[..., Any]) -> bool:
    """Whether a view answers without a token."""
    return getattr(view, _OPEN, False)


def scope(view: Callable[..., Any], method: str) -> Scope:
    """The least scope that a caller of a view needs."""
    usual: Scope = "read" if method in _SAFE_METHODS else "write"
    return getattr(view, _SCOPE, usual)


def refuse_foreign_page(what: str) -> None:
    """Browsers send cookies, and reach services that are open, for pages of any site: what changes
    or goes on telling something must come from a page of this service. A request that brings a
    token comes from no page of another.
    """
    origin = flask_request.headers.get("Origin")
    own = f"{flask_request.scheme}://{flask_request.host}"
    if origin == own or request.bearer():
        return
    if origin or request.session_id():
        said = f"it was {origin[:_ORIGIN_SHOWN_MAX]!r}" if origin else "there was none"
        raise Forbidden(
            f"{what} without a bearer token needs the Origin {own} ({said}); behind a proxy,"
            " Host and X-Forwarded-Proto have to reach the service"
        )
