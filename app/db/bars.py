"""Price bars, and the spans of time in which all of them are known."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, text

from app.db.connection import first, many, rows, rows_among, run
from app.domain.bars import Bar
from app.domain.periods import Span

CONTRACTS_MAX = 1_000
_STAMP_BITS = 62


class PriceContract(NamedTuple):
    """A contract that has bars; `version` and `stamp` are of the bars as they are now."""

    contract_key: int
    root: str
    contract: str
    delivery_month: int
    version: int
    stamp: int


OF_ROOT = text("""
    SELECT contract_key, root, contract, delivery_month, version, stamp FROM price_contracts
    WHERE root = :root ORDER BY delivery_month DESC LIMIT :limit
""")


def contracts(conn: Connection, root: str) -> list[PriceContract]:
    """The contracts of a root that have bars, the latest first, the bare root last."""
    found = rows(conn, OF_ROOT, root=root, limit=CONTRACTS_MAX)
    return [PriceContract._make(row) for row in found]


INSERT_CONTRACT = text("""
    INSERT INTO price_contracts (root, delivery_month, contract, version, stamp)
    VALUES (:root, :delivery_month, :contract, 0, 0)
    ON CONFLICT (root, delivery_month) DO NOTHING
""")

HOLD = text("""
    UPDATE price_contracts SET version = version
    WHERE root = :root AND delivery_month = :delivery_month
    RETURNING contract_key
""")


def hold(conn: Connection, root: str, contract: str, delivery_month: int) -> int:
    """Keep other writers of a contract's bars waiting until the commit; its key."""
    named = {"root": root, "delivery_month": delivery_month}
    run(conn, INSERT_CONTRACT, contract=contract, **named)
    key: int = first(conn, HOLD, **named)[0]
    return key


ADVANCE = text("""
    UPDATE price_contracts SET version = version + 1, stamp = :stamp
    WHERE contract_key = :contract_key
""")


def advance(conn: Connection, contract_key: int) -> None:
    """Give the contract's bars their next version."""
    run(conn, ADVANCE, contract_key=contract_key, stamp=secrets.randbits(_STAMP_BITS))


MARK = text("""
    UPDATE price_contracts SET mark_nanos = :price_nanos, mark_at_us = :at_us
    WHERE contract_key = :contract_key AND (mark_at_us IS NULL OR mark_at_us <= :at_us)
""")


def mark(conn: Connection, contract_key: int, price_nanos: int, at_us: int) -> None:
    """Note the contract's last price at an instant, unless a later one is known."""
    run(conn, MARK, contract_key=contract_key, price_nanos=price_nanos, at_us=at_us)


MARKED_AT = text("SELECT mark_at_us FROM price_contracts WHERE contract_key = :contract_key")


def marked_at(conn: Connection, contract_key: int) -> int | None:
    """When the contract's last price was still the last."""
    at_us: int | None = first(conn, MARKED_AT, contract_key=contract_key)[0]
    return at_us


ADVANCE_PRICES = text("""
    UPDATE service_state SET prices_version = prices_version + 1 WHERE state_key = 1
""")


def advance_prices(conn: Connection) -> None:
    """Note that more is known of the past's prices."""
    run(conn, ADVANCE_PRICES)


PAGE = text("""
    SELECT opened_at_us, open_nanos, high_nanos, low_nanos, close_nanos, volume FROM bars
    WHERE contract_key = :contract_key AND timeframe_s = :timeframe_s
      AND opened_at_us >= :start_us AND opened_at_us < :end_us
    ORDER BY opened_at_us DESC LIMIT :limit
""")


def latest(
    conn: Connection, contract_key: int, timeframe_s: int, within: Span, limit: int
) -> list[Bar]:
    """The last bars that open in a span, newest first."""
    found = rows(
        conn,
        PAGE,
        contract_key=contract_key,
        timeframe_s=timeframe_s,
        start_us=within.start_us,
        end_us=within.end_us,
        limit=limit,
    )
    return list(map(Bar._make, found))


BETWEEN = text("""
    SELECT opened_at_us, open_nanos, high_nanos, low_nanos, close_nanos, volume FROM bars
    WHERE contract_key = :contract_key AND timeframe_s = :timeframe_s
      AND opened_at_us >= :start_us AND opened_at_us < :end_us
    ORDER BY opened_at_us
""")


def between(conn: Connection, contract_key: int, timeframe_s: int, within: Span) -> list[Bar]:
    """All bars that open in a span, in order."""
    found = rows(
        conn,
        BETWEEN,
        contract_key=contract_key,
        timeframe_s=timeframe_s,
        start_us=within.start_us,
        end_us=within.end_us,
    )
    return list(map(Bar._make, found))


