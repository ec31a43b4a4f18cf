"""A trader's week whose statistics can be worked out by hand, and how it is asked about.

One point of MNQ is worth 2 USD, one of MES 5. Chicago is six hours behind UTC in November.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.services import accounts
from app.services.accounts import AccountSettings
from app.services.resources import Resources
from tests.blueprints.calls import call, exact, fills, get
from tests.conftest import Client, Clock

PATH = "/api/statistics"
# Net 100 and -50 on Wednesday, 0 and 201 on Friday, -205 and -45 on Monday, 400 on Tuesday.
WEEK = """
    11-05 10:00 +1 @ 21000 fee 1
    11-05 10:10 -1 @ 21051 fee 1
    11-05 11:00 -1 @ 21000 fee 1
    11-05 11:30 +1 @ 21024 fee 1
    11-07 09:00 +1 MESZ5 @ 6700 fee 1.25
    11-07 09:01 -1 MESZ5 @ 6700.5 fee 1.25
    11-07 10:00 -2 @ 21000
    11-07 10:20 +2 @ 20949.75
    11-10 09:00 +1 @ 21000 fee 5
    11-10 09:05 -1 @ 20900 fee 0
    11-10 09:10 +1 MNQH6 @ 21000 fee 5
    11-10 09:11 -1 MNQH6 @ 20980 fee 0
    11-11 09:00 +1 @ 21000
    11-11 09:01 -1 @ 21200
"""
# With the cash below every day but Thursday starts with 10,000, save for Friday's 10,050: 0.5 %,
# 0 %, 2 %, -2.5 %, 4 %, whose mean is 0.8 %. Their squared deviations make 0.00233, over 4; the
# losing ones 0.000625, over 5. The equity falls once, by 2.5 %.
CASH = (("11-08", "-251"), ("11-10", "250"))
WINDOW = {"start": "2025-11-05", "end": "2025-11-11"}
# The two shorts; the strategy of all others is another.
FADES = {"e3", "e7"}


def asked(client: Client, **query: str) -> Any:
    """What the statistics say, every decimal as it was written."""
    return exact(get(client, PATH, **query))


def own_account(res: Resources, account_id: str, balance: int) -> None:
    accounts.create(res, account_id, AccountSettings(starting_balance=Decimal(balance)))


def trade_for_a_week(client: Client, res: Resources, clock: Clock) -> Client:
    """The caller, with the week's trades and cash on 10,000 in account A, on the day after."""
    clock.set("2025-11-12T18:00:00Z")
    own_account(res, "A", 10_000)
    for day, amount in CASH:
        cash = {"id": day, "amount": amount, "occurred_at": f"2025-{day}T18:00:00Z"}
        exact(call(client, "POST", "/api/accounts/A/cash", json=cash))
    week = fills(WEEK)
    for each in week:
        each["strategy"] = "fade" if each["execution_id"] in FADES else "breakout"
    exact(call(client, "POST", "/api/executions", json=week))
    return client
