"""A whole database moved to another one: from SQLite to PostgreSQL, and back.

Until the copy is known to be right the target stands under a mark that no service takes for a
schema, so that half a copy is never served; the mark also tells a copy that was cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from hashlib import blake2b
from typing import NamedTuple

from app.db import copying, schema, table_rows
from app.db.connection import Connection, Database
from app.db.copying import Digest
from app.db.table_rows import Table
from app.errors import Conflict, DatabaseUnavailable, Detail
from app.services import accounts, verification
from app.services.resources import Resources

# Shows how far a step of some length is; told of each part that is done.
Shown = Callable[[str, int], AbstractContextManager[Callable[[int], object]]]


class Copied(NamedTuple):
    """A table of both databases, and what it holds in each."""

    table: str
    digest: Digest


def copy(res: Resources, target_url: str, shown: Shown) -> list[Copied]:
    """Copy everything as it is at this moment, hold both against each other, and let the target
    be served from now on.

    Conflict where the target holds something else, where the two differ in the end, and where
    the source has been written meanwhile; called again, it goes on with what is missing.
    """
    target = Database(target_url)
    try:
        with res.db.read() as source:
            _claim(res.db, target)
            tables = table_rows.tables(source)
            rows = sum(table_rows.count(source, each) for each in tables)
            with shown("copying", rows) as tell:
                _bring_over(source, target, tables, tell)
            with shown("comparing", 2 * rows) as tell:
                found = [_compared(source, target, each, tell) for each in tables]
            _recomputed(replace(res, db=target), shown)
            _unchanged_since(source, res.db)
        with target.write() as conn:
            copying.settle(conn)
            copying.set_revision(conn, schema.REVISION)
        return found
    finally:
        target.close()


def _claim(source: Database, target: Database) -> None:
    """Put the mark on an empty target, or find it there."""
    if schema.current(source) != schema.REVISION:
        raise Conflict("this database is not up to date: run `flask --app wsgi db upgrade` first")
    mark = _mark(source)
    revision = schema.current(target)
    if revision == mark:
        return
    if revision is None:
        _refuse_what_holds_something(target)
        schema.upgrade(target)
    elif revision != schema.REVISION:
        raise Conflict(
            f"the target is at revision {revision}: it holds another version's data, or a copy of"
            " another database that was cut off; give an empty one"
        )
    _refuse_what_holds_something(target)
    with target.write() as conn:
        copying.set_revision(conn, mark)


def _mark(source: Database) -> str:
    """What stands in the place of a revision: of this source alone, its password left out."""
    place = source.url.set(password=None).render_as_string()
    return (
        f"{schema.COPY_MARK}{schema.REVISION}-{blake2b(place.encode(), digest_size=8).hexdigest()}"
    )


def _refuse_what_holds_something(target: Database) -> None:
    with target.read() as conn:
        names = copying.filled(conn)
    if names:
        held = ", ".join(names)
        raise Conflict(f"the target holds something else, in {held}: give an empty one")


def _bring_over(
    source: Connection, target: Database, tables: list[Table], tell: Callable[[int], object]
) -> None:
    with target.read() as conn:
        begun = [each for each in tables if not table_rows.is_empty(conn, each)]
    # What refers to a row is taken out before it, and put in after it.
    for table in reversed(begun):
        copying.clear(source, target, table)
    for table in tables:
        for rows in copying.fill(source, target, table):
            tell(rows)


def _compared(
    source: Connection, target: Database, table: Table, tell: Callable[[int], object]
) -> Copied:
    here = _last(copying.digest(source, table), tell)
    with target.read() as conn:
        there = _last(copying.digest(conn, table), tell)
    if here != there:
        raise Conflict(
            f"the copy of {table.name} differs: {there.rows} rows, checksum {there.checksum},"
            f" in place of {here.rows}, checksum {here.checksum}; nothing else may use the target"
        )
    return Copied(table.name, there)


def _last(digests: Iterator[Digest], tell: Callable[[int], object]) -> Digest:
    latest = next(digests)
    for digest in digests:
        tell(digest.rows - latest.rows)
        latest = digest
    return latest


def _recomputed(res: Resources, shown: Shown) -> None:
    """Hold what is derived against the executions, in the copy."""
    every = accounts.every(res)
    with shown("verifying", len(every)) as tell:
        for account in every:
            differences = list(verification.differences(res, account.account_id))
            if differences:
                details = [Detail("account_id", f"{account.account_id}: {e}") for e in differences]
                raise Conflict("stored figures are not what the executions make", details)
            tell(1)


def _unchanged_since(snapshot: Connection, source: Database) -> None:
    """Refuse to finish a copy that lacks what was acknowledged while it was made."""
    with source.read() as conn:
        if copying.clocks(conn) == copying.clocks(snapshot):
            return
    raise DatabaseUnavailable(
        "this database was written while it was copied: stop the service and call this again,"
        " which copies what is new"
    )
