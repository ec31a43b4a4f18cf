"""Accounts: who there is, what they are worth, and the cash that came and went."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from app.db import accounts, positions, rollups
from app.db.connection import Connection, Database
from app.domain import fixed, instants, periods
from app.domain.accounts import Account, CashMovement
from app.domain.executions import is_id, is_name
from app.domain.periods import Calendar
from app.errors import AccountNotFound, Conflict, DatabaseUnavailable, InvalidBody
from app.services import day_totals, risk_kept, risk_terms
from app.services.bodies import AccountBody, AccountVersion, Recorded, money
from app.services.resources import Resources
from app.services.risk_terms import TermsChange

CURRENCY = "USD"
_CURRENCY = re.compile(r"[A-Z]{3}")
_CASH_MAX_MICROS = 10**12 * fixed.MICRO
_NOTE_LENGTH_MAX = 500
_EVENT_CASH = "cash"
_EVENT_SETTINGS = "account"


class Cash(NamedTuple):
    """A deposit (positive) or withdrawal (negative) as it was handed in."""

    cash_id: str
    amount: Decimal
    occurred_at_us: int
    note: str | None


class AccountSettings(NamedTuple):
    """What can be set of an account; None: as it is, or by default."""

    name: str | None = None
    timezone: str | None = None
    calendar: Calendar | None = None
    currency: str | None = None
    starting_balance: Decimal | None = None
    account_type: str | None = None
    risk: TermsChange | None = None


def new_account(res: Resources, account_id: str) -> Account:
    """An account as it is before anything happened in it; its key is chosen when it is stored."""
    return Account(
        account_key=0,
        account_id=account_id,
        name=account_id,
        status="active",
        account_type="unknown",
        currency=CURRENCY,
        timezone=res.default_timezone,
        calendar="civil",
        starting_balance_micros=0,
        created_at_us=res.now_us(),
        version=0,
        stamp=accounts.new_stamp(),
        outbox_seq=0,
        realized_net_micros=0,
        cash_micros=0,
    )


def lock_or_create(res: Resources, conn: Connection, account_id: str) -> tuple[Account, bool]:
    """The account, kept from other writers, and whether it is a new one."""
    account = accounts.lock(conn, account_id)
    if account is not None:
        return account, False
    created = accounts.insert(conn, new_account(res, account_id))
    account = accounts.lock(conn, account_id)
    if account is None:
        raise DatabaseUnavailable(f"account {account_id!r} was changed meanwhile; try again")
    return account, created


def create(res: Resources, account_id: str, settings: AccountSettings) -> None:
    """Add an account; InvalidBody says what is wrong, Conflict that it is there already."""
    account = _changed(new_account(res, account_id), settings)
    with res.db.write() as conn:
        created = accounts.insert(conn, account)
    if not created:
        raise Conflict(f"account {account_id!r} exists already")


def change(res: Resources, account_id: str, settings: AccountSettings) -> None:
    """Change some settings of an account, or create it with them; Conflict for another currency
    once there are executions.
    """
    with res.db.write() as conn:
        before = accounts.lock(conn, account_id)
        if before is None:
            accounts.insert(conn, _changed(new_account(res, account_id), settings))
            _hold_to(res, conn, load(conn, account_id), settings)
            return
        after = _changed(before, settings)
        is_held_to_others = _hold_to(res, conn, after, settings)
        if after == before and not is_held_to_others:
            return
        key = before.account_key
        if after.currency != before.currency and positions.first_executed_at(conn, key) is not None:
            raise Conflict(f"the currency of {account_id!r} is fixed: there are executions in it")
        accounts.update(conn, after)
        if after.timezone != before.timezone:
            day_totals.roll_up_all(conn, after, after.rollup_cuts[0])
        accounts.advance(conn, key, event=_EVENT_SETTINGS, now_us=res.now_us())


def _hold_to(res: Resources, conn: Connection, account: Account, settings: AccountSettings) -> bool:
    """Set the risk terms that are given; whether they are others than before."""
    return settings.risk is not None and risk_terms.store(res, conn, account, settings.risk)


def _changed(account: Account, settings: AccountSettings) -> Account:
    """The account with the settings that are given; InvalidBody names one that makes no sense."""
    if not is_id(account.account_id):
        raise InvalidBody("an account id has 1 to 128 printable ASCII characters and no '/'")
    if settings.timezone is not None and not periods.is_zone(settings.timezone):
        raise InvalidBody(f"timezone must be an IANA time zone (got {settings.timezone[:40]!r})")
    if settings.currency is not None and not _CURRENCY.fullmatch(settings.currency):
        raise InvalidBody(f"currency must be three capital letters (got {settings.currency[:9]!r})")
    for field in ("name", "account_type"):
        value = getattr(settings, field)
        if value is not None and not is_name(value):
            raise InvalidBody(f"{field} must be 1 to 128 characters, none of them a control")
    given = {name: value for name, value in settings._asdict().items() if value is not None}
    given.pop("risk", None)
    if "starting_balance" in given:
        balance = given.pop("starting_balance")
        given["starting_balance_micros"] = _amount(balance, "starting_balance")
    return account._replace(**given)


def every(res: Resources) -> list[Account]:
    """All accounts in the order of their ids."""
    with res.db.read() as conn:
        return _every(conn)


def exists(res: Resources, account_id: str) -> bool:
    """Whether there is an account of this id."""
    with res.db.read() as conn:
        return accounts.by_id(conn, account_id) is not None


def states(db: Database, account_keys: Iterable[int], now_us: int) -> dict[int, tuple[object, ...]]:
    """Where some accounts stand, by their keys: what a change of them changes."""
    with db.read() as conn:
        return accounts.states(conn, account_keys, now_us)


def load(conn: Connection, account_id: str) -> Account:
    """The account as a snapshot has it; AccountNotFound otherwise."""
    account = accounts.by_id(conn, account_id)
    if account is None:
        raise AccountNotFound(f"there is no account {account_id!r}")
    return account


def overview(
    res: Resources, may_see: Callable[[str], bool], selected: str | None
) -> list[AccountBody]:
    """The accounts that may be seen, each with its balance and what it made today."""
    now_us = res.now_us()
    with res.db.read() as conn:
        seen = [each for each in _every(conn) if may_see(each.account_id)]
        made = _made_today(conn, seen, now_us)
    return [
        _body(account, net_micros, selected=account.account_id == selected)
        for account, net_micros in zip(seen, made, strict=True)
    ]


def entry(conn: Connection, account: Account, now_us: int) -> AccountBody:
    """An account as it is listed."""
    (net_micros,) = _made_today(conn, [account], now_us)
    return _body(account, net_micros, selected=False)


def move_cash(res: Resources, account_id: str, cash: Cash) -> Recorded:
    """Note a deposit or withdrawal; the same one again is a duplicate, another under its id a
    Conflict.
    """
    movement = _movement(cash)
    with res.db.write() as conn:
        account = accounts.lock(conn, account_id)
        if account is None:
            raise AccountNotFound(f"there is no account {account_id!r}")
        known = accounts.cash_by_id(conn, account.account_key, movement.cash_id)
        if known == movement:
            return Recorded(0, 1, 0, {account_id: AccountVersion(account.version)}, [])
        if known is not None:
            raise Conflict(f"cash movement {movement.cash_id!r} is known with another content")
        accounts.insert_cash(conn, account.account_key, movement)
        risk_kept.renew_at(res, conn, account, movement.occurred_at_us)
        version = accounts.advance(
            conn,
            account.account_key,
            event=_EVENT_CASH,
            now_us=res.now_us(),
            cash_micros=movement.amount_micros,
        )
    return Recorded(1, 0, 0, {account_id: AccountVersion(version)}, [])


def _every(conn: Connection) -> list[Account]:
    found: list[Account] = []
    while page := accounts.after(conn, found[-1].account_id if found else ""):
        found += page
    return found


def _made_today(conn: Connection, seen: Sequence[Account], now_us: int) -> list[int]:
    """What accounts, in the order of their ids, made today; which day that is, their zones say."""
    if not seen:
        return []
    days = [periods.day_of(each.cut, now_us) for each in seen]
    ids = seen[0].account_id, seen[-1].account_id
    found = rollups.nets(conn, ids, (min(days), max(days)))
    return [found.get((each.account_key, day), 0) for each, day in zip(seen, days, strict=True)]


def _body(account: Account, today_micros: int, *, selected: bool) -> AccountBody:
    said = account.broker_balance_micros
    return AccountBody(
        id=account.account_id,
        name=account.name,
        status=account.status,
        balance=money(account.balance_micros),
        broker_balance=None if said is None else money(said),
        currency=account.currency,
        account_type=account.account_type,
        timezone=account.cut.zone,
        calendar=account.calendar,
        daily_pnl=money(today_micros),
        selected=selected,
    )


def _movement(cash: Cash) -> CashMovement:
    if not is_id(cash.cash_id):
        raise InvalidBody("id must have 1 to 128 printable ASCII characters and no '/'")
    if cash.note is not None and len(cash.note) > _NOTE_LENGTH_MAX:
        raise InvalidBody(f"note must have at most {_NOTE_LENGTH_MAX} characters")
    amount_micros = _amount(cash.amount, "amount")
    if amount_micros == 0:
        raise InvalidBody("amount must not be 0: deposits are positive, withdrawals negative")
    return CashMovement(
        cash.cash_id, amount_micros, instants.checked(cash.occurred_at_us), cash.note
    )


def _amount(amount: Decimal, field: str) -> int:
    try:
        micros = fixed.money_micros(amount)
    except ValueError as error:
        raise InvalidBody(f"{field} {error}") from None
    if abs(micros) > _CASH_MAX_MICROS:
        raise InvalidBody(f"{field} is too large")
    return micros
