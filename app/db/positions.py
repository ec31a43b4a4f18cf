"""Positions, and the effects of executions that they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import first, hop, many, rows
from app.db.executions import bounds
from app.domain.executions import Key
from app.domain.periods import Span
from app.domain.positions import Effect, Position
from app.domain.totals import ClosedTrade, Realized


class ClosedAt(NamedTuple):
    """A closed position's instant and P&L."""

    closed_at_us: int
    trade: ClosedTrade


class RealizedAt(NamedTuple):
    """An execution leg's instant and P&L."""

    executed_at_us: int
    realized: Realized


# A contract's rows are one range of the index that begins with it. Told as an equation beside a
# range of time, SQLite may as well walk the account's other index through every contract's rows.
CLOSED_BETWEEN = text("""
    SELECT position_id, symbol, contract, side, quantity, max_quantity, entry_price_nanos,
           exit_price_nanos, opened_at_us, open_sequence, open_execution_id, open_leg,
           closed_at_us, close_sequence, close_execution_id, gross_micros, fees_micros,
           net_micros, execution_count, strategy
    FROM positions
    WHERE account_key = :account_key
      AND (contract, closed_at_us, close_sequence, close_execution_id)
          >= (:contract, :from_us, :from_sequence, :from_id)
      AND (contract, closed_at_us, close_sequence, close_execution_id)
          <= (:contract, :to_us, :to_sequence, :to_id)
    ORDER BY contract, closed_at_us, close_sequence, close_execution_id
""")


def closed_between(
    conn: Connection, account_key: int, contract: str, start: Key, end: Key
) -> list[Position]:
    """A contract's positions that closed from one place in the order to another."""
    values = {"account_key": account_key, "contract": contract, **bounds(start, end)}
    return [Position._make(row) for row in rows(conn, CLOSED_BETWEEN, **values)]


FIRST_CLOSED_AFTER = text("""
    SELECT closed_at_us, close_sequence, close_execution_id FROM positions
    WHERE account_key = :account_key AND contract = :contract
      AND (closed_at_us, close_sequence, close_execution_id) > (:at_us, :sequence, :id)
    ORDER BY closed_at_us, close_sequence, close_execution_id LIMIT 1
""")


def first_closed_after(conn: Connection, account_key: int, contract: str, at: Key) -> Key | None:
    """Where a contract's next position closes after a place in the order."""
    values = {"at_us": at.executed_at_us, "sequence": at.sequence, "id": at.execution_id}
    row = first(conn, FIRST_CLOSED_AFTER, account_key=account_key, contract=contract, **values)
    return None if row is None else Key._make(row)


OPEN_IN_CONTRACT = text("""
    SELECT position_id, symbol, contract, side, quantity, max_quantity, entry_price_nanos,
           exit_price_nanos, opened_at_us, open_sequence, open_execution_id, open_leg,
           closed_at_us, close_sequence, close_execution_id, gross_micros, fees_micros,
           net_micros, execution_count, strategy
    FROM positions
    WHERE account_key = :account_key AND contract = :contract AND closed_at_us IS NULL
""")


def open_in_contract(conn: Connection, account_key: int, contract: str) -> list[Position]:
    """The contract's open position: none or one."""
    values = {"account_key": account_key, "contract": contract}
    return [Position._make(row) for row in rows(conn, OPEN_IN_CONTRACT, **values)]


EFFECTS_BETWEEN = text("""
    SELECT executed_at_us, sequence, execution_id, leg, contract, position_id, quantity,
           gross_micros, fees_micros
    FROM position_effects
    WHERE account_key = :account_key
      AND (contract, executed_at_us, sequence, execution_id, leg)
          >= (:contract, :from_us, :from_sequence, :from_id, :from_leg)
      AND (contract, executed_at_us, sequence, execution_id, leg)
          <= (:contract, :to_us, :to_sequence, :to_id, :to_leg)
    ORDER BY contract, executed_at_us, sequence, execution_id, leg
""")


