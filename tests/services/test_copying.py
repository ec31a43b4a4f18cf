"""A database copied to one of the other kind: whole, once, resumed, refused, and its own after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.cache.memory import Memory
from app.cache.read_through import ReadThrough
from app.cache.shared import Nothing
from app.db import copying as copying_rows
from app.db import schema, table_rows
from app.db.connection import Connection, Database
from app.db.table_rows import Row, Table
from app.errors import Conflict, DatabaseUnavailable
from app.services import access, accounts, copying, instruments, verification
from app.services.position_pages import PositionsQuestion
from app.services.resources import Resources
from app.services.statistics import StatisticsQuestion
from tests import streams
from tests.arrival import record
from tests.bar_notes import bar, minutes, put
from tests.conftest import Clock, resources_on, told
from tests.copies import ACCOUNTS, PARTS, CutOff, content, copy, cut_off_after, trade, unseen

EVERYTHING = StatisticsQuestion(None, None, None, None, None, None, None)
POSITIONS = PositionsQuestion("all", None, None, None, None, None, 50, None)
# Tables of which a copy of these histories has rows, those of edits among them.
HELD = {
    *("accounts", "bars", "bar_coverage", "cash_movements", "execution_tombstones"),
    *("execution_versions", "executions", "outbox", "performance_day", "position_effects"),
    *("positions", "price_contracts", "tokens", "token_accounts", "trade_columns", "trade_kinds"),
}
EVERYWHERE = ["sqlite to postgres", "postgres to sqlite"]

Pair = tuple[Resources, Database]


@pytest.fixture(params=EVERYWHERE)
def pair(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Pair]:
    """A service on one database, and an empty database of the other kind."""
    source, _, target = request.param.partition(" to ")
    names = (f"{source}_url", f"bare_{target}_url")
    here, there = (Database(request.getfixturevalue(name)) for name in names)
    clock.set("2026-06-01T00:00:00Z")
    yield resources_on(here, clock), there
    here.close()
    there.close()


@pytest.fixture
def to_postgres(sqlite_res: Resources, bare_postgres_url: str) -> Iterator[Pair]:
    """One of the two, for what does not depend on the direction."""
    there = Database(bare_postgres_url)
    yield sqlite_res, there
    there.close()


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few rows at once that every table has several pages."""
    monkeypatch.setattr(table_rows, "PAGE_ROWS", 7)
    monkeypatch.setattr(table_rows, "LONG_PAGE_ROWS", 3)


def answers(res: Resources) -> list[Any]:
    every = [told(res, each, question) for each in ACCOUNTS for question in (EVERYTHING, POSITIONS)]
    return [{**each, "next_cursor": None} for each in every]


@pytest.mark.usefixtures("small_pages")
def test_a_copy_holds_what_its_source_holds_and_answers_the_same(
    pair: Pair,
) -> None:
    res, target = pair
    for part in range(1, PARTS + 1):
        trade(res, part)
    copied = copy(res, target)
    assert content(target) == content(res.db)
    held = {name for name, rows in content(res.db).items() if rows}
    assert held >= HELD
    assert {each.table: each.digest.rows for each in copied} == {
        name: len(rows) for name, rows in content(res.db).items()
    }
    there = replace(resources_on(target, Clock()), now_us=res.now_us)
    assert answers(there) == answers(res)
    assert schema.upgrade(target) is False


def test_the_copy_goes_on_with_keys_and_histories_of_its_own(pair: Pair) -> None:
    res, target = pair
    trade(res, 1)
    copy(res, target)
    there = replace(resources_on(target, Clock()), now_us=res.now_us)
    for each in (res, there):
        trade(each, 2)
        record(each, "new", streams._stream(("MNQZ5",), range(20)))
        access.create_token(each, "new", "read", ())
        put(each, "MESZ5", minutes("2025-11-06T15:00:00Z", 1, 2))
    assert answers(there) == answers(res)
    for account in accounts.every(there):
        assert list(verification.differences(there, account.account_id)) == []


@pytest.mark.usefixtures("small_pages")
def test_a_copy_that_was_cut_off_anywhere_goes_on_with_what_its_source_holds_by_then(
    pair: Pair,
) -> None:
    res, target = pair
    url = target.url.render_as_string(hide_password=False)
    trade(res, 1)
    for part, done in enumerate((0, 3, 40, 130), start=2):
        with pytest.raises(CutOff):
            copying.copy(res, url, cut_off_after(done))
        with pytest.raises(DatabaseUnavailable, match="not finished"):
            schema.upgrade(target)
        trade(res, part)
    delete_token(res)
    copy(res, target)
    assert content(target) == content(res.db)


def delete_token(res: Resources) -> None:
    with res.db.write() as conn:
        conn.execute(text("DELETE FROM token_accounts WHERE token_key = 1"))
        conn.execute(text("DELETE FROM tokens WHERE token_key = 1"))


