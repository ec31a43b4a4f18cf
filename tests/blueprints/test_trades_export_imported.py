"""A file of trades that is imported elsewhere makes the same account, whatever its texts are."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.importers import table
from app.services import verification
from app.services.resources import Resources
from tests import arrival, streams
from tests.blueprints.calls import exact, get
from tests.blueprints.orders import order, send
from tests.blueprints.test_trades_export import ALL, post, rows
from tests.cli.conftest import Shell
from tests.conftest import Client

ACCOUNTS = 25


@pytest.fixture
def shell(app: Flask, tmp_path: Path) -> Shell:
    return Shell(app, tmp_path)


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