GIVEN = text("""
    SELECT opened_at_us, open_nanos, high_nanos, low_nanos, close_nanos, volume FROM bars
    WHERE contract_key = :contract_key AND timeframe_s = :timeframe_s AND opened_at_us IN :ids
      AND is_built = 0
""").bindparams(bindparam("ids", expanding=True))


def given(
    conn: Connection, contract_key: int, timeframe_s: int, opened_at_us: Iterable[int]
) -> dict[int, Bar]:
    """The bars that open at some instants and were not built, by these."""
    named = {"contract_key": contract_key, "timeframe_s": timeframe_s}
    return {row[0]: Bar._make(row) for row in rows_among(conn, GIVEN, opened_at_us, **named)}


PUT_GIVEN = """
    INSERT INTO bars (contract_key, timeframe_s, opened_at_us, open_nanos, high_nanos, low_nanos,
                      close_nanos, volume, is_built)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)
    ON CONFLICT (contract_key, timeframe_s, opened_at_us) DO UPDATE SET
        open_nanos = excluded.open_nanos, high_nanos = excluded.high_nanos,
        low_nanos = excluded.low_nanos, close_nanos = excluded.close_nanos,
        volume = excluded.volume, is_built = 0
"""


def put(conn: Connection, contract_key: int, timeframe_s: int, found: Sequence[Bar]) -> None:
    """Store bars as they were given, in the place of those that are there."""
    many(conn, PUT_GIVEN, [(contract_key, timeframe_s, *each) for each in found])


PUT_BUILT = """
    INSERT INTO bars (contract_key, timeframe_s, opened_at_us, open_nanos, high_nanos, low_nanos,
                      close_nanos, volume, is_built)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)
    ON CONFLICT (contract_key, timeframe_s, opened_at_us) DO UPDATE SET
        open_nanos = excluded.open_nanos, high_nanos = excluded.high_nanos,
        low_nanos = excluded.low_nanos, close_nanos = excluded.close_nanos,
        volume = excluded.volume
    WHERE bars.is_built = 1
"""


def put_built(conn: Connection, contract_key: int, timeframe_s: int, made: Sequence[Bar]) -> None:
    """Store bars that finer ones make, save where one was given."""
    many(conn, PUT_BUILT, [(contract_key, timeframe_s, *each) for each in made])


COVERED = text("""
    SELECT start_us, end_us FROM bar_coverage
    WHERE contract_key = :contract_key AND timeframe_s = :timeframe_s AND end_us >= :start_us
      AND start_us <= :end_us
    ORDER BY end_us
""")


def covered(conn: Connection, contract_key: int, timeframe_s: int, within: Span) -> list[Span]:
    """The spans that are known and touch another, in order."""
    found = rows(
        conn,
        COVERED,
        contract_key=contract_key,
        timeframe_s=timeframe_s,
        start_us=within.start_us,
        end_us=within.end_us,
    )
    return [Span._make(row) for row in found]


COVERED_SINCE = text("""
    SELECT timeframe_s, start_us, end_us FROM bar_coverage
    WHERE contract_key = :contract_key AND end_us >= :since_us
    ORDER BY timeframe_s, end_us
""")


def covered_since(conn: Connection, contract_key: int, since_us: int) -> list[tuple[int, Span]]:
    """The spans of each timeframe that are known and end after an instant, the finest first."""
    found = rows(conn, COVERED_SINCE, contract_key=contract_key, since_us=since_us)
    return [(timeframe_s, Span(*span)) for timeframe_s, *span in found]


UNCOVER = text("""
    DELETE FROM bar_coverage
    WHERE contract_key = :contract_key AND timeframe_s = :timeframe_s AND end_us >= :start_us
      AND start_us <= :end_us
""")

COVER = text("""
    INSERT INTO bar_coverage (contract_key, timeframe_s, end_us, start_us, fetched_at_us)
    VALUES (:contract_key, :timeframe_s, :end_us, :start_us, :now_us)
""")


def cover(conn: Connection, contract_key: int, timeframe_s: int, known: Span, now_us: int) -> Span:
    """Note that a span is known, as one with those that it touches; the span that this makes."""
    series = {"contract_key": contract_key, "timeframe_s": timeframe_s}
    others = covered(conn, contract_key, timeframe_s, known)
    whole = Span(
        min([known.start_us, *(each.start_us for each in others)]),
        max([known.end_us, *(each.end_us for each in others)]),
    )
    if others != [whole]:
        run(conn, UNCOVER, **series, start_us=known.start_us, end_us=known.end_us)
        run(conn, COVER, **series, start_us=whole.start_us, end_us=whole.end_us, now_us=now_us)
    return whole
