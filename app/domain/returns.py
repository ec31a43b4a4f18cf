"""Daily returns and the ratios made of them.

Decimals of 60 digits are the truth: the four decimals that are answered are right wherever returns
differ at all, on every machine. Of many days floats come first, with a bound of their error: where
both ends of it round to the same four decimals, these are the same ones, and nothing is left to do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, localcontext
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from app.domain.trade_columns import Array

DAYS_A_YEAR = 252
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX)
_ZERO = Decimal(0)
# 1970-01-01 was a Thursday.
_MONDAY_OF_DAY_0 = 3
_WEEKDAYS = 5
# Fewer days are sooner done with decimals than tried with floats.
_MANY_DAYS = 24
# Far above what the rounding of a sum, a difference or a quotient of n floats adds up to, a value.
_SLACK = 16 * float(np.finfo(float).eps)
# Equity that grows or falls beyond this is not left to floats.
_EQUITY_MAX = 1e200


class Day(NamedTuple):
    """What a day made, and the account's balance at its start."""

    net_micros: int
    balance_micros: int


class Dated(NamedTuple):
    """Money made or moved on a day, counted from 1970-01-01."""

    day: int
    micros: int


class Ledger(NamedTuple):
    """An account's balance at the start of every day from the first one on."""

    first: int
    balances_micros: Array


class Ratios(NamedTuple):
    """In ten-thousandths; None without a sample."""

    sharpe: int | None
    sortino: int | None
    calmar: int | None


NONE = Ratios(None, None, None)
# -r / r x √252, and -r / r x 252.
_ONE_LOSING_DAY = Ratios(None, -158_745, -2_520_000)


def ledger(balance_micros: int, first: int, last: int, changes: Iterable[Dated]) -> Ledger:
    """The balances of the days from `first` to `last`; `balance_micros` is the first one's, and
    what changes on a day is there on the next.
    """
    made = [balance_micros, *([0] * (last - first))]
    for day, micros in changes:
        if day < last:
            made[max(day - first + 1, 0)] += micros
    return Ledger(first, whole(list(accumulate(made))))


def counted(balances: Ledger, days: Array, nets: Array) -> tuple[Array, Array]:
    """Net P&L and balance of every weekday from the first to the last of the busy days that are
    given, idle ones with 0, and of every busy day of a weekend.
    """
    place = int(days[0]) - balances.first
    if len(days) == 1:
        return nets, balances.balances_micros[place : place + 1]
    size = int(days[-1]) - int(days[0]) + 1
    made = np.zeros(size, nets.dtype)
    made[days - days[0]] = nets
    counts = (np.arange(days[0], days[-1] + 1) + _MONDAY_OF_DAY_0) % 7 < _WEEKDAYS
    counts[days - days[0]] = True
    return made[counts], balances.balances_micros[place : place + size][counts]


def ratios(nets: Array, balances: Array) -> Ratios:
    """All ratios of the returns of some days; none where a day starts without a positive
    balance.
    """
    if not len(nets) or int(balances.min()) <= 0:
        return NONE
    if len(nets) == 1:
        return _of_one_day(int(nets[0]), int(balances[0]))
    if len(nets) < _MANY_DAYS:
        return _exact(nets, balances)
    found = _by_floats(nets, balances)
    return _exact(nets, balances) if found is None else found


def _of_one_day(net: int, balance: int) -> Ratios:
    """A day that loses some of the balance has the ratios that every such day has."""
    if net >= 0:
        return NONE
    return _ONE_LOSING_DAY if net > -balance else _ONE_LOSING_DAY._replace(calmar=None)


def _exact(nets: Array, balances: Array) -> Ratios:
    daily = of(list(map(Day, nets.tolist(), balances.tolist())))
    return Ratios(sharpe_ratio(daily), sortino_ratio(daily), calmar_ratio(daily))


def _by_floats(nets: Array, balances: Array) -> Ratios | None:
    """The ratios where floats are certain of all of them; else None."""
    daily = nets.astype(float) / balances.astype(float)
    slack = _SLACK * len(daily)
    mean, off = float(daily.mean()), slack * float(np.abs(daily).max())
    deviation = math.sqrt(float(np.square(daily - mean).sum()) / (len(daily) - 1))
    annual = math.sqrt(DAYS_A_YEAR)
    sharpe = _quotient(mean, off, deviation, 2 * off + slack * deviation, annual)
    if sharpe is None:
        return None
    if not bool((nets < 0).any()):
        return Ratios(sharpe, None, None)
    downside = math.sqrt(float(np.square(np.minimum(daily, 0)).mean()))
    sortino = _quotient(mean, off, downside, slack * downside, annual)
    if bool((nets <= -balances).any()):
        return None if sortino is None else Ratios(sharpe, sortino, None)
    equity = np.cumprod(1 + daily)
    if not 1 / _EQUITY_MAX < equity.min() <= equity.max() < _EQUITY_MAX:
        return None
    fall = float((1 - equity / np.maximum(np.maximum.accumulate(equity), 1)).max())
    calmar = _quotient(mean, off, fall, slack, float(DAYS_A_YEAR))
    return None if sortino is None or calmar is None else Ratios(sharpe, sortino, calmar)


def _quotient(mean: float, mean_off: float, size: float, size_off: float, by: float) -> int | None:
    """A mean / size x by, in ten-thousandths; None where its error may matter."""
    if size <= 1000 * size_off:
        return None
    value = mean / size * by * 10_000
    # One part in a hundred more than the terms of first order, for those of higher ones.
    off = 1.01 * (abs(value) * (size_off / size + _SLACK) + mean_off / size * by * 10_000)
    low, high = value - off, value + off
    rounded = round(low)
    return rounded if rounded == round(high) else None


def whole(values: Sequence[int]) -> Array:
    """Numbers as 64 bits, as Python's integers where one of them does not fit."""
    try:
        return np.array(values, np.int64)
    except OverflowError:
        return np.array(values, object)


def of(every: Sequence[Day]) -> list[Decimal]:
    """Net P&L / balance of each day; none at all where a day starts without a positive balance."""
    if any(each.balance_micros <= 0 for each in every):
        return []
    with localcontext(_CONTEXT):
        return [Decimal(net) / balance for net, balance in every]


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
