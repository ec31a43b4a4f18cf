"""The trades log: executions, and orders without one, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, text

from app.db.connection import first, rows, rows_among
from app.db.positions import LAST_CODE
from app.domain.executions import Execution, Key
from app.domain.orders import Order, Status
from app.domain.periods import Span

_EXECUTION = len(Execution._fields)


class Chosen(NamedTuple):
    """Which part of an account's log; what is None is any."""

    account_key: int
    window: Span
    symbol: str | None
    contract: str | None
    strategy: str | None

    def values(self) -> dict[str, object]:
        """The same, as the statements name it."""
        fields = {"account_key": self.account_key, "strategy": self.strategy}
        return {**fields, **self.window._asdict()}


class Filled(NamedTuple):
    """An execution, what it realized, the position that it belongs to (a reversal: the one that
    it closed), and when its order was submitted if that is known.
    """

    execution: Execution
    gross_micros: int
    position_id: str
    position_strategy: str | None
    submitted_at_us: int | None


class FilledTotals(NamedTuple):
    """The executions of a window added up."""

    executions: int
    gross_micros: int
    fees_micros: int


class FillTimes(NamedTuple):
    """From submitting an order to its execution, where both are known."""

    executions: int
    sum_us: int


class OrderCounts(NamedTuple):
    """Orders without an execution, by their status."""

    cancelled: int
    pending: int
    rejected: int


FILLED = text("""
    SELECT e.execution_id, e.order_id, e.symbol, e.contract, e.side, e.quantity, e.price_nanos,
           e.fees_micros, e.executed_at_us, e.sequence, e.strategy, e.source,
           e.broker_pnl_micros, e.fx_rate_nanos, e.average_price,
           f.gross_micros, f.position_id, p.strategy, o.submitted_at_us
    FROM position_effects f
    JOIN executions e ON e.account_key = f.account_key AND e.execution_id = f.execution_id
    JOIN positions p ON p.account_key = f.account_key AND p.position_id = f.position_id
    LEFT JOIN orders o ON o.account_key = e.account_key AND o.order_id = e.order_id
    WHERE f.account_key = :account_key AND f.leg = 0 AND f.executed_at_us >= :start_us
      AND (f.executed_at_us, f.sequence, f.execution_id) < (:at_us, :sequence, :id)
      AND (CAST(:strategy AS TEXT) IS NULL OR p.strategy = :strategy)
    ORDER BY f.executed_at_us DESC, f.sequence DESC, f.execution_id DESC LIMIT :limit
""")

FILLED_OF_CONTRACT = text("""
    SELECT e.execution_id, e.order_id, e.symbol, e.contract, e.side, e.quantity, e.price_nanos,
           e.fees_micros, e.executed_at_us, e.sequence, e.strategy, e.source,
           e.broker_pnl_micros, e.fx_rate_nanos, e.average_price,
           f.gross_micros, f.position_id, p.strategy, o.submitted_at_us
    FROM position_effects f
    JOIN executions e ON e.account_key = f.account_key AND e.execution_id = f.execution_id
    JOIN positions p ON p.account_key = f.account_key AND p.position_id = f.position_id
    LEFT JOIN orders o ON o.account_key = e.account_key AND o.order_id = e.order_id
    WHERE f.account_key = :account_key AND f.leg = 0
      AND (f.contract, f.executed_at_us) >= (:contract, :start_us)
      AND (f.contract, f.executed_at_us, f.sequence, f.execution_id)
          < (:contract, :at_us, :sequence, :id)
      AND (CAST(:strategy AS TEXT) IS NULL OR p.strategy = :strategy)
    ORDER BY f.contract DESC, f.executed_at_us DESC, f.sequence DESC, f.execution_id DESC
    LIMIT :limit
""")


def filled_before(
    conn: Connection, chosen: Chosen, contract: str | None, place: Key, limit: int
) -> list[Filled]:
    """The executions before a place in the order, of one contract or of all; newest first."""
    values = {**chosen.values(), **_place(place), "limit": limit}
    del values["end_us"]
    if contract is None:
        return [_filled(row) for row in rows(conn, FILLED, **values)]
    found = rows(conn, FILLED_OF_CONTRACT, **values, contract=contract)
    return [_filled(row) for row in found]


