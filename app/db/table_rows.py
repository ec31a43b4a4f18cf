"""Rows of any table in the order of their keys: read in pages, put in, changed and taken out.

The statements are made of what the database says of its own tables, never of a caller's text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import LargeBinary, MetaData
from sqlalchemy import Table as Reflected

from app.db.connection import Connection, cursor, many

# Rows read, compared and committed together; of tables with long cells fewer.
PAGE_ROWS = 5_000
LONG_PAGE_ROWS = 100
_REVISION_TABLE = "alembic_version"

Row = tuple[Any, ...]
Key = tuple[Any, ...]


class Table(NamedTuple):
    """What a copy knows of a table; the names are the schema's own, so no text of callers."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    is_referred_to: bool
    counts_keys: bool  # By a sequence, which rows that bring their keys do not move.
    page_rows: int

    @property
    def key_of(self) -> Callable[[Row], Key]:
        """What gives a row's key."""
        places = [self.columns.index(each) for each in self.key]
        # Of one place alone the getter would give no tuple.
        return itemgetter(*places) if len(places) > 1 else lambda row: (row[places[0]],)


def tables(conn: Connection) -> list[Table]:
    """Every table in which something is kept, those that others refer to first."""
    found = MetaData()
    found.reflect(conn)
    referred_to = {
        key.column.table.name for table in found.tables.values() for key in table.foreign_keys
    }
    kept = [each for each in found.sorted_tables if each.name != _REVISION_TABLE]
    return [_table(each, is_referred_to=each.name in referred_to) for each in kept]


def _table(found: Reflected, *, is_referred_to: bool) -> Table:
    is_long = any(isinstance(each.type, LargeBinary) for each in found.columns)
    defaults = [getattr(each.server_default, "arg", "") for each in found.primary_key]
    return Table(
        found.name,
        tuple(found.columns.keys()),
        tuple(each.name for each in found.primary_key),
        is_referred_to,
        any("nextval" in str(each) for each in defaults),
        LONG_PAGE_ROWS if is_long else PAGE_ROWS,
    )


def count(conn: Connection, table: Table) -> int:
    """How many rows a table has."""
    ((rows,),) = _asked(conn, f"SELECT count(*) FROM {table.name}", ())  # noqa: S608
    return int(rows)


def is_empty(conn: Connection, table: Table) -> bool:
    """Whether a table has no row."""
    return not _asked(conn, f"SELECT 1 FROM {table.name} LIMIT 1", ())  # noqa: S608


def pages(
    conn: Connection, table: Table, after: Key | None = None, until: Key | None = None
) -> Iterator[list[Row]]:
    """The rows after one key and up to another, from end to end of the table unless told."""
    while page := _page(conn, table, after, until):
        yield page
        if len(page) < table.page_rows:
            return
        after = table.key_of(page[-1])


def _page(conn: Connection, table: Table, after: Key | None, until: Key | None) -> list[Row]:
    key, marks = _listed(table.key), _listed("?" * len(table.key))
    limits = [(">", after), ("<=", until)]
    where = " AND ".join(f"({key}) {sign} ({marks})" for sign, bound in limits if bound)
    statement = (
        f"SELECT {_listed(table.columns)} FROM {table.name} {'WHERE' if where else ''} {where}"  # noqa: S608
        f" ORDER BY {key} LIMIT {table.page_rows}"
    )
    return _asked(conn, statement, (*(after or ()), *(until or ())))


def insert(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Put rows in whose keys are not there."""
    columns = _listed(table.columns)
    if conn.dialect.name != "postgresql":
        marks = _listed("?" * len(table.columns))
        many(conn, f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", rows)  # noqa: S608
        return
    statement = f"COPY {table.name} ({columns}) FROM STDIN"
    with cursor(conn, statement) as own, own.copy(statement) as lines:
        for row in rows:
            lines.write_row(row)


def update(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Change the rows with these keys."""
    values = ", ".join(f"{each} = ?" for each in table.columns)
    statement = f"UPDATE {table.name} SET {values} WHERE {_each(table.key)}"  # noqa: S608
    many(conn, statement, [(*row, *table.key_of(row)) for row in rows])


def delete(conn: Connection, table: Table, keys: Sequence[Key]) -> None:
    """Take the rows with these keys out."""
    many(conn, f"DELETE FROM {table.name} WHERE {_each(table.key)}", keys)  # noqa: S608


def set_column(
    conn: Connection, table: Table, column: str, values: Sequence[tuple[object, ...]]
) -> None:
    """Change one column; each value comes with the key of its row behind it."""
    many(conn, f"UPDATE {table.name} SET {column} = ? WHERE {_each(table.key)}", values)  # noqa: S608


def set_sequence(conn: Connection, table: Table) -> None:
    """Let the keys that a table counts go on behind the highest that it has."""
    (key,) = table.key
    name = f"pg_get_serial_sequence('{table.name}', '{key}')"
    highest = f"SELECT max({key}) AS key FROM {table.name}"  # noqa: S608
    _asked(conn, f"SELECT setval({name}, key) FROM ({highest}) t WHERE key IS NOT NULL", ())  # noqa: S608


def _asked(conn: Connection, statement: str, values: Sequence[object]) -> list[Row]:
    if conn.dialect.name == "postgresql":
        statement = statement.replace("?", "%s")
    with cursor(conn, statement) as own:
        own.execute(statement, values)
        found: list[Row] = own.fetchall()
        return found


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _each(names: Sequence[str]) -> str:
    return " AND ".join(f"{each} = ?" for each in names)