def effects_between(
    conn: Connection, account_key: int, contract: str, start: tuple[Key, int], end: tuple[Key, int]
) -> list[Effect]:
    """A contract's effects from one place and leg to another, both included."""
    values = {"account_key": account_key, "contract": contract, **bounds(start[0], end[0])}
    legs = {"from_leg": start[1], "to_leg": end[1]}
    return [Effect._make(row) for row in rows(conn, EFFECTS_BETWEEN, **values, **legs)]


DELETE = "DELETE FROM positions WHERE account_key = ? AND position_id = ?"

DELETE_EFFECT = """
    DELETE FROM position_effects
    WHERE account_key = ? AND executed_at_us = ? AND sequence = ? AND execution_id = ? AND leg = ?
"""


def delete(
    conn: Connection, account_key: int, positions: Iterable[Position], effects: Iterable[Effect]
) -> None:
    """Remove positions and effects that are no longer so."""
    many(conn, DELETE, [(account_key, each.position_id) for each in positions])
    many(conn, DELETE_EFFECT, [(account_key, *each[:4]) for each in effects])


INSERT = """
    INSERT INTO positions (account_key, position_id, symbol, contract, side, quantity,
        max_quantity, entry_price_nanos, exit_price_nanos, opened_at_us, open_sequence,
        open_execution_id, open_leg, closed_at_us, close_sequence, close_execution_id,
        gross_micros, fees_micros, net_micros, execution_count, strategy)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

INSERT_EFFECT = """
    INSERT INTO position_effects (account_key, executed_at_us, sequence, execution_id, leg,
        contract, position_id, quantity, gross_micros, fees_micros)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def insert(
    conn: Connection, account_key: int, positions: Iterable[Position], effects: Iterable[Effect]
) -> None:
    """Add positions and effects."""
    many(conn, INSERT, [(account_key, *each) for each in positions])
    many(conn, INSERT_EFFECT, [(account_key, *each) for each in effects])


# A contract's positions follow one another, so the first that closes after an instant is the first
# that may still have been held then; every other contract costs two searches, not its history.
OTHER_KIND_BESIDE = text("""
    WITH RECURSIVE others(contract) AS (
        SELECT min(contract) FROM positions
        WHERE account_key = :account_key
          AND contract >= :from_contract AND contract <= :to_contract
        UNION ALL
        SELECT (SELECT min(p.contract) FROM positions p
                WHERE p.account_key = :account_key
                  AND p.contract > others.contract AND p.contract <= :to_contract)
        FROM others WHERE others.contract IS NOT NULL
    )
    SELECT contract FROM others
    WHERE contract IS NOT NULL
      AND (SELECT p.symbol FROM positions p
           WHERE p.account_key = :account_key AND p.contract = others.contract LIMIT 1) = :symbol
      AND (EXISTS (SELECT 1 FROM positions p
                   WHERE p.account_key = :account_key AND p.contract = others.contract
                     AND p.closed_at_us IS NULL AND p.opened_at_us + 0 < :until_us)
           OR (SELECT p.opened_at_us FROM positions p
               WHERE p.account_key = :account_key AND p.contract = others.contract
                 AND p.closed_at_us > :since_us
               ORDER BY p.closed_at_us, p.close_sequence, p.close_execution_id LIMIT 1)
              < :until_us)
    LIMIT 1
""")

# Above every contract of a root, whose codes are ASCII.
LAST_CODE = "\x7f"


def other_kind_beside(
    conn: Connection, account_key: int, position: Position, until_us: int
) -> str | None:
    """A contract of the same root, bare beside a dated one or the reverse, held at the same time.

    `until_us` is when the position closed, or later than everything while it is open.
    """
    is_bare = position.contract == position.symbol
    row = first(
        conn,
        OTHER_KIND_BESIDE,
        account_key=account_key,
        symbol=position.symbol,
        from_contract=position.symbol + "!" if is_bare else position.symbol,
        to_contract=position.symbol + LAST_CODE if is_bare else position.symbol,
        since_us=position.opened_at_us,
        until_us=until_us,
    )
    return None if row is None else str(row[0])


