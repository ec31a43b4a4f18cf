"""Every read of the service is on an index: all statements are explained, none may scan."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import TextClause, text

import app.db
from app.db import schema
from app.db.connection import Database, rows

# A read of one row, or of the rows that another part of the statement has found already.
_HARMLESS = re.compile(r"SCAN (sources|CONSTANT ROW|\(subquery-\d+\)|\d+ CONSTANT ROWS)")
# One row: which revision the schema is at.
_SMALL = {"app.db.schema.CURRENT"}


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


def scans(database: Database, statement: str) -> list[str]:
    """The steps of SQLite's plan that read a whole table or index, or sort into a temporary one."""
    explained = re.sub(r"(?<![:\w]):ids\b", "(:ids)", statement)
    explained = re.sub(r"(?<![:\w]):\w+", "NULL", explained).replace("?", "NULL")
    with database.write() as conn:
        plan = [row[3] for row in rows(conn, text(f"EXPLAIN QUERY PLAN {explained}"))]
    return [
        step
        for step in plan
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
    if name not in _SMALL:
        assert scans(sqlite, statement) == []


def test_there_are_statements_to_explain() -> None:
    assert len(list(statements())) > 40


def test_a_statement_off_every_index_is_found(sqlite: Database) -> None:
    assert scans(sqlite, "SELECT name FROM accounts WHERE name = :name") == ["SCAN accounts"]


def test_a_statement_that_sorts_is_found(sqlite: Database) -> None:
    by_fees = "SELECT fees_micros FROM executions WHERE account_key = :a ORDER BY fees_micros"
    assert scans(sqlite, by_fees) == ["USE TEMP B-TREE FOR ORDER BY"]


def test_each_statement_is_bound_by_exactly_one_function() -> None:
    for path in Path(app.db.__path__[0]).glob("*.py"):
        names = list(ast.walk(ast.parse(path.read_text())))
        used = [each.id for each in names if isinstance(each, ast.Name) and _is_read(each)]
        module = f"app.db.{path.stem}"
        for name in (name for name, _ in statements() if name.rpartition(".")[0] == module):
            assert used.count(name.rpartition(".")[2]) == 1, name


def _is_read(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)
