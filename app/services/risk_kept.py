"""The lowest equity of the stretches that have ended, kept so that no answer needs their history.

Kept for accounts with a maximum loss alone, in the transaction of whatever changes them. Only the
stretches that a change may touch are made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from app.db import accounts, equity, risk
from app.db.connection import Connection
from app.db.risk import Kept
from app.domain import instants, periods, sessions
from app.domain.accounts import Account
from app.domain.periods import SESSION, Span
from app.domain.risk import Low, Terms
from app.domain.sessions import Hours
from app.errors import DatabaseUnavailable
from app.services.rebuild import Outcome
from app.services.resources import Resources
from app.services.risk_path import Way

# What an account's clients are told of where neither fills nor cash changed its standing.
EVENT = "risk"


class Prices(NamedTuple):
    """The span in which bars of a contract ended that are news, and when its last price was."""

    contract: str
    hours: Hours
    span: Span
    last_us: int | None


def cuts_us(conn: Connection, account_key: int, history: Sequence[Terms]) -> list[int]:
    """Where stretches end beside the ends of sessions: at other terms, and where a limit was
    lifted.
    """
    lifted = (each.at_us for each in risk.resets(conn, account_key))
    return sorted({*(each.since_us for each in history), *lifted})


def renew_after(res: Resources, conn: Connection, account: Account, outcome: Outcome) -> None:
    """Keep what has ended since, and again what a rebuild may have changed: all from the first
    instant to the last that differ, or to now where what is held differs.
    """
    now_us, differing_us = res.now_us(), outcome.differing_us
    changed = Span(differing_us[0], differing_us[-1]) if differing_us else None
    if changed and outcome.holds_otherwise:
        changed = Span(changed.start_us, max(now_us, changed.end_us))
    renew(conn, account, changed, now_us, res.mark_age_max_us)


def renew_at(res: Resources, conn: Connection, account: Account, at_us: int) -> None:
    """The same of what cash at an instant changed."""
    renew(conn, account, Span(at_us, at_us), res.now_us(), res.mark_age_max_us)


def hold(res: Resources, conn: Connection, first_us: int) -> None:
    """Before prices of an ended session are stored: keep other writers of accounts with kept lows
    waiting. Else, on PostgreSQL, a late fill would not see the prices, nor they the fill.
    """
    if first_us < periods.day_start(SESSION, periods.day_of(SESSION, res.now_us())):
        for account_id in risk.keeping(conn):
            accounts.lock(conn, account_id)


def renew_prices(res: Resources, conn: Connection, changed: Prices) -> None:
    """The same of every account that held a contract while its prices changed, and let it know;
    it knows already where the new prices only follow the last one of what it holds.
    """
    now_us, age_us = res.now_us(), res.mark_age_max_us
    end_us = sessions.open_until(changed.hours, changed.span.end_us, age_us + 1)
    today_us = periods.day_start(SESSION, periods.day_of(SESSION, now_us))
    is_late = changed.last_us is None or changed.span.start_us <= changed.last_us
    is_late = is_late or changed.span.start_us < today_us
    held = Span(changed.span.start_us, end_us)
    for account_id in risk.touched(conn, changed.contract, held, or_still_held=is_late):
        account = accounts.lock(conn, account_id)
        if account:
            renew(conn, account, held, now_us, age_us)
            accounts.advance(conn, account.account_key, event=EVENT, now_us=now_us)


def catch_up(res: Resources, account: Account) -> None:
    """Keep what has ended since anything was written, once a session: of what is only held, nothing
    else would. Answers do without it, at a cost that grows.
    """
    now_us = res.now_us()
    session = periods.day_of(SESSION, now_us)
    if res.caught_up.get(account.account_key) == session:
        return
    with res.db.read() as conn:
        kept = risk.kept(conn, account.account_key)
    if kept and kept.until_session < session:
        with suppress(DatabaseUnavailable), res.db.write() as conn:
            locked = accounts.lock(conn, account.account_id)
            if locked:
                renew(conn, locked, None, now_us, res.mark_age_max_us)
    res.caught_up[account.account_key] = session


def begin(conn: Connection, account: Account, now_us: int, mark_age_us: int) -> None:
    """Keep the lows of an account from its first day on."""
    made = Kept(beginning(conn, account, now_us), mark_age_us)
    risk.keep(conn, account.account_key, made)
    renew(conn, account, None, now_us, mark_age_us)


def renew(
    conn: Connection, account: Account, changed: Span | None, now_us: int, mark_age_us: int
) -> None:
    """Keep the lows of the sessions that have ended since, and again those of a span in which
    anything changed; nothing where none are kept.
    """
    kept = risk.kept(conn, account.account_key)
    if kept is None:
        return
    today = periods.day_of(SESSION, now_us)
    if kept.mark_age_us != mark_age_us:
        kept = Kept(beginning(conn, account, now_us), mark_age_us)
    first = kept.until_session
    if changed:
        first_changed, last_changed = _sessions(changed, first)
        if last_changed + 1 >= first:
            first = min(first, first_changed)
        elif first_changed <= last_changed:
            _keep(conn, account, first_changed, last_changed, now_us, mark_age_us)
    if first < today:
        _keep(conn, account, first, today - 1, now_us, mark_age_us)
    if kept.until_session < today or first < kept.until_session:
        risk.keep(conn, account.account_key, Kept(max(today, kept.until_session), mark_age_us))


def beginning(conn: Connection, account: Account, now_us: int) -> int:
    """The session in which an account first did anything or was first held to terms."""
    key = account.account_key
    moved_us = equity.next_at(conn, key, instants.FIRST_US)
    begins_us = [each.since_us for each in risk.history(conn, key)[:1]]
    begins_us += [] if moved_us is None else [moved_us]
    return periods.day_of(SESSION, min([*begins_us, now_us]))


def both(conn: Connection, account: Account, now_us: int) -> tuple[list[Low], list[Low]]:
    """The lows that are kept, and as they are found out again."""
    kept = risk.kept(conn, account.account_key)
    if kept is None:
        return [], []
    stored = risk.lows(conn, account.account_key, kept.until_session)
    first = beginning(conn, account, now_us)
    made = _made(conn, account, first, kept.until_session, now_us, kept.mark_age_us)
    return stored, made


def _sessions(changed: Span, until: int) -> tuple[int, int]:
    first = periods.day_of(SESSION, changed.start_us)
    return first, min(periods.day_of(SESSION, changed.end_us), until - 1)


def _keep(
    conn: Connection, account: Account, first: int, last: int, now_us: int, mark_age_us: int
) -> None:
    made = _made(conn, account, first, last + 1, now_us, mark_age_us)
    risk.replace(conn, account.account_key, (first, last), made)


def _made(
    conn: Connection, account: Account, first: int, until: int, now_us: int, mark_age_us: int
) -> list[Low]:
    """The lows from one session up to before another."""
    key = account.account_key
    cuts = cuts_us(conn, key, risk.history(conn, key))
    way = Way(conn, account, first, cuts, now_us=now_us, mark_age_us=mark_age_us)
    return way.until(until)
