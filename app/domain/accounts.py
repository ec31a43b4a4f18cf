"""An account: whose money it is, what cuts its days, and where its balance stands."""

from __future__ import annotations

from typing import NamedTuple

from app.domain import periods
from app.domain.periods import Calendar, Cut


class Account(NamedTuple):
    """An account; the columns of its table, in their order. `stamp` is of this state alone.

    The last two are not of it but looked up where a question begins: the last prices of what the
    account holds, as `market` reads them, and the version of all prices.
    """

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
    synced_at_us: int | None = None
    sync_late_us: int | None = None
    broker_balance_micros: int | None = None
    held: str | None = None
    prices_version: int = 0

    @property
    def cut(self) -> Cut:
        """What cuts the account's days unless a request says otherwise."""
        return periods.cut(self.calendar, self.timezone)

    @property
    def rollup_cuts(self) -> tuple[Cut, Cut]:
        """The days that totals are kept for: the account's civil ones and the session's."""
        return periods.cut("civil", self.timezone), periods.SESSION

    def state(self, feed: str) -> tuple[object, ...]:
        """What the account's answers depend on, in the order of `market.Shown`: its version, how
        its feed is, the last prices of what it holds, the version of all prices.
        """
        return self.version, feed, self.held, self.prices_version

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
