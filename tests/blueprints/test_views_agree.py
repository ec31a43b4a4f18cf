"""Every view of a figure tells the same one, exactly, whatever was traded and however it is cut."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.db import positions
from app.services.resources import Resources
from tests import questions, rows, streams
from tests.arrival import record
from tests.blueprints.calls import get
from tests.conftest import Client, Clock
from tests.oracle import Basis, Fill, fill_order
from tests.questions import Owner, Question
from tests.services.test_ingest_against_oracle import moved, open_account

ACCOUNTS = 60
ACCOUNTS_WITH_A_FAULT = 100

COUNTS = ("total_trades", "winning_trades", "losing_trades", "breakeven_trades")
SUMS = (*COUNTS, "gross_pnl", "fees", "realized_pnl")
# What a history and statistics say of closed trades as a period does.
OF_TRADES = ("winning_trades", "losing_trades", "win_rate", "avg_win", "avg_loss")
POINT = ("winning_trades", "losing_trades", "max_drawdown")
PERIODS = {"day": "daily", "week": "weekly", "month": "monthly"}
BASES: tuple[Basis, ...] = ("position", "execution")
# After all that streams trade.
LAST = "2030-01-01T00:00:00Z"
LATE_US = rows.instant_us(streams.MOMENTS[-1] + timedelta(days=365))


class Account(NamedTuple):
    """An account, and how one looks at it: what is None is the account's own."""

    client: Client
    account_id: str
    cut: Mapping[str, str]
    basis: Basis

    def ask(self, path: str, **query: str) -> str:
        """An answer as it was written."""
        answer = get(self.client, path, account_id=self.account_id, **query)
        assert answer.status_code == 200, answer.text
        return answer.text

    def tell(self, path: str, **query: str) -> Any:
        """An answer with its numbers exact."""
        return json.loads(self.ask(path, **query), parse_float=Decimal)

    def performance(self, view: str, **query: str) -> Any:
        return self.tell(f"/api/performance{view}", **self.how | query)

    def period(self, kind: str, day: date, **query: str) -> Any:
        return self.performance(f"/{PERIODS[kind]}", date=day.isoformat(), **query)

    def points(self, form: str, **query: str) -> str:
        return self.ask("/api/performance/history", format=form, **self.how | query)

    @property
    def how(self) -> dict[str, str]:
        return {**self.cut, "basis": self.basis}


def check(account: Account, day: date) -> None:
    """All views of the day, its week and its month."""
    for kind in PERIODS:
        made = account.period(kind, day)
        for interval in ("hour", "day", "week", "month"):
            check_history(account, made, interval)
        own = "tick" if account.basis == "execution" else "trade"
        check_history(account, made, own)
        check_explained(made, account.period(kind, day, explain="true"))
        check_symbols(account, made)
        check_forms(account, made)
        if account.basis == "position":
            check_statistics(account, made)
            check_positions(account, made)
    check_days(account, day)
    check_now(account)
    check_all_time(account)


def check_history(account: Account, made: Any, interval: str) -> None:
    """A period is the history of its window, in points of any length and in all of them."""
    told = account.performance("/history", interval=interval, **window(made))
    summary, points = told["summary"], told["points"]
    assert summary["total_pnl"] == pnl(made)
    assert summary["trade_count"] == made["total_trades"]
    assert summary["max_drawdown"] == made["max_drawdown"]
    assert picked(summary, OF_TRADES) == picked(made, OF_TRADES)
    assert sum(each["period_pnl"] for each in points) == pnl(made)
    assert sum(each["trade_count"] for each in points) == made["total_trades"]
    if interval == made["period"] and points:
        (point,) = points
        assert picked(point, POINT) == picked(made, POINT)
        assert point["timestamp"] == made["start"]


def check_explained(made: Any, explained: Any) -> None:
    """The positions behind a figure add up to it."""
    explanation = explained.pop("explanation")
    assert explained == made
    assert explanation["sum"]["net_pnl"] == pnl(made)
    for name in ("gross_pnl", "fees"):
        assert explanation["sum"][name] == made[name]
        assert sum(each[name] for each in explanation["positions"]) == made[name]


