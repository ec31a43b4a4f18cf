"""Which trades GET /api/statistics takes, and that the figures of parts make those of the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings

from app.services.resources import Resources
from tests import oracle, streams
from tests.arrival import record
from tests.blueprints.calls import assert_has, figures, get
from tests.blueprints.errors import assert_error
from tests.blueprints.trading_week import PATH, asked, trade_for_a_week
from tests.conftest import Client, Clock
from tests.oracle import Fill

STREAMS = 25
# Ways to take an account's trades apart.
PARTS = {
    "symbol": [contract[:-2] for contract in streams.ALL],
    "side": ["LONG", "SHORT"],
    "strategy": ["breakout", "fade"],
}


@pytest.fixture
def trader(client: Client, sqlite_res: Resources, clock: Clock) -> Client:
    return trade_for_a_week(client, sqlite_res, clock)


# --- Filters -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["MNQ", "mnq", "F.US.MNQ", "CON.F.US.MNQ.Z25", "MNQ 12-25"])
def test_a_root_is_all_its_contracts_and_a_dated_one_itself(trader: Client, name: str) -> None:
    is_root = name.upper().endswith("MNQ")
    # MNQH6 lost 45.
    net, count = ("401.0", 6) if is_root else ("446.0", 5)
    assert_has(asked(trader, symbol=name), net_pnl=net, total_trades=count)


@pytest.mark.parametrize(
    ("query", "net", "count"),
    [
        ({"symbol": "EP"}, "0.0", 0),
        ({"symbol": "MES"}, "0.0", 1),
        ({"symbol": "MNQH6"}, "-45.0", 1),
        ({"strategy": "fade"}, "151.0", 2),
        ({"strategy": "Fade"}, "0.0", 0),
        ({"side": "SHORT"}, "151.0", 2),
        ({"side": "LONG"}, "250.0", 5),
        ({"side": "LONG", "symbol": "MNQZ5", "strategy": "breakout"}, "295.0", 3),
        ({"side": "LONG", "strategy": "fade"}, "0.0", 0),
    ],
)
def test_filters_pick_trades(trader: Client, query: dict[str, str], net: str, count: int) -> None:
    assert_has(asked(trader, **query), net_pnl=net, total_trades=count)


def test_returns_under_a_filter_are_of_the_whole_accounts_balance(trader: Client) -> None:
    # Wednesday's -50 on 10,000, nothing on Thursday, Friday's 201 on 10,050.
    body = asked(trader, side="SHORT")
    mean = (Decimal("-0.005") + Decimal("0.02")) / 3
    calmar = round(mean * 252 / Decimal("0.005"), 4)
    assert_has(body, calmar_ratio=f"{calmar.normalize():f}.0", max_drawdown="-50.0")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        *(("side", value, "INVALID_PARAMETER") for value in ("", "long", "BUY", "null", "BOTH")),
        *(("symbol", value, "UNKNOWN_SYMBOL") for value in ("", "NOPE", "MNQ,MES", "\0", "é")),
        *(("symbol", value, "INVALID_PARAMETER") for value in ("MNQ 13-25", "MNQZ45")),
        *(("start", value, "INVALID_PARAMETER") for value in ("", "null", "yesterday")),
        ("start", "2025-11-13", "INVALID_PARAMETER"),
        *(("end", value, "INVALID_PARAMETER") for value in ("", "2025-11-04", "1762473600")),
        *(("tz", value, "INVALID_PARAMETER") for value in ("", "Mars", "null")),
        *(("calendar", value, "INVALID_PARAMETER") for value in ("", "lunar", "null")),
        *((name, "1", "INVALID_PARAMETER") for name in ("group_by", "basis", "sides", "Symbol")),
        ("account_id", "NONE", "ACCOUNT_NOT_FOUND"),
    ],
)
def test_bad_values_are_refused(trader: Client, name: str, value: str, code: str) -> None:
    query = {"start": "2025-11-05"} | {name: value} if name == "end" else {name: value}
    status = 404 if code == "ACCOUNT_NOT_FOUND" else 400
    error = assert_error(get(trader, PATH, **query), status, code)
    assert len(error["message"]) < 500


def test_a_zone_for_session_days_is_refused(trader: Client) -> None:
    answer = get(trader, PATH, calendar="session", tz="America/Chicago")
    assert "tz" in assert_error(answer, 400, "INVALID_PARAMETER")["message"]


def test_the_definitions_take_no_parameters(trader: Client) -> None:
    assert_error(get(trader, f"{PATH}/definitions", unit="money"), 400, "INVALID_PARAMETER")


# --- Against the other figures -------------------------------------------------------------------


def check_streams(res: Resources, check: Callable[[str, list[Fill]], None]) -> None:
    """Hold a check on accounts that have some random stream of fills each."""
    seen: list[str] = []

    @settings(max_examples=STREAMS, deadline=None, database=None, derandomize=True)
    @given(streams.fills(max_size=40))
    def every(stream: list[Fill]) -> None:
        seen.append(f"stream-{len(seen)}")
        record(res, seen[-1], stream)
        check(seen[-1], stream)

    every()


def closed(stream: Sequence[Fill]) -> list[oracle.Position]:
    return [p for p in oracle.positions(stream, streams.POINT_VALUES) if p.closing]


@pytest.mark.feature("PAM-PERF-24")
def test_totals_are_those_of_the_history_and_of_the_positions(
    client: Client, sqlite_res: Resources
) -> None:
    def check(account_id: str, stream: list[Fill]) -> None:
        window = {"end": "2026-12-31", "account_id": account_id}
        body = asked(client, **window)
        told = figures(client, "history", **window)["summary"]
        same = ("winning_trades", "losing_trades", "win_rate", "avg_win", "avg_loss")
        assert_has(body, **{name: told[name] for name in (*same, "max_drawdown", "profit_factor")})
        assert (body["total_trades"], body["net_pnl"]) == (told["trade_count"], told["total_pnl"])
        positions = closed(stream)
        assert body["total_trades"] == len(positions)
        for name in ("gross_pnl", "fees", "net_pnl"):
            assert Decimal(body[name]) == sum(getattr(each, name) for each in positions)

    check_streams(sqlite_res, check)


@pytest.mark.feature("PAM-PERF-24")
def test_the_parts_of_every_filter_add_up_to_the_whole(
    client: Client, sqlite_res: Resources
) -> None:
    def check(account_id: str, stream: list[Fill]) -> None:
        window = {"end": "2026-12-31", "account_id": account_id}
        whole = asked(client, **window)
        for name, values in PARTS.items():
            parts = [asked(client, **window, **{name: value}) for value in values]
            # A position that was opened without a strategy is in no strategy's part.
            rest = [p.net_pnl for p in closed(stream) if not p.opening.strategy]
            left = rest if name == "strategy" else []
            assert sum(each["total_trades"] for each in parts) + len(left) == whole["total_trades"]
            won = len([net for net in left if net > 0])
            assert sum(e["winning_trades"] for e in parts) + won == whole["winning_trades"]
            net = sum(Decimal(each["net_pnl"]) for each in parts) + sum(left)
            assert net == Decimal(whole["net_pnl"])

    check_streams(sqlite_res, check)