@pytest.mark.usefixtures("small_pages")
def test_what_is_there_already_is_not_written_again(
    to_postgres: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    res, target = to_postgres
    trade(res, 1)
    with pytest.raises(CutOff):
        copying.copy(res, target.url.render_as_string(hide_password=False), cut_off_after(60))
    there = sum(len(rows) for rows in content(target).values())
    written = 0
    insert = table_rows.insert

    def counted(conn: Connection, table: Table, rows: list[Row]) -> None:
        nonlocal written
        written += len(rows)
        insert(conn, table, rows)

    monkeypatch.setattr(table_rows, "insert", counted)
    copy(res, target)
    assert there > 100
    assert written == sum(len(rows) for rows in content(res.db).values()) - there


# --- Refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("INSERT INTO instruments SELECT 'X', '', '', 1, 1, 'USD', '', '', 0", "in instruments"),
        ("UPDATE alembic_version SET version_num = '0001'", "at revision 0001"),
        ("UPDATE alembic_version SET version_num = 'copy-0001-aa'", "at revision copy-0001-aa"),
    ],
)
def test_a_target_that_holds_something_else_is_refused_and_left_alone(
    to_postgres: Pair, statement: str, fault: str
) -> None:
    res, target = to_postgres
    trade(res, 1)
    schema.upgrade(target)
    with target.write() as conn:
        conn.execute(text(statement))
    before, revision = content(target), schema.current(target)
    with pytest.raises(Conflict, match=fault):
        copy(res, target)
    assert (content(target), schema.current(target)) == (before, revision)


def test_a_target_with_tables_of_others_is_refused(to_postgres: Pair) -> None:
    res, target = to_postgres
    with target.write() as conn:
        conn.execute(text("CREATE TABLE theirs (id INTEGER PRIMARY KEY)"))
        conn.execute(text("INSERT INTO theirs VALUES (1)"))
    with pytest.raises(Conflict, match="in theirs"):
        copy(res, target)


def new_product(res: Resources) -> None:
    instruments.add(res, instruments.Facts("XY", "", "", Decimal(1), Decimal(1), "USD"))


@pytest.mark.parametrize("write", [lambda res: trade(res, 2), new_product])
def test_a_copy_of_a_source_that_is_written_meanwhile_is_finished_by_calling_again(
    to_postgres: Pair, write: Callable[[Resources], object]
) -> None:
    res, target = to_postgres
    trade(res, 1)

    @contextmanager
    def written_into(label: str, _: int) -> Iterator[Callable[[int], object]]:
        if label == "copying":
            write(res)
        yield lambda _: None

    with pytest.raises(DatabaseUnavailable, match="written while it was copied"):
        copying.copy(res, target.url.render_as_string(hide_password=False), written_into)
    with pytest.raises(DatabaseUnavailable, match="not finished"):
        schema.upgrade(target)
    copy(res, target)
    assert content(target) == content(res.db)


def test_a_source_whose_figures_are_not_what_the_executions_make_is_not_taken_over(
    to_postgres: Pair,
) -> None:
    res, target = to_postgres
    trade(res, 1)
    with res.db.write() as conn:
        conn.execute(text("UPDATE performance_day SET net_micros = net_micros + 1"))
    with pytest.raises(Conflict, match="not what the executions make"):
        copy(res, target)


# --- What a bad copy would do --------------------------------------------------------------------


def drops_a_row(conn: Connection, table: Table, rows: list[Row]) -> None:
    _insert(conn, table, rows[:-1] if table.name == "positions" else rows)


def changes_a_cell(conn: Connection, table: Table, rows: list[Row]) -> None:
    is_chosen = table.name == "executions" and rows
    _insert(conn, table, [(*rows[0][:-1], rows[0][-1] + 1), *rows[1:]] if is_chosen else rows)


_insert = table_rows.insert


@pytest.mark.parametrize("bad", [drops_a_row, changes_a_cell])
def test_a_copy_that_loses_a_row_or_changes_a_cell_is_found_and_never_served(
    to_postgres: Pair, monkeypatch: pytest.MonkeyPatch, bad: Callable[..., None]
) -> None:
    res, target = to_postgres
    trade(res, 1)
    with monkeypatch.context() as patched:
        patched.setattr(table_rows, "insert", bad)
        with pytest.raises(Conflict, match="nothing else may use the target"):
            copy(res, target)
    with pytest.raises(DatabaseUnavailable, match="not finished"):
        schema.upgrade(target)
    copy(res, target)
    assert content(target) == content(res.db)


def excursions(res: Resources, target: Database) -> list[Any]:
    """How far a trade went by each database's own bars, both asked through one cache."""
    cache = ReadThrough(Memory(), Nothing())
    here = replace(res, cache=cache)
    there = replace(resources_on(target, Clock()), now_us=res.now_us, cache=cache)
    found = []
    for each, worst in ((here, 1), (there, 2)):
        put(each, "MNQZ5", [bar("2025-11-06T15:00:00Z", worst), *LATER])
        found.append(told(each, "A", POSITIONS))
    return found


LATER = minutes("2025-11-06T15:01:00Z", 3, 3, 3)


def a_trade(res: Resources) -> None:
    first = streams._stream(("MNQZ5",), [1])[0]._replace(sequence=0, quantity=1)
    for number, side in enumerate(("BUY", "SELL")):
        at = datetime(2025, 11, 6, 15, 2 * number, 30, tzinfo=UTC)
        fill = first._replace(execution_id=f"e{number}", side=side, executed_at=at)
        record(res, "A", [fill])


def test_nothing_that_is_kept_of_the_source_is_served_by_the_copy(to_postgres: Pair) -> None:
    res, target = to_postgres
    a_trade(res)
    copy(res, target)
    here, there = excursions(res, target)
    assert here["items"][0]["mae"] != there["items"][0]["mae"]


def test_a_copy_with_the_source_s_stamps_would_serve_the_source_s_answers(
    to_postgres: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying_rows, "_stamp", lambda *_: None)
    res, target = to_postgres
    a_trade(res)
    copying.copy(res, target.url.render_as_string(hide_password=False), unseen)
    here, there = excursions(res, target)
    assert here == there
