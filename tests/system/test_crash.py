"""SIGKILL of the whole service at any moment, under traders who write at once.

After each kill it is started on the same data: what was acknowledged is there, what was not
answered is there as a whole or not at all, and sending that once more is harmless.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import requests

from app.db.connection import Database
from tests import oracle
from tests.oracle import Basis, Cut, Fill, Point
from tests.service import Service
from tests.streams import ALL, POINT_VALUES
from tests.system import stored, survival
from tests.system.survival import Record, Rows
from tests.system.traders import Trader

# A long run takes more of them.
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "7"))
TRADERS = 4
FIRST_STARTS = 4
VERIFY_EVERY = 5
RUN_MAX_S = 0.5
START_MAX_S = 1.2
ACCOUNT_IDS = ("A1", "A2", "A3")
ALL_TIME = datetime.fromisoformat("2000-01-01T00:00Z"), datetime.fromisoformat("2040-01-01T00:00Z")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path / "data", workers=2)
    yield made
    made.kill()


@pytest.fixture
def db(service: Service) -> Iterator[Database]:
    """The service's database, opened beside it."""
    found = service.database()
    yield found
    found.close()


@pytest.mark.feature("PAM-TRADES-23", "TPA-32", "TPA-14", "TPA-08")
def test_a_kill_at_any_moment_loses_and_doubles_nothing(service: Service, db: Database) -> None:
    traders = [Trader(n, contract, ACCOUNT_IDS) for n, contract in enumerate(ALL[:TRADERS])]
    service.start()
    for number in range(1, ROUNDS + 1):
        is_checkpoint = number % VERIFY_EVERY == 0 or number == ROUNDS
        crash(service, traders, also_while_starting=is_checkpoint)
        check(service, db, traders)
        repeat_unanswered(service, traders)
        check(service, db, traders)
        if is_checkpoint:
            check_derived(service)
    for account_id in ACCOUNT_IDS:
        check_figures(service, account_id, stored.rows(db))
    fates = Counter(record.fate for record in records_of(traders))
    assert min(fates["acknowledged"], fates["unknown"]) > ROUNDS


@pytest.mark.feature("TPA-34")
def test_a_kill_during_the_first_start_leaves_nothing_that_the_next_one_stumbles_over(
    service: Service,
) -> None:
    for number in range(FIRST_STARTS):
        kill_while_starting(service, START_MAX_S * (number + 1) / FIRST_STARTS)
    service.start()
    with service.session() as session:
        assert service.get(session, "/api/accounts") == []


def crash(service: Service, traders: Sequence[Trader], *, also_while_starting: bool) -> None:
    """Kill it at some moment, and start it again."""
    rng = Random()
    trade_until_killed(service, traders, rng.uniform(0, RUN_MAX_S))
    if also_while_starting:
        kill_while_starting(service, rng.uniform(0, START_MAX_S))
    service.start()


def trade_until_killed(service: Service, traders: Sequence[Trader], after_s: float) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(len(traders)) as pool:
        sessions = [stack.enter_context(service.session()) for _ in traders]
        pairs = zip(traders, sessions, strict=True)
        running = [pool.submit(trader.trade, session, service.url) for trader, session in pairs]
        time.sleep(after_s)
        service.kill()
        for each in running:
            each.result()


def kill_while_starting(service: Service, after_s: float) -> None:
    service.launch()
    time.sleep(after_s)
    service.kill()


def repeat_unanswered(service: Service, traders: Sequence[Trader]) -> None:
    with service.session() as session:
        for trader in traders:
            trader.repeat(session, service.url)


def records_of(traders: Sequence[Trader]) -> list[Record]:
    return [record for trader in traders for record in trader.records]


def check(service: Service, db: Database, traders: Sequence[Trader]) -> None:
    """Hold what is there against what was sent."""
    with service.session() as session:
        versions = {a: version_of(service, session, a) for a in ACCOUNT_IDS}
    assert survival.faults(records_of(traders), stored.rows(db), versions) == []
    assert stored.damage(db) == []


def version_of(service: Service, session: requests.Session, account_id: str) -> int:
    """0 for an account that does not exist, which must be said."""
    url = f"{service.url}/api/performance/daily"
    answer = session.get(url, params={"account_id": account_id}, timeout=10)
    assert answer.status_code in (200, 404), answer.text
    version: int = answer.json().get("version", 0)
    return version


def check_derived(service: Service) -> None:
    """Every position and total is what the executions make."""
    verified = service.flask("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def check_figures(service: Service, account_id: str, rows: Rows) -> None:
    """Every figure over HTTP is what the oracle makes of the rows that are left."""
    bases: tuple[Basis, ...] = ("position", "execution")
    fills = stored.fills_of(rows, account_id)
    with service.session() as session:
        for basis in bases:
            query = {"account_id": account_id, "basis": basis}
            told = service.get(session, "/api/performance/history", **query)
            points = oracle.history(fills, POINT_VALUES, ALL_TIME, basis, Cut("day"))
            assert [figures_of(each) for each in told["points"]] == [*map(expected, points)]
            for each in told["points"]:
                check_day(service, session, query | {"date": each["period"]}, fills, basis)
            balance = points[-1].cumulative_pnl + stored.cash_of(rows, account_id)
            assert told["summary"]["end_balance"] == balance


def figures_of(point: dict[str, Any]) -> tuple[Any, ...]:
    names = ("timestamp", "period_pnl", "cumulative_pnl", "max_drawdown")
    return *(point[name] for name in names), point["trade_count"], point["winning_trades"]


def expected(point: Point) -> tuple[Any, ...]:
    part, start = point.part, f"{point.timestamp:%Y-%m-%dT%H:%M:%SZ}"
    money = part.net_pnl, point.cumulative_pnl, part.max_drawdown
    return start, *money, part.total_trades, part.winning_trades


def check_day(
    service: Service,
    session: requests.Session,
    query: dict[str, str],
    fills: Sequence[Fill],
    basis: Basis,
) -> None:
    told = service.get(session, "/api/performance/daily", **query)
    span = datetime.fromisoformat(told["start"]), datetime.fromisoformat(told["end"])
    part = oracle.report(fills, POINT_VALUES, span, basis)
    assert (told["daily_pnl"], told["gross_pnl"], told["fees"], told["total_trades"]) == (
        part.net_pnl,
        part.gross_pnl,
        part.fees,
        part.total_trades,
    )
