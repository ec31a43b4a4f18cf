"""What accounts are held to, and the lowest equity of the stretches that have ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import first, many, rows, run
from app.domain.periods import Span
from app.domain.risk import Low, Terms


class Kept(NamedTuple):
    """The first session whose lows are not kept, and how old the prices behind them may be."""

    until_session: int
    mark_age_us: int


class Reset(NamedTuple):
    """When a maximum loss that was reached was lifted, and by whom."""

    at_us: int
    reset_by: str


class Moved(NamedTuple):
    """What a session made by execution, and how many executions had P&L or fees."""

    session: int
    net_micros: int
    executions: int


HISTORY = text("""
    SELECT since_us, daily_loss_micros, max_loss_micros, mode, profit_target_micros,
           consistency_share, minimum_days, warning_shares
    FROM risk_terms WHERE account_key = :account_key ORDER BY since_us
""")


def history(conn: Connection, account_key: int) -> list[Terms]:
    """All terms that an account was ever held to, oldest first."""
    return [
        Terms._make((*row[:-1], tuple(int(share) for share in row[-1].split(",") if share)))
        for row in rows(conn, HISTORY, account_key=account_key)
    ]


PUT = text("""
    INSERT INTO risk_terms (account_key, since_us, daily_loss_micros, max_loss_micros, mode,
        profit_target_micros, consistency_share, minimum_days, warning_shares)
    VALUES (:account_key, :since_us, :daily_loss_micros, :max_loss_micros, :mode,
        :profit_target_micros, :consistency_share, :minimum_days, :warning_shares)
    ON CONFLICT (account_key, since_us) DO UPDATE SET
        daily_loss_micros = excluded.daily_loss_micros,
        max_loss_micros = excluded.max_loss_micros, mode = excluded.mode,
        profit_target_micros = excluded.profit_target_micros,
        consistency_share = excluded.consistency_share, minimum_days = excluded.minimum_days,
        warning_shares = excluded.warning_shares
""")


def put(conn: Connection, account_key: int, terms: Terms) -> None:
    """Hold an account to terms from their instant on."""
    shares = ",".join(map(str, terms.warning_shares))
    values = terms._asdict() | {"warning_shares": shares}
    run(conn, PUT, account_key=account_key, **values)


RESETS = text("""
    SELECT at_us, reset_by FROM risk_resets WHERE account_key = :account_key ORDER BY at_us
""")


def resets(conn: Connection, account_key: int) -> list[Reset]:
    """When a maximum loss was lifted, oldest first."""
    return [Reset._make(row) for row in rows(conn, RESETS, account_key=account_key)]


RESET = text("""
    INSERT INTO risk_resets (account_key, at_us, reset_by)
    VALUES (:account_key, :at_us, :reset_by)
    ON CONFLICT (account_key, at_us) DO UPDATE SET reset_by = excluded.reset_by
""")


def reset(conn: Connection, account_key: int, made: Reset) -> None:
    """Lift a maximum loss that was reached."""
    run(conn, RESET, account_key=account_key, **made._asdict())


KEPT = text("SELECT until_session, mark_age_us FROM risk_kept WHERE account_key = :account_key")


def kept(conn: Connection, account_key: int) -> Kept | None:
    """Which lows are kept; None where none are."""
    row = first(conn, KEPT, account_key=account_key)
    return None if row is None else Kept._make(row)


KEEPING = text("""
    SELECT a.account_id FROM risk_kept k JOIN accounts a ON a.account_key = k.account_key
    ORDER BY a.account_id
""")


def keeping(conn: Connection) -> list[str]:
    """The ids of all accounts of which lows are kept."""
    return [str(row[0]) for row in rows(conn, KEEPING)]


LIMITED = text("""
    SELECT account_id FROM accounts a
    WHERE account_id > :after
      AND EXISTS (SELECT 1 FROM risk_terms t WHERE t.account_key = a.account_key)
    ORDER BY account_id LIMIT :limit
