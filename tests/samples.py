"""Sample files in the formats that are imported, of an invented trader: `python -m tests.samples`.

The shapes are those of real files, the figures are nobody's; docs/samples/README.md tells both.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from app.domain import fixed, instants
from app.domain.executions import BUY, Fill
from app.domain.instruments import SHIPPED
from app.services import demo
from app.services.demo import Demo
from tests import sample_brokers, sample_layouts, sample_tradovate
from tests.invented_rows import DISPLAY
from tests.pairing import Pair, pairs

FOLDER = Path(__file__).parent.parent / "docs" / "samples"
ACCOUNT_ID = "SAMPLE"
SEED = 8

# Apart in time, so that all can be imported into one account.
TOPSTEPX_DATES = [date(2025, 9, day) for day in (22, 23, 24, 25, 26)]
OWN_DATES = [date(2025, 10, day) for day in (6, 7, 8)]

EXCHANGE = ZoneInfo("America/Chicago")
ZONE = DISPLAY.key
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


_LAYOUTS: dict[str, tuple[Callable[[list[Fill]], str], date]] = {
    "ibkr-activity.csv": (sample_brokers.ibkr_activity, date(2025, 6, 2)),
    "ibkr-flex.csv": (sample_brokers.ibkr_flex, date(2025, 6, 9)),
    "ninjatrader-executions.csv": (sample_layouts.ninjatrader_executions, date(2025, 6, 23)),
    "ninjatrader-trades.csv": (sample_layouts.ninjatrader_trades, date(2025, 6, 30)),
    "quantower-trades.csv": (sample_brokers.quantower, date(2025, 7, 7)),
    "rithmic-orders.csv": (sample_brokers.rithmic_orders, date(2025, 7, 14)),
    "rithmic-performance.csv": (sample_brokers.rithmic_performance, date(2025, 7, 21)),
    "topstepx-orders.csv": (sample_layouts.topstepx_orders, date(2025, 7, 28)),
    "tradingview-paper.csv": (sample_layouts.tradingview, date(2025, 8, 4)),
    "tradovate-fills.csv": (sample_tradovate.tradovate_fills, date(2025, 8, 18)),
    "tradovate-orders.csv": (sample_tradovate.tradovate_orders, date(2025, 8, 11)),
    "tradovate-performance.csv": (sample_tradovate.tradovate_performance, date(2025, 8, 25)),
    "tradovate-position-history.csv": (
        sample_tradovate.tradovate_position_history,
        date(2025, 9, 8),
    ),
}


def layout_fills(name: str) -> list[Fill]:
    """What is in a sample of another platform: three days from a Monday."""
    monday = _LAYOUTS[name][1]
    return fills([monday + timedelta(days=n) for n in range(3)])


def _laid_out(name: str) -> Callable[[], str]:
    return lambda: _LAYOUTS[name][0](layout_fills(name))


SAMPLES: dict[str, Callable[[], str]] = {
    "own.csv": own,
    "topstepx-trades.csv": topstepx_trades,
    **{name: _laid_out(name) for name in _LAYOUTS},
}


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
