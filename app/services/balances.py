"""What an account is worth at the start of each day, as returns need it."""

from __future__ import annotations

from collections.abc import Sequence

from app.db import accounts
from app.db.connection import Connection
from app.domain import periods, returns
from app.domain.accounts import Account
from app.domain.periods import Cut, Span
from app.domain.returns import Dated, Ledger
from app.services import windows


def ledger(
    conn: Connection, account: Account, cut: Cut, window: Span, nets: Sequence[Dated]
) -> Ledger | None:
    """The balances from the first to the last day on which anything closed; `nets` are what the
    days of the whole account made, oldest first. None without any.
    """
    if not nets:
        return None
    start_us, key = window.start_us, account.account_key
    balance_micros = (
        account.starting_balance_micros
        + accounts.cash_before(conn, key, start_us)
        + windows.net_before(conn, account, start_us, "position")
    )
    moved = [
        Dated(periods.day_of(cut, at_us), micros)
        for at_us, micros in accounts.cash_within(conn, key, *window)
    ]
    return returns.ledger(balance_micros, nets[0].day, nets[-1].day, [*moved, *nets])
