"""Ten years of round trips, handed in as CSV files by the road that traders' files take.

A history is made once in a folder and taken up again by later runs.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from benchmarks.connection import Connection
from benchmarks.servers import service

# Two executions each; a file has at most 200,000 rows.
POSITIONS_A_FILE = 50_000
_DAYS = 3_652
_SYMBOLS = ("MNQ", "MES", "MYM", "M2K")
_OPENS_S = 14 * 3600
_OPEN_FOR_S = 6 * 3600
_MICRO = 10**6
_HEADER = "execution_id,symbol,contract,side,quantity,price,fees,executed_at,strategy\n"
_STRATEGIES = ("fade", "breakout", "vwap")
_BOUNDARY = "benchmarks-boundary"


class History(NamedTuple):
    """A made history: closed positions of some accounts, spread evenly over weekdays."""

    folder: Path
    positions: int
    accounts: int
    first: date
    last: date

    @property
    def account_ids(self) -> list[str]:
        """The accounts, each with the same number of positions."""
        return [f"A{number}" for number in range(self.accounts)]

    @property
    def weekdays(self) -> list[date]:
        """Every day on which there are positions, if there are enough."""
        return weekdays(self.first, self.last)


def weekdays(first: date, last: date) -> list[date]:
    """Monday to Friday, both ends among them."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]  # noqa: PLR2004


def kept(folder: Path, positions: int, accounts: int) -> History:
    """The history of that size in a folder; made now if it is not there."""
    place = folder / f"{positions}-positions-{accounts}-accounts"
    note = place / "made.json"
    if not note.exists():
        shutil.rmtree(place, ignore_errors=True)  # One that was cut off.
        made = planned(place, positions, accounts)
        make(made)
        note.write_text(json.dumps([made.first.isoformat(), made.last.isoformat()]))
    first, last = map(date.fromisoformat, json.loads(note.read_text()))
    return History(place, positions, accounts, first, last)


def planned(place: Path, positions: int, accounts: int) -> History:
    """A history that ends yesterday and is not made yet."""
    last = datetime.now(UTC).date() - timedelta(days=1)
    return History(place, positions, accounts, last - timedelta(days=_DAYS), last)


def make(history: History, database_url: str = "") -> None:
    """Import a history into the database of its folder, or into another one."""
    print(f"making {history.positions:,} positions of {history.accounts:,} accounts", flush=True)
    with service(history.folder, database_url=database_url) as server:
        bring(history, server.connection())


def bring(history: History, connection: Connection) -> None:
    """Import every account's files."""
    for account_id in history.account_ids:
        for file in files(history, history.positions // history.accounts):
            upload(connection, account_id, file)


def files(history: History, positions: int) -> Iterator[bytes]:
    """An account's positions, oldest first, as CSV files."""
    days = history.weekdays
    for start in range(0, positions, POSITIONS_A_FILE):
        some = range(start, min(start + POSITIONS_A_FILE, positions))
        yield "".join([_HEADER, *(_rows(days, n, positions) for n in some)]).encode()


def upload(connection: Connection, account_id: str, file: bytes, name: str = "fills.csv") -> None:
    """Import a file as a browser sends it."""
    head = (
        f"--{_BOUNDARY}\r\nContent-Disposition: form-data;"
        f' name="file"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
    )
    body = head.encode() + file + f"\r\n--{_BOUNDARY}--\r\n".encode()
    kind = f"multipart/form-data; boundary={_BOUNDARY}"
    connection.post(f"/api/imports?account_id={account_id}", body, kind)


def _rows(days: list[date], number: int, positions: int) -> str:
    """The two executions of a position: opened and closed before the next one opens."""
    place, left = divmod(number * len(days), positions)
    slot_us = _OPEN_FOR_S * _MICRO * len(days) // max(positions, len(days))
    opened_us = _OPENS_S * _MICRO + left * _OPEN_FOR_S * _MICRO // positions
    day = days[place]
    symbol = _SYMBOLS[number % 4]
    contract = f"{symbol}{'HMUZ'[(day.month - 1) // 3]}{day.year % 100:02}"
    sides = ("BUY", "SELL") if number % 3 else ("SELL", "BUY")
    strategy = _STRATEGIES[number % 3]
    came = 20_000 + number * 7 % 1_001
    went = came + number * 13 % 83 - 40
    legs = (("o", sides[0], came, opened_us), ("c", sides[1], went, opened_us + slot_us // 2))
    return "".join(
        f"{leg}{number},{symbol},{contract},{side},2,{price},0.74,"
        f"{day}T{clock(at_us)}Z,{strategy}\n"
        for leg, side, price, at_us in legs
    )


def clock(at_us: int) -> str:
    """A time of day to the microsecond."""
    seconds, micros = divmod(at_us, _MICRO)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{micros:06}"
