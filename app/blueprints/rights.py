"""Who may use which route: decided before its view runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Response, current_app
from flask import request as flask_request

from app.blueprints import request
from app.services.callers import Scope

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN = "is_open_to_all"
_SCOPE = "needs_scope"
_View = TypeVar("_View", bound=Callable[..., Response])


def open_to_all(view: _View) -> _View:
    """Mark a view that answers without a token."""
    setattr(view, _OPEN, True)
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
    if getattr(view, _OPEN, False):
        return
    is_safe = flask_request.method in _SAFE_METHODS
    request.caller().require(getattr(view, _SCOPE, "read" if is_safe else "write"))
