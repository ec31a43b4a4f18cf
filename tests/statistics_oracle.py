"""The statistics of closed trades told once more, as plainly as possible and with fractions.

It shares no code with the application; roots are taken of exact fractions, to 200 digits.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from tests import oracle
from tests.answers import instant
from tests.oracle import Calendar

_EXACT = Context(prec=200)
_DAY = timedelta(days=1)
_SATURDAY = 5


class Closed(NamedTuple):
    """A closed trade; its times are those of its first and last fill, in UTC."""

    opened_at: datetime
    closed_at: datetime
    gross: Decimal
    fees: Decimal

    @property
    def net(self) -> Fraction:
        return Fraction(self.gross) - Fraction(self.fees)


class Ledger(NamedTuple):
    """The window's start, the balance there, all that changed it since, and what cuts days."""

    start: datetime
    balance: Decimal
    changes: Sequence[tuple[datetime, Decimal]]
    zone: str = oracle.EXCHANGE
    calendar: Calendar = "civil"

    def day_of(self, moment: datetime) -> date:
        return oracle.day_of(moment, self.zone, self.calendar)

    def balance_at_start_of(self, day: date) -> Fraction:
        moment = max(oracle.day_start(day, self.zone, self.calendar), self.start)
        before = [Fraction(amount) for at, amount in self.changes if at < moment]
        return sum(before, Fraction(self.balance))


def metrics(trades: Sequence[Closed], ledger: Ledger) -> dict[str, Any]:
    """Every metric of some trades, which are in closing order, as it is answered."""
    nets = [trade.net for trade in trades]
    wins, losses = [n for n in nets if n > 0], [n for n in nets if n < 0]
    held = [Fraction((t.closed_at - t.opened_at) // timedelta(microseconds=1)) for t in trades]
    averages = {name: _mean(some) for name, some in (("w", wins), ("l", losses), ("n", nets))}
    fall = _drawdown(trades, ledger.start)
    return {
        "total_trades": len(nets),
        "winning_trades": len(wins),
        "losing_trades": len(losses),
        "breakeven_trades": len([n for n in nets if n == 0]),
        "net_pnl": _rounded(sum(nets, Fraction(0)), 6),
        "gross_pnl": sum((t.gross for t in trades), Decimal(0)),
        "fees": sum((t.fees for t in trades), Decimal(0)),
        "win_rate": _rounded(Fraction(100 * len(wins), len(nets)), 1) if nets else Decimal(0),
        "profit_factor": _over(Fraction(sum(wins)), -Fraction(sum(losses))) if losses else None,
        "payoff_ratio": _rounded(averages["w"] / -averages["l"], 4) if wins and losses else None,
        "expectancy": _rounded(averages["n"], 2),
        "avg_win": _rounded(averages["w"], 2),
        "avg_loss": _rounded(averages["l"], 2),
        "largest_win": _rounded(max(wins, default=Fraction(0)), 6),
        "largest_loss": _rounded(min(losses, default=Fraction(0)), 6),
        "std_dev": _root(statistics.variance(nets), 2) if len(nets) > 1 else None,
        "longest_winning_streak": _longest(["w" if n > 0 else " " for n in nets]),
        "longest_losing_streak": _longest(["w" if n < 0 else " " for n in nets]),
        "avg_holding_s": _rounded(Fraction(round(_mean(held)), 10**6), 6),
        "median_holding_s": _rounded(Fraction(round(_median(held)), 10**6), 6),
        **fall,
        "recovery_factor": _over(sum(nets, Fraction(0)), -Fraction(fall["max_drawdown"])),
        **_of_days(_returns(trades, ledger)),
    }


def _mean(values: Sequence[Fraction]) -> Fraction:
    return Fraction(statistics.mean(values)) if values else Fraction(0)


def _median(values: Sequence[Fraction]) -> Fraction:
    return Fraction(statistics.median(values)) if values else Fraction(0)


def _over(numerator: Fraction, denominator: Fraction) -> Decimal | None:
    return _rounded(numerator / denominator, 4) if denominator else None


def _rounded(value: Fraction, places: int) -> Decimal:
    return Decimal(round(value * 10**places)).scaleb(-places)


def _root(square: Fraction, places: int) -> Decimal:
    quotient = _EXACT.divide(Decimal(square.numerator), Decimal(square.denominator))
    return _rounded(Fraction(_EXACT.sqrt(quotient)), places)


def _longest(results: Iterable[str]) -> int:
    return max(map(len, "".join(results).split()), default=0)


def _drawdown(trades: Sequence[Closed], start: datetime) -> dict[str, Any]:
    """Every pair of a place and a later one, and the deepest of all falls between two."""
    times = [start, *[t.closed_at for t in trades]]
    levels = [sum((t.net for t in trades[:n]), Fraction(0)) for n in range(len(times))]
    falls = [(levels[b] - levels[a], b, -a) for b in range(len(times)) for a in range(b)]
    deepest, trough, peak = min(falls, default=(Fraction(0), 0, 0))
    if deepest >= 0:
        return dict.fromkeys(_DRAWDOWN) | {"max_drawdown": Decimal(0)}
    later = range(trough, len(times))
    recovered = [times[n] for n in later if levels[n] >= levels[-peak]]
    when = [times[-peak], times[trough], *recovered]
    said = [_rounded(deepest, 6), *map(instant, when), None]
    return dict(zip(_DRAWDOWN, said, strict=False))


_DRAWDOWN = (
    "max_drawdown",
    "max_drawdown_started_at",
    "max_drawdown_trough_at",
    "max_drawdown_recovered_at",
)


def _returns(trades: Sequence[Closed], ledger: Ledger) -> list[Fraction]:
    """One a weekday, and one a weekend day with trades; none where a balance is not positive."""
    found: list[Fraction] = []
    busy = [ledger.day_of(trade.closed_at) for trade in trades]
    day = min(busy, default=date.max)
    while day <= max(busy, default=date.min):
        if day in busy or day.weekday() < _SATURDAY:
            net = sum((t.net for t, on in zip(trades, busy, strict=True) if on == day), Fraction(0))
            balance = ledger.balance_at_start_of(day)
            if balance <= 0:
                return []
            found.append(net / balance)
        day += _DAY
    return found


def _of_days(returns: Sequence[Fraction]) -> dict[str, Decimal | None]:
    squares = [min(r, Fraction(0)) ** 2 for r in returns]
    equity = [Fraction(1)]
    for each in returns:
        equity.append(equity[-1] * (1 + each))
    falls = [1 - equity[b] / equity[a] for b in range(len(equity)) for a in range(b) if equity[a]]
    fall = max([Fraction(0), *falls]) if min(equity) > 0 else Fraction(0)
    return {
        "sharpe_ratio": _annual(returns, statistics.variance(returns) if returns[1:] else None),
        "sortino_ratio": _annual(returns, _mean(squares)),
        "calmar_ratio": _over(_mean(returns) * 252, fall),
    }


def _annual(returns: Sequence[Fraction], square: Fraction | None) -> Decimal | None:
    """The mean over the root of `square`, by √252; the root is taken of it all at once."""
    if not square:
        return None
    mean = _mean(returns)
    size = _root(mean**2 * 252 / square, 4)
    return -size if mean < 0 else size
