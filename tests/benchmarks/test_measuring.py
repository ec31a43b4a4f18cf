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
from benchmarks import freqtrade_trades, reads
from benchmarks.connection import Answer, Connection
from benchmarks.fills import Fills
from benchmarks.freqtrade_trades import Figure, differences
from benchmarks.polls import Mix
from tests.blueprints.calls import exact
from tests.blueprints.test_imports import upload
from tests.conftest import Client

PARTS = ("reads", "writes", "freqtrade")
TRADES = """
    CREATE TABLE trades (id, open_date, close_date, pair, amount, open_rate, close_rate, is_open);
    INSERT INTO trades VALUES
        (1, '2025-11-06 23:50:00', '2025-11-07 00:10:00', 'ETH/BTC', 10.0, 0.05,
            0.0512345678912345, 0),
        (2, '2025-11-06 23:55:00', '2025-11-07 00:05:00', 'ETH/BTC', 10.0, 0.06, 0.0599, 0),
        (3, '2025-11-07 00:20:00', '2025-11-07 00:30:00', 'XRP/BTC', 10.0, 0.06, 0.0607, 0),
        (4, '2025-11-07 00:40:00', NULL, 'XRP/BTC', 10.0, 0.06, NULL, 1);
"""


def test_it_measures_writes_its_figures_down_and_tells_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "figures"
    places = ("--keep", str(tmp_path), "--out", str(out), "--programs", str(tmp_path / "none"))
    program.main(["--miniature", *places, "--parts", *PARTS])
    rows = {row["request"]: row for row in json.loads((out / "reads.json").read_text())["rows"]}
    assert rows[reads.UNCHANGED]["bytes"] == 0 < rows[reads.DAILY]["cpu_us"]
    files, one, size = json.loads((out / "writes.json").read_text())["rows"]
    assert files["executions"] == 100
    assert one["p50_ms"] > 0 < size["bytes"]
    told = capsys.readouterr().out
    assert "freqtrade is left out" in told
    assert f"| {reads.BARE} | " in told
    assert "| a worker after the mix, resident | ≤ 120 MB | not measured |" in told


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
    mix = Mix([f"A{n}" for n in range(accounts)], Fills())
    for poll in mix.every():
        mix.ask(asked, poll)
    asked.paths.clear()
    mix.unchanged = 0
    for _ in range(2_000):
        poll, needs_fill = mix.next()
        if needs_fill:
            mix.fill(asked, poll.account_id)
        mix.ask(asked, poll)
    assert mix.unchanged / 2_000 == pytest.approx(0.8, abs=0.02)
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