CLOSED_WITHIN = text("""
    SELECT closed_at_us, gross_micros, fees_micros, net_micros FROM positions
    WHERE account_key = :account_key AND closed_at_us >= :start_us AND closed_at_us < :end_us
    ORDER BY closed_at_us, close_sequence, close_execution_id
""")


def closings_within(
    conn: Connection, account_key: int, span: Span
) -> Sequence[tuple[int, int, int, int]]:
    """When an account's positions closed in a span, their gross P&L, fees and net P&L; in closing
    order.
    """
    return rows(conn, CLOSED_WITHIN, account_key=account_key, **span._asdict())


def closed_within(conn: Connection, account_key: int, span: Span) -> list[ClosedAt]:
    """The P&L of an account's positions closed in a span, in closing order."""
    found = closings_within(conn, account_key, span)
    return [ClosedAt(at, ClosedTrade(gross, fees, net)) for at, gross, fees, net in found]


REALIZED_WITHIN = text("""
    SELECT executed_at_us, leg, gross_micros, fees_micros FROM position_effects
    WHERE account_key = :account_key AND executed_at_us >= :start_us AND executed_at_us < :end_us
    ORDER BY executed_at_us, sequence, execution_id, leg
""")


def legs_within(
    conn: Connection, account_key: int, span: Span
) -> Sequence[tuple[int, int, int, int]]:
    """When an account executed anything in a span, which leg it is, what it realized and its fees;
    in order.
    """
    return rows(conn, REALIZED_WITHIN, account_key=account_key, **span._asdict())


def realized_within(conn: Connection, account_key: int, span: Span) -> list[RealizedAt]:
    """What an account's executions in a span realized, leg by leg, in their order."""
    found = legs_within(conn, account_key, span)
    return [RealizedAt(at, Realized(leg, gross, fees)) for at, leg, gross, fees in found]


COUNT_FROM = text("""
    SELECT count(*) FROM (
        SELECT 1 AS leg FROM position_effects
        WHERE account_key = :account_key AND executed_at_us >= :from_us LIMIT :limit
    ) others
""")


def count_legs_from(conn: Connection, account_key: int, from_us: int, limit: int) -> int:
    """How many legs an account's executions have from an instant on; at most `limit`."""
    values = {"account_key": account_key, "from_us": from_us, "limit": limit}
    return int(first(conn, COUNT_FROM, **values)[0])


FIRST_EXECUTED = text("""
    SELECT min(executed_at_us) FROM position_effects WHERE account_key = :account_key
""")


def first_executed_at(conn: Connection, account_key: int) -> int | None:
    """When the account's first execution was made."""
    at_us: int | None = first(conn, FIRST_EXECUTED, account_key=account_key)[0]
    return at_us


ALL_IN_CONTRACT = text("""
    SELECT position_id, symbol, contract, side, quantity, max_quantity, entry_price_nanos,
           exit_price_nanos, opened_at_us, open_sequence, open_execution_id, open_leg,
           closed_at_us, close_sequence, close_execution_id, gross_micros, fees_micros,
           net_micros, execution_count, strategy
    FROM positions WHERE account_key = :account_key AND contract = :contract
""")


def all_in_contract(conn: Connection, account_key: int, contract: str) -> Sequence[Position]:
    """Every position of a contract, in no order."""
    values = {"account_key": account_key, "contract": contract}
    return [Position._make(row) for row in rows(conn, ALL_IN_CONTRACT, **values)]


CONTRACT_AFTER = text("""
    SELECT min(contract) FROM positions WHERE account_key = :account_key AND contract > :after
""")


def contracts(conn: Connection, account_key: int) -> Iterator[str]:
    """The contracts that an account has positions in."""
    return hop(conn, CONTRACT_AFTER, account_key)
