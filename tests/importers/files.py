"""Files as they come from traders, made from rows that are good but for what a test changes."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from app.domain.instruments import SHIPPED
from app.importers import formats
from app.importers.formats import Reading
from app.importers.table import Context

ACCOUNT_ID = "A"
# One point won by one MNQ is 2 USD.
TRADE = {
    "Id": "1001",
    "ContractName": "MNQM5",
    "EnteredAt": "05/08/2025 11:22:07 -04:00",
    "ExitedAt": "05/08/2025 11:27:06 -04:00",
    "EntryPrice": "20000.250000000",
    "ExitPrice": "20010.250000000",
    "Fees": "0.74000",
    "PnL": "20.000000000",
    "Size": "1",
    "Type": "Long",
    "TradeDay": "05/08/2025 00:00:00 -05:00",
    "TradeDuration": "00:04:59.0000000",
}
EXECUTION = {
    "execution_id": "e1",
    "symbol": "MNQM5",
    "side": "BUY",
    "quantity": "1",
    "price": "20000.25",
    "executed_at": "2025-05-08T15:22:07Z",
}


def written(rows: Sequence[Mapping[str, str]], delimiter: str = ",", ending: str = "\r\n") -> str:
    """The rows under the columns of the first one."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator=ending)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def trades(*changes: Mapping[str, str]) -> bytes:
    """A Trades tab of TopstepX with a row for each change, under ids of their own."""
    rows = [TRADE | {"Id": str(1001 + n)} | dict(each) for n, each in enumerate(changes)]
    return written(rows).encode()


def executions(*changes: Mapping[str, str]) -> bytes:
    """The project's own CSV with a row for each change, under ids of their own."""
    rows = [
        EXECUTION | {"execution_id": f"e{n}"} | dict(each)
        for n, each in enumerate(changes, start=1)
    ]
    columns = dict.fromkeys(name for row in rows for name in row)
    return written([{name: row.get(name, "") for name in columns} for row in rows]).encode()


def read(content: bytes | str, zone: str | None = None, layout: str = "auto") -> Reading:
    """What is found in a file."""
    sent = content.encode() if isinstance(content, str) else content
    return formats.read(sent, Context(ACCOUNT_ID, SHIPPED, zone), layout)


def faults(content: bytes | str, zone: str | None = None) -> list[tuple[int, str]]:
    """The line and the column of every bad line of a file that has no good one among them."""
    return [(bad.line, bad.column) for bad in read(content, zone).found.bad_lines]
