"""Sample files in the formats that are imported, of an invented trader: `python -m tests.samples`.

The shapes are those of real files, the figures are nobody's; docs/samples/README.md tells both.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.domain import fixed, instants
from app.domain.executions import BUY, Fill
from app.domain.instruments import SHIPPED
from app.services import demo
from app.services.demo import Demo

FOLDER = Path(__file__).parent.parent / "docs" / "samples"
ACCOUNT_ID = "SAMPLE"
SEED = 8

# Apart in time, so that both can be imported into one account.
TOPSTEPX_DATES = [date(2025, 9, day) for day in (22, 23, 24, 25, 26)]
OWN_DATES = [date(2025, 10, day) for day in (6, 7, 8)]

EXCHANGE = ZoneInfo("America/Chicago")
DISPLAY = ZoneInfo("America/New_York")
FIRST_ROW_ID = 700_000_001

OWN_COLUMNS = (
    *("account_id", "execution_id", "order_id", "symbol", "contract", "side", "quantity", "price"),
    *("fees", "executed_at", "sequence", "strategy", "source", "broker_pnl", "fx_rate"),
    "average_price",
)
TOPSTEPX_COLUMNS = (
    *("Id", "ContractName", "EnteredAt", "ExitedAt", "EntryPrice", "ExitPrice", "Fees", "PnL"),
    *("Size", "Type", "TradeDay", "TradeDuration"),
)


class Pair(NamedTuple):
    """Some contracts of an entry that left with some of an exit."""

    entry: Fill
    exit: Fill
    size: int


def fills(dates: Iterable[date]) -> list[Fill]:
    """All that the invented trader did on some dates."""
    return demo.fills(Demo(ACCOUNT_ID, SEED), dates, instants.LAST_US)


def own() -> str:
    """The project's own CSV: an execution a row."""
    return _csv(OWN_COLUMNS, map(_own_row, fills(OWN_DATES)))


def topstepx_trades() -> str:
    """The Trades tab of TopstepX: a row for each lot that was closed, so that rows of a position
    which was entered or left in parts share fills and overlap.
    """
    closed = sorted(pairs(fills(TOPSTEPX_DATES)), key=lambda pair: pair.exit.executed_at_us)
    rows = (_topstepx_row(FIRST_ROW_ID + n, pair) for n, pair in enumerate(closed))
    return _csv(TOPSTEPX_COLUMNS, rows)


SAMPLES = {"own.csv": own, "topstepx-trades.csv": topstepx_trades}


def pairs(some: Iterable[Fill]) -> Iterator[Pair]:
    """Entries and exits of each contract, matched first in, first out."""
    held: dict[str | None, deque[tuple[Fill, int]]] = {}
    for fill in some:
        lots, left = held.setdefault(fill.contract, deque()), fill.quantity
        while left and lots and lots[0][0].side != fill.side:
            entry, size = lots.popleft()
            matched = min(left, size)
            if matched < size:
                lots.appendleft((entry, size - matched))
            left -= matched
            yield Pair(entry, fill, matched)
        if left:
            lots.append((fill, left))


def _own_row(fill: Fill) -> Sequence[object]:
    said = fill._asdict() | {
        "price": fixed.text(fixed.price_nanos(fill.price), fixed.PRICE_PLACES),
        "executed_at": instants.text(fill.executed_at_us),
        "source": "api",
        "average_price": "false",
    }
    return [said[column] for column in OWN_COLUMNS]


def _topstepx_row(row_id: int, pair: Pair) -> Sequence[object]:
    entry, closing, size = pair
    point_value = Decimal(SHIPPED.by_root[entry.symbol].point_value_micros).scaleb(-6)
    gained = (closing.price - entry.price) * size * point_value
    fees = sum(size * (fill.fees or Decimal(0)) / fill.quantity for fill in (entry, closing))
    return (
        row_id,
        entry.contract,
        _shown(entry.executed_at_us),
        _shown(closing.executed_at_us),
        f"{entry.price:.9f}",
        f"{closing.price:.9f}",
        f"{fees:.5f}",
        f"{gained if entry.side == BUY else -gained:.9f}",
        size,
        "Long" if entry.side == BUY else "Short",
        _trade_day(closing.executed_at_us),
        _duration(closing.executed_at_us - entry.executed_at_us),
    )


def _shown(at_us: int) -> str:
    return _stamp(instants.to_datetime(at_us).astimezone(DISPLAY))


def _trade_day(at_us: int) -> str:
    # Seven hours on, an exit after 17:00 is on the day that its session is named after.
    session = (instants.to_datetime(at_us).astimezone(EXCHANGE) + timedelta(hours=7)).date()
    return _stamp(datetime.combine(session, datetime.min.time(), EXCHANGE))


def _stamp(moment: datetime) -> str:
    offset = f"{moment:%z}"
    return f"{moment:%m/%d/%Y %H:%M:%S} {offset[:3]}:{offset[3:]}"


def _duration(lasted_us: int) -> str:
    seconds, part_us = divmod(lasted_us, instants.SECOND_US)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{part_us:06}0"


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([columns, *rows])
    return out.getvalue()


def main() -> None:
    """Write the files."""
    for name, sample in SAMPLES.items():
        (FOLDER / name).write_bytes(sample().encode())


if __name__ == "__main__":
    main()
