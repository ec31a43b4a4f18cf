"""The front contract of a root, day by day: the nearest one, of those that there are, that has not
rolled yet.

A contract of CME, CBOT and other financial exchanges rolls eight days before the third Friday of
its month, which is when index futures move on; one of NYMEX and COMEX, which end before their month
begins, on the 15th of the month before. It is not front any more from that session day on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from app.domain import instants, periods, sessions
from app.domain.instruments import MONTH_CODES, Delivery, Instrument
from app.domain.periods import SESSION, Span

_ROLLS_BEFORE_EXPIRY = timedelta(days=8)
_MONTHS = 12
_DELIVERED = frozenset({"NYMEX", "COMEX"})
_ROLL_DAY_OF_DELIVERED = 15


def rolls_on(instrument: Instrument, delivery_month: int) -> date:
    """The session day from which a contract is not the front one any more."""
    if instrument.exchange in _DELIVERED:
        year, month = divmod(delivery_month - 1, _MONTHS)
        return date(year, month + 1, _ROLL_DAY_OF_DELIVERED)
    year, month = divmod(delivery_month, _MONTHS)
    return sessions.third_friday(year, month + 1) - _ROLLS_BEFORE_EXPIRY


def spans(instrument: Instrument, delivery_months: Sequence[int]) -> list[Span]:
    """When each contract, the latest first, is the front one."""
    ends = [_start(rolls_on(instrument, month)) for month in delivery_months]
    starts = [*ends[1:], instants.FIRST_US][: len(ends)]
    return [Span(*each) for each in zip(starts, ends, strict=True)]


def _start(day: date) -> int:
    return periods.day_start(SESSION, periods.number(day))


def listed(instrument: Instrument, at_us: int) -> int:
    """The delivery month of the front one of all contracts that the exchange lists."""
    day = periods.date_of(periods.day_of(SESSION, at_us))
    first = day.year * _MONTHS + day.month - 1
    return next(
        month
        for month in range(first, first + 2 * _MONTHS)
        if _is_traded(instrument, month) and rolls_on(instrument, month) > day
    )


def months(instrument: Instrument, within: Span) -> list[int]:
    """The delivery months of all that are the front one at some time of a span."""
    first, last = listed(instrument, within.start_us), listed(instrument, within.end_us)
    return [each for each in range(first, last + 1) if _is_traded(instrument, each)]


def _is_traded(instrument: Instrument, month: int) -> bool:
    return MONTH_CODES[month % _MONTHS] in instrument.contract_months


def delivery(instrument: Instrument, delivery_month: int) -> Delivery:
    """The contract of a delivery month; month 0 is the bare root."""
    if not delivery_month:
        return Delivery(instrument, instrument.root, 0)
    year, month = divmod(delivery_month, _MONTHS)
    code = f"{instrument.root}{MONTH_CODES[month]}{year % 10}"
    return Delivery(instrument, code, delivery_month)
