"""Webhooks for limits: every account that has any is looked at, since a price alone may reach one.

A limit is told once for each time that it is reached: a day's loss once a session, a maximum loss
once until it is lifted, and each of them again where a correction or other terms took it back in
between. What a late fill moves to an earlier instant is not told again, nor is what a clock that
is ahead moves to a later one.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from app.db import risk as rows
from app.db import webhooks
from app.db.connection import Connection
from app.db.webhooks import Delivery
from app.domain import instants, periods
from app.domain.accounts import Account
from app.domain.periods import SESSION
from app.services import limit_use, risk
from app.services.kinds import Instant
from app.services.resources import Resources
from app.services.risk_bodies import Violation


class LimitReached(Struct, tag_field="type", tag="limit_reached"):
    """A loss limit that was reached, as `violations` of `GET /api/risk` has it."""

    id: str
    account_id: str
    timestamp: Instant
    data: Violation


def look(res: Resources, targets: Sequence[str], since_us: int) -> None:
    """Keep for each target what was reached since an instant and was not told yet."""
    for account in limit_use.limited(res):
        reached = risk.violations(res, account)
        fresh = [each for each in reached if instants.parse(each.reached_at) >= since_us]
        with res.db.read() as conn:
            told = webhooks.told_of_limits(conn, account.account_key)
            news = [each for each in fresh if _is_news(conn, account, each, told.get(each.limit))]
        for each in news:
            _tell(res, account, each, targets)
        for name in told.keys() - {each.limit for each in reached}:
            with res.db.write() as conn:
                webhooks.forget_limit(conn, account.account_key, name)


def _is_news(conn: Connection, account: Account, each: Violation, told_us: int | None) -> bool:
    """Whether a limit was reached anew since it was told."""
    at_us = instants.parse(each.reached_at)
    if told_us is None or at_us <= told_us:
        return told_us is None
    if each.limit == risk.DAILY:
        return periods.day_of(SESSION, at_us) > periods.day_of(SESSION, told_us)
    return any(lifted.at_us > told_us for lifted in rows.resets(conn, account.account_key))


def _tell(res: Resources, account: Account, each: Violation, targets: Sequence[str]) -> None:
    key, at_us, now_us = account.account_key, instants.parse(each.reached_at), res.now_us()
    delivery_id = f"{account.account_id}/{each.limit}/{at_us}"
    body = LimitReached(delivery_id, account.account_id, each.reached_at, each)
    said = msgspec.json.encode(body).decode()
    told = [Delivery(key, delivery_id, target, said, now_us, 0, now_us) for target in targets]
    with res.db.write() as conn:
        webhooks.put_limit(conn, key, each.limit, at_us, told)
