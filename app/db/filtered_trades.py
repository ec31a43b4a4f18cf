"""Trades and executions one by one, in the account's order, of all positions or of those chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import rows
from app.domain.periods import Span
from app.domain.positions import FIRST_LEG
from app.domain.totals import ClosedTrade, Realized


class Chosen(NamedTuple):
    """Which positions: of a root, of one of its contracts, of a strategy; what is None is any."""

    symbol: str | None = None
    contract: str | None = None
    strategy: str | None = None


class TradeAt(NamedTuple):
    """A closed position's P&L, by the place of its closing execution."""

    at_us: int
    sequence: int
    execution_id: str
    trade: ClosedTrade


class LegAt(NamedTuple):
    """What a leg realized, by the place of its execution."""

    at_us: int
    sequence: int
    execution_id: str
    realized: Realized


EVERY = Chosen()

TRADES = text("""
    SELECT closed_at_us, close_sequence, close_execution_id, gross_micros, fees_micros, net_micros
    FROM positions
    WHERE account_key = :account_key AND closed_at_us >= :start_us AND closed_at_us < :end_us
    ORDER BY closed_at_us, close_sequence, close_execution_id
""")


def _every_trade(conn: Connection, account_key: int, span: Span) -> Iterable[Any]:
    return rows(conn, TRADES, account_key=account_key, **span._asdict())


# The casts tell PostgreSQL what a filter that is left out is.
TRADES_OF_SYMBOL = text("""
    SELECT closed_at_us, close_sequence, close_execution_id, gross_micros, fees_micros, net_micros
    FROM positions
    WHERE account_key = :account_key AND closed_at_us >= :start_us AND closed_at_us < :end_us
      AND (CAST(:symbol AS TEXT) IS NULL OR symbol = :symbol)
      AND (CAST(:strategy AS TEXT) IS NULL OR strategy = :strategy)
    ORDER BY closed_at_us, close_sequence, close_execution_id
""")


def _trades_of_symbol(
    conn: Connection, account_key: int, span: Span, chosen: Chosen
) -> Iterable[Any]:
    values = {"symbol": chosen.symbol, "strategy": chosen.strategy, **span._asdict()}
    return rows(conn, TRADES_OF_SYMBOL, account_key=account_key, **values)


# As in `positions`, one range of the index that begins with the contract.
TRADES_OF_CONTRACT = text("""
    SELECT closed_at_us, close_sequence, close_execution_id, gross_micros, fees_micros, net_micros
    FROM positions
    WHERE account_key = :account_key
      AND (contract, closed_at_us) >= (:contract, :start_us)
      AND (contract, closed_at_us) < (:contract, :end_us)
      AND (CAST(:strategy AS TEXT) IS NULL OR strategy = :strategy)
    ORDER BY contract, closed_at_us, close_sequence, close_execution_id
""")


def _trades_of_contract(
    conn: Connection, account_key: int, span: Span, chosen: Chosen
) -> Iterable[Any]:
    values = {"contract": chosen.contract, "strategy": chosen.strategy, **span._asdict()}
    return rows(conn, TRADES_OF_CONTRACT, account_key=account_key, **values)


def trades(conn: Connection, account_key: int, span: Span, chosen: Chosen) -> list[TradeAt]:
    """The chosen positions closed in a span, in closing order; all of them are held at once."""
    if chosen == EVERY:
        found = _every_trade(conn, account_key, span)
    elif chosen.contract:
        found = _trades_of_contract(conn, account_key, span, chosen)
    else:
        found = _trades_of_symbol(conn, account_key, span, chosen)
    return [TradeAt(at, number, name, ClosedTrade(*made)) for at, number, name, *made in found]


LEGS = text("""
    SELECT executed_at_us, sequence, execution_id, leg, gross_micros, fees_micros
    FROM position_effects
    WHERE account_key = :account_key AND executed_at_us >= :start_us AND executed_at_us < :end_us
    ORDER BY executed_at_us, sequence, execution_id, leg
""")


def _every_leg(conn: Connection, account_key: int, span: Span) -> Iterable[Any]:
    return rows(conn, LEGS, account_key=account_key, **span._asdict())


# A cross join, so that SQLite walks the effects in their order and looks each position up.
LEGS_OF_SYMBOL = text("""
    SELECT e.executed_at_us, e.sequence, e.execution_id, e.leg, e.gross_micros, e.fees_micros
    FROM position_effects e CROSS JOIN positions p
    WHERE e.account_key = :account_key
      AND e.executed_at_us >= :start_us AND e.executed_at_us < :end_us
      AND p.account_key = :account_key AND p.position_id = e.position_id
      AND (CAST(:symbol AS TEXT) IS NULL OR p.symbol = :symbol)
      AND (CAST(:strategy AS TEXT) IS NULL OR p.strategy = :strategy)
    ORDER BY e.executed_at_us, e.sequence, e.execution_id, e.leg
""")


def _legs_of_symbol(
    conn: Connection, account_key: int, span: Span, chosen: Chosen
) -> Iterable[Any]:
    values = {"symbol": chosen.symbol, "strategy": chosen.strategy, **span._asdict()}
    return rows(conn, LEGS_OF_SYMBOL, account_key=account_key, **values)


LEGS_OF_CONTRACT = text("""
    SELECT e.executed_at_us, e.sequence, e.execution_id, e.leg, e.gross_micros, e.fees_micros
    FROM position_effects e CROSS JOIN positions p
    WHERE e.account_key = :account_key
      AND (e.contract, e.executed_at_us) >= (:contract, :start_us)
      AND (e.contract, e.executed_at_us) < (:contract, :end_us)
      AND p.account_key = :account_key AND p.position_id = e.position_id
      AND (CAST(:strategy AS TEXT) IS NULL OR p.strategy = :strategy)
    ORDER BY e.contract, e.executed_at_us, e.sequence, e.execution_id, e.leg
""")


def _legs_of_contract(
    conn: Connection, account_key: int, span: Span, chosen: Chosen
) -> Iterable[Any]:
    values = {"contract": chosen.contract, "strategy": chosen.strategy, **span._asdict()}
    return rows(conn, LEGS_OF_CONTRACT, account_key=account_key, **values)


def legs(conn: Connection, account_key: int, span: Span, chosen: Chosen) -> list[LegAt]:
    """What executions in a span did in the chosen positions, in their order."""
    if chosen == EVERY:
        found = _every_leg(conn, account_key, span)
    elif chosen.contract:
        found = _legs_of_contract(conn, account_key, span, chosen)
    else:
        found = _legs_of_symbol(conn, account_key, span, chosen)
    return _numbered(found)


def _numbered(found: Iterable[Any]) -> list[LegAt]:
    """A second leg whose first one is in a position that was not chosen is the only one here."""
    made: list[LegAt] = []
    before = None
    for at_us, sequence, execution_id, leg, gross_micros, fees_micros in found:
        counted = leg if execution_id == before else FIRST_LEG
        before = execution_id
        realized = Realized(counted, gross_micros, fees_micros)
        made.append(LegAt(at_us, sequence, execution_id, realized))
    return made
