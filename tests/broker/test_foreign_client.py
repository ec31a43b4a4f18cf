"""The demo gateway is faithful: a client of ProjectX that others wrote works with it.

`topstep-sdk` was written against the real gateway. It runs in an environment of its own with the
Python that it needs; where there is none, its models alone read the gateway's answers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from app.broker.model import TIMEFRAMES, BarQuestion, Window
from app.broker.projectx import ProjectX
from app.domain import instants
from tests.broker.gateways import COMBINE, MNQ, Served

HERE = Path(__file__).parent
PINNED = HERE / "topstep-sdk.txt"
SINCE = "2025-11-03T00:00:00Z"
BARS = "2025-11-06T14:00:00Z", "2025-11-06T20:00:00Z"
WAIT_S = 120
# A second before something is opened, in the middle of a trading day.
BEFORE = instants.parse("2025-11-06T15:00:00Z")


def python_for_it() -> str | None:
    """A Python of 3.12 or later on this machine."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    names = [f"python3.{minor}" for minor in (12, 13, 14)]
    found = [sys.executable, *map(shutil.which, names)]
    found += [str(path) for name in names for path in sorted(kept.glob(f"*/bin/{name}"))]
    return next((each for each in found if each and runs_it(each)), None)


def runs_it(python: str) -> bool:
    check = "import sys; sys.exit(sys.version_info < (3, 12))"
    return subprocess.run([python, "-c", check], check=False, capture_output=True).returncode == 0


def environment(folder: Path, python: str, *options: str) -> str:
    """The Python of a new environment with the client in it."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    pip += ["--disable-pip-version-check", "--only-binary=:all:", *options]
    done = subprocess.run(pip, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return pip[0]


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python that runs the client; without one on this machine the models have to do."""
    python = python_for_it()
    if python is None:
        pytest.skip("no Python 3.12 here: the client's models are tested instead")
    folder = tmp_path_factory.mktemp("sdk") / "venv"
    return environment(folder, python, "--require-hashes", "-r", str(PINNED))


def question(gateway: Served) -> str:
    user = gateway.gateway.user._asdict()
    bars = dict(zip(("bars_since", "bars_until"), BARS, strict=True))
    asked = {"url": gateway.url, "account_id": COMBINE, "since": SINCE}
    return json.dumps(user | bars | asked)


def asked_by_it(sdk: str, gateway: Served) -> dict[str, Any]:
    """What the client tells; while it listens, the clock goes on."""
    command = [sdk, str(HERE / "topstep_client.py"), question(gateway)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout
        assert client.stdout.readline() == "ready\n"
        while client.poll() is None:
            gateway.clock.sleep(20)
            try:
                client.wait(0.3)
            except subprocess.TimeoutExpired:
                continue
        told: dict[str, Any] = json.loads(client.stdout.read(), parse_float=Decimal)
    assert client.returncode == 0
    return told


def test_a_client_that_others_wrote_works_with_it(
    sdk: str, gateway: Served, broker: ProjectX
) -> None:
    opening = first_opening(gateway, broker)
    gateway.clock.now_us = opening - instants.SECOND_US
    window = Window(instants.parse(SINCE), gateway.clock.now_us)
    ours: dict[str, list[Any]] = {
        "accounts": broker.accounts(),
        "trades": broker.trades(COMBINE, window),
        "orders": broker.orders(COMBINE, window),
        "bars": broker.bars(BarQuestion(MNQ, TIMEFRAMES["1h"], Window(*map(instants.parse, BARS)))),
    }
    told = asked_by_it(sdk, gateway)
    assert told["ping"] == "pong"
    assert (told["contract"]["id"], told["unknown"], told["by_symbol"]) == (MNQ, None, MNQ)
    for each, theirs in zip(ours["accounts"], told["accounts"], strict=True):
        assert (each.account_id, each.balance) == (theirs["id"], Decimal(theirs["balance"]))
    assert_same_trades(ours["trades"], told["trades"])
    assert {each.order_id for each in ours["orders"]} == {each["id"] for each in told["orders"]}
    # It has the newest first.
    assert_same_bars(ours["bars"], told["bars"][::-1])
    assert (told["positions"], told["renewed"]) == ([], len(ours["accounts"]))
    events = dict(told["events"])
    assert set(events) == {"account", "order", "position", "quote", "trade"}
    assert events["trade"]["account_id"] == events["position"]["account_id"] == COMBINE


def first_opening(gateway: Served, broker: ProjectX) -> int:
    trades = broker.trades(COMBINE, Window(BEFORE, gateway.clock.now_us))
    return next(each.executed_at_us for each in trades if each.pnl is None)


def assert_same_trades(ours: list[Any], theirs: list[dict[str, Any]]) -> None:
    assert len(ours) == len(theirs) > 5
    for own, other in zip(ours, theirs, strict=True):
        assert (own.trade_id, own.quantity, own.contract_id, own.is_voided) == (
            other["id"],
            other["size"],
            other["contract_id"],
            other["voided"],
        )
        assert (own.price, own.fees) == (Decimal(other["price"]), Decimal(other["fees"]))
        pnl = other["profit_and_loss"]
        assert own.pnl == (None if pnl is None else Decimal(pnl))


def assert_same_bars(ours: list[Any], theirs: list[dict[str, Any]]) -> None:
    prices = [(each.open, each.high, each.low, each.close, Decimal(each.volume)) for each in ours]
    assert prices == [tuple(Decimal(each[name]) for name in "ohlcv") for each in theirs]


def test_its_models_read_every_answer_also_where_it_cannot_run(
    tmp_path: Path, gateway: Served, broker: ProjectX
) -> None:
    python = environment(
        tmp_path / "venv", sys.executable, "--no-deps", "--ignore-requires-python", *models_alone()
    )
    gateway.clock.now_us = first_opening(gateway, broker)
    answers = {name: answer(gateway, broker, path) for name, path in MODELS.items()}
    done = subprocess.run(
        [python, str(HERE / "topstep_models.py")],
        input=json.dumps(answers),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert set(counts) == set(MODELS)
    assert min(counts.values()) > 0


MODELS = {
    "SearchAccountResponse": "Account/search",
    "ListAvailableContractResponse": "Contract/available",
    "SearchHalfTradeResponse": "Trade/search",
    "SearchOrderResponse": "Order/search",
    "SearchPositionResponse": "Position/searchOpen",
    "RetrieveBarResponse": "History/retrieveBars",
}


def models_alone() -> list[str]:
    """What the models need, in the versions that are pinned."""
    lines = PINNED.read_text("utf-8").splitlines()
    wanted = ("msgspec==", "topstep-sdk==")
    return [line.split()[0] for line in lines if line.startswith(wanted)]


def answer(gateway: Served, broker: ProjectX, path: str) -> str:
    said = {
        "onlyActiveAccounts": True,
        "live": False,
        "accountId": COMBINE,
        "startTimestamp": SINCE,
        "contractId": MNQ,
        "startTime": BARS[0],
        "endTime": BARS[1],
        "unit": 3,
        "unitNumber": 1,
        "limit": 20,
        "includePartialBar": False,
    }
    headers = {"Authorization": f"Bearer {broker.token()}"}
    told = requests.post(f"{gateway.url}/api/{path}", json=said, headers=headers, timeout=10)
    assert told.status_code == 200
    return told.text
