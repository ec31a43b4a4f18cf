"""Executions: the live ones, what they said before, and the tombstones of the deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, text

from app.db.connection import hop, many, rows, rows_among, run
from app.domain.executions import Execution, Key

_WIDTH = len(Execution._fields)


class Stored(NamedTuple):
    """A live execution and how often it was written."""

    execution: Execution
    revision: int


class SourceSpan(NamedTuple):
    """When the executions of one source in one contract begin and end."""

    source: str
    first_us: int
    last_us: int


BY_IDS = text("""
    SELECT execution_id, order_id, symbol, contract, side, quantity, price_nanos, fees_micros,
           executed_at_us, sequence, strategy, source, broker_pnl_micros, fx_rate_nanos,
           average_price, revision
    FROM executions WHERE account_key = :account_key AND execution_id IN :ids
""").bindparams(bindparam("ids", expanding=True))


def by_ids(conn: Connection, account_key: int, ids: Iterable[str]) -> dict[str, Stored]:
    """The live executions among some ids."""
    found = rows_among(conn, BY_IDS, ids, account_key=account_key)
    return {row[0]: Stored(Execution._make(row[:_WIDTH]), row[_WIDTH]) for row in found}


VERSIONS = text("""
    SELECT execution_id, order_id, symbol, contract, side, quantity, price_nanos, fees_micros,
           executed_at_us, sequence, strategy, source, broker_pnl_micros, fx_rate_nanos,
           average_price
    FROM execution_versions WHERE account_key = :account_key AND execution_id IN :ids
    ORDER BY revision
""").bindparams(bindparam("ids", expanding=True))


def versions(conn: Connection, account_key: int, ids: Iterable[str]) -> dict[str, list[Execution]]:
    """What some ids said before they were corrected or deleted, oldest first."""
    found: dict[str, list[Execution]] = {}
    for row in rows_among(conn, VERSIONS, ids, account_key=account_key):
        found.setdefault(row[0], []).append(Execution._make(row))
    return found


TOMBSTONES = text("""
    SELECT execution_id FROM execution_tombstones
    WHERE account_key = :account_key AND execution_id IN :ids
""").bindparams(bindparam("ids", expanding=True))


def tombstones(conn: Connection, account_key: int, ids: Iterable[str]) -> set[str]:
    """The deleted ones among some ids."""
    return {row[0] for row in rows_among(conn, TOMBSTONES, ids, account_key=account_key)}


INSERT = """
    INSERT INTO executions (account_key, execution_id, order_id, symbol, contract, side, quantity,
        price_nanos, fees_micros, executed_at_us, sequence, strategy, source, broker_pnl_micros,
        fx_rate_nanos, average_price, revision, recorded_at_us)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def insert(
    conn: Connection,
    account_key: int,
    executions: Sequence[Execution],
    *,
    revision: int,
    now_us: int,
) -> None:
    """Store executions whose ids are free."""
    many(conn, INSERT, [(account_key, *each, revision, now_us) for each in executions])


DELETE = text("""
    DELETE FROM executions WHERE account_key = :account_key AND execution_id = :execution_id
""")

INSERT_VERSION = """
    INSERT INTO execution_versions (account_key, execution_id, order_id, symbol, contract, side,
        quantity, price_nanos, fees_micros, executed_at_us, sequence, strategy, source,
        broker_pnl_micros, fx_rate_nanos, average_price, revision, superseded_at_us)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def supersede(conn: Connection, account_key: int, stored: Stored, now_us: int) -> None:
    """Move a live execution among the earlier versions of its id."""
    many(conn, INSERT_VERSION, [(account_key, *stored.execution, stored.revision, now_us)])
    run(conn, DELETE, account_key=account_key, execution_id=stored.execution.execution_id)


INSERT_TOMBSTONE = text("""
    INSERT INTO execution_tombstones (account_key, execution_id, deleted_at_us)
    VALUES (:account_key, :execution_id, :now_us)
""")


def bury(conn: Connection, account_key: int, execution_id: str, now_us: int) -> None:
    """Leave a tombstone, so that no feed brings the execution back."""
    values = {"account_key": account_key, "execution_id": execution_id}
    run(conn, INSERT_TOMBSTONE, **values, now_us=now_us)


DELETE_TOMBSTONE = text("""
    DELETE FROM execution_tombstones
    WHERE account_key = :account_key AND execution_id = :execution_id
""")


def unbury(conn: Connection, account_key: int, execution_id: str) -> None:
    """Lift a tombstone."""
    run(conn, DELETE_TOMBSTONE, account_key=account_key, execution_id=execution_id)


OF_CONTRACT = text("""
    SELECT execution_id, order_id, symbol, contract, side, quantity, price_nanos, fees_micros,
           executed_at_us, sequence, strategy, source, broker_pnl_micros, fx_rate_nanos,
           average_price
    FROM executions WHERE account_key = :account_key AND contract = :contract
    ORDER BY source, executed_at_us
""")


def of_contract(conn: Connection, account_key: int, contract: str) -> list[Execution]:
    """All executions of a contract, by their source and time, as their index has them."""
    values = {"account_key": account_key, "contract": contract}
    return [Execution._make(row) for row in rows(conn, OF_CONTRACT, **values)]


def bounds(start: Key, end: Key) -> dict[str, object]:
    """Two places in the order, as the statements name them."""
    names = ("from_us", "from_sequence", "from_id", "to_us", "to_sequence", "to_id")
    return dict(zip(names, (*start, *end), strict=True))


SOURCE_SPANS = text("""
    WITH RECURSIVE sources(source) AS (
        SELECT min(source) FROM executions
        WHERE account_key = :account_key AND contract = :contract
        UNION ALL
        SELECT (SELECT min(e.source) FROM executions e
                WHERE e.account_key = :account_key AND e.contract = :contract
                  AND e.source > sources.source)
        FROM sources WHERE sources.source IS NOT NULL
    )
    SELECT source,
           (SELECT min(e.executed_at_us) FROM executions e WHERE e.account_key = :account_key
            AND e.contract = :contract AND e.source = sources.source),
           (SELECT max(e.executed_at_us) FROM executions e WHERE e.account_key = :account_key
            AND e.contract = :contract AND e.source = sources.source)
    FROM sources WHERE source IS NOT NULL
""")


def source_spans(conn: Connection, account_key: int, contract: str) -> list[SourceSpan]:
    """Each source's span in a contract, hopping along the index from source to source."""
    values = {"account_key": account_key, "contract": contract}
    return [SourceSpan._make(row) for row in rows(conn, SOURCE_SPANS, **values)]


CONTRACT_AFTER = text("""
    SELECT min(contract) FROM executions WHERE account_key = :account_key AND contract > :after
""")


def contracts(conn: Connection, account_key: int) -> Iterator[str]:
    """The contracts that an account has traded."""
    return hop(conn, CONTRACT_AFTER, account_key)