def check_symbols(account: Account, made: Any) -> None:
    """Symbols share a figure among them, whatever each is given of it."""
    summaries = [
        account.performance("/history", symbol=contract[:-2], **window(made))["summary"]
        for contract in streams.ALL
    ]
    assert sum(each["total_pnl"] for each in summaries) == pnl(made)
    assert sum(each["trade_count"] for each in summaries) == made["total_trades"]


def check_forms(account: Account, made: Any) -> None:
    """Every form of an answer writes the same numbers."""
    kind = PERIODS[made["period"]]
    path, query = f"/api/performance/{kind}", account.how | {"date": made["date"]}
    (row,) = csv_rows(account.ask(path, format="csv", **query))
    assert Decimal(row[f"{kind}_pnl"]) == pnl(made)
    assert json.loads(account.ask(path, format="ndjson", **query), parse_float=Decimal) == made
    assert f"  {row[f'{kind}_pnl']} USD  " in account.ask(path, format="text", **query)
    points = account.performance("/history", interval="hour", **window(made))["points"]
    lines = account.points("ndjson", interval="hour", **window(made)).splitlines()
    assert [json.loads(line, parse_float=Decimal) for line in lines] == points
    table = account.points("csv", interval="hour", **window(made))
    assert [as_point(each) for each in csv_rows(table)] == [whole(each) for each in points]
    exported = account.ask(
        "/api/performance/export", interval="hour", **account.how, **window(made)
    )
    assert csv_rows(exported) == csv_rows(table)


def check_statistics(account: Account, made: Any) -> None:
    """Statistics of a window are of the same trades."""
    told = account.tell("/api/statistics", **account.cut, **window(made))
    names = (*COUNTS, *OF_TRADES, "gross_pnl", "fees", "largest_win", "largest_loss")
    assert picked(told, names) == picked(made, names)
    assert told["max_drawdown"] == made["max_drawdown"]
    assert told["net_pnl"] == pnl(made)


def check_positions(account: Account, made: Any) -> None:
    """So are the positions that closed in it, added up one by one, by side, and by the service."""
    asked = {"status": "closed", "limit": "500", **window(made)}
    told = account.tell("/api/positions", **asked)
    sides = [account.tell("/api/positions", side=side, **asked) for side in ("LONG", "SHORT")]
    for name in ("gross_pnl", "fees", "net_pnl"):
        due = made.get(name, pnl(made))
        assert told["summary"][name] == due
        assert sum(each[name] for each in told["items"]) == due
        assert sum(each["summary"][name] for each in sides) == due
    names = ("total", "winning", "losing", "breakeven")
    assert picked(told["summary"], names) == picked(made, COUNTS)


def check_days(account: Account, day: date) -> None:
    """A week and a month are their days, and each day is itself."""
    days: dict[date, Any] = {}
    for kind in ("week", "month"):
        made = account.period(kind, day)
        dates = [date.fromisoformat(each["date"]) for each in made["days"]]
        days |= {each: account.period("day", each) for each in dates if each not in days}
        for each in made["days"]:
            alone = days[date.fromisoformat(each["date"])]
            assert each["pnl"] == alone["daily_pnl"]
            assert picked(each, COUNTS[:3]) == picked(alone, COUNTS[:3])
        assert sum(each["pnl"] for each in made["days"]) == pnl(made)
        for name in SUMS:
            assert sum(days[each][name] for each in dates) == made[name]
        assert max(days[each]["largest_win"] for each in dates) == made["largest_win"]
        assert min(days[each]["largest_loss"] for each in dates) == made["largest_loss"]


def check_now(account: Account) -> None:
    """Today's figures are the same wherever they stand."""
    summary = account.performance("")
    for name, view in (("today", "/daily"), ("week", "/weekly"), ("month", "/monthly")):
        assert summary[name] == account.performance(view)
    listed = json.loads(get(account.client, "/api/accounts").text, parse_float=Decimal)
    (own,) = (each for each in listed if each["id"] == account.account_id)
    today = account.tell("/api/performance/daily")
    assert own["daily_pnl"] == today["daily_pnl"]
    assert own["balance"] == summary["all_time"]["balance"]


