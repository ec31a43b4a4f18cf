"""Daily returns and the ratios made of them.

Decimals of 60 digits throughout: the four decimals that are answered are right wherever returns
differ at all, on every machine. No float is used, so nothing becomes infinite or NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import NamedTuple

from app.domain import periods
from app.domain.periods import Cut

DAYS_A_YEAR = 252
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX)
_SATURDAY = 5
_ZERO = Decimal(0)


class Day(NamedTuple):
    """What a day made, and the account's balance at its start."""

    net_micros: int
    balance_micros: int


class Dated(NamedTuple):
    """Money made or moved at an instant."""

    at_us: int
    micros: int


class Funds(NamedTuple):
    """An account's balance when a window starts, and all that changes it in there, oldest first."""

    balance_micros: int
    changes: Sequence[Dated]


def days(cut: Cut, made: Sequence[Dated], funds: Funds) -> list[Day]:
    """Every weekday from the first to the last day with P&L, idle ones with 0, and every day of a
    weekend that has P&L; balances are those at the day's start, or at the window's inside a day.
    """
    nets = _by_day(cut, made)
    if not nets:
        return []
    counted = [day for day in range(min(nets), max(nets) + 1) if day in nets or _is_weekday(day)]
    balances = _balances(funds, (periods.day_start(cut, day) for day in counted))
    return [Day(nets.get(day, 0), balance) for day, balance in zip(counted, balances, strict=True)]


def of(counted: Sequence[Day]) -> list[Decimal]:
    """Net P&L / balance of each day; none at all where a day starts without a positive balance."""
    if any(each.balance_micros <= 0 for each in counted):
        return []
    with localcontext(_CONTEXT):
        return [Decimal(net) / balance for net, balance in counted]


def sharpe_ratio(returns: Sequence[Decimal]) -> int | None:
    """Mean / sample standard deviation (n - 1) x √252; None of fewer than two days or equal ones.

    Without a risk-free rate. Source: Sharpe (1994); `sharpe` of quantstats, empyrical and ffn.
    """
    if not returns or min(returns) == max(returns):
        return None
    with localcontext(_CONTEXT):
        mean = _mean(returns)
        variance = sum(((each - mean) ** 2 for each in returns), _ZERO) / (len(returns) - 1)
        return _ten_thousandths(mean / variance.sqrt() * Decimal(DAYS_A_YEAR).sqrt())


def sortino_ratio(returns: Sequence[Decimal]) -> int | None:
    """Mean / √(mean of min(r, 0)² over all days) x √252; None without a losing day.

    The target return is 0. Source: Sortino and Price (1994); `sortino` of quantstats, empyrical.
    """
    if not any(each < 0 for each in returns):
        return None
    with localcontext(_CONTEXT):
        downside = _mean([min(each, _ZERO) ** 2 for each in returns]).sqrt()
        return _ten_thousandths(_mean(returns) / downside * Decimal(DAYS_A_YEAR).sqrt())


def calmar_ratio(returns: Sequence[Decimal]) -> int | None:
    """Mean x 252 / deepest fall of the compounded equity as a fraction of its peak.

    Equity starts at 1, which counts as a peak; None without a fall, and where a day loses the
    whole balance. Source: Young (1991), with the arithmetic mean in place of compound growth.
    """
    fall = _deepest_fall(returns)
    if fall is None or not fall:
        return None
    with localcontext(_CONTEXT):
        return _ten_thousandths(_mean(returns) * DAYS_A_YEAR / fall)


def _by_day(cut: Cut, made: Iterable[Dated]) -> dict[int, int]:
    nets: dict[int, int] = {}
    day = ends_us = None
    for at_us, micros in made:
        if day is None or ends_us is None or at_us >= ends_us:
            day = periods.day_of(cut, at_us)
            ends_us = periods.day_start(cut, day + 1)
        nets[day] = nets.get(day, 0) + micros
    return nets


def _is_weekday(day: int) -> bool:
    return periods.date_of(day).weekday() < _SATURDAY


def _balances(funds: Funds, at_us: Iterable[int]) -> Iterator[int]:
    """The balance just before each of some instants, which come in order."""
    balance, place = funds.balance_micros, 0
    for instant_us in at_us:
        while place < len(funds.changes) and funds.changes[place].at_us < instant_us:
            balance += funds.changes[place].micros
            place += 1
        yield balance


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, _ZERO) / len(values)


def _deepest_fall(returns: Sequence[Decimal]) -> Decimal | None:
    """A fraction of the peak, above 0; None where equity ends at 0 or below."""
    with localcontext(_CONTEXT):
        equity, peak, deepest = Decimal(1), Decimal(1), _ZERO
        for each in returns:
            equity *= 1 + each
            if equity <= 0:
                return None
            peak = max(peak, equity)
            deepest = max(deepest, 1 - equity / peak)
        return deepest


def _ten_thousandths(value: Decimal) -> int:
    return int((value * 10_000).to_integral_value(ROUND_HALF_EVEN))