FILLED_BY_IDS = text("""
    SELECT e.execution_id, e.order_id, e.symbol, e.contract, e.side, e.quantity, e.price_nanos,
           e.fees_micros, e.executed_at_us, e.sequence, e.strategy, e.source,
           e.broker_pnl_micros, e.fx_rate_nanos, e.average_price,
           f.gross_micros, f.position_id, p.strategy, o.submitted_at_us
    FROM executions e
    JOIN position_effects f ON f.account_key = e.account_key
      AND f.executed_at_us = e.executed_at_us AND f.sequence = e.sequence
      AND f.execution_id = e.execution_id AND f.leg = 0
    JOIN positions p ON p.account_key = f.account_key AND p.position_id = f.position_id
    LEFT JOIN orders o ON o.account_key = e.account_key AND o.order_id = e.order_id
    WHERE e.account_key = :account_key AND e.execution_id IN :ids
""").bindparams(bindparam("ids", expanding=True))


def filled_by_ids(conn: Connection, account_key: int, ids: Iterable[str]) -> list[Filled]:
    """The executions among some ids, in no order."""
    return [_filled(row) for row in rows_among(conn, FILLED_BY_IDS, ids, account_key=account_key)]


# A root's contracts begin with it; those of another root may do so, too.
CONTRACTS_OF_SYMBOL = text("""
    WITH RECURSIVE sources(contract) AS (
        SELECT min(contract) FROM positions
        WHERE account_key = :account_key AND contract >= :symbol AND contract <= :last
        UNION ALL
        SELECT (SELECT min(p.contract) FROM positions p
                WHERE p.account_key = :account_key
                  AND p.contract > sources.contract AND p.contract <= :last)
        FROM sources WHERE sources.contract IS NOT NULL
    )
    SELECT contract FROM sources
    WHERE contract IS NOT NULL
      AND (SELECT p.symbol FROM positions p
           WHERE p.account_key = :account_key AND p.contract = sources.contract LIMIT 1) = :symbol
""")


def contracts_of(conn: Connection, account_key: int, symbol: str) -> list[str]:
    """The contracts of a root that an account has traded, hopping along the index."""
    values = {"symbol": symbol, "last": symbol + LAST_CODE}
    found = rows(conn, CONTRACTS_OF_SYMBOL, account_key=account_key, **values)
    return [str(row[0]) for row in found]


# The casts tell PostgreSQL what a filter that is left out is; the index has no filled orders.
ORDERS = text("""
    SELECT order_id, symbol, contract, side, quantity, price_nanos, status, submitted_at_us,
           updated_at_us, strategy, source
    FROM orders o
    WHERE account_key = :account_key AND status = :status AND status <> 'FILLED'
      AND submitted_at_us >= :start_us AND (submitted_at_us, order_id) < (:at_us, :id)
      AND (CAST(:symbol AS TEXT) IS NULL OR symbol = :symbol)
      AND (CAST(:contract AS TEXT) IS NULL OR contract = :contract)
      AND (CAST(:strategy AS TEXT) IS NULL OR strategy = :strategy)
      AND NOT EXISTS (SELECT 1 FROM executions e
                      WHERE e.account_key = o.account_key AND e.order_id = o.order_id)
    ORDER BY submitted_at_us DESC, order_id DESC LIMIT :limit
""")


def orders_before(
    conn: Connection, chosen: Chosen, status: Status, at_us: int, order_id: str, limit: int
) -> list[Order]:
    """The orders of a status without an execution, submitted before a place; newest first."""
    values = {**chosen.values(), "symbol": chosen.symbol, "contract": chosen.contract}
    del values["end_us"]
    place = {"at_us": at_us, "id": order_id, "status": status, "limit": limit}
    return [Order._make(row) for row in rows(conn, ORDERS, **values, **place)]


FILLED_TOTALS = text("""
    SELECT count(*) FILTER (WHERE leg = 0), CAST(coalesce(sum(gross_micros), 0) AS BIGINT),
           CAST(coalesce(sum(fees_micros), 0) AS BIGINT)
    FROM position_effects
    WHERE account_key = :account_key AND executed_at_us >= :start_us AND executed_at_us < :end_us
""")

