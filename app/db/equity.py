"""What moved an account's equity: fills with their prices, and the closes of bars."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import first, rows
from app.domain import bars
from app.domain.periods import Span


class Leg(NamedTuple):
    """One leg of an execution; `quantity` is signed."""

    executed_at_us: int
    execution_id: str
    symbol: str
    contract: str
    quantity: int
    price_nanos: int
    net_micros: int


WITHIN = text("""
    SELECT e.executed_at_us, e.execution_id, x.symbol, e.contract, e.quantity, x.price_nanos,
           e.gross_micros - e.fees_micros
    FROM position_effects e
    JOIN executions x ON x.account_key = e.account_key AND x.execution_id = e.execution_id
    WHERE e.account_key = :account_key
      AND e.executed_at_us >= :start_us AND e.executed_at_us < :end_us
    ORDER BY e.executed_at_us, e.sequence, e.execution_id, e.leg
""")


def within(conn: Connection, account_key: int, span: Span) -> list[Leg]:
    """An account's executions in a span, leg by leg, in their order."""
    found = rows(conn, WITHIN, account_key=account_key, **span._asdict())
    return [Leg._make(row) for row in found]


# Of each contract, the first position that closes at an instant or later is the only one that may
# have been held then, unless it is the open one: a search each, however many positions there are.
# What the contract did from its opening to that instant is its own. Of a column of its own kind
# SQLite would not search by time, but by a sum it does.
HELD = text("""
    WITH RECURSIVE traded(contract) AS (
        SELECT min(contract) FROM positions WHERE account_key = :account_key
        UNION ALL
        SELECT (SELECT min(p.contract) FROM positions p
                WHERE p.account_key = :account_key AND p.contract > traded.contract)
        FROM traded WHERE traded.contract IS NOT NULL
    ),
    held(contract, opened_at_us, sequence, execution_id, leg) AS (
        SELECT h.contract, h.opened_at_us, h.open_sequence, h.open_execution_id, h.open_leg
        FROM traded CROSS JOIN positions h
        WHERE traded.contract IS NOT NULL AND h.account_key = :account_key
          AND h.position_id = (
                SELECT p.position_id FROM positions p
                WHERE p.account_key = :account_key AND p.contract = traded.contract
                  AND p.closed_at_us >= :at_us
                ORDER BY p.closed_at_us, p.close_sequence, p.close_execution_id LIMIT 1)
        UNION ALL
        SELECT p.contract, p.opened_at_us, p.open_sequence, p.open_execution_id, p.open_leg
        FROM positions p WHERE p.account_key = :account_key AND p.closed_at_us IS NULL
    )
    SELECT e.executed_at_us, e.sequence, e.execution_id, e.leg, x.symbol, e.contract, e.quantity,
           x.price_nanos, e.gross_micros - e.fees_micros
    FROM held CROSS JOIN position_effects e CROSS JOIN executions x
    WHERE e.account_key = :account_key
      AND (e.contract, e.executed_at_us, e.sequence, e.execution_id, e.leg)
          >= (held.contract, held.opened_at_us + 0, held.sequence, held.execution_id, held.leg)
      AND (e.contract, e.executed_at_us) < (held.contract, :at_us)
      AND x.account_key = :account_key AND x.execution_id = e.execution_id
""")


def held(conn: Connection, account_key: int, at_us: int) -> list[Leg]:
    """The executions before an instant in positions that were open at it, in their order."""
    found = sorted(rows(conn, HELD, account_key=account_key, at_us=at_us))
    return [Leg(at, execution_id, *rest) for at, _, execution_id, _, *rest in found]


NEXT = text("""
    SELECT (SELECT min(executed_at_us) FROM position_effects
            WHERE account_key = :account_key AND executed_at_us >= :from_us),
           (SELECT min(occurred_at_us) FROM cash_movements
            WHERE account_key = :account_key AND occurred_at_us >= :from_us)
""")


def next_at(conn: Connection, account_key: int, from_us: int) -> int | None:
    """When an account first executed anything or moved cash from an instant on."""
    found = first(conn, NEXT, account_key=account_key, from_us=from_us)
    return min((each for each in found if each is not None), default=None)


# Each timeframe and the longest that its bars take: days are cut by clocks that may be set. For
# each of them the bars are one range of their key.
CLOSES = text("""
    WITH frames(timeframe_s, width_us) AS (
        VALUES (1, 1000000), (5, 5000000), (60, 60000000), (300, 300000000), (900, 900000000),
               (3600, 3600000000), (86400, 90000000000)
    )
    SELECT b.timeframe_s, b.opened_at_us, b.close_nanos
    FROM price_contracts c CROSS JOIN frames CROSS JOIN bars b
    WHERE c.root = :root AND c.delivery_month = :month
      AND b.contract_key = c.contract_key AND b.timeframe_s = frames.timeframe_s
      AND b.opened_at_us >= :start_us - frames.width_us AND b.opened_at_us < :end_us
      AND b.is_built = 0
""")


def closes(conn: Connection, root: str, month: int, span: Span) -> list[tuple[int, int]]:
    """When bars of a contract, told by its root and delivery month, ended in a span, and at which
    price, in order; where several end together, the finest one's. Built ones say nothing new.
    """
    found: dict[int, tuple[int, int]] = {}
    # There may be one for every second of a session.
    named = {"root": root, "month": month, **span._asdict()}
    for timeframe_s, opened_at_us, nanos in rows(conn, CLOSES, **named):
        ended_us = bars.span(timeframe_s, opened_at_us).end_us
        known = found.get(ended_us)
        if span.start_us <= ended_us < span.end_us and (not known or timeframe_s < known[0]):
            found[ended_us] = timeframe_s, nanos
    return sorted((ended_us, nanos) for ended_us, (_, nanos) in found.items())
