"""The closed trades of a freqtrade database as our executions, and its figures beside ours.

A trade is a position of its own there, even where trades of a pair overlap; here each slot of
overlapping trades is a contract of its own. Its amounts are in BTC with 17 digits; ours keep six
decimals of a unit, so the account is kept in millionths of a BTC: 1e-12 BTC is the last digit.
"""

from __future__ import annotations

import heapq
import math
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

# Contracts of a product that may be held at once: as many as there are months.
_MONTHS = "FGHJKMNQUVXZ"
_YEAR = 26
_MICRO = 10**6
_ROWS_A_FILE = 50_000
# How much of a time they tell.
_SECOND = len("2026-01-01T00:00:00")
PAIRS = ("ETH/BTC", "LTC/BTC", "XRP/BTC", "NEO/BTC")
_HEADER = "execution_id,symbol,contract,side,quantity,price,executed_at,average_price\n"
# Half a unit of the last digit of each price, times the amount, at entry and exit; and their own
# summing of floats.
TOLERANCE_A_TRADE = 1.5e-12

TRADES = """
    SELECT id, pair, amount, open_rate, close_rate, open_date, close_date
    FROM trades WHERE is_open = 0 ORDER BY open_date, id
"""


class Figure(NamedTuple):
    """What trades of a day, or of a week, came to; in BTC."""

    date: str
    trades: int
    pnl: float


def root(pair: str) -> str:
    """The product that a pair is here."""
    return f"{pair.partition('/')[0]}X"


def files(database: Path) -> Iterator[bytes]:
    """All closed trades as CSV files of executions, oldest first."""
    rows = _rows(database)
    for start in range(0, len(rows), _ROWS_A_FILE):
        yield "".join([_HEADER, *rows[start : start + _ROWS_A_FILE]]).encode()


def theirs(answer: Any) -> list[Figure]:
    """Of their daily or weekly answer."""
    days = ((each["date"], each["trade_count"], each["abs_profit"]) for each in answer["data"])
    return sorted(Figure(*day) for day in days)


def ours(points: Iterable[Any]) -> list[Figure]:
    """Of our history's points."""
    return sorted(
        Figure(each["timestamp"][:10], each["trade_count"], each["period_pnl"] / _MICRO)
        for each in points
    )


def of_week(week: Any) -> Figure:
    """Of our weekly answer."""
    return Figure(week["week_start"], week["total_trades"], week["weekly_pnl"] / _MICRO)


def page_differences(theirs: Any, ours: Any) -> list[str]:
    """The trades of their page, newest closed first, that are not in ours, newest opened first and
    so of twice the length.
    """
    known = {each["closed_at"][:_SECOND]: each["net_pnl"] / _MICRO for each in ours["items"]}
    return [
        f"{each} against {known.get(each.date)}"
        for each in (
            Figure(trade["close_date"].replace(" ", "T"), 1, trade["close_profit_abs"])
            for trade in theirs["trades"]
        )
        if abs(known.get(each.date, math.inf) - each.pnl) > TOLERANCE_A_TRADE
    ]


def differences(left: list[Figure], right: list[Figure]) -> list[str]:
    """Where two lists of figures are not the same, save for rounding to the last digit."""
    if len(left) != len(right):
        return [f"{len(left)} periods against {len(right)}"]
    return [
        f"{one} against {other}"
        for one, other in zip(left, right, strict=True)
        if one[:2] != other[:2] or abs(one.pnl - other.pnl) > TOLERANCE_A_TRADE * max(one.trades, 1)
    ]


def _rows(database: Path) -> list[str]:
    free: dict[str, list[str]] = {pair: list(_MONTHS) for pair in PAIRS}
    held: list[tuple[str, str, str]] = []
    legs: list[tuple[str, int, str]] = []
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        for number, pair, amount, came, went, opened, closed in connection.execute(TRADES):
            while held and held[0][0] < opened:
                _, done, month = heapq.heappop(held)
                heapq.heappush(free[done], month)
            month = heapq.heappop(free[pair])
            heapq.heappush(held, (closed, pair, month))
            contract = f"{root(pair)},{root(pair)}{month}{_YEAR}"
            for leg, side, rate, at in (("o", "BUY", came, opened), ("c", "SELL", went, closed)):
                said = f"{side},{amount:.0f},{rate * _MICRO:.9f},{at.replace(' ', 'T')}Z,true"
                legs.append((at, number, f"{leg}{number},{contract},{said}\n"))
    return [row for _, _, row in sorted(legs)]
