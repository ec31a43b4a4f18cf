"""Every read of the service is on an index: all statements are explained, none may scan."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import TextClause, text

import app.db
from app.db import schema
from app.db.connection import Connection, Database, rows

pytestmark = pytest.mark.sqlite_only("it reads the plans of SQLite")

# A read of one row, or of the rows that another part of the statement has found already.
_HARMLESS = re.compile(
    r"SCAN (sources|others|traded|held|frames|CONSTANT ROW|\(subquery-\d+\)|\d+ CONSTANT ROWS)"
)
INDEXES = text("""
    SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name
""")
# One row: which revision the schema is at.
_SMALL = {"app.db.schema.CURRENT"}
# Backups, restores and copies read all there is.
_OF_EVERYTHING = {"app.db.copies", "app.db.copying", "app.db.timelines"}
# All accounts that have limits: looked for when prices of the past come in, and to verify.
_OF_ALL_LIMITS = {"app.db.risk.TOUCHED", "app.db.risk.KEEPING"}
# SQLite cannot even read it.
_OF_POSTGRES = {"app.db.footprint.POSTGRES_BYTES"}


def statements() -> Iterator[tuple[str, str]]:
    """Every statement of the database package by the name of its constant."""
    for module in pkgutil.iter_modules(app.db.__path__, "app.db."):
        if module.ispkg:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, TextClause):
                yield f"{module.name}.{name}", value.text
            elif name.isupper() and isinstance(value, str) and _is_statement(value):
                yield f"{module.name}.{name}", value


def _is_statement(value: str) -> bool:
    return value.split(maxsplit=1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}


def reads_everything(name: str) -> bool:
    return name.rpartition(".")[0] in _OF_EVERYTHING


def plan(conn: Connection, statement: str) -> list[str]:
    """The steps that SQLite would take."""
    explained = re.sub(r"(?<![:\w]):ids\b", "(:ids)", statement)
    explained = re.sub(r"(?<![:\w]):\w+", "NULL", explained).replace("?", "NULL")
    return [row[3] for row in rows(conn, text(f"EXPLAIN QUERY PLAN {explained}"))]


def scans(database: Database, statement: str) -> list[str]:
    """The steps of SQLite's plan that read a whole table or index, or sort into a temporary one."""
    with database.write() as conn:
        steps = plan(conn, statement)
    return [
        step
        for step in steps
        if ("SCAN" in step or "TEMP B-TREE" in step) and not _HARMLESS.fullmatch(step)
    ]


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    db = Database(f"sqlite:///{tmp_path_factory.mktemp('plans') / 'trader.db'}")
    schema.upgrade(db)
    yield db
    db.close()


@pytest.mark.feature("TPA-04", "TPA-21", "TPA-22")
@pytest.mark.parametrize(("name", "statement"), list(statements()))
def test_no_statement_scans(name: str, statement: str, sqlite: Database) -> None:
    if name not in _SMALL | _OF_POSTGRES | _OF_ALL_LIMITS and not reads_everything(name):
        assert scans(sqlite, statement) == []


def test_there_are_statements_to_explain() -> None:
    assert len(list(statements())) > 40


def test_a_statement_off_every_index_is_found(sqlite: Database) -> None:
    assert scans(sqlite, "SELECT name FROM accounts WHERE name = :name") == ["SCAN accounts"]


def test_a_statement_that_sorts_is_found(sqlite: Database) -> None:
    by_fees = "SELECT fees_micros FROM executions WHERE account_key = :a ORDER BY fees_micros"
    assert scans(sqlite, by_fees) == ["USE TEMP B-TREE FOR ORDER BY"]


@pytest.mark.feature("TPA-04")
def test_no_plan_depends_on_the_order_in_which_indexes_were_made(sqlite: Database) -> None:
    asked = {
        name: each
        for name, each in statements()
        if name not in _OF_POSTGRES and not reads_everything(name)
    }
    made = [plans(sqlite, asked, order) for order in (1, -1)]
    assert made[0] == made[1]


def test_a_plan_that_depends_on_the_order_of_indexes_is_found(sqlite: Database) -> None:
    either = {
        "either index": """
            SELECT position_id FROM positions
            WHERE account_key = :account_key AND contract = :contract
              AND (closed_at_us, close_sequence, close_execution_id) >= (:from_us, :number, :id)
              AND (closed_at_us, close_sequence, close_execution_id) <= (:to_us, :number, :id)
            ORDER BY closed_at_us, close_sequence, close_execution_id
        """
    }
    assert plans(sqlite, either, 1) != plans(sqlite, either, -1)


def plans(database: Database, asked: Mapping[str, str], order: int) -> dict[str, list[str]]:
    """SQLite's plans where indexes were made by name, or the other way round: which of two that
    seem as good it takes depends on nothing else.
    """
    with database.write() as conn:
        made = rows(conn, INDEXES)
        for name, _ in made:
            conn.exec_driver_sql(f"DROP INDEX {name}")
        for _, statement in made[::order]:
            conn.exec_driver_sql(statement)
        return {name: plan(conn, statement) for name, statement in asked.items()}


def test_each_statement_is_bound_by_exactly_one_function() -> None:
    for path in Path(app.db.__path__[0]).glob("*.py"):
        names = list(ast.walk(ast.parse(path.read_text())))
        used = [each.id for each in names if isinstance(each, ast.Name) and _is_read(each)]
        module = f"app.db.{path.stem}"
        for name in (name for name, _ in statements() if name.rpartition(".")[0] == module):
            assert used.count(name.rpartition(".")[2]) == 1, name


def _is_read(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)
