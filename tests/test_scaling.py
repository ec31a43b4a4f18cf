"""What docs/SCALING.md says of spreading tables over machines holds of every table there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import inspect

from app.db.connection import Connection
from app.services.resources import Resources

PAGE = Path(__file__).parent.parent / "docs" / "SCALING.md"
_ROW = re.compile(
    r"^\| (?:a reference table|distributed by `(?P<key>\w+)`)[^|]*\|(?P<names>[^|]+)\|"
)


class Table(NamedTuple):
    """The keys of a table, and the tables that its foreign keys are to."""

    keys: tuple[tuple[str, ...], ...]
    refers_to: tuple[tuple[tuple[str, ...], str], ...]


def named(page: str) -> dict[str, str]:
    """Every table of the page, and what it is spread by; empty of those kept whole."""
    found: dict[str, str] = {}
    for row in filter(None, map(_ROW.match, page.splitlines())):
        found |= dict.fromkeys(re.findall(r"`(\w+)`", row["names"]), row["key"] or "")
    return found


def tables(conn: Connection) -> dict[str, Table]:
    """Every table of the schema."""
    found = inspect(conn)
    names = [each for each in found.get_table_names() if each != "alembic_version"]
    return {
        name: Table(
            keys=(
                tuple(found.get_pk_constraint(name)["constrained_columns"]),
                *(
                    tuple(map(str, each["column_names"]))
                    for each in found.get_indexes(name)
                    if each["unique"]
                ),
                *(
                    tuple(map(str, each["column_names"]))
                    for each in found.get_unique_constraints(name)
                ),
            ),
            refers_to=tuple(
                (tuple(each["constrained_columns"]), each["referred_table"])
                for each in found.get_foreign_keys(name)
            ),
        )
        for name in names
    }


def faults(page: str, there: dict[str, Table]) -> list[str]:
    """What is missing, and what Citus refuses: it compares no row of one node with another's."""
    said = named(page)
    lost = [f"{name} is in no row" for name in there if name not in said]
    unknown = [f"{name} is no table" for name in said if name not in there]
    known = {name: key for name, key in said.items() if name in there}
    unique = [
        f"{name} is unique by {', '.join(columns)}, without {key}"
        for name, key in known.items()
        for columns in there[name].keys
        if key and key not in columns
    ]
    referring = [
        f"{name} refers to {other}, which lies elsewhere"
        for name, key in known.items()
        for columns, other in there[name].refers_to
        if not (said.get(other) == "" or (key and said.get(other) == key and key in columns))
    ]
    return [*lost, *unknown, *unique, *referring]


def test_every_key_of_every_table_is_one_that_a_cluster_can_hold(sqlite_res: Resources) -> None:
    with sqlite_res.db.read() as conn:
        there = tables(conn)
    assert len(there) > 30
    assert faults(PAGE.read_text("utf-8"), there) == []


def test_a_table_that_is_left_out_or_cannot_be_spread_so_is_found(sqlite_res: Resources) -> None:
    with sqlite_res.db.read() as conn:
        there = tables(conn)
    page = PAGE.read_text("utf-8").replace("`outbox`, ", "").replace("`price_contracts`, ", "")
    page = page.replace("`accounts`, ", "").replace("`orders`, ", "`orders`, `accounts`, ")
    page = page.replace("`syncs`, ", "`syncs`, `price_contracts`, ")
    assert set(faults(page, there)) == {
        "outbox is in no row",
        "accounts is unique by account_id, without account_key",
        "price_contracts is unique by contract_key, without account_key",
        "price_contracts is unique by root, delivery_month, without account_key",
        "bars refers to price_contracts, which lies elsewhere",
        "bar_coverage refers to price_contracts, which lies elsewhere",
    }
