"""The example risk monitor beside the real service, and what it does once it has to act."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.examples.fake_api import FakeApi
from tests.examples.monitors import OURS, Monitor
from tests.service import Service

ACCOUNT = "12694476"
# Losses that nobody puts in by hand are not seen: these tests do put them in.
BY_HAND = {"REQUIRE_LIVE": "0", "GRACE_S": "20", "TIMEOUT_S": "5"}

Start = Callable[..., Monitor]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path / "data", workers=2)
    made.start()
    trade(made, "win", "10")
    yield made
    made.kill()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts monitors, and ends those that still watch."""
    made: list[Monitor] = []

    def started(url: str, **env: str) -> Monitor:
        made.append(Monitor(tmp_path / f"monitor{len(made)}", url, OURS, **env))
        return made[-1].start()

    yield started
    for monitor in made:
        monitor.kill()


@pytest.fixture
def fine() -> Iterator[str]:
    """The URL of an API where all is well."""
    api = FakeApi()
    yield api.url("fine")
    api.close()


def trade(service: Service, name: str, points: str, fees: str = "0") -> None:
    """Put a closed trade of one MNQ (2 USD a point) in, done a moment ago."""
    now = datetime.now(UTC) - timedelta(seconds=1)
    common = {"account_id": ACCOUNT, "symbol": "MNQ", "quantity": 1, "executed_at": now.isoformat()}
    exit_price = 21000 + float(points)
    rows = [
        common | {"execution_id": f"{name}-1", "side": "BUY", "price": "21000", "sequence": 1},
        common
        | {"execution_id": f"{name}-2", "side": "SELL", "price": f"{exit_price:.2f}", "sequence": 2}
        | {"fees": fees},
    ]
    with service.session() as session:
        answer = session.post(f"{service.url}/api/executions", json=rows, timeout=10)
    assert answer.status_code == 200, answer.text


def token(service: Service) -> dict[str, str]:
    """What a monitor needs to ask: a token that may only read, kept in a file."""
    made = service.flask("tokens", "create", "risk-monitor", "--scope", "read")
    assert made.returncode == 0, made.stderr
    file = service.data_dir.parent / "monitor-token"
    file.write_text(made.stdout.splitlines()[-1] + "\n")
    return {"API_TOKEN_FILE": str(file)}


@pytest.mark.feature("TPA-14")
def test_a_limit_shuts_down_at_the_next_poll_and_not_a_millionth_before(
    service: Service, start: Start
) -> None:
    given = token(service) | BY_HAND | {"DAILY_LOSS_LIMIT": "80.000001"}
    by_day = start(service.url, **given, WEEKLY_LOSS_LIMIT="")
    by_week = start(service.url, **given | {"DAILY_LOSS_LIMIT": ""}, WEEKLY_LOSS_LIMIT="80.000001")
    by_day.wait_for("known", 3)
    by_week.wait_for("known", 3)
    assert by_day.lines("known")[-1]["loss"] == "-20.0"
    trade(service, "loss", "-50")
    seen = len(by_day.lines("known"))
    by_day.wait_for("known", seen + 4)
    assert by_day.is_calm, by_day.log.read_text()
    assert by_day.lines("known")[-1]["loss"] == "80.0"
    trade(service, "one-more-millionth", "0", "0.000001")
    assert (by_day.ended(), by_week.ended()) == (1, 1)
    assert by_day.reason == "daily loss of 80.000001 has reached 80.000001"
    assert by_week.reason == "weekly loss of 80.000001 has reached 80.000001"
    assert by_day.lines("unknown") == by_week.lines("unknown") == []


def test_an_account_by_sessions_is_watched_by_sessions(service: Service, start: Start) -> None:
    with service.session() as session:
        url = f"{service.url}/api/accounts/{ACCOUNT}"
        assert session.put(url, json={"calendar": "session"}, timeout=10).status_code == 200
    monitor = start(service.url, **token(service), **BY_HAND)
    monitor.wait_for("known", 6)
    assert monitor.is_calm
    assert monitor.lines("unknown") == []


def test_by_default_figures_that_no_feed_vouches_for_are_not_enough(
    service: Service, start: Start
) -> None:
    monitor = start(service.url, **token(service))
    assert monitor.ended() == 1
    assert "FEED_STALE" in monitor.reason
    assert monitor.lines("known") == []


def test_without_a_live_feed_it_warns_loudly(service: Service, start: Start) -> None:
    monitor = start(service.url, **token(service), **BY_HAND)
    monitor.wait_for("WARNING")