# Of each execution its first leg alone: it says which position and so which strategy it is of.
FILLED_TOTALS_OF_SOME = text("""
    SELECT count(*), CAST(coalesce(sum(f.gross_micros), 0) AS BIGINT),
           CAST(coalesce(sum(e.fees_micros), 0) AS BIGINT)
    FROM position_effects f
    JOIN executions e ON e.account_key = f.account_key AND e.execution_id = f.execution_id
    JOIN positions p ON p.account_key = f.account_key AND p.position_id = f.position_id
    WHERE f.account_key = :account_key AND f.leg = 0
      AND f.executed_at_us >= :start_us AND f.executed_at_us < :end_us
      AND (CAST(:symbol AS TEXT) IS NULL OR p.symbol = :symbol)
      AND (CAST(:contract AS TEXT) IS NULL OR p.contract = :contract)
      AND (CAST(:strategy AS TEXT) IS NULL OR p.strategy = :strategy)
""")


def filled_totals(conn: Connection, chosen: Chosen) -> FilledTotals:
    """The executions of the window."""
    if (chosen.symbol, chosen.contract, chosen.strategy) == (None, None, None):
        values = {"account_key": chosen.account_key, **chosen.window._asdict()}
        return FilledTotals._make(first(conn, FILLED_TOTALS, **values))
    return FilledTotals._make(first(conn, FILLED_TOTALS_OF_SOME, **_filters(chosen)))


HAS_ORDERS = text("SELECT 1 FROM orders WHERE account_key = :account_key LIMIT 1")

FILL_TIMES = text("""
    SELECT count(*), CAST(coalesce(sum(f.executed_at_us - o.submitted_at_us), 0) AS BIGINT)
    FROM position_effects f
    JOIN executions e ON e.account_key = f.account_key AND e.execution_id = f.execution_id
    JOIN orders o ON o.account_key = e.account_key AND o.order_id = e.order_id
    JOIN positions p ON p.account_key = f.account_key AND p.position_id = f.position_id
    WHERE f.account_key = :account_key AND f.leg = 0
      AND f.executed_at_us >= :start_us AND f.executed_at_us < :end_us
      AND (CAST(:symbol AS TEXT) IS NULL OR p.symbol = :symbol)
      AND (CAST(:contract AS TEXT) IS NULL OR p.contract = :contract)
      AND (CAST(:strategy AS TEXT) IS NULL OR p.strategy = :strategy)
""")


def fill_times(conn: Connection, chosen: Chosen) -> FillTimes:
    """How long the executions of the window took; none in an account without orders."""
    if first(conn, HAS_ORDERS, account_key=chosen.account_key) is None:
        return FillTimes(0, 0)
    return FillTimes._make(first(conn, FILL_TIMES, **_filters(chosen)))


ORDER_COUNTS = text("""
    SELECT count(*) FILTER (WHERE status = 'CANCELLED'),
           count(*) FILTER (WHERE status = 'PENDING'),
           count(*) FILTER (WHERE status = 'REJECTED')
    FROM orders o
    WHERE account_key = :account_key
      AND status IN ('CANCELLED', 'PENDING', 'REJECTED') AND status <> 'FILLED'
      AND submitted_at_us >= :start_us AND submitted_at_us < :end_us
      AND (CAST(:symbol AS TEXT) IS NULL OR symbol = :symbol)
      AND (CAST(:contract AS TEXT) IS NULL OR contract = :contract)
      AND (CAST(:strategy AS TEXT) IS NULL OR strategy = :strategy)
      AND NOT EXISTS (SELECT 1 FROM executions e
                      WHERE e.account_key = o.account_key AND e.order_id = o.order_id)
""")


def order_counts(conn: Connection, chosen: Chosen) -> OrderCounts:
    """The orders without an execution that were submitted in the window."""
    return OrderCounts._make(first(conn, ORDER_COUNTS, **_filters(chosen)))


def _filters(chosen: Chosen) -> dict[str, object]:
    return {**chosen.values(), "symbol": chosen.symbol, "contract": chosen.contract}


def _place(key: Key) -> dict[str, object]:
    return {"at_us": key.executed_at_us, "sequence": key.sequence, "id": key.execution_id}


def _filled(row: Sequence[Any]) -> Filled:
    return Filled(Execution._make(row[:_EXECUTION]), *row[_EXECUTION:])
