"""GET /api/trades/export: the window as a file."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.services import access, rendering, trades_export
from app.services.resources import EXPORTS_MAX, Resources
from app.services.trade_log import Wanted
from tests import arrival, streams
from tests.blueprints.calls import call, exact, fills, get, store
from tests.blueprints.errors import assert_error
from tests.blueprints.orders import order, send
from tests.conftest import Client

PATH = "/api/trades/export?account_id=A"
ALL = f"{PATH}&start=2000-01-01&end=2026-12-31"
COLUMNS = (
    "account_id,execution_id,order_id,symbol,contract,side,quantity,price,fees,executed_at,"
    "sequence,strategy,source,broker_pnl,fx_rate,average_price,status,timestamp,pnl,net_pnl,"
    "position_id,position_strategy,fill_time_ms"
)
# What a spreadsheet takes for the beginning of a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def rows(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def post(client: Client, **changes: Any) -> None:
    [fill] = fills("11-07 09:00 +1 @ 21000.25 fee 0.37")
    exact(call(client, "POST", "/api/executions", json=fill | changes))


@pytest.mark.feature("PAM-TRADES-02")
def test_the_first_columns_are_the_fields_of_an_execution(client: Client) -> None:
    post(client, order_id="o1", strategy="fade", sequence=-3, broker_pnl="-0.5")
    send(client, order("o1", "FILLED", "2025-11-07T14:59:59Z"))
    answer = get(client, PATH)
    header, line, end = answer.data.decode().split("\r\n")
    assert header == COLUMNS
    assert line.startswith(
        "A,e1,o1,MNQ,MNQZ5,BUY,1,21000.25,0.37,2025-11-07T15:00:00Z,-3,fade,api,-0.5,,false,"
        "FILLED,2025-11-07T15:00:00Z,0.0,-0.37,"
    )
    assert line.endswith(",fade,1000.0")
    assert end == ""
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=trades.csv"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_order_has_none_of_an_executions_own_fields(client: Client) -> None:
    send(client, order("o1", "CANCELLED", "2025-11-07T14:59:59Z", price="-0.25"))
    [row] = rows(get(client, f"{PATH}&type=all"))
    assert (row["execution_id"], row["executed_at"], row["fees"]) == ("", "", "")
    assert (row["order_id"], row["price"], row["status"]) == ("o1", "-0.25", "CANCELLED")
    assert rows(get(client, PATH)) == []
    assert get(client, PATH).text == COLUMNS + "\r\n"


def test_formulas_are_defused_and_numbers_stay_numbers(client: Client) -> None:
    post(client, execution_id="=1+1", symbol="CLZ5", price="-37.63", order_id="'tis")
    post(client, execution_id="-2", strategy='@say "hi", then', source="+x")
    [one, other] = sorted(rows(get(client, PATH)), key=lambda row: row["execution_id"])
    assert (one["execution_id"], one["strategy"]) == ("'-2", '\'@say "hi", then')
    assert (one["source"], other["execution_id"]) == ("'+x", "'=1+1")
    assert (other["order_id"], other["price"]) == ("''tis", "-37.63")


def texts_that_run(answer: TestResponse) -> list[str]:
    names = ("execution_id", "order_id", "symbol", "strategy", "source")
    found = [row[name] for row in rows(answer) for name in names]
    return [text for text in found if text.startswith(FORMULAS)]


@pytest.mark.parametrize("begin", FORMULAS[:4])
def test_no_text_runs_and_one_that_is_not_defused_is_found(
    client: Client, monkeypatch: pytest.MonkeyPatch, begin: str
) -> None:
    post(client, execution_id=f"{begin}1", strategy=f"{begin}2")
    assert texts_that_run(get(client, PATH)) == []
    monkeypatch.setattr(rendering, "_DEFUSED", frozenset(FORMULAS) - {begin})
    assert texts_that_run(get(client, PATH)) == [f"{begin}1", f"{begin}2"]


def test_lines_of_json_have_the_same_names_and_true_values(client: Client) -> None:
    post(client, execution_id="=1+1")
    answer = get(client, f"{PATH}&format=ndjson")
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    [line] = answer.text.splitlines()
    said = json.loads(line, parse_float=str)
    assert list(said) == COLUMNS.split(",")
    assert (said["execution_id"], said["price"], said["order_id"]) == ("=1+1", "21000.25", None)


def test_filters_and_window_are_those_of_the_log(client: Client) -> None:
    store(
        client,
        """
        10-01 09:00 +1 MNQZ5 @ 21000
        11-07 09:00 +1 MNQZ5 @ 21000
        11-07 09:01 +1 MESZ5 @ 6000
        """,
    )
    assert [row["execution_id"] for row in rows(get(client, PATH))] == ["e3", "e2"]
    assert [row["execution_id"] for row in rows(get(client, f"{ALL}&symbol=MNQ"))] == ["e2", "e1"]
    assert rows(get(client, f"{ALL}&strategy=fade")) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("format=json", "INVALID_PARAMETER"),
        ("format=text", "INVALID_PARAMETER"),
        ("limit=5", "INVALID_PARAMETER"),
        ("type=x", "INVALID_PARAMETER"),
        ("start=2025-11-08&end=2025-11-07", "INVALID_PARAMETER"),
        ("symbol=XYZW", "UNKNOWN_SYMBOL"),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_file_begins(
    client: Client, query: str, code: str
) -> None:
    post(client)
    assert_error(get(client, f"{PATH}&{query}"), 400, code)
    # And nothing is held for it.
    for _ in range(EXPORTS_MAX + 1):
        assert get(client, f"{PATH}&{query}").status_code == 400
    assert get(client, PATH).status_code == 200


def begun(client: Client) -> TestResponse:
    """An export of which nobody has read anything."""
    return call(client, "GET", PATH, buffered=False)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_finds_no_place_is_sent_away_until_one_is_left(client: Client, method: str) -> None:
    post(client)
    running = [begun(client) for _ in range(EXPORTS_MAX)]
    answer = call(client, method, PATH)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    running.pop().close()
    for _ in range(EXPORTS_MAX + 1):
        assert call(client, method, PATH).status_code == 200
    for each in running:
        each.close()


def test_a_closed_export_gives_its_connection_back(client: Client, sqlite_res: Resources) -> None:
    post(client)
    begun(client).close()
    pool: Any = sqlite_res.db._reader.pool
    # The one of glances is kept ready.
    kept = pool.checkedout()
    for _ in range(20):
        begun(client).close()
    assert pool.checkedout() == kept <= 1


def exporting(res: Resources) -> Iterator[bytes]:
    account = access.state(res, "A").account
    assert account
    return trades_export.pieces(res, account, Wanted("filled", 0, 2**60, None, None), "csv")


def test_what_is_written_meanwhile_does_not_show(
    res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trades_export, "ROWS_AT_ONCE", 10)
    stream = [streams._fill(random.Random(n), ("MNQZ5",), []) for n in range(100)]
    told = [fill._replace(execution_id=f"e{n}") for n, fill in enumerate(stream)]
    arrival.record(res, "A", told[:60])
    expected = b"".join(exporting(res))
    pieces = exporting(res)
    found = [next(pieces), next(pieces)]
    arrival.record(res, "A", told[60:])
    for n in range(0, 60, 2):
        arrival.carry_out(res, "A", streams.Delete(f"e{n}"))
    assert b"".join([*found, *pieces]) == expected
    assert b"".join(exporting(res)) != expected


def test_a_failure_after_the_first_piece_is_raised_to_the_server(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(client)

    def fail(*_: object) -> bytes:
        raise RuntimeError("planted")

    monkeypatch.setattr(trades_export, "rendered", fail)
    answer = begun(client)
    assert answer.status_code == 200
    # Gunicorn closes the connection then; an end that looks orderly would be a lie.
    with pytest.raises(RuntimeError, match="planted"):
        answer.get_data()
    answer.close()
