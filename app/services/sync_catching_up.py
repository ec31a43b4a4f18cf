"""What an account's broker booked since it was last asked, and again what may have changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from app.broker.model import BrokerOrder, BrokerTrade, Window
from app.broker.projectx import windows
from app.db import syncs
from app.db.syncs import Sync
from app.domain import instants
from app.services import ingest, sync_orders, sync_positions, sync_trades
from app.services.sync_context import Synced, Syncing
from app.services.sync_trades import Found

# Asked for again with every pass: brokers book late, and take back what they booked.
LOOK_BACK_US = 3_600 * instants.SECOND_US
# And now and then all of these days: some corrections come after a night or a weekend.
DEEP_LOOK_BACK_US = 4 * instants.DAY_US
DEEP_EVERY_US = 1_800 * instants.SECOND_US
_DEEP_AT_ODDS_EVERY_US = 60 * instants.SECOND_US
# So much is asked for at once; answers of many rows are asked for in halves.
_STEP_US = 7 * instants.DAY_US
# An order may wait so long, and its end is still heard of.
_ORDERS_WAIT_US = 7 * instants.DAY_US
# What the broker's clock may be ahead of ours.
_AHEAD_US = 300 * instants.SECOND_US
# More than these are not kept by name; the feed is not live long before.
_UNDECIDED_MAX = 1_000


class Brought(NamedTuple):
    """How many fills and orders were news, and how many fills were corrected or taken back."""

    fresh: int = 0
    corrected: int = 0
    voided: int = 0
    orders: int = 0

    def plus(self, other: Brought) -> Brought:
        """Both."""
        return Brought(*map(sum, zip(self, other, strict=True)))


def catch_up(
    to: Syncing, account: Synced, waiting: Sequence[BrokerOrder], now_us: int
) -> tuple[Brought, Sync]:
    """Store what is news up to now, window by window; how far the sync is then is kept with each,
    so that another can go on from there.
    """
    sync = account.sync
    is_deep = _is_deep(sync, now_us)
    start_us = _start(sync, now_us) if is_deep else sync.synced_until_us - LOOK_BACK_US
    brought = Brought()
    orders_since_us = _orders_since(to, account, waiting, now_us)
    for window in windows(max(start_us, sync.since_us), now_us + _AHEAD_US, _STEP_US):
        is_last = window.end_us > now_us
        to.step()
        trades = to.broker.trades(account.broker_id, window)
        to.step()
        since_us = min(window.start_us, orders_since_us) if is_last else window.start_us
        orders = to.broker.orders(account.broker_id, Window(since_us, window.end_us))
        part, undecided = _store(to, account, trades, [*orders, *(waiting if is_last else ())])
        brought = brought.plus(part)
        until_us = max(sync.synced_until_us, min(window.end_us, now_us))
        left = _left(sync, window, undecided)
        sync = sync._replace(synced_until_us=until_us, undecided=left)
        if not is_last:
            _keep(to, sync)
    return brought, sync._replace(looked_back_at_us=now_us if is_deep else sync.looked_back_at_us)


def undecided_count(sync: Sync) -> int:
    """Of how many fills only the product is known."""
    return len(_undecided(sync))


def _undecided(sync: Sync) -> dict[str, int]:
    return msgspec.json.decode(sync.undecided, type=dict[str, int])


def _is_deep(sync: Sync, now_us: int) -> bool:
    recent_us = now_us - DEEP_LOOK_BACK_US
    is_at_odds = sync.differing != sync_positions.NONE or any(
        at_us > recent_us for at_us in _undecided(sync).values()
    )
    every_us = _DEEP_AT_ODDS_EVERY_US if is_at_odds else DEEP_EVERY_US
    return now_us - sync.looked_back_at_us >= every_us


def _start(sync: Sync, now_us: int) -> int:
    usual_us = min(sync.synced_until_us, now_us) - DEEP_LOOK_BACK_US
    return min(usual_us, *_undecided(sync).values(), usual_us)


def _orders_since(to: Syncing, account: Synced, waiting: Iterable[BrokerOrder], now_us: int) -> int:
    """Since when orders may have ended that wait by our books."""
    with to.res.db.read() as conn:
        ours = syncs.waiting_orders(conn, account.key)
    still = {str(each.order_id) for each in waiting}
    ended = [at_us for order_id, at_us in ours.items() if order_id not in still]
    return max(min(ended, default=now_us), now_us - _ORDERS_WAIT_US)


def _store(
    to: Syncing, account: Synced, trades: Sequence[BrokerTrade], orders: Sequence[BrokerOrder]
) -> tuple[Brought, Mapping[str, int]]:
    """What was news, and the fills that stay undecided with their times."""
    found = sync_trades.sort_out(to, account, trades, orders)
    news = sync_orders.news(to, account, orders)
    if found.fresh or news:
        to.step()
        beside = sync_orders.Beside(account.account_id, news)
        ingest.record(to.res, found.fresh, beside=beside, may_create_accounts=False)
    sync_trades.correct(to, account, found.corrected)
    sync_trades.take_out(to, account, found.voided)
    undecided = {str(each.trade_id): each.executed_at_us for each in found.undecided}
    return _brought(found, len(news)), undecided


def _brought(found: Found, orders: int) -> Brought:
    return Brought(len(found.fresh), len(found.corrected), len(found.voided), orders)


def _left(sync: Sync, window: Window, undecided: Mapping[str, int]) -> str:
    """All that is undecided now: what lies outside the window stays as it was."""
    start_us, end_us = window
    before = _undecided(sync).items()
    outside = {each: at_us for each, at_us in before if not start_us <= at_us <= end_us}
    kept = sorted((outside | dict(undecided)).items(), key=lambda each: each[1])
    return msgspec.json.encode(dict(kept[-_UNDECIDED_MAX:])).decode()


def _keep(to: Syncing, sync: Sync) -> None:
    to.step()
    with to.res.db.write() as conn:
        syncs.put(conn, sync)
