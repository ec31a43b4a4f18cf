"""One pass over one account: what is news, and whether the broker's books are ours then."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from app import telemetry
from app.broker.model import BrokerAccount, BrokerPosition
from app.db import accounts as account_rows
from app.db import open_positions, syncs
from app.db.syncs import Sync
from app.domain import fixed
from app.domain.accounts import Account
from app.domain.positions import Position
from app.errors import Conflict
from app.services import accounts, sync_catching_up, sync_positions
from app.services.accounts import AccountSettings
from app.services.instruments import catalogue
from app.services.sync_catching_up import LOOK_BACK_US, Brought
from app.services.sync_context import Synced, Syncing
from app.services.sync_positions import Differing

_CENT_MICROS = fixed.MICRO // 100
_EVENT = "account"
_NOTHING_UNDECIDED = "{}"

_log = telemetry.logger()


class Passed(NamedTuple):
    """What a pass over an account brought, and whether nothing is missing as far as can be seen."""

    brought: Brought
    is_live: bool


class _Books(NamedTuple):
    """Ours and the broker's; they are quiet if all is closed and no fill was news."""

    account: Account
    held: Sequence[Position]
    told: BrokerAccount
    positions: Sequence[BrokerPosition]
    has_news: bool

    @property
    def broker_balance_micros(self) -> int:
        return fixed.money_micros(self.told.balance)

    @property
    def is_quiet(self) -> bool:
        return not (self.held or self.positions or self.has_news)

    @property
    def is_moving(self) -> bool:
        known_micros = self.account.broker_balance_micros
        return self.has_news or known_micros != self.broker_balance_micros


def open_account(to: Syncing, told: BrokerAccount, account_id: str, since_us: int) -> Synced:
    """The account here, created with the broker's name if it is missing, and how its sync stands;
    Conflict where it is synced from another of the broker's accounts.
    """
    is_created = not accounts.exists(to.res, account_id)
    if is_created:
        kind = "simulated" if told.is_simulated else "live"
        accounts.create(to.res, account_id, AccountSettings(name=told.name, account_type=kind))
    with to.res.db.read() as conn:
        account = accounts.load(conn, account_id)
        sync = syncs.by_account(conn, account.account_key)
        known = catalogue(conn)
    if sync and sync.broker_account_id != told.account_id:
        raise Conflict(
            f"account {account_id!r} is synced from the broker's account"
            f" {sync.broker_account_id}: give {told.account_id} another one"
        )
    if sync is None:
        sync = _new(account.account_key, told.account_id, since_us, is_unopened=is_created)
        with to.res.db.write() as conn:
            syncs.put(conn, sync)
    return Synced(account_id, account.currency, known, _since(sync, since_us))


def make_pass(to: Syncing, account: Synced, told: BrokerAccount, late_us: int) -> Passed:
    """Bring the account up to what the broker says, and note how it stands then."""
    asked_at_us = to.res.now_us()
    to.step()
    positions = to.broker.positions(account.broker_id)
    to.step()
    waiting = to.broker.open_orders(account.broker_id)
    brought, sync = sync_catching_up.catch_up(to, account, waiting, asked_at_us)
    books = _books(to, account, told, positions, brought)
    differing = sync_positions.differing(account.known, books.held, positions, asked_at_us)
    is_live = not sync_positions.persist(sync.differing, differing)
    is_live = is_live and sync.undecided == _NOTHING_UNDECIDED
    sync = _with_positions(account, sync, differing, asked_at_us)
    sync = _with_balance(to, account, sync, books, asked_at_us)
    to.step()
    with to.res.db.write() as conn:
        syncs.put(conn, sync._replace(passed_at_us=asked_at_us, fault=None))
        if is_live:
            account_rows.heard(conn, account.key, asked_at_us, late_us)
        if books.account.broker_balance_micros != books.broker_balance_micros:
            account_rows.set_broker_balance(conn, account.key, books.broker_balance_micros)
            account_rows.advance(conn, account.key, event=_EVENT, now_us=to.res.now_us())
    return Passed(brought, is_live)


def note_fault(to: Syncing, account: Synced, fault: str) -> None:
    """Note why a pass over the account was not whole; what it stored until then stays."""
    with to.res.db.write() as conn:
        sync = syncs.by_account(conn, account.key)
        if sync and sync.fault != fault:
            syncs.put(conn, sync._replace(fault=fault))


def _new(account_key: int, broker_id: int, since_us: int, *, is_unopened: bool) -> Sync:
    return Sync(
        account_key=account_key,
        broker_account_id=broker_id,
        is_listed=1,
        is_unopened=int(is_unopened),
        since_us=since_us,
        synced_until_us=since_us,
        looked_back_at_us=since_us,
        passed_at_us=None,
        moved_at_us=since_us,
        undecided=_NOTHING_UNDECIDED,
        differing=sync_positions.NONE,
        differs_since_us=None,
        balance_difference_micros=0,
        fault=None,
    )


def _since(sync: Sync, since_us: int) -> Sync:
    """Until a pass was whole a later first day may be named: fills before it are had already."""
    if sync.passed_at_us is not None or since_us <= sync.since_us:
        return sync
    return sync._replace(since_us=since_us, synced_until_us=max(sync.synced_until_us, since_us))


def _books(
    to: Syncing,
    account: Synced,
    told: BrokerAccount,
    positions: Sequence[BrokerPosition],
    brought: Brought,
) -> _Books:
    with to.res.db.read() as conn:
        ours = accounts.load(conn, account.account_id)
        held = open_positions.of_account(conn, account.key)
    has_news = bool(brought.fresh or brought.corrected or brought.voided)
    return _Books(ours, held, told, positions, has_news)


def _with_positions(
    account: Synced, sync: Sync, differing: Sequence[Differing], now_us: int
) -> Sync:
    if not differing:
        return sync._replace(differing=sync_positions.NONE, differs_since_us=None)
    written = sync_positions.write(differing)
    if written != sync.differing:
        _log.warning(
            "open positions differ from the broker's",
            account_id=account.account_id,
            differing=[each.told for each in differing],
        )
    return sync._replace(differing=written, differs_since_us=sync.differs_since_us or now_us)


def _with_balance(to: Syncing, account: Synced, sync: Sync, books: _Books, now_us: int) -> Sync:
    """Only while all is closed and nothing moves can two balances be compared."""
    if books.is_moving:
        sync = sync._replace(moved_at_us=now_us)
    if not books.is_quiet or sync.undecided != _NOTHING_UNDECIDED:
        return sync
    difference = books.broker_balance_micros - books.account.balance_micros
    if sync.is_unopened and not books.account.cash_micros:
        _open_balance(to, account, books.account.starting_balance_micros + difference)
        # Fills that are booked but not yet told of are in the one balance only.
        is_settled = now_us - sync.moved_at_us >= LOOK_BACK_US
        return sync._replace(is_unopened=int(not is_settled), balance_difference_micros=0)
    if abs(difference) <= _CENT_MICROS:
        difference = 0
    if difference and difference != sync.balance_difference_micros:
        _log.warning(
            "the balance differs from the broker's",
            account_id=account.account_id,
            difference=fixed.text(difference, fixed.MONEY_PLACES),
        )
    return sync._replace(balance_difference_micros=difference)


def _open_balance(to: Syncing, account: Synced, micros: int) -> None:
    """Let the account begin with what it was worth before the first fill that is known."""
    to.step()
    opened = Decimal(fixed.text(micros, fixed.MONEY_PLACES))
    accounts.change(to.res, account.account_id, AccountSettings(starting_balance=opened))
