"""Many rows at once: each database keeps them as they are, and says the same of bad ones."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.db import connection
from app.db.connection import Database, Row, many, rows
from app.errors import InvalidBody

PUT = "INSERT INTO imported (number, said, kept) VALUES (?, ?, ?)"
PUT_NEW = f"{PUT} ON CONFLICT (number) DO NOTHING"
TABLE = {
    "sqlite": "CREATE TABLE imported (number INTEGER PRIMARY KEY, said TEXT, kept BLOB)",
    "postgresql": "CREATE TABLE imported (number BIGINT PRIMARY KEY, said TEXT, kept BYTEA)",
}
FOUND = text("SELECT number, said, kept FROM imported ORDER BY number")
ODD = ["", "\\N", "\\.", "a\tb\nc\r\\d", '",', "é😀", "%s ? :x", None]


@pytest.fixture
def db(database: Database) -> Database:
    with database.write() as conn:
        conn.execute(text(TABLE[conn.dialect.name]))
    return database


def put(db: Database, found: Sequence[Row], statement: str = PUT) -> None:
    with db.write() as conn:
        many(conn, statement, found)


def kept(db: Database) -> list[Row]:
    with db.read() as conn:
        return [tuple(row) for row in rows(conn, FOUND)]


@pytest.mark.feature("TPA-32")
def test_rows_are_kept_as_they_are_whatever_is_in_them(db: Database) -> None:
    odd = [
        (n, said, None if said is None else said.encode())
        for n, said in enumerate(ODD, start=-(2**63))
    ]
    put(db, odd)
    assert kept(db) == odd


@pytest.mark.parametrize("statement", [PUT, PUT_NEW])
def test_a_number_that_cannot_be_kept_is_the_callers_fault_and_nothing_is_kept(
    db: Database, statement: str
) -> None:
    with pytest.raises(InvalidBody):
        put(db, [(1, "one", None), (2**63, "two", None)], statement)
    assert kept(db) == []


def test_a_row_that_is_there_is_a_fault_unless_the_statement_says_what_then(db: Database) -> None:
    one = (1, "one", None)
    put(db, [one])
    with pytest.raises(IntegrityError):
        put(db, [(2, "two", None), (1, "other", None)])
    assert kept(db) == [one]
    put(db, [(2, "two", None), (1, "other", None)], PUT_NEW)
    assert kept(db) == [one, (2, "two", None)]


def test_only_an_insert_that_does_nothing_else_is_copied() -> None:
    assert connection._as_copy(PUT) == "COPY imported (number, said, kept) FROM STDIN"
    for other in (
        PUT_NEW,
        "INSERT INTO imported (number, said) VALUES (?, lower(?))",
        "INSERT INTO imported (number) VALUES (?), (?)",
        "DELETE FROM imported WHERE number = ?",
    ):
        assert connection._as_copy(other) is None
