"""Positions as they are listed: newest opening first, page by page, and their totals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, text

from app.db.connection import first, rows, rows_among
from app.db.executions import bounds
from app.domain.executions import Key
from app.domain.positions import FIRST_LEG, Position


class Selection(NamedTuple):
    """Which of an account's positions: closed from `start_us` to before `end_us`, or open and
    opened before `end_us`; a filter that is None lets all pass.
    """

    account_key: int
    symbol: str | None
    contract: str | None
    side: str | None
    strategy: str | None
    start_us: int
    end_us: int


class ClosedTotals(NamedTuple):
    """Closed positions, counted and added up."""

    positions: int = 0
    winning: int = 0
    losing: int = 0
    gross_micros: int = 0
    fees_micros: int = 0


class OpenTotals(NamedTuple):
    """Open positions, counted, and what they have realized and paid so far."""

    positions: int = 0
    gross_micros: int = 0
    fees_micros: int = 0


class Piece(NamedTuple):
    """What an execution is, and the piece of it that lies in one position."""

    execution_id: str
    order_id: str | None
    side: str
    quantity: int
    price_nanos: int
    fees_micros: int
    gross_micros: int
    executed_at_us: int
    sequence: int
    strategy: str | None
    source: str


ALL_BEFORE = text("""
    SELECT position_id, symbol, contract, side, quantity, max_quantity, entry_price_nanos,
           exit_price_nanos, opened_at_us, open_sequence, open_execution_id, open_leg,
           closed_at_us, close_sequence, close_execution_id, gross_micros, fees_micros,
           net_micros, execution_count, strategy
    FROM positions
    WHERE account_key = :account_key
      AND (opened_at_us, open_sequence, open_execution_id) < (:at_us, :sequence, :id)
      AND (closed_at_us IS NULL OR (closed_at_us >= :start_us AND closed_at_us < :end_us))
      AND (CAST(:symbol AS TEXT) IS NULL OR symbol = :symbol)
      AND (CAST(:contract AS TEXT) IS NULL OR contract = :contract)
      AND (CAST(:side AS TEXT) IS NULL OR side = :side)
      AND (CAST(:strategy AS TEXT) IS NULL OR strategy = :strategy)
    ORDER BY opened_at_us DESC, open_sequence DESC, open_execution_id DESC LIMIT :limit
""")


def all_before(conn: Connection, chosen: Selection, place: Key, limit: int) -> list[Position]:
    """The last positions that opened before a place in the order, newest first."""
    values = {"at_us": place.executed_at_us, "sequence": place.sequence, "id": place.execution_id}
    found = rows(conn, ALL_BEFORE, **chosen._asdict(), **values, limit=limit)
    return [Position._make(row) for row in found]


CLOSED_BEFORE = text("""
    SELECT position_id, symbol, contract, side, quantity, max_quantity, entry_price_nanos,
           exit_price_nanos, opened_at_us, open_sequence, open_execution_id, open_leg,
           closed_at_us, close_sequence, close_execution_id, gross_micros, fees_micros,
           net_micros, execution_count, strategy
    FROM positions
    WHERE account_key = :account_key
      AND (opened_at_us, open_sequence, open_execution_id) < (:at_us, :sequence, :id)
      AND closed_at_us >= :start_us AND closed_at_us < :end_us
      AND (CAST(:symbol AS TEXT) IS NULL OR symbol = :symbol)
      AND (CAST(:contract AS TEXT) IS NULL OR contract = :contract)
      AND (CAST(:side AS TEXT) IS NULL OR side = :side)
      AND (CAST(:strategy AS TEXT) IS NULL OR strategy = :strategy)
    ORDER BY opened_at_us DESC, open_sequence DESC, open_execution_id DESC LIMIT :limit
""")


def closed_before(conn: Connection, chosen: Selection, place: Key, limit: int) -> list[Position]:
    """The same of closed ones alone."""
    values = {"at_us": place.executed_at_us, "sequence": place.sequence, "id": place.execution_id}
    found = rows(conn, CLOSED_BEFORE, **chosen._asdict(), **values, limit=limit)
    return [Position._make(row) for row in found]


OPEN_BEFORE = text("""
    SELECT position_id, symbol, contract, side, quantity, max_quantity, entry_price_nanos,
           exit_price_nanos, opened_at_us, open_sequence, open_execution_id, open_leg,
           closed_at_us, close_sequence, close_execution_id, gross_micros, fees_micros,
           net_micros, execution_count, strategy
    FROM positions
    WHERE account_key = :account_key AND closed_at_us IS NULL
      AND (opened_at_us, open_sequence, open_execution_id) < (:at_us, :sequence, :id)
      AND (CAST(:symbol AS TEXT) IS NULL OR symbol = :symbol)
      AND (CAST(:contract AS TEXT) IS NULL OR contract = :contract)
      AND (CAST(:side AS TEXT) IS NULL OR side = :side)
      AND (CAST(:strategy AS TEXT) IS NULL OR strategy = :strategy)
    ORDER BY opened_at_us DESC, open_sequence DESC, open_execution_id DESC LIMIT :limit
