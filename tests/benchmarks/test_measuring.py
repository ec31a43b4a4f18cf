"""The benchmarks run as a whole, poll what they say, and compare the same trades."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from app.services import instruments
from app.services.instruments import Facts
from app.services.resources import Resources
from benchmarks import __main__ as program
from benchmarks import (
    figures,
    freqtrade_trades,
    histories,
    mix,
    reads,
    saturation,
    sockets,
    statistics_reads,
    tables,
    writes,
)
from benchmarks.connection import Answer, Connection
from benchmarks.fills import Fills
from benchmarks.freqtrade_trades import Figure, differences
from benchmarks.polls import Mix
from benchmarks.servers import bare, bare_as_usual, service
from tests.blueprints.calls import exact
from tests.blueprints.test_imports import upload
from tests.conftest import Client

TRADES = """
    CREATE TABLE trades (id, open_date, close_date, pair, amount, open_rate, close_rate, is_open);
    INSERT INTO trades VALUES
        (1, '2025-11-06 23:50:00', '2025-11-07 00:10:00', 'ETH/BTC', 10.0, 0.05,
            0.0512345678912345, 0),
        (2, '2025-11-06 23:55:00', '2025-11-07 00:05:00', 'ETH/BTC', 10.0, 0.06, 0.0599, 0),
        (3, '2025-11-07 00:20:00', '2025-11-07 00:30:00', 'XRP/BTC', 10.0, 0.06, 0.0607, 0),
        (4, '2025-11-07 00:40:00', NULL, 'XRP/BTC', 10.0, 0.06, NULL, 1);
"""


def test_every_part_measures_a_running_service_and_the_page_tells_it(tmp_path: Path) -> None:
    history = histories.planned(tmp_path / "service", positions=40, accounts=1)
    with (
        service(history.folder) as server,
        bare(tmp_path / "bare") as other,
        bare_as_usual(tmp_path / "bare") as usual,
    ):
        more = reads.in_process(history) | {reads.BARE_AS_USUAL: reads.bare_route(usual)}
        found = {
            "writes": [*writes.measured(server, history, 10), writes.stored(history)],
            "reads": reads.measured(history, server, other, more, 1, 0.0),
            "statistics": statistics_reads.measured(history, server, 1, 0.0),
            "mix": [mix.measured(history, server, other, 40)],
            "saturation": [
                *saturation.of_mix(history, server, 0.1),
                *saturation.of_bare(other, 0.1),
            ],
            "sockets": [sockets.measured(server, 2, 2)],
        }
    for part, rows in found.items():
        figures.keep(tmp_path, part, rows)
    asked = {row["request"]: row for row in found["reads"]}
    assert asked[reads.BARE_AS_USUAL]["bytes"] == asked[reads.BARE]["bytes"]
    assert asked[reads.UNCHANGED]["bytes"] == 0 < asked[reads.DAILY]["cpu_us"]
    files, one, size = found["writes"]
    assert files["executions"] == 80
    assert one["p50_ms"] > 0 < size["bytes"]
    assert found["mix"][0]["rss_mb"] > found["mix"][0]["pss_mb"] > 0
    assert {row["subject"] for row in found["saturation"]} == {"dashboard mix", "bare Flask route"}
    told = tables.everything(tmp_path)
    assert f"| {reads.BARE} | " in told["reads"]
    assert "| ten years by day at 1,000,000 positions, made | ≤ 15 ms CPU | not" in told["goals"]


def test_a_comparison_that_cannot_be_made_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = ("--keep", str(tmp_path), "--out", str(tmp_path), "--programs", str(tmp_path / "none"))
    program.main([*places, "--parts", "freqtrade"])
    told = capsys.readouterr().out
    assert f"freqtrade is left out: {tmp_path / 'none'} is not here" in told
    assert tables.everything(tmp_path)["freqtrade"] == "Not measured in this run."


class Asked(Connection):
    """A service that knows what changed since each ETag, and nothing else."""

    def __init__(self) -> None:
        super().__init__(0)
        self.fills: dict[str, int] = {}
        self.paths: list[str] = []

    def get(self, path: str, etag: bytes = b"") -> Answer:
        self.paths.append(path)
        now = str(self.fills.get(path.rpartition("=")[2], 0)).encode()
        return Answer(304 if etag == now else 200, now, b"")

    def post(self, path: str, body: bytes, kind: str = "application/json") -> Answer:
        assert (path, kind) == ("/api/executions", "application/json")
        account_id = json.loads(body)["account_id"]
        self.fills[account_id] = self.fills.get(account_id, 0) + 1
        return Answer(200, b"", b"")


@pytest.mark.parametrize("accounts", [1, 50])
def test_four_polls_of_five_find_nothing_new(accounts: int) -> None:
    asked = Asked()
    polls = Mix([f"A{n}" for n in range(accounts)], Fills())
    for poll in polls.every():
        polls.ask(asked, poll)
    asked.paths.clear()
    polls.unchanged = 0
    for _ in range(2_000):
        poll, needs_fill = polls.next()
        if needs_fill:
            polls.fill(asked, poll.account_id)
        polls.ask(asked, poll)
    assert polls.unchanged / 2_000 == pytest.approx(0.8, abs=0.02)
    for part, share in (("/daily", 0.6), ("/weekly", 0.2), ("/history", 0.1), ("/trades", 0.1)):
        found = sum(part in path for path in asked.paths)
        assert found / 2_000 == pytest.approx(share, abs=0.04)


@pytest.fixture
def trades(tmp_path: Path) -> Path:
    path = tmp_path / "trades.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(TRADES)
    return path


def test_overlapping_trades_of_a_pair_are_positions_of_their_own_with_the_same_results(
    client: Client, sqlite_res: Resources, trades: Path
) -> None:
    facts = Facts("", "", "", Decimal("0.000000001"), Decimal(1), "USD")
    for pair in freqtrade_trades.PAIRS:
        root = freqtrade_trades.root(pair)
        instruments.add(sqlite_res, facts._replace(root=root, name=root))
    (file,) = freqtrade_trades.files(trades)
    exact(upload(client, file))
    query = {"account_id": "A", "tz": "UTC", "start": "2025-11-07", "end": "2025-11-07"}
    status, body = client.get("/api/performance/history", **query)
    assert status == 200
    ours = freqtrade_trades.ours(body["points"])
    pnl = 10 * ((0.0512345678912345 - 0.05) + (0.0599 - 0.06) + (0.0607 - 0.06))
    day = {"date": "2025-11-07", "trade_count": 3, "abs_profit": pnl}
    assert differences(freqtrade_trades.theirs({"data": [day]}), ours) == []


def test_figures_that_differ_by_a_trade_or_by_more_than_rounding_are_found() -> None:
    one = Figure("2025-11-07", 3, 0.0123)
    assert differences([one], [one._replace(pnl=0.0123 + 1e-12)]) == []
    assert differences([one], [one._replace(pnl=0.0123 + 1e-10)])
    assert differences([one], [one._replace(trades=2)])
    assert differences([one], [])
