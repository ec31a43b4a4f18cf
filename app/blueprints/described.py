"""What a view takes and gives, said beside it for the document; no request comes through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct

from app.blueprints.request import JSON, KeptQuery
from app.errors import AppError
from app.services.rendering import MEDIA_TYPES

# Where the parameters of the page after this one come from.
NEXT_PAGE = {
    "cursor": "$response.body#/next_cursor",
    "account_id": "$request.query.account_id",
}
_DESCRIPTION = "description"
_View = TypeVar("_View", bound=Callable[..., Any])


class Link(NamedTuple):
    """A request that can follow: the endpoint, and where each of its parameters comes from."""

    endpoint: str
    parameters: Mapping[str, str]


class Description(NamedTuple):
    """What a view takes and gives, and with which status; a `query` of None is one that is not
    looked at.
    """

    gives: Any
    query: type[Struct] | None
    takes: Mapping[str, Any]
    fails: tuple[type[AppError], ...]
    forms: tuple[str, ...]
    leads_to: tuple[Link, ...]
    is_revalidated: bool
    status: int

    @property
    def is_read_through(self) -> bool:
        """Whether the answer comes through the cache, with an entity tag; a file does not."""
        is_kept = self.query is not None and issubclass(self.query, KeptQuery)
        return is_kept and self.gives is not str


def described(
    *,
    gives: Any,
    query: type[Struct] | None,
    takes: Mapping[str, Any] | None = None,
    fails: tuple[type[AppError], ...] = (),
    forms: tuple[str, ...] | None = None,
    leads_to: tuple[Link, ...] = (),
    is_revalidated: bool = False,
    status: int = HTTPStatus.OK,
) -> Callable[[_View], _View]:
    """Say what a view answers with, its query, its body by media type, the failures that do not
    follow from these, what can be asked next, whether its entity tag is all that keeps it, and the
    status of a good answer.
    """
    if forms is None:
        is_kept = query is not None and issubclass(query, KeptQuery)
        forms = tuple(MEDIA_TYPES.values()) if is_kept else (JSON,)

    def mark(view: _View) -> _View:
        said = Description(
            gives, query, takes or {}, fails, forms, leads_to, is_revalidated, status
        )
        setattr(view, _DESCRIPTION, said)
        return view

    return mark


def description(view: Callable[..., Any]) -> Description | None:
    """What was said of a view; None where nothing was."""
    found: Description | None = getattr(view, _DESCRIPTION, None)
    return found