""")


def open_before(conn: Connection, chosen: Selection, place: Key, limit: int) -> list[Position]:
    """The same of open ones alone."""
    values = {"at_us": place.executed_at_us, "sequence": place.sequence, "id": place.execution_id}
    found = rows(conn, OPEN_BEFORE, **chosen._asdict(), **values, limit=limit)
    return [Position._make(row) for row in found]


CLOSED_TOTALS = text("""
    SELECT count(*), count(*) FILTER (WHERE net_micros > 0),
           count(*) FILTER (WHERE net_micros < 0),
           CAST(coalesce(sum(gross_micros), 0) AS BIGINT),
           CAST(coalesce(sum(fees_micros), 0) AS BIGINT)
    FROM positions
    WHERE account_key = :account_key AND closed_at_us >= :start_us AND closed_at_us < :end_us
      AND (CAST(:symbol AS TEXT) IS NULL OR symbol = :symbol)
      AND (CAST(:contract AS TEXT) IS NULL OR contract = :contract)
      AND (CAST(:side AS TEXT) IS NULL OR side = :side)
      AND (CAST(:strategy AS TEXT) IS NULL OR strategy = :strategy)
""")


def closed_totals(conn: Connection, chosen: Selection) -> ClosedTotals:
    """All closed positions of a selection."""
    return ClosedTotals._make(first(conn, CLOSED_TOTALS, **chosen._asdict()))


# The sum keeps the opening from being searched for: SQLite might take the index of all positions
# by their opening, where those that are open are few.
OPEN_TOTALS = text("""
    SELECT count(*), CAST(coalesce(sum(gross_micros), 0) AS BIGINT),
           CAST(coalesce(sum(fees_micros), 0) AS BIGINT)
    FROM positions
    WHERE account_key = :account_key AND closed_at_us IS NULL AND opened_at_us + 0 < :end_us
      AND (CAST(:symbol AS TEXT) IS NULL OR symbol = :symbol)
      AND (CAST(:contract AS TEXT) IS NULL OR contract = :contract)
      AND (CAST(:side AS TEXT) IS NULL OR side = :side)
      AND (CAST(:strategy AS TEXT) IS NULL OR strategy = :strategy)
""")


def open_totals(conn: Connection, chosen: Selection) -> OpenTotals:
    """All open positions of a selection."""
    return OpenTotals._make(first(conn, OPEN_TOTALS, **chosen._asdict()))


BY_ID = text("""
    SELECT position_id, symbol, contract, side, quantity, max_quantity, entry_price_nanos,
           exit_price_nanos, opened_at_us, open_sequence, open_execution_id, open_leg,
           closed_at_us, close_sequence, close_execution_id, gross_micros, fees_micros,
           net_micros, execution_count, strategy
    FROM positions WHERE account_key = :account_key AND position_id = :position_id
""")


def by_id(conn: Connection, account_key: int, position_id: str) -> Position | None:
    """The position, if the account has it."""
    row = first(conn, BY_ID, account_key=account_key, position_id=position_id)
    return None if row is None else Position._make(row)


BY_IDS = text("""
    SELECT position_id, symbol, contract, side, quantity, max_quantity, entry_price_nanos,
           exit_price_nanos, opened_at_us, open_sequence, open_execution_id, open_leg,
           closed_at_us, close_sequence, close_execution_id, gross_micros, fees_micros,
           net_micros, execution_count, strategy
    FROM positions WHERE account_key = :account_key AND position_id IN :ids
""").bindparams(bindparam("ids", expanding=True))


def by_ids(conn: Connection, account_key: int, ids: Iterable[str]) -> list[Position]:
    """The positions among some ids, in no order."""
    found = rows_among(conn, BY_IDS, ids, account_key=account_key)
    return [Position._make(row) for row in found]


# A contract's positions follow one another, so what lies between the first and the last execution
# of one is its own: a range of the index that begins with the contract.
PIECES = text("""
    SELECT e.execution_id, x.order_id, x.side, abs(e.quantity), x.price_nanos, e.fees_micros,
           e.gross_micros, e.executed_at_us, e.sequence, x.strategy, x.source
    FROM position_effects e
    JOIN executions x ON x.account_key = e.account_key AND x.execution_id = e.execution_id
    WHERE e.account_key = :account_key
      AND (e.contract, e.executed_at_us, e.sequence, e.execution_id, e.leg)
          >= (:contract, :from_us, :from_sequence, :from_id, :from_leg)
      AND (e.contract, e.executed_at_us, e.sequence, e.execution_id, e.leg)
          <= (:contract, :to_us, :to_sequence, :to_id, :to_leg)
    ORDER BY e.contract, e.executed_at_us, e.sequence, e.execution_id, e.leg
""")


def pieces(conn: Connection, account_key: int, position: Position) -> list[Piece]:
    """A position's executions in their order."""
    values = {"account_key": account_key, "contract": position.contract}
    places = bounds(position.open_key, position.close_key)
    # What closes a position is the first part of its execution; the second opens the next.
    legs = {"from_leg": position.open_leg, "to_leg": FIRST_LEG}
    return [Piece._make(row) for row in rows(conn, PIECES, **values, **places, **legs)]
