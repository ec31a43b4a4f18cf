"""Closed trades as columns: a UTC day in one row, a field's numbers one after the other.

Rows through the driver would cost microseconds a trade; a column costs nanoseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.closed_trades import Closing
from app.db.connection import first, many, rows, run
from app.domain import instants, trade_columns
from app.domain.periods import Span
from app.domain.trade_columns import FIELDS, Array, Columns, Kind


class Kept(NamedTuple):
    """A UTC day and what is kept of it, trade by trade; None where it makes no sense."""

    day: int
    closings: list[Closing] | None


# In the order of `Columns`.
WITHIN = text("""
    SELECT closed_at_us, held_us, gross_micros, fees_micros, kinds
    FROM trade_columns
    WHERE account_key = :account_key AND day >= :first_day AND day <= :last_day
    ORDER BY day
""")


def within(conn: Connection, account_key: int, span: Span) -> Columns:
    """An account's positions closed in a span, in closing order."""
    if span.start_us >= span.end_us:
        return trade_columns.of_rows([])
    found = rows(conn, WITHIN, account_key=account_key, **_days(span))
    pieces = zip(*found, strict=True) if found else [()] * len(FIELDS)
    columns = map(trade_columns.unpacked, pieces, FIELDS)
    return Columns._make(columns).between(*span)


EVERY = text("""
    SELECT day, closed_at_us, held_us, gross_micros, fees_micros, kinds
    FROM trade_columns WHERE account_key = :account_key ORDER BY day
""")


def every(conn: Connection, account_key: int) -> Iterator[Kept]:
    """All that is kept, day by day, oldest first."""
    known = kinds(conn, account_key)
    for day, *pieces in rows(conn, EVERY, account_key=account_key):
        yield Kept(day, _closings(pieces, known))


def _closings(pieces: Sequence[bytes], known: Mapping[int, Kind]) -> list[Closing] | None:
    try:
        columns = [
            trade_columns.unpacked([each], f) for each, f in zip(pieces, FIELDS, strict=True)
        ]
        each_trade = zip(*(each.tolist() for each in columns), strict=True)
        return [Closing._make((*made, known[number])) for *made, number in each_trade]
    except (ValueError, LookupError):
        return None


HELD = text("""
    SELECT held_us FROM trade_columns
    WHERE account_key = :account_key AND day >= :first_day AND day <= :last_day
    ORDER BY day
""")


def held_within(conn: Connection, account_key: int, span: Span) -> Array:
    """How long every position was held that was closed in a span, in closing order."""
    first_day, last_day = -(-span.start_us // instants.DAY_US), span.end_us // instants.DAY_US
    if last_day <= first_day:
        return within(conn, account_key, span).held_us
    before = within(conn, account_key, Span(span.start_us, first_day * instants.DAY_US))
    after = within(conn, account_key, Span(last_day * instants.DAY_US, span.end_us))
    values = {"first_day": first_day, "last_day": last_day - 1}
    whole = rows(conn, HELD, account_key=account_key, **values)
    ends = [trade_columns.packed(each.held_us, "held_us") for each in (before, after)]
    pieces = (ends[0], *(row[0] for row in whole), ends[1])
    return trade_columns.unpacked(pieces, "held_us")


DELETE = text("""
    DELETE FROM trade_columns
    WHERE account_key = :account_key AND day >= :first_day AND day <= :last_day
""")

INSERT = """
    INSERT INTO trade_columns (account_key, day, held_us, closed_at_us, gross_micros, fees_micros,
        kinds)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""


def replace(
    conn: Connection, account_key: int, first_day: int, last_day: int, columns: Columns
) -> None:
    """Keep all that was closed from one UTC day to another; a day without closings has no row."""
    run(conn, DELETE, account_key=account_key, first_day=first_day, last_day=last_day)
    days = columns.closed_at_us // instants.DAY_US
    packed = []
    for day in sorted(set(days.tolist())):
        piece = columns.between(day * instants.DAY_US, (day + 1) * instants.DAY_US)
        kept = dict(zip(FIELDS, map(trade_columns.packed, piece, FIELDS), strict=True))
        fields = ("held_us", "closed_at_us", "gross_micros", "fees_micros", "kinds")
        packed.append((account_key, day, *(kept[field] for field in fields)))
    many(conn, INSERT, packed)


ANY = text("SELECT 1 FROM trade_columns WHERE account_key = :account_key LIMIT 1")


def is_any(conn: Connection, account_key: int) -> bool:
    """Whether anything is kept of an account."""
    return first(conn, ANY, account_key=account_key) is not None


KINDS = text("""
    SELECT kind, symbol, contract, side, strategy FROM trade_kinds WHERE account_key = :account_key
""")


def kinds(conn: Connection, account_key: int) -> dict[int, Kind]:
    """Every kind of trade that an account ever had, by its number."""
    found = rows(conn, KINDS, account_key=account_key)
    return {number: Kind._make(kind) for number, *kind in found}


KNOWN = text("""
    SELECT kind FROM trade_kinds WHERE account_key = :account_key AND label = :label
""")

LAST = text("SELECT coalesce(max(kind), 0) FROM trade_kinds WHERE account_key = :account_key")

ADD = """
    INSERT INTO trade_kinds (account_key, kind, label, symbol, contract, side, strategy)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""


def numbered(conn: Connection, account_key: int, some: Iterable[Kind]) -> Mapping[Kind, int]:
    """The numbers of some kinds; new ones get the next numbers in the order of their names."""
    labels = {_label(kind): kind for kind in some}
    # One by one, since a day has few kinds, and a statement of its own costs more than these.
    asked = {label: first(conn, KNOWN, account_key=account_key, label=label) for label in labels}
    known = {label: int(row[0]) for label, row in asked.items() if row}
    new = sorted(labels.keys() - known.keys())
    if new:
        last = int(first(conn, LAST, account_key=account_key)[0])
        known |= {label: number for number, label in enumerate(new, start=last + 1)}
        added = [(account_key, known[label], label, *labels[label]) for label in new]
        many(conn, ADD, added)
    return {kind: known[label] for label, kind in labels.items()}


def _label(kind: Kind) -> str:
    """One text for the kind: neither a contract nor a side has a blank in it."""
    named = f"{kind.contract} {kind.side}"
    return named if kind.strategy is None else f"{named} {kind.strategy}"


def _days(span: Span) -> dict[str, int]:
    return {
        "first_day": span.start_us // instants.DAY_US,
        "last_day": (span.end_us - 1) // instants.DAY_US,
    }
