"""/api/udf as a chart reads it: symbols, bars, their ends, and what is said in place of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask

from app.domain import instants
from app.domain.fixed import NANO
from app.domain.instruments import SHIPPED
from app.errors import UpstreamUnavailable
from app.services import udf
from app.services.resources import Resources
from tests.bar_notes import FakeSource, bar, minutes, put
from tests.blueprints.calls import store
from tests.blueprints.chart import Chart, ChartError
from tests.blueprints.errors import assert_error
from tests.conftest import Client, Clock

pytestmark = pytest.mark.feature("PAM-BARS-01")


def at(iso: str) -> int:
    return instants.parse(iso) // instants.SECOND_US


@pytest.fixture
def chart(client: Client) -> Chart:
    return Chart(client)


# --- Symbols -------------------------------------------------------------------------------------


def test_a_chart_may_ask_for_every_timeframe(chart: Chart) -> None:
    assert chart.config["supported_resolutions"] == ["1S", "5S", "1", "5", "15", "60", "1D"]
    assert chart.config["supports_marks"]
    assert chart.config["supports_timescale_marks"]
    assert chart.time() == at("2025-11-07T18:00:00Z")


def test_prices_move_by_the_instrument_s_tick_exactly(chart: Chart) -> None:
    for root, instrument in SHIPPED.by_root.items():
        info = chart.resolve(root)
        tick = Fraction(instrument.tick_nanos, NANO)
        assert Fraction(info["minmov"], info["pricescale"]) == tick, root
        is_decimal = str(info["pricescale"]).rstrip("0") == "1"
        assert is_decimal is not info["fractional"], root
        assert info["currency_code"] == instrument.currency


def test_bonds_are_told_in_parts_of_a_thirty_second(chart: Chart) -> None:
    names = ("minmov", "pricescale", "minmove2", "fractional")
    steps = {
        "6J": (5, 10_000_000, 0, False),
        "ES": (25, 100, 0, False),
        "YM": (1, 1, 0, False),
        "ZB": (1, 32, 0, True),
        "ZN": (1, 64, 2, True),
        "ZF": (1, 128, 4, True),
        "ZT": (1, 256, 8, True),
    }
    for root, expected in steps.items():
        info = chart.resolve(root)
        assert tuple(info[name] for name in names) == expected, root


@pytest.mark.parametrize(
    ("said", "name", "ticker"),
    [
        ("MNQ", "MNQ", "MNQ"),
        ("MNQZ5", "MNQZ5", "MNQZ25"),
        ("CME:MNQZ5", "MNQZ5", "MNQZ25"),
        ("CON.F.US.MNQ.Z25", "MNQZ5", "MNQZ25"),
        ("ESZ13", "ESZ3", "ESZ13"),
    ],
)
def test_a_ticker_names_a_contract_of_one_decade(
    chart: Chart, said: str, name: str, ticker: str
) -> None:
    info = chart.resolve(said)
    assert (info["name"], info["ticker"]) == (name, ticker)
    assert chart.resolve(ticker) == info


def test_hours_are_the_exchange_s_in_its_zone(chart: Chart) -> None:
    hours = {root: chart.resolve(root) for root in ("ES", "CL", "FDAX")}
    assert {root: (each["session"], each["timezone"]) for root, each in hours.items()} == {
        "ES": ("1700-1600", "America/Chicago"),
        "CL": ("1700-1600", "America/Chicago"),
        "FDAX": ("24x7", "Europe/Berlin"),
    }


@pytest.mark.parametrize("symbol", ["NOPE", "NYMEX:ES", ":", ""])
def test_a_symbol_that_there_is_not_is_unknown(chart: Chart, symbol: str) -> None:
    with pytest.raises(ChartError, match="unknown_symbol"):
        chart.resolve(symbol)
    assert_error(chart.asked("symbols", {"symbol": symbol}), 400, "UNKNOWN_SYMBOL")


def test_a_search_finds_roots_contracts_and_names(chart: Chart) -> None:
    assert [each["symbol"] for each in chart.search("mnq")] == ["MNQ", "MNQZ5"]
    assert [each["ticker"] for each in chart.search("ESH6")] == ["ESH26"]
    assert {"GC", "MGC"} == {each["symbol"] for each in chart.search("gold")}
    assert chart.search("gold", exchange="CME") == []
    assert chart.search("gold", kind="stock") == []
    assert len(chart.search("")) == 30


# --- Bars ----------------------------------------------------------------------------------------


def test_a_window_begins_with_its_start_and_ends_before_its_end(
    chart: Chart, sqlite_res: Resources
) -> None:
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 1, 2, None, 4))
    info = chart.resolve("MNQZ5")
    found = chart.bars(info, "1", at("2025-11-07T15:01:00Z"), at("2025-11-07T15:03:00Z"))
    assert found.bars == [
        {"time": at("2025-11-07T15:01:00Z") * 1000, "volume": 1}
        | dict.fromkeys(("open", "high", "low", "close"), 2.0)
    ]


def test_a_count_beats_the_start(chart: Chart, sqlite_res: Resources) -> None:
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:00:00Z", *range(1, 31)))
    info, end = chart.resolve("MNQZ5"), at("2025-11-07T15:20:00Z")
    for start in (0, end - 60):
        found = chart.bars(info, "1", start, end, back=5)
        assert [each["close"] for each in found.bars] == [16, 17, 18, 19, 20]
    assert len(chart.bars(info, "1", 0, end).bars) == 20


def test_the_bar_in_progress_is_the_last_one(
    chart: Chart, sqlite_res: Resources, clock: Clock
) -> None:
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T17:00:00Z", *range(1, 79)))
    clock.set("2025-11-07T18:17:20Z")
    info = chart.resolve("MNQZ5")
    found = chart.bars(info, "60", chart.time() - 7200, chart.time(), back=2)
    assert [each["close"] for each in found.bars] == [60, 78]
    # A further minute of it is seen at the next look.
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T18:17:00Z", 99, 100))
    clock.set("2025-11-07T18:18:50Z")
    assert chart.bars(info, "60", 0, chart.time(), back=2).bars[-1]["close"] == 100


@pytest.mark.parametrize(
    ("opened", "named"),
    [
        # Before and after the clocks of Chicago go back.
        ("2025-10-30T22:00:00Z", "2025-10-31T00:00:00Z"),
        ("2025-11-02T23:00:00Z", "2025-11-03T00:00:00Z"),
        # A source that dates its days itself.
        ("2025-11-05T00:00:00Z", "2025-11-05T00:00:00Z"),
    ],
)
def test_a_day_goes_by_the_midnight_of_its_date(
    chart: Chart, sqlite_res: Resources, opened: str, named: str
) -> None:
    put(sqlite_res, "MNQZ5", [bar(opened, 7)], timeframe_s=86_400)
    info = chart.resolve("MNQZ5")
    assert [each["time"] for each in chart.bars(info, "1D", at(named), at(named) + 1).bars] == [
        at(named) * 1000
    ]
    before, after = (at(named) - 86_400, at(named)), (at(named) + 1, at(named) + 86_400)
    for window in (before, after):
        assert chart.bars(info, "1D", *window).has_no_data


def test_where_a_window_is_empty_the_chart_learns_where_to_go_on(
    chart: Chart, sqlite_res: Resources
) -> None:
    put(sqlite_res, "MNQZ5", minutes("2025-11-06T15:00:00Z", 1, 2))
    info = chart.resolve("MNQZ5")
    night = at("2025-11-07T03:00:00Z"), at("2025-11-07T04:00:00Z")
    found = chart.bars(info, "1", *night)
    assert (found.has_no_data, found.next_time) == (True, at("2025-11-06T15:01:00Z"))
    # Nothing lies before the first bar: the chart stops there.
    assert chart.bars(info, "1", 0, at("2025-11-06T15:00:00Z"), back=9) == ([], True, None)


def test_where_nothing_is_stored_and_nobody_can_be_asked_the_chart_is_told(chart: Chart) -> None:
    info = chart.resolve("MNQZ5")
    with pytest.raises(ChartError, match="no bars of MNQZ5 are stored"):
        chart.bars(info, "5", 0, chart.time(), back=300)


def test_a_failure_is_told_in_both_ways(app: Flask, client: Client, sqlite_res: Resources) -> None:
    class Gone(FakeSource):
        def fetch(self, *_: object) -> Any:
            raise UpstreamUnavailable("the broker does not answer")

    app.extensions["resources"] = replace(sqlite_res, bar_source=Gone())
    query = {"symbol": "MNQZ25", "resolution": "1", "from": 1762500000, "to": 1762510000}
    answer = Chart(client).asked("history", query)
    assert_error(answer, 503, "UPSTREAM_UNAVAILABLE")
    assert answer.get_json()["s"] == "error"
    assert answer.get_json()["errmsg"] == "the broker does not answer"
    assert "Retry-After" in answer.headers


def test_without_a_token_a_chart_is_told_so(client: Client) -> None:
    client.headers.clear()
    answer = client.client.get("/api/udf/config")
    assert_error(answer, 401, "UNAUTHENTICATED")
    assert answer.get_json()["s"] == "error"


def test_what_makes_no_sense_is_refused_by_name(chart: Chart) -> None:
    good = {"symbol": "MNQ", "resolution": "1", "from": "1762500000", "to": "1762510000"}
    for field, value in (
        *(("resolution", "7"), ("resolution", "D"), ("from", "yesterday"), ("from", "1e9")),
        *(("to", "1762500000.5"), ("to", ""), ("countback", "0"), ("currencyCode", "EUR")),
        *(("from", "1762510001"), ("from", "9" * 13)),
    ):
        answer = chart.asked("history", good | {field: value})
        error = assert_error(answer, 400, "INVALID_PARAMETER")
        assert error["details"][0]["field"] == field


def test_a_chart_may_ask_for_all_of_time(
    client: Client, chart: Chart, sqlite_res: Resources
) -> None:
    store(client, "11-07 09:00 +1 @ 21000")
    put(sqlite_res, "MNQZ5", minutes("2025-11-06T15:00:00Z", 1, 2))
    info, end = chart.resolve("MNQZ5"), 10**12 - 1
    for resolution, count in (("1S", 0), ("1", 2), ("1D", 0)):
        assert len(chart.bars(info, resolution, -end, end).bars) == count
        assert len(chart.marks(info, resolution, -end, end)) == 1


def test_more_bars_than_fit_are_an_error_and_not_a_part(
    chart: Chart, sqlite_res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udf, "BARS_MAX", 20)
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:00:00Z", *range(1, 31)))
    info = chart.resolve("MNQZ5")
    with pytest.raises(ChartError, match="more than 20 bars"):
        chart.bars(info, "1", 0, chart.time())
    assert len(chart.bars(info, "1", 0, chart.time(), back=25).bars) == 20
    assert len(chart.bars(info, "1", at("2025-11-07T15:10:00Z"), chart.time()).bars) == 20


def test_bars_that_a_chart_has_already_are_not_sent_again(
    client: Client, chart: Chart, sqlite_res: Resources
) -> None:
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 1))
    query = {"symbol": "MNQ", "resolution": "1", "from": 1762500000, "to": 1762530000}
    tag = chart.asked("history", query).headers["ETag"]
    client.headers["If-None-Match"] = tag
    assert chart.asked("history", query).status_code == 304
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 2))
    assert chart.asked("history", query).status_code == 200
