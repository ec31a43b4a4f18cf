"""GET /api/history and POST /api/bars as charts and feeds use them."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.services import access
from app.services.resources import Resources
from tests.blueprints.calls import call, exact, get
from tests.blueprints.errors import assert_error
from tests.conftest import Client, Clock
from tests.databases import CHOSEN

MINUTES = [("15:00", "21000"), ("15:01", "21000.25"), ("15:02", "20999.5")]


def sent(time: str, price: str, **other: Any) -> dict[str, Any]:
    prices = dict.fromkeys(("open", "high", "low", "close"), price)
    return {"timestamp": f"2025-11-07T{time}:00Z", **prices, "volume": 3} | other


def post(client: Client, bars: list[Any], **other: Any) -> TestResponse:
    body = {"symbol": "MNQ", "contract": "MNQZ5", "timeframe": "1m", "bars": bars}
    return call(client, "POST", "/api/bars", json=body | other)


@pytest.fixture
def chart(client: Client) -> Client:
    """A caller, with three minutes of MNQZ5 stored."""
    body = exact(post(client, [sent(*each) for each in MINUTES]))
    assert body == {"accepted": 3, "corrected": 0, "unchanged": 0, "contract": "MNQZ5"}
    return client


# --- Out -----------------------------------------------------------------------------------------


@pytest.mark.feature("PAM-BARS-09", "PAM-BARS-10", "TPA-02")
@pytest.mark.parametrize("path", ["/api/history", "/history"])
def test_bars_come_oldest_first_as_the_specification_shows_them(chart: Client, path: str) -> None:
    body = exact(get(chart, path, symbol="MNQZ5", timeframe="1m"))
    latency_ms = body["cache_status"].pop("latency_ms")
    assert float(latency_ms) > 0
    last = body["bars"][-1]
    assert list(last) == ["timestamp", "open", "high", "low", "close", "volume"]
    assert (last["timestamp"], last["close"], last["volume"]) == (
        "2025-11-07T15:02:00Z",
        "20999.5",
        3,
    )
    assert [each["open"] for each in body["bars"]] == ["21000.0", "21000.25", "20999.5"]
    del body["bars"]
    assert body == {
        "symbol": "MNQZ5",
        "timeframe": "1m",
        "count": 3,
        "source": f"{CHOSEN}_cache",
        "cache_status": {"hit": True, "tier": CHOSEN},
    }


@pytest.mark.feature("PAM-BARS-02")
@pytest.mark.parametrize("symbol", ["MNQ", "MNQ 12-25", "CON.F.US.MNQ.Z25", "mnqz25"])
def test_a_symbol_is_a_root_or_a_contract_in_any_spelling(chart: Client, symbol: str) -> None:
    body = exact(get(chart, "/api/history", symbol=symbol, timeframe="1m"))
    assert (body["symbol"], body["count"]) == ("MNQ" if symbol == "MNQ" else "MNQZ5", 3)


@pytest.mark.feature("PAM-BARS-03", "PAM-BARS-05")
def test_the_timeframe_is_five_minutes_and_the_limit_300_by_default(client: Client) -> None:
    times = [f"{n // 60:02}:{n % 60:02}" for n in range(1000)]
    exact(post(client, [sent(each, "21000") for each in times]))
    exact(post(client, [sent(each, "21000") for each in times[::5]][:150], timeframe="5m"))
    body = exact(get(client, "/api/history", symbol="MNQZ5"))
    assert (body["timeframe"], body["count"]) == ("5m", 200)
    assert exact(get(client, "/api/history", symbol="MNQZ5", timeframe="1m"))["count"] == 300
    last = exact(get(client, "/api/history", symbol="MNQZ5", timeframe="1m", limit="1"))
    assert last["bars"][0]["timestamp"] == "2025-11-07T16:39:00Z"


@pytest.mark.feature("PAM-BARS-06")
def test_a_bar_that_opens_at_the_end_is_left_out(chart: Client) -> None:
    for end, count in (("2025-11-07T15:02:00Z", 2), ("2025-11-07T15:02:01Z", 3), ("2025-11-07", 3)):
        body = exact(get(chart, "/api/history", symbol="MNQ", timeframe="1m", end=end))
        assert body["count"] == count


@pytest.mark.feature("PAM-BARS-07")
def test_only_a_live_answer_has_the_bar_in_progress_and_marks_it(
    chart: Client, clock: Clock
) -> None:
    clock.set("2025-11-07T15:02:30Z")
    asked = {"symbol": "MNQZ5", "timeframe": "1m"}
    assert exact(get(chart, "/api/history", **asked))["count"] == 2
    live = exact(get(chart, "/api/history", **asked, live="true"))["bars"]
    assert [each.get("partial", False) for each in live] == [False, False, True]


@pytest.mark.feature("PAM-BARS-02", "PAM-BARS-17")
@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("", "INVALID_PARAMETER", "symbol"),
        ("symbol=MNQ&timeframe=2m", "INVALID_PARAMETER", "timeframe"),
        ("symbol=MNQ&limit=0", "INVALID_PARAMETER", "limit"),
        ("symbol=MNQ&limit=1501", "INVALID_PARAMETER", "limit"),
        ("symbol=MNQ&end=yesterday", "INVALID_PARAMETER", "end"),
        ("symbol=MNQ&live=perhaps", "INVALID_PARAMETER", "live"),
        ("symbol=MNQ&tz=UTC", "INVALID_PARAMETER", "tz"),
        ("symbol=MNX", "UNKNOWN_SYMBOL", None),
        ("symbol=MNQ+13-25", "INVALID_PARAMETER", None),
    ],
)
def test_what_makes_no_sense_is_refused(
    chart: Client, query: str, code: str, field: str | None
) -> None:
    error = assert_error(get(chart, f"/api/history?{query}"), 400, code)
    assert [each["field"] for each in error["details"]] == ([field] if field else [])


def test_an_unknown_symbol_is_refused_with_near_names(chart: Client) -> None:
    error = assert_error(get(chart, "/api/history?symbol=MNX"), 400, "UNKNOWN_SYMBOL")
    assert "MNQ" in error["message"]


@pytest.mark.feature("PAM-ERR-03")
def test_no_bars_at_all_are_no_empty_chart(chart: Client) -> None:
    for query in ("symbol=ES", "symbol=MNQ&timeframe=1d", "symbol=MNQ&timeframe=1m&end=2025-11-06"):
        error = assert_error(get(chart, f"/api/history?{query}"), 503, "CACHE_MISS")
        assert "import-bars" in error["message"]


@pytest.mark.feature("PAM-BARS-11", "PAM-BARS-12")
def test_where_the_bars_came_from_changes_no_entity_tag(chart: Client) -> None:
    asked = {"symbol": "MNQZ5", "timeframe": "1m"}
    first, second = (get(chart, "/api/history", **asked) for _ in range(2))
    sources = [exact(each)["source"] for each in (first, second)]
    assert sources == [f"{CHOSEN}_cache", "memory_cache"]
    assert [each.headers["X-Cache"] for each in (first, second)] == ["miss", "memory"]
    assert first.headers["ETag"] == second.headers["ETag"]
    known = {"If-None-Match": first.headers["ETag"]}
    again = call(chart, "GET", "/api/history", query_string=asked, headers=known)
    assert (again.status_code, again.data) == (304, b"")
    exact(post(chart, [sent("15:02", "21001")]))
    again = call(chart, "GET", "/api/history", query_string=asked, headers=known)
    assert exact(again)["bars"][-1]["close"] == "21001.0"


def test_bars_are_rows_in_csv_and_ndjson_and_a_table_in_text(chart: Client) -> None:
    asked = {"symbol": "MNQZ5", "timeframe": "1m", "limit": "1"}
    csv = get(chart, "/api/history", **asked, format="csv")
    assert csv.text.splitlines() == [
        "timestamp,open,high,low,close,volume,partial",
        "2025-11-07T15:02:00Z,20999.5,20999.5,20999.5,20999.5,3,",
    ]
    ndjson = get(chart, "/api/history", **asked, format="ndjson")
    assert ndjson.text.count("\n") == 1
    assert ndjson.get_json(force=True)["close"] == 20999.5
    assert "20999.5" in get(chart, "/api/history", **asked, format="text").text


# --- In ------------------------------------------------------------------------------------------


@pytest.mark.feature("PAM-BARS-14")
def test_posted_again_bars_are_replaced(chart: Client) -> None:
    body = exact(post(chart, [sent("15:00", "21000"), sent("15:02", "9")], symbol="MNQZ5"))
    assert body == {"accepted": 0, "corrected": 1, "unchanged": 1, "contract": "MNQZ5"}


@pytest.mark.feature("PAM-BARS-14")
def test_coarser_bars_are_there_as_soon_as_finer_ones_make_them(chart: Client) -> None:
    exact(post(chart, [sent("15:02", "20999.5"), sent("15:04", "21002")]))
    (five,) = exact(get(chart, "/api/history", symbol="MNQ", timeframe="5m"))["bars"]
    assert five == {
        "timestamp": "2025-11-07T15:00:00Z",
        "open": "21000.0",
        "high": "21002.0",
        "low": "20999.5",
        "close": "21002.0",
        "volume": 12,
    }


@pytest.mark.parametrize(
    ("bar", "field"),
    [
        (sent("15:00", "1", high="0.5"), "high"),
        (sent("15:00", "1", low="1.5", high="2"), "low"),
        (sent("15:00", "1", volume=-1), "volume"),
        (sent("15:00", "1", volume=1.5), "volume"),
        (sent("15:00", "1", close="x"), "close"),
        (sent("15:00", "1", close="1.0000000001"), "close"),
        (sent("15:00", "1", timestamp="2025-11-07T15:00:30Z"), "timestamp"),
        (sent("15:00", "1", timestamp="2025-11-07T15:00:00"), "timestamp"),
        (sent("18:01", "1"), "timestamp"),  # In the future.
        (sent("14:59", "1"), "timestamp"),  # Twice.
        (sent("15:00", "1", vwap=1), "vwap"),
        (7, "body"),
    ],
)
def test_one_bad_bar_is_named_and_none_is_stored(client: Client, bar: Any, field: str) -> None:
    error = assert_error(post(client, [sent("14:59", "1"), bar]), 400, "INVALID_BODY")
    assert [(each["field"], each["row"]) for each in error["details"]] == [(field, 2)]
    assert_error(get(client, "/api/history?symbol=MNQ&timeframe=1m"), 503, "CACHE_MISS")


@pytest.mark.parametrize("bars", [[], None, {}, "x", [sent("15:00", "1")] * 10_001])
def test_bars_are_one_to_ten_thousand(client: Client, bars: Any) -> None:
    error = assert_error(post(client, bars), 400, "INVALID_BODY")
    assert [each["field"] for each in error["details"]] == ["bars"]


def test_every_fault_of_a_body_is_named(client: Client) -> None:
    body = {"timeframe": "2m", "bars": []}
    error = assert_error(call(client, "POST", "/api/bars", json=body), 400, "INVALID_BODY")
    assert [each["field"] for each in error["details"]] == ["symbol", "timeframe", "bars"]


def test_symbol_and_contract_must_agree(client: Client) -> None:
    assert_error(post(client, [sent("15:00", "1")], symbol="ES"), 400, "INVALID_BODY")
    assert_error(post(client, [sent("15:00", "1")], symbol="XX"), 400, "UNKNOWN_SYMBOL")


def test_readers_of_prices_store_none(chart: Client, sqlite_res: Resources) -> None:
    secret = access.create_token(sqlite_res, "reader", "read", ("A",))
    reader = Client(chart.client.application.test_client(), secret)
    assert_error(post(reader, [sent("15:00", "1")]), 403, "FORBIDDEN")
    assert exact(get(reader, "/api/history", symbol="MNQ", timeframe="1m"))["count"] == 3


@pytest.mark.parametrize("year", ["1900", "1942", "1970", "2000"])
def test_bars_of_any_year_that_can_be_kept_are_read_again(client: Client, year: str) -> None:
    at = f"{year}-01-01T00:00:00Z"
    for symbol, timeframe in (("MNQ", "1m"), ("ES", "1d")):
        contract = {"symbol": symbol, "contract": f"{symbol}Z5", "timeframe": timeframe}
        exact(post(client, [sent("15:00", "1", timestamp=at)], **contract))
        asked = {"symbol": symbol, "timeframe": timeframe, "adjust": "false"}
        found = exact(get(client, "/api/history", **asked, end="2025-11-07"))
        assert at in [each["timestamp"] for each in found["bars"]]
    for end in ("1900-01-01", "2199-12-31", "2199-12-31T23:59:59Z"):
        status = get(client, "/api/history", symbol="MNQZ5", timeframe="1m", end=end).status_code
        assert status in (200, 503)
