"""How much of their limits the accounts have used, all of them together: none is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from app.db import risk as rows
from app.domain.accounts import Account
from app.services import access, risk
from app.services.resources import Resources

ACCOUNTS_MAX = 1_000


class LimitUse(NamedTuple):
    """One kind of limit: the highest share that any account has used of its own, None where that
    is known of none; how many accounts have reached it; and of how many nobody can tell.
    """

    limit: str
    highest: float | None
    reached: int
    unknown: int


def of_all(res: Resources) -> list[LimitUse]:
    """Every kind of limit, over the accounts that have it now."""
    every = [risk.used(res, account) for account in limited(res)]
    return [_added_up(name, [each for each in every if name in each]) for name in risk.LIMITS]


def limited(res: Resources) -> Iterator[Account]:
    """The accounts that have, or had, limits."""
    after = ""
    while True:
        with res.db.read() as conn:
            page = rows.limited(conn, after, ACCOUNTS_MAX)
        for account_id in page:
            account = access.state(res, account_id).account
            if account:
                yield account
        if len(page) < ACCOUNTS_MAX:
            return
        after = page[-1]


def _added_up(name: str, every: list[dict[str, risk.Used]]) -> LimitUse:
    shares = [each[name].share for each in every]
    return LimitUse(
        limit=name,
        highest=max((share for share in shares if share is not None), default=None),
        reached=sum(each[name].reached for each in every),
        unknown=sum(share is None for share in shares),
    )
