"""The commands of docs/SCALING.md spread every table that there is, by a column that it has."""

from __future__ import annotations

import re
from pathlib import Path

from app.db import table_rows
from app.db.table_rows import Table
from app.services.resources import Resources

PAGE = Path(__file__).parent.parent / "docs" / "SCALING.md"
_COMMAND = re.compile(r"SELECT create_(?P<kind>reference|distributed)_table\(.*?;", re.DOTALL)
_KEYS = {"account_key", "contract_key"}


def named(page: str) -> dict[str, str]:
    """Every table of the commands, and what it is spread by; empty of those kept whole."""
    found: dict[str, str] = {}
    for command in _COMMAND.finditer(page):
        words = re.findall(r"'([a-z_]+)'", re.sub(r"colocate_with => '\w+'", "", command[0]))
        key = "".join(_KEYS.intersection(words))
        found |= dict.fromkeys((each for each in words if each != key), key)
    return found


def faults(page: str, tables: list[Table]) -> list[str]:
    said = named(page)
    there = {each.name: each for each in tables}
    lost = [f"{name} is in no command" for name in there if name not in said]
    unknown = [f"{name} is no table" for name in said if name not in there]
    wrong = [
        f"{name} cannot be spread by {key}"
        for name, key in said.items()
        if key and name in there and there[name].key[0] != key
    ]
    return [*lost, *unknown, *wrong]


def test_the_commands_spread_every_table_by_the_first_column_of_its_key(
    sqlite_res: Resources,
) -> None:
    with sqlite_res.db.read() as conn:
        tables = table_rows.tables(conn)
    assert faults(PAGE.read_text("utf-8"), tables) == []


def test_a_table_that_is_left_out_or_spread_by_another_column_is_found(
    sqlite_res: Resources,
) -> None:
    with sqlite_res.db.read() as conn:
        tables = table_rows.tables(conn)
    page = PAGE.read_text("utf-8").replace("'outbox',", "").replace("'sessions', ", "")
    page = page.replace("'bars', 'contract_key'", "'bars', 'account_key'")
    assert set(faults(page, tables)) == {
        "outbox is in no command",
        "sessions is in no command",
        "bars cannot be spread by account_key",
    }
