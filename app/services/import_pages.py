"""An account's imports, page by page, newest first."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from app.cache.keys import Dependencies
from app.db import imports
from app.db.connection import Connection
from app.db.imports import Import
from app.domain import instants
from app.domain.accounts import Account
from app.domain.periods import Span
from app.errors import InvalidCursor
from app.services import cursors
from app.services.bodies import instant
from app.services.cursors import Cursor
from app.services.import_log import NUMBER_END
from app.services.kinds import Instant
from app.services.market import Standing

LIMIT_MAX = 500

_DIGITS_MAX = 18


class ImportBody(Struct):
    """A file that brought something in: `accepted` executions and `orders_accepted` orders of what
    its rows hold. `undone_at` is null until they are taken out again.
    """

    id: str
    account_id: str
    file: str
    format: str
    sha256: str
    rows: int
    accepted: int
    duplicates: int
    orders_accepted: int
    orders_duplicates: int
    created_at: Instant
    created_by: str
    undone_at: Instant | None


class ImportsBody(Struct):
    """A page of imports."""

    items: list[ImportBody]
    next_cursor: str | None


class ImportsQuestion(NamedTuple):
    """The imports after a page, or the newest."""

    limit: int
    cursor: str | None

    def dependencies(self, account: Account, now_us: int) -> Dependencies:  # noqa: ARG002
        """Every import that is listed changed the account, and so does undoing it."""
        _number_before(account, self.cursor)
        return Dependencies(
            resource="imports",
            account_key=account.account_key,
            version=account.version,
            stamp=account.stamp,
            parameters=tuple(self),
        )

    def body(self, conn: Connection, standing: Standing, now_us: int) -> ImportsBody:  # noqa: ARG002
        """One page; InvalidCursor for a cursor of another list."""
        account = standing.account
        number = _number_before(account, self.cursor)
        found = imports.before(conn, account.account_key, number, self.limit + 1)
        page = found[: self.limit]
        is_last = len(found) == len(page)
        return ImportsBody(
            [_body(account, each) for each in page],
            None if is_last else _next_cursor(account, page[-1]),
        )


def _body(account: Account, each: Import) -> ImportBody:
    return ImportBody(
        each.import_id,
        account.account_id,
        each.file_name,
        each.format,
        each.digest,
        each.row_count,
        each.accepted,
        each.duplicates,
        each.orders_accepted,
        each.orders_duplicates,
        instants.text(each.created_at_us),
        each.created_by,
        instant(each.undone_at_us),
    )


def _mark(account: Account) -> str:
    return cursors.mark("imports", account.account_id)


def _next_cursor(account: Account, last: Import) -> str:
    at_us = last.created_at_us
    return cursors.encode(
        Cursor(at_us, str(last.import_number), Span(at_us, at_us)), _mark(account)
    )


def _number_before(account: Account, cursor: str | None) -> int:
    if cursor is None:
        return NUMBER_END
    said = cursors.decode(cursor, _mark(account)).id
    if not (said.isascii() and said.isdigit() and len(said) <= _DIGITS_MAX):
        raise InvalidCursor("this cursor names no import: take next_cursor as it was given")
    return int(said)
