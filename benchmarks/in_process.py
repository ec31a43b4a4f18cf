"""A day's figures without a service: by the raw statement, and the usual way."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.db.engines import DRIVER

_MICRO = 10**6
_DAY_US = 86_400 * _MICRO

# What anybody would write who knows this table and its index.
RAW = """
    SELECT count(*), count(*) FILTER (WHERE net_micros > 0),
           count(*) FILTER (WHERE net_micros < 0), sum(net_micros), sum(gross_micros),
           sum(fees_micros), sum(net_micros) FILTER (WHERE net_micros > 0),
           sum(net_micros) FILTER (WHERE net_micros < 0), max(net_micros), min(net_micros)
    FROM positions
    WHERE account_key = (SELECT account_key FROM accounts WHERE account_id = ?)
      AND closed_at_us >= ? AND closed_at_us < ?
"""
ALL = """
    SELECT * FROM positions
    WHERE account_key = (SELECT account_key FROM accounts WHERE account_id = ?)
      AND closed_at_us >= ? AND closed_at_us < ?
    ORDER BY closed_at_us
"""


class Reader:
    """Reads an account's closed positions of some days from the service's own SQLite file."""

    def __init__(self, data_dir: Path, account_id: str) -> None:
        self._connection = DRIVER.connect(f"file:{data_dir / 'trader.db'}?mode=ro", uri=True)
        self._account_id = account_id

    def raw(self, first: date, days: int = 1) -> tuple[Any, ...]:
        """One statement that does all of it, and no more."""
        found: tuple[Any, ...] = self._rows(RAW, first, days).fetchone()
        return found

    def usual(self, first: date, days: int = 1) -> bytes:
        """Load the rows, go through them in Python, and answer JSON."""
        cursor = self._rows(ALL, first, days)
        names = [each[0] for each in cursor.description]
        trades = [dict(zip(names, row, strict=True)) for row in cursor]
        by_day: dict[date, list[Any]] = {first + timedelta(days=n): [] for n in range(days)}
        for trade in trades:
            closed = datetime.fromtimestamp(trade["closed_at_us"] / _MICRO, UTC).date()
            by_day[closed].append(trade)
        return json.dumps([_summed(day, some) for day, some in by_day.items()]).encode()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _rows(self, statement: str, first: date, days: int) -> Any:
        start_us = (first - date(1970, 1, 1)).days * _DAY_US
        values = (self._account_id, start_us, start_us + days * _DAY_US)
        return self._connection.execute(statement, values)


def _summed(day: date, trades: list[dict[str, Any]]) -> dict[str, Any]:
    nets = [Decimal(each["net_micros"]) / _MICRO for each in trades]
    wins = [net for net in nets if net > 0]
    losses = [net for net in nets if net < 0]
    return {
        "date": day.isoformat(),
        "daily_pnl": float(sum(nets)),
        "fees": float(sum(Decimal(each["fees_micros"]) / _MICRO for each in trades)),
        "total_trades": len(nets),
        "winning_trades": len(wins),
        "losing_trades": len(losses),
        "win_rate": round(len(wins) / len(nets) * 100, 1) if nets else 0.0,
        "avg_win": float(sum(wins) / len(wins)) if wins else 0.0,
        "avg_loss": float(sum(losses) / len(losses)) if losses else 0.0,
        "largest_win": float(max(wins, default=0)),
        "largest_loss": float(min(losses, default=0)),
    }