""")


def limited(conn: Connection, after: str, limit: int) -> list[str]:
    """The ids of accounts that have, or had, limits; in their order."""
    return [str(row[0]) for row in rows(conn, LIMITED, after=after, limit=limit)]


KEEP = text("""
    INSERT INTO risk_kept (account_key, until_session, mark_age_us)
    VALUES (:account_key, :until_session, :mark_age_us)
    ON CONFLICT (account_key) DO UPDATE SET
        until_session = excluded.until_session, mark_age_us = excluded.mark_age_us
""")


def keep(conn: Connection, account_key: int, kept: Kept) -> None:
    """Note which lows are kept."""
    run(conn, KEEP, account_key=account_key, **kept._asdict())


FORGET = text("DELETE FROM risk_kept WHERE account_key = :account_key")


FORGET_LOWS = text("DELETE FROM risk_lows WHERE account_key = :account_key")


def forget(conn: Connection, account_key: int) -> None:
    """Keep no lows of an account any more."""
    run(conn, FORGET, account_key=account_key)
    run(conn, FORGET_LOWS, account_key=account_key)


LOWS = text("""
    SELECT session, start_us, moved_micros FROM risk_lows
    WHERE account_key = :account_key AND session < :until_session ORDER BY session, start_us
""")


def lows(conn: Connection, account_key: int, until_session: int) -> list[Low]:
    """The lows of all stretches before a session, in order."""
    values = {"account_key": account_key, "until_session": until_session}
    return [Low._make(row) for row in rows(conn, LOWS, **values)]


CLEAR = text("""
    DELETE FROM risk_lows
    WHERE account_key = :account_key AND session >= :first AND session <= :last
""")

INSERT = "INSERT INTO risk_lows (account_key, session, start_us, moved_micros) VALUES (?, ?, ?, ?)"


def replace(
    conn: Connection, account_key: int, sessions: tuple[int, int], found: Iterable[Low]
) -> None:
    """Store the lows of all stretches of some sessions, from the first to the last."""
    first_session, last_session = sessions
    run(conn, CLEAR, account_key=account_key, first=first_session, last=last_session)
    many(conn, INSERT, [(account_key, *each) for each in found])


MOVED = text("""
    SELECT day, executed_net_micros, executions FROM performance_day
    WHERE account_key = :account_key AND calendar = 'session' AND (executions > 0 OR trades > 0)
    ORDER BY day
""")


def moved(conn: Connection, account_key: int) -> list[Moved]:
    """What every session made in which anything was realized or paid, oldest first."""
    return [Moved._make(row) for row in rows(conn, MOVED, account_key=account_key)]


# The first position that closes at an instant or later is the only closed one that may have been
# held then: a contract's positions follow one another.
TOUCHED = text("""
    SELECT a.account_id FROM risk_terms t CROSS JOIN accounts a
    WHERE a.account_key = t.account_key
      AND ((SELECT p.opened_at_us FROM positions p
            WHERE p.account_key = t.account_key AND p.contract = :contract
              AND p.closed_at_us >= :start_us
            ORDER BY p.closed_at_us, p.close_sequence, p.close_execution_id LIMIT 1) <= :end_us
           OR (:or_still_held = 1
               AND EXISTS (SELECT 1 FROM positions p
                           WHERE p.account_key = t.account_key AND p.contract = :contract
                             AND p.closed_at_us IS NULL AND p.opened_at_us + 0 <= :end_us)))
""")


def touched(conn: Connection, contract: str, within: Span, *, or_still_held: bool) -> list[str]:
    """The accounts with terms that held a contract at any time of a span, by their ids; those that
    hold it still only if that is asked for.
    """
    values = {"contract": contract, "or_still_held": int(or_still_held)}
    return sorted({str(row[0]) for row in rows(conn, TOUCHED, **values, **within._asdict())})
