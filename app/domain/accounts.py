"""An account: whose money it is, what cuts its days, and where its balance stands."""

from __future__ import annotations

from typing import NamedTuple

from app.domain import periods
from app.domain.periods import Calendar, Cut


class Account(NamedTuple):
    """An account; the columns of its table, in their order. `stamp` is of this state alone."""

    account_key: int
    account_id: str
    name: str
    status: str
    account_type: str
    currency: str
    timezone: str
    calendar: Calendar
    starting_balance_micros: int
    created_at_us: int
    version: int
    stamp: int
    outbox_seq: int
    realized_net_micros: int
    cash_micros: int

    @property
    def cut(self) -> Cut:
        """What cuts the account's days unless a request says otherwise."""
        return periods.cut(self.calendar, self.timezone)

    @property
    def rollup_cuts(self) -> tuple[Cut, Cut]:
        """The days that totals are kept for: the account's civil ones and the session's."""
        return periods.cut("civil", self.timezone), periods.SESSION

    @property
    def balance_micros(self) -> int:
        """Starting balance + cash movements + realized P&L - fees."""
        return self.starting_balance_micros + self.cash_micros + self.realized_net_micros


class CashMovement(NamedTuple):
    """A deposit (positive) or a withdrawal (negative)."""

    cash_id: str
    amount_micros: int
    occurred_at_us: int
    note: str | None
