"""Calls whose whole answers are looked at, and executions as a trader notes them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.test import TestResponse

from tests.conftest import Client

CHICAGO = ZoneInfo("America/Chicago")
_LINE = re.compile(
    r"(?P<day>\d\d-\d\d) (?P<time>\d\d:\d\d(?::\d\d)?) (?P<quantity>[+-]\d+)"
    r"(?: (?P<symbol>[A-Z0-9]+))? @ (?P<price>\S+)(?: fee (?P<fees>\S+))?"
)


def call(client: Client, method: str, path: str, **options: Any) -> TestResponse:
    """The answer with its headers and bytes; options are those of werkzeug's test client."""
    headers = client.headers | options.pop("headers", {})
    return client.client.open(path, method=method, headers=headers, **options)


def get(client: Client, path: str, **query: str) -> TestResponse:
    """The answer to a GET; its query may also stand in the path as it is."""
    return call(client, "GET", path, query_string=query or None)


def exact(answer: TestResponse) -> Any:
    """The JSON of an answer that is 200, every decimal as it was written."""
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_float=str)


def figures(client: Client, view: str, **query: str) -> Any:
    """What `/api/performance/…` says, every decimal as it was written."""
    return exact(get(client, f"/api/performance/{view}", **query))


def assert_has(body: Mapping[str, Any], **expected: Any) -> None:
    """Hold some fields of a body to their values."""
    assert {name: body[name] for name in expected} == expected


def fills(notes: str, account_id: str = "A", prefix: str = "e") -> list[dict[str, Any]]:
    """Executions of 2025 by Chicago's clock, a line each: `11-06 23:50 +2 MNQZ5 @ 21000 fee 1`.

    Their ids count the lines; the contract is MNQZ5 where none is named.
    """
    lines = [line.strip() for line in notes.splitlines() if line.strip()]
    return [_fill(line, account_id, f"{prefix}{n}") for n, line in enumerate(lines, start=1)]


def _fill(line: str, account_id: str, execution_id: str) -> dict[str, Any]:
    match = _LINE.fullmatch(line)
    assert match, line
    at = datetime.fromisoformat(f"2025-{match['day']}T{match['time']}").replace(tzinfo=CHICAGO)
    quantity = int(match["quantity"])
    return {
        "account_id": account_id,
        "execution_id": execution_id,
        "symbol": match["symbol"] or "MNQZ5",
        "side": "BUY" if quantity > 0 else "SELL",
        "quantity": abs(quantity),
        "price": match["price"],
        "fees": match["fees"] or "0",
        "executed_at": at.isoformat(),
    }


def store(client: Client, notes: str, **options: str) -> Any:
    """Post a trader's notes; the answer's body."""
    return exact(call(client, "POST", "/api/executions", json=fills(notes, **options)))


def round_trips(day: str, *results: tuple[str, str]) -> str:
    """Notes of one-contract trades of MNQ, a minute each: points won, and fees of the exit."""
    lines = []
    for minute, (points, fees) in enumerate(results):
        lines.append(f"{day} 09:{minute:02}:00 +1 @ 21000")
        exit_price = Decimal(21000) + Decimal(points)
        lines.append(f"{day} 09:{minute:02}:30 -1 @ {exit_price} fee {fees}")
    return "\n".join(lines)
