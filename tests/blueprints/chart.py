"""A chart that reads the datafeed as TradingView's own adapter does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from tests.blueprints.calls import call
from tests.conftest import Client

FIELDS = {"open": "o", "high": "h", "low": "l", "close": "c"}


class ChartError(Exception):
    """What the chart shows in place of bars."""


class Bars(NamedTuple):
    """What a chart draws, times in milliseconds, and where to go on where there is nothing."""

    bars: list[dict[str, float]]
    has_no_data: bool
    next_time: int | None


class Chart:
    """Asks as the adapter does: statuses are not looked at, only what a body says."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.config = self._send("config")
        assert self.config["supports_search"]
        assert not self.config["supports_group_request"]

    def time(self) -> int:
        """The clock of the service."""
        return int(self.asked("time").text)

    def search(self, text: str, exchange: str = "", kind: str = "") -> list[dict[str, str]]:
        """What the box shows while a person types."""
        query = {"limit": 30, "query": text.upper(), "type": kind, "exchange": exchange}
        found: list[dict[str, str]] = self._send("search", query)
        return found

    def resolve(self, symbol: str) -> dict[str, Any]:
        """All that the chart knows of a symbol."""
        found: dict[str, Any] = self._send("symbols", {"symbol": symbol})
        if "s" in found:
            raise ChartError("unknown_symbol")
        return found

    def bars(
        self,
        info: Mapping[str, Any],
        resolution: str,
        start: int,
        end: int,
        back: int | None = None,
    ) -> Bars:
        """The bars of a window, or so many before its end."""
        query = {"symbol": info["ticker"], "resolution": resolution, "from": start, "to": end}
        query |= {} if back is None else {"countback": back}
        said = self._send("history", query | {"currencyCode": info["currency_code"]})
        if said["s"] not in ("ok", "no_data"):
            raise ChartError(said["errmsg"])
        if said["s"] == "no_data":
            return Bars([], has_no_data=True, next_time=said.get("nextTime"))
        found = [
            {"time": at * 1000, "volume": float(said["v"][n])}
            | {name: float(said[short][n]) for name, short in FIELDS.items()}
            for n, at in enumerate(said["t"])
        ]
        return Bars(found, has_no_data=False, next_time=None)

    def marks(
        self, info: Mapping[str, Any], resolution: str, start: int, end: int, kind: str = "marks"
    ) -> list[dict[str, Any]]:
        """The marks of a window: columns become marks."""
        query = {"symbol": info["ticker"], "from": start, "to": end, "resolution": resolution}
        said = self._send(kind, query)
        return [{name: column[n] for name, column in said.items()} for n in range(len(said["id"]))]

    def asked(self, path: str, query: Mapping[str, Any] | None = None) -> TestResponse:
        """The answer itself."""
        return call(self.client, "GET", f"/api/udf/{path}?{urlencode(query or {})}")

    def _send(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        return self.asked(path, query).get_json()