def test_a_service_that_comes_back_in_time_is_forgiven_and_one_that_does_not_is_not(
    service: Service, start: Start
) -> None:
    given = token(service) | {"REQUIRE_LIVE": "0"}
    patient = start(service.url, **given, GRACE_S="60")
    hasty = start(service.url, **given)
    patient.wait_for("known", 2)
    service.kill()
    assert hasty.ended() == 1
    assert "unknown for 2 s" in hasty.reason
    patient.wait_for("unknown", 2)
    known = len(patient.lines("known"))
    service.start()
    patient.wait_for("known", known + 4)
    assert patient.is_calm


def test_a_position_whose_price_is_not_known_is_no_position_without_loss(
    service: Service, start: Start
) -> None:
    monitor = start(service.url, **token(service), REQUIRE_LIVE="0")
    monitor.wait_for("known", 2)
    row = {"account_id": ACCOUNT, "execution_id": "open", "symbol": "MNQ", "side": "BUY"}
    more = {"quantity": 1, "price": "21000", "executed_at": datetime.now(UTC).isoformat()}
    with service.session() as session:
        session.post(
            f"{service.url}/api/executions", json=row | more, timeout=10
        ).raise_for_status()
    assert monitor.ended() == 1
    assert "open positions have no price" in monitor.reason


# --- Once it has to act --------------------------------------------------------------------------


def test_a_command_that_fails_is_run_until_it_succeeds(start: Start, tmp_path: Path) -> None:
    count = tmp_path / "count"
    program = f"""
import pathlib, sys
count = pathlib.Path({str(count)!r})
count.write_text(count.read_text() + "x" if count.exists() else "x")
sys.exit(len(count.read_text()) < 3)
"""
    command = shlex.join([sys.executable, "-c", program])
    monitor = start("http://127.0.0.1:9", SHUTDOWN_COMMAND=command)
    assert monitor.ended() == 1
    assert count.read_text() == "xxx"
    assert len(monitor.lines("the command failed")) == 2


def test_it_stays_shut_until_somebody_deletes_its_state(start: Start, fine: str) -> None:
    monitor = start("http://127.0.0.1:9")
    monitor.ended()
    monitor.note.unlink()
    monitor.env["API_URL"] = fine
    assert monitor.start().ended() == 1
    assert monitor.reason.startswith("unknown for 2 s")
    assert monitor.lines("known") == []
    monitor.note.unlink()
    monitor.state.unlink()
    monitor.start().wait_for("known", 4)
    assert monitor.is_calm


@pytest.mark.parametrize("obstacle", ["a folder", "no folder"])
def test_a_state_that_cannot_be_kept_or_read_shuts_down_all_the_same(
    start: Start, fine: str, tmp_path: Path, obstacle: str
) -> None:
    (tmp_path / "obstacle").mkdir()
    where = {"a folder": tmp_path / "obstacle", "no folder": tmp_path / "nowhere" / "state"}
    url = fine if obstacle == "a folder" else "http://127.0.0.1:9"
    monitor = start(url, STATE_FILE=str(where[obstacle]))
    assert monitor.ended() == 1
    assert monitor.reason
    assert monitor.lines("the reason could not be kept")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("DAILY_LOSS_LIMIT", value) for value in ("-1", "0", "much", "nan")],
        *[("POLL_S", "-1"), ("POLL_S", "9"), ("TIMEOUT_S", "0"), ("GRACE_S", "inf")],
        *[("SHUTDOWN_COMMAND", ""), ("SHUTDOWN_COMMAND", "no-such-command now")],
        *[("API_URL", "web:8000"), ("ACCOUNT_ID", ""), ("API_TOKEN_FILE", "/nowhere/token")],
    ],
)
def test_settings_that_make_no_sense_stop_the_start(start: Start, name: str, value: str) -> None:
    monitor = start("http://127.0.0.1:9", **{name: value})
    assert monitor.ended() == 1
    said = monitor.log.read_text()
    assert said.startswith("cannot start: ")
    assert said.count("\n") == 1
    assert not monitor.note.exists()


def test_it_can_be_read_and_copied_in_one_go() -> None:
    source = OURS.read_text("utf-8")
    assert len(source.splitlines()) < 200
    imported = {line.split()[1].partition(".")[0] for line in source.splitlines() if _imports(line)}
    assert imported <= sys.stdlib_module_names


def _imports(line: str) -> bool:
    return line.startswith(("import ", "from "))
