"""GET /api/trades/export: the window as a file, of which an import makes the same account."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.importers import table
from app.services import access, rendering, trades_export, verification
from app.services.resources import EXPORTS_MAX, Resources
from app.services.trade_log import Wanted
from tests import arrival, streams
from tests.blueprints.calls import call, exact, fills, get, store
from tests.blueprints.errors import assert_error
from tests.blueprints.orders import order, send
from tests.cli.conftest import Shell
from tests.conftest import Client

PATH = "/api/trades/export?account_id=A"
ALL = f"{PATH}&start=2000-01-01&end=2026-12-31"
COLUMNS = (
    "account_id,execution_id,order_id,symbol,contract,side,quantity,price,fees,executed_at,"
    "sequence,strategy,source,broker_pnl,fx_rate,average_price,status,timestamp,pnl,net_pnl,"
    "position_id,position_strategy,fill_time_ms"
)
ACCOUNTS = 25
# What a spreadsheet takes for the beginning of a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture
def shell(app: Flask, tmp_path: Path) -> Shell:
    return Shell(app, tmp_path)


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


def imported(shell: Shell, name: str, answer: TestResponse, account_id: str) -> str:
    path = shell.file(name, answer.data)
    command = ("import", path, "--account", account_id, "--allow-overlap")
    return shell.run(*command).stdout


def positions(client: Client, account_id: str) -> Any:
    """All that an account's positions say, save what names the account."""
    body = exact(get(client, "/api/positions", account_id=account_id, status="all", limit="500"))
    for item in body["items"]:
        del item["id"], item["account_id"]
    return body


def without_account(answer: TestResponse) -> list[dict[str, str]]:
    names = {"account_id", "position_id"}
    return [{k: v for k, v in row.items() if k not in names} for row in rows(answer)]


@pytest.mark.feature("PAM-TRADES-02")
def test_importing_a_file_elsewhere_gives_the_same_account(
    client: Client, sqlite_res: Resources, shell: Shell
) -> None:
    for seed in range(ACCOUNTS):
        rng = random.Random(seed)
        made = streams._stream(rng.choice(streams.CONTRACTS), range(seed * 100, seed * 100 + 12))
        account_id, other = f"A{seed}", f"B{seed}"
        arrival.record(sqlite_res, account_id, made)
        file = get(client, ALL.replace("=A&", f"={account_id}&"))
        assert f"{len(made)} accepted, 0 dup" in imported(shell, "t.csv", file, other)
        assert positions(client, other) == positions(client, account_id)
        assert list(verification.differences(sqlite_res, other)) == []
        again = get(client, ALL.replace("=A&", f"={other}&"))
        assert without_account(again) == without_account(file)
        assert f"0 accepted, {len(made)} dup" in imported(shell, "t.csv", file, account_id)


def test_odd_texts_and_every_field_survive_an_import(client: Client, shell: Shell) -> None:
    post(client, execution_id="'=1", order_id="=o", strategy='\'fade, "or" so', source="-s")
    post(client, execution_id="bare", symbol="MES", price="6000.01", average_price=True)
    post(
        client,
        execution_id="-9",
        sequence=-7,
        broker_pnl="-12.5",
        executed_at="2025-11-07T15:00:00.000001Z",
    )
    post(client, execution_id="rate", symbol="CLZ5", price="-37.63", fx_rate="0.9")
    send(client, order("o1", "CANCELLED", "2025-11-07T14:59:59Z"))
    file = get(client, f"{ALL}&type=all")
    assert "4 accepted" in imported(shell, "t.csv", file, "B")
    again = get(client, ALL.replace("=A&", "=B&"))
    assert without_account(again) == [
        row for row in without_account(file) if row["status"] == "FILLED"
    ]


def test_a_reader_that_leaves_the_mark_on_is_found(
    client: Client, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_DEFUSED", "no such mark")
    post(client, execution_id="=1")
    file = get(client, ALL)
    assert "1 accepted" in imported(shell, "t.csv", file, "B")
    assert without_account(get(client, ALL.replace("=A&", "=B&"))) != without_account(file)


def fill_of(client: Client, order_id: str, execution_id: str, second: int) -> None:
    at = f"2025-11-07T15:00:{second:02}.000001Z"
    post(client, execution_id=execution_id, order_id=order_id, executed_at=at)


def whole_log(client: Client, account_id: str) -> Any:
    asked = {"type": "all", "limit": "500", "start": "2000-01-01", "end": "2026-12-31"}
    body = exact(get(client, "/api/trades", account_id=account_id, **asked))
    for item in body["items"]:
        del item["position_id"]
    return body["items"], body["summary"]


@pytest.mark.feature("PAM-TRADES-02", "PAM-TRADES-23")
def test_importing_the_whole_log_elsewhere_gives_the_same_log(client: Client, shell: Shell) -> None:
    at = "2025-11-07T14:59:59Z"
    for number, status in enumerate(("CANCELLED", "REJECTED", "PENDING")):
        send(client, order(f"=o{number}", status, at, price="-0.25", strategy="+fade"))
    send(client, order("whole", "FILLED", at, quantity=2, price="21000.5"))
    send(client, order("part", "CANCELLED", at, quantity=5, price="21000.5"))
    fill_of(client, "whole", "w1", 1)
    fill_of(client, "whole", "w2", 2)
    fill_of(client, "part", "p1", 3)
    post(client, execution_id="none", order_id="unknown")
    file = get(client, f"{ALL}&type=all")
    said = imported(shell, "t.csv", file, "B")
    assert "4 accepted, 0 duplicates" in said
    assert "orders: 5 accepted, 0 duplicates" in said
    assert whole_log(client, "B") == whole_log(client, "A")
    assert whole_log(client, "A")[1]["avg_fill_time_ms"] == "3000.001"
    before = exact(get(client, "/api/performance/daily", account_id="A"))["version"]
    said = imported(shell, "t.csv", file, "A")
    assert "0 accepted, 4 duplicates" in said
    assert "orders: 0 accepted, 5 duplicates" in said
    # What a fill tells of its order is less than what is known of it.
    assert exact(get(client, "/api/performance/daily", account_id="A"))["version"] == before