def check_all_time(account: Account) -> None:
    """All time is the longest history, and the balance what executions leave of it."""
    told = account.performance("")["all_time"]
    summary = account.performance("/history", interval="month", end=LAST)["summary"]
    assert told["net_pnl"] == summary["total_pnl"]
    assert picked(told, ("win_rate", "profit_factor", "max_drawdown")) == picked(
        summary, ("win_rate", "profit_factor", "max_drawdown")
    )
    by_fill = account.performance("/history", end=LAST, basis="execution")["summary"]
    assert told["balance"] == by_fill["end_balance"]
    closed = account.tell("/api/positions", status="closed")["summary"]
    assert picked(closed, ("total", "winning", "losing", "breakeven")) == picked(told, COUNTS)
    everything = account.tell("/api/positions")["summary"]
    # What has been realized of open positions is in no closed one.
    assert everything["net_pnl"] == by_fill["total_pnl"]


def pnl(made: Any) -> Any:
    return made[f"{PERIODS[made['period']]}_pnl"]


def window(made: Any) -> dict[str, str]:
    return {"start": made["start"], "end": made["end"]}


def picked(told: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    return [told[name] for name in names]


def csv_rows(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(table.splitlines()))


def whole(point: Mapping[str, Any]) -> dict[str, Any]:
    """A point with what is left out where it is not so."""
    return {**point, "partial": point.get("partial", False)}


def as_point(row: Mapping[str, str]) -> dict[str, Any]:
    """A line of the table as JSON has it."""
    told: dict[str, Any] = {name: Decimal(row[name]) for name in row if name not in _NO_NUMBERS}
    is_partial = row["partial"] == "true"
    return {**row, **told, "partial": is_partial}


_NO_NUMBERS = {"timestamp", "period", "partial"}


def opened(
    client: Client, res: Resources, owner: Owner, fills: list[Fill], asked: Question
) -> Account:
    """A fresh account that traded, looked at as a question would."""
    account_id = open_account(res, owner)
    record(res, account_id, fills)
    for version, cash in enumerate(owner.cash, start=1):
        moved(res, account_id, cash, version)
    cut = {"tz": asked.zone, "calendar": asked.calendar}
    said = {name: value for name, value in cut.items() if value is not None}
    return Account(client, account_id, said, asked.basis)


def check_accounts(
    client: Client,
    res: Resources,
    clock: Clock,
    number: int,
    phases: Sequence[Phase] = tuple(Phase),
) -> None:
    @settings(max_examples=number, deadline=None, database=None, phases=phases)
    @given(streams.fills(max_size=20), questions.owners(), questions.questions(), st.booleans())
    def every(fills: list[Fill], owner: Owner, asked: Question, is_live: bool) -> None:  # noqa: FBT001
        account = opened(client, res, owner, fills, asked)
        last = max(fills, key=fill_order).executed_at
        # Just after the last fill, or long after.
        clock.now_us = rows.instant_us(last) + 1 if is_live else LATE_US
        check(account, fills[len(fills) // 2].executed_at.date())

    every()


@pytest.mark.feature("TPA-08", "PAM-PERF-15")
def test_all_views_of_a_figure_agree(client: Client, sqlite_res: Resources, clock: Clock) -> None:
    check_accounts(client, sqlite_res, clock, ACCOUNTS)


def without_last(read: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    return lambda *asked: read(*asked)[:-1]


@pytest.mark.parametrize("name", ["closed_within", "realized_within"])
def test_a_view_that_leaves_a_trade_out_is_found(
    name: str,
    client: Client,
    sqlite_res: Resources,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(positions, name, without_last(getattr(positions, name)))
    with pytest.raises(AssertionError):
        check_accounts(client, sqlite_res, clock, ACCOUNTS_WITH_A_FAULT, (Phase.generate,))
