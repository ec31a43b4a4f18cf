"""An account of the demo gateway, what is stored of it, and a broker that says other things."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from app.db import executions, syncs
from app.db.executions import Stored
from app.db.syncs import Sync
from app.demo_gateway.ledger import Half
from app.domain import instants
from app.domain.accounts import Account
from app.domain.executions import Fill
from app.domain.market import Mark, market
from app.services import access, accounts
from tests.broker.gateways import COMBINE, SATURDAY
from tests.services.broker_syncs import Scene

OURS = str(COMBINE)
HOUR_S = 3_600


def halves(at: Scene) -> list[Half]:
    """The fills that happened, oldest first."""
    booked = at.gateway.ledgers[COMBINE].booked(SATURDAY)
    return [each.half for each in booked if not each.is_voided]


def opened(at: Scene) -> Half:
    """A fill after which something stayed open for a while."""
    held: dict[str, int] = {}
    found = halves(at)
    for each, following in pairwise(found):
        code = each.contract.code
        held[code] = held.get(code, 0) + each.sign * each.size
        is_day = 14 <= instants.to_datetime(each.at_us).hour < 20
        if held[code] and is_day and following.at_us - each.at_us > 200 * 10**6:
            return each
    raise AssertionError("nothing stayed open")


def account(at: Scene) -> Account:
    with at.res.db.read() as conn:
        return accounts.load(conn, OURS)


def state(at: Scene) -> Sync:
    with at.res.db.read() as conn:
        found = syncs.by_account(conn, accounts.load(conn, OURS).account_key)
    assert found
    return found


def stored(at: Scene, execution_id: str) -> Stored | None:
    with at.res.db.read() as conn:
        key = accounts.load(conn, OURS).account_key
        return executions.by_ids(conn, key, [execution_id]).get(execution_id)


def feed(at: Scene) -> str:
    return market(account(at), at.clock.now_us, 60 * 10**6).feed


def without(at: Scene, trade_id: int) -> None:
    """The broker does not tell of a fill."""
    trades = at.gateway.trades

    def told(account_id: int, start_us: int, end_us: int) -> list[dict[str, Any]]:
        rows = trades(account_id, start_us, end_us)
        return [each for each in rows if each["id"] != trade_id]

    at.gateway.trades = told  # type: ignore[method-assign]


def saying(at: Scene, trade_id: int, **said: Any) -> None:
    """The broker says something else of a fill."""
    trades = at.gateway.trades

    def told(account_id: int, start_us: int, end_us: int) -> list[dict[str, Any]]:
        rows = trades(account_id, start_us, end_us)
        return [each | (said if each["id"] == trade_id else {}) for each in rows]

    at.gateway.trades = told  # type: ignore[method-assign]


def fill_of(half: Half) -> Fill:
    return Fill(
        account_id=OURS,
        execution_id=str(half.trade_id),
        symbol=half.contract.code,
        side="BUY" if half.sign > 0 else "SELL",
        quantity=half.size,
        price=half.price,
        executed_at_us=half.at_us,
        source="topstepx",
    )


def marks(at: Scene) -> tuple[Mark, ...]:
    """The prices of what the account holds."""
    account = access.state(at.res, OURS).account
    assert account
    return market(account, at.clock.now_us, 60 * 10**6).marks
