"""One database brought into line with another, table by table in the order of keys.

What is there already is compared and only what differs is written, in bites that are each
committed: a copy that was cut off goes on where it was, also when its source has changed since.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from itertools import chain
from typing import NamedTuple

from sqlalchemy import text

from app.db import accounts, table_rows
from app.db.connection import Connection, Database, first, run
from app.db.table_rows import Key, Row, Table

# It has its one row before anything is kept.
_NEVER_EMPTY = "service_state"


class Digest(NamedTuple):
    """How many rows a table has, and a checksum of them in the order of their keys."""

    rows: int
    checksum: str


class _Stretch(NamedTuple):
    """Neighbouring rows of a source: all those after one key and up to another, None: the ends."""

    rows: list[Row]
    after: Key | None
    until: Key | None


def filled(conn: Connection) -> list[str]:
    """The names of the tables in which something is kept."""
    kept = [each for each in table_rows.tables(conn) if each.name != _NEVER_EMPTY]
    return [each.name for each in kept if not table_rows.is_empty(conn, each)]


def clear(source: Connection, target: Database, table: Table) -> None:
    """Take out of a target's table what its source has not, or not so.

    A row that others refer to stays as long as the source has its key: `fill` changes the rest.
    """
    of, is_kept = table.key_of, table.is_referred_to
    for stretch in _stretches(source, table):
        good = {of(row): row for row in stretch.rows}
        with target.write() as conn:
            for page in table_rows.pages(conn, table, stretch.after, stretch.until):
                there = ((of(row), row) for row in page)
                stale = [
                    key
                    for key, row in there
                    if key not in good or (good[key] != row and not is_kept)
                ]
                table_rows.delete(conn, table, stale)


def fill(source: Connection, target: Database, table: Table) -> Iterator[int]:
    """Put into a cleared table what is missing; after each bite, its rows."""
    of = table.key_of
    for stretch in _stretches(source, table):
        with target.write() as conn:
            pages = table_rows.pages(conn, table, stretch.after, stretch.until)
            there = {of(row): row for row in chain.from_iterable(pages)}
            table_rows.insert(conn, table, [row for row in stretch.rows if of(row) not in there])
            table_rows.update(
                conn, table, [row for row in stretch.rows if there.get(of(row), row) != row]
            )
        yield len(stretch.rows)


def digest(conn: Connection, table: Table) -> Iterator[Digest]:
    """The digest of a table as far as it has been read, after each bite; the last is the whole."""
    rows, checksum = 0, blake2b(digest_size=8)
    yield Digest(0, checksum.hexdigest())
    for page in table_rows.pages(conn, table):
        rows += len(page)
        for row in page:
            checksum.update(repr(row).encode())
        yield Digest(rows, checksum.hexdigest())


CLOCKS = text("""
    SELECT token_epoch, prices_version,
           (SELECT CAST(coalesce(sum(version), 0) AS BIGINT) FROM price_contracts),
           (SELECT CAST(coalesce(sum(version), 0) AS BIGINT) FROM accounts),
           (SELECT count(*) FROM accounts),
           (SELECT count(*) FROM instruments)
    FROM service_state WHERE state_key = 1
""")


def clocks(conn: Connection) -> tuple[int, ...]:
    """Figures of which one grows with every change of accounts, tokens, prices and instruments."""
    return tuple(first(conn, CLOCKS))


SET_REVISION = text("UPDATE alembic_version SET version_num = :revision")


def set_revision(conn: Connection, revision: str) -> None:
    """Say what the database is: of a schema's revision, or under a mark that no service takes."""
    run(conn, SET_REVISION, revision=revision)


def settle(conn: Connection) -> None:
    """Make a filled database ready for a life of its own.

    Every stamp is a new one, so that nothing kept of the source is found under the copy's names.
    """
    for table in table_rows.tables(conn):
        if "stamp" in table.columns:
            _stamp(conn, table)
        if table.counts_keys:
            table_rows.set_sequence(conn, table)
    if conn.dialect.name == "postgresql":
        conn.execute(ANALYZE)


# Without it the server plans by guesses until it finds the time.
ANALYZE = text("ANALYZE")


def _stamp(conn: Connection, table: Table) -> None:
    of = table.key_of
    for page in table_rows.pages(conn, table):
        fresh = [(accounts.new_stamp(), *of(row)) for row in page]
        table_rows.set_column(conn, table, "stamp", fresh)


def _stretches(source: Connection, table: Table) -> Iterator[_Stretch]:
    after: Key | None = None
    for page in table_rows.pages(source, table):
        if len(page) < table.page_rows:
            yield _Stretch(page, after, None)
            return
        until = table.key_of(page[-1])
        yield _Stretch(page, after, until)
        after = until
    yield _Stretch([], after, None)
