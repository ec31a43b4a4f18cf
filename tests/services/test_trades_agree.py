"""Every view of a figure agrees: the log, its file, the history, positions and statistics."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from app.domain import instants, totals
from app.domain.totals import Executed
from app.services import access, trades_export
from app.services.performance_history import HistoryQuestion
from app.services.position_pages import PositionsQuestion
from app.services.resources import Resources
from app.services.statistics import StatisticsQuestion
from app.services.trade_log import Wanted
from app.services.trades import TradesQuestion
from tests import arrival, streams
from tests.conftest import told
from tests.oracle import SIGN, Fill

ACCOUNTS = 150
ACCOUNTS_ON_POSTGRES = 15
WINDOWS = 100
START, END = date(2025, 1, 1), date(2026, 2, 1)
LAST = datetime(2026, 1, 20, 15, tzinfo=UTC)
_NUMBER = count(1)
Filters = tuple[str | None, str | None]
FILTERS: tuple[Filters, ...] = (
    (None, None),
    ("MNQ", None),
    ("MESZ5", None),
    (None, "fade"),
    ("MNQ", "breakout"),
)


def flat(fills: list[Fill]) -> list[Fill]:
    """The same, with every contract closed in the end."""
    net: dict[str, int] = {}
    last = {fill.contract: fill for fill in fills}
    for fill in fills:
        net[fill.contract] = net.get(fill.contract, 0) + SIGN[fill.side] * fill.quantity
    return [*fills, *(_close(last[contract], left) for contract, left in net.items() if left)]


def _close(fill: Fill, left: int) -> Fill:
    side = "SELL" if left > 0 else "BUY"
    closing = fill._replace(execution_id=f"end-{fill.contract}", executed_at=LAST, sequence=0)
    return closing._replace(side=side, quantity=abs(left))


def log(res: Resources, account_id: str, filters: Filters) -> Any:
    return told(res, account_id, TradesQuestion(Wanted("filled", START, END, *filters), 500, None))


def in_file(res: Resources, account_id: str, filters: Filters) -> list[dict[str, str]]:
    account = access.state(res, account_id).account
    assert account
    wanted = Wanted("filled", START, END, *filters)
    content = b"".join(trades_export.pieces(res, account, wanted, "csv")).decode()
    return list(csv.DictReader(io.StringIO(content, newline="")))


def history(res: Resources, account_id: str, filters: Filters) -> Any:
    asked = HistoryQuestion("day", START, END, None, None, "execution", *filters)
    return told(res, account_id, asked)


def check_agreement(res: Resources, account_id: str, filters: Filters, *, splits: bool) -> None:
    found = log(res, account_id, filters)
    summary, items = found["summary"], found["items"]
    sums = {
        name: sum((item[of] for item in items), Decimal(0))
        for name, of in (("gross_pnl", "pnl"), ("fees", "fees"), ("net_pnl", "net_pnl"))
    }
    assert {name: summary[name] for name in sums} == sums
    assert summary["filled"] == summary["total"] == len(items)
    rows = in_file(res, account_id, filters)
    assert [row["execution_id"].removeprefix("'") for row in rows] == [item["id"] for item in items]
    assert sum(Decimal(row["pnl"]) for row in rows) == sums["gross_pnl"]
    assert sum(Decimal(row["fees"]) for row in rows) == sums["fees"]
    asked = PositionsQuestion("closed", filters[0], filters[1], None, START, END, 500, None)
    positions = told(res, account_id, asked)["summary"]
    statistics = told(res, account_id, StatisticsQuestion(START, END, None, None, *filters, None))
    totals = statistics.get("total", statistics)
    assert positions["gross_pnl"] == totals["gross_pnl"] == sums["gross_pnl"]
    assert positions["net_pnl"] == totals["net_pnl"]
    if not splits:
        by_execution = history(res, account_id, filters)
        assert by_execution["summary"]["total_pnl"] == sums["net_pnl"]
        points = [point["period_pnl"] for point in by_execution["points"]]
        assert sum(points, Decimal(0)) == sums["net_pnl"]
        assert (positions["fees"], positions["net_pnl"]) == (sums["fees"], sums["net_pnl"])


def check_accounts(res: Resources, number: int, random_seed: int) -> None:
    @seed(random_seed)
    @settings(max_examples=number, deadline=None, database=None)
    @given(streams.fills(), st.sampled_from(FILTERS))
    def every(fills: list[Fill], filters: Filters) -> None:
        account_id = f"A{next(_NUMBER)}"
        arrival.record(res, account_id, flat(fills))
        # A reversal is listed under the strategy that it closed, fees and all; by position its
        # fees are split.
        check_agreement(res, account_id, filters, splits=filters[1] is not None)

    every()


@pytest.mark.feature("PAM-TRADES-01", "PAM-TRADES-18")
def test_all_views_of_a_figure_agree(memory_res: Resources) -> None:
    check_accounts(memory_res, ACCOUNTS, 0)


def test_all_views_of_a_figure_agree_on_postgres(postgres_res: Resources) -> None:
    check_accounts(postgres_res, ACCOUNTS_ON_POSTGRES, 1)


def check_windows(res: Resources, *phases: Phase) -> None:
    @settings(max_examples=WINDOWS, deadline=None, database=None, phases=phases)
    @given(streams.fills(), st.data())
    def every(fills: list[Fill], data: st.DataObject) -> None:
        account_id = f"A{next(_NUMBER)}"
        arrival.record(res, account_id, fills)
        around = st.sampled_from(sorted({each.executed_at for each in fills}))
        hours = st.integers(-30, 30)
        some = [data.draw(around) + timedelta(hours=data.draw(hours)) for _ in range(2)]
        start_us, end_us = sorted(map(instants.from_datetime, some))
        wanted = Wanted("filled", start_us, end_us, None, None)
        found = told(res, account_id, TradesQuestion(wanted, 500, None))
        summary, items = found["summary"], found["items"]
        assert summary["filled"] == len(items)
        assert summary["gross_pnl"] == sum((item["pnl"] for item in items), Decimal(0))
        assert summary["fees"] == sum((item["fees"] for item in items), Decimal(0))

    every()


def test_a_summary_is_of_its_window_alone_wherever_that_cuts_a_day(memory_res: Resources) -> None:
    check_windows(memory_res, Phase.generate, Phase.shrink)


def test_days_that_count_a_reversal_twice_are_found(
    memory_res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = totals.of_executed

    def by_leg(legs: Iterable[Any]) -> Executed:
        every = [*legs]
        return counted(every)._replace(fills=len(every))

    monkeypatch.setattr(totals, "of_executed", by_leg)
    with pytest.raises(AssertionError):
        check_windows(memory_res, Phase.generate)


def test_a_log_that_leaves_a_fee_out_is_found(
    memory_res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "FEES", (Decimal("0.37"),))
    original = trades_export.pieces

    def without_the_last(*asked: Any) -> Any:
        return [b"".join(original(*asked)).rsplit(b"\r\n", 2)[0]]

    monkeypatch.setattr(trades_export, "pieces", without_the_last)
    with pytest.raises(AssertionError):
        check_accounts(memory_res, 20, 2)
