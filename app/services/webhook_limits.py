"""Webhooks for limits: every account that has any is looked at, since a price alone may reach one.

A limit is told once for each time that it is reached: a day's loss once a session, a maximum loss
once until it is lifted. What a late fill moves to an earlier instant is not told again.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from app.db import webhooks
from app.db.webhooks import Delivery
from app.domain import instants
from app.domain.accounts import Account
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
        for each in risk.violations(res, account):
            if instants.parse(each.reached_at) >= since_us:
                _tell(res, account, each, targets)


def _tell(res: Resources, account: Account, each: Violation, targets: Sequence[str]) -> None:
    key, at_us, now_us = account.account_key, instants.parse(each.reached_at), res.now_us()
    with res.db.read() as conn:
        if at_us <= webhooks.told_of_limit(conn, key, each.limit):
            return
    delivery_id = f"{account.account_id}/{each.limit}/{at_us}"
    body = LimitReached(delivery_id, account.account_id, each.reached_at, each)
    said = msgspec.json.encode(body).decode()
    told = [Delivery(key, delivery_id, target, said, now_us, 0, now_us) for target in targets]
    with res.db.write() as conn:
        webhooks.put_limit(conn, key, each.limit, at_us, told)
