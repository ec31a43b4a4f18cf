"""How the trades log is answered: kept, waited for, made aside, in other representations."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from flask import Flask

from app.services.resources import Resources
from tests.blueprints.calls import call, exact, get, store
from tests.blueprints.orders import order, send
from tests.blueprints.statements import Statements
from tests.blueprints.test_trades import PATH, REVERSAL, ids, trades
from tests.conftest import Client, Clock

_T = TypeVar("_T")


@pytest.mark.parametrize("form", ["csv", "ndjson", "text"])
def test_a_page_has_the_other_representations(client: Client, form: str) -> None:
    store(client, REVERSAL)
    answer = get(client, f"{PATH}&format={form}")
    assert answer.status_code == 200
    lines = answer.text.splitlines()
    if form == "ndjson":
        assert [json.loads(line)["id"] for line in lines] == ["e3", "e2", "e1"]
    if form == "csv":
        assert lines[0].startswith("id,order_id,symbol,contract,side,quantity,price,pnl,fees")
        assert lines[2].startswith("e2,,MNQ,MNQZ5,SELL,3,21010.0,20.0,1.5,18.5,FILLED,")


def test_a_poll_of_what_is_kept_costs_one_statement(
    client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set("2025-11-07T18:00:01Z")
    store(client, REVERSAL)
    first = get(client, PATH)
    statements = Statements(monkeypatch)
    assert get(client, PATH).headers["X-Cache"] == "memory"
    assert statements.taken() == 1
    headers = {"If-None-Match": first.headers["ETag"]}
    assert call(client, "GET", PATH, headers=headers).status_code == 304
    assert statements.taken() == 1


@pytest.mark.parametrize("news", ["fill", "order"])
def test_a_fill_or_an_order_answers_who_waits(client: Client, clock: Clock, news: str) -> None:
    clock.set("2025-11-07T18:00:01Z")
    store(client, "11-07 09:00 +1 @ 21000")
    known = get(client, f"{PATH}&type=all").headers["ETag"]

    def write() -> None:
        time.sleep(0.2)
        if news == "fill":
            store(client, "11-07 09:10 -1 @ 21010", prefix="later")
        else:
            send(client, order("later1", "PENDING", "2025-11-07T15:10:00Z"))

    writer = threading.Thread(target=write)
    writer.start()
    path = f"{PATH}&type=all&wait=30"
    answer = call(client, "GET", path, headers={"If-None-Match": known})
    writer.join()
    assert ids(exact(answer)) == ["later1", "e1"]


def test_the_summary_of_a_long_window_is_made_aside(
    app: Flask, client: Client, sqlite_res: Resources
) -> None:
    moved: list[object] = []

    def offload(work: Callable[[], _T]) -> _T:
        moved.append(work)
        return work()

    app.extensions["resources"] = replace(sqlite_res, offload=offload)
    store(client, REVERSAL)
    moved.clear()
    assert trades(client)["summary"]["filled"] == 3
    assert len(moved) == 1
