"""`flask sync`: as a person starts it, asks how it stands, and mistakes himself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.demo_gateway.gateway import User
from app.domain import instants
from app.services.resources import Resources
from tests.broker.gateways import SATURDAY, Served, served
from tests.broker.gateways import Clock as BrokerClock
from tests.cli.conftest import Shell
from tests.conftest import Clock


@pytest.fixture
def gateway(app: Flask, clock: Clock) -> Iterator[Served]:
    """A gateway that the application is pointed at."""
    clock.now_us = SATURDAY
    with served(BrokerClock(SATURDAY), days=5) as found:
        user = User()
        app.extensions["settings"] = app.extensions["settings"]._replace(
            topstepx_base_url=found.url,
            topstepx_username=user.username,
            topstepx_api_key=user.api_key,
        )
        yield found


@pytest.mark.usefixtures("gateway")
def test_a_pass_and_where_it_stands_then(shell: Shell) -> None:
    told = shell.run("sync", "--once", "--account", "12694472=mine").output
    assert told.startswith("3 accounts, 3 of them live: ")
    lines = shell.run("sync", "--status").output.splitlines()
    assert [line.split()[0] for line in lines] == ["ACCOUNT", "12694471", "mine", "12694473", "not"]
    assert all(line.endswith("nothing") for line in lines[1:])
    assert lines[-1].startswith("not running")
    assert shell.run("verify").exit_code == 0


def test_a_pass_that_is_not_whole_says_so(shell: Shell, gateway: Served) -> None:
    shell.run("accounts", "create", "12694472", "--currency", "EUR")
    told = shell.run("sync", "--once", status=1).output
    assert "MNQ is traded in USD, the account is kept in EUR" in told
    assert "not every account is live" in told
    assert "EUR" in shell.run("sync", "--status").output
    gateway.gateway.user = User("demo", "another-key-of-nobody")
    refused = shell.run("sync", "--once", status=1).output
    assert refused.strip().splitlines()[-1].startswith("Error: the broker refused the login: ")


def test_before_the_first_run_there_is_nothing_to_tell(shell: Shell) -> None:
    assert shell.run("sync", "--status").output.splitlines()[-1] == "never run"


def test_without_a_user_it_says_what_to_set(shell: Shell) -> None:
    assert "set TOPSTEPX_USERNAME and TOPSTEPX_API_KEY" in shell.run("sync", status=1).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--account", "12694471"), "BROKER_ID=OUR_ID"),
        (("--account", "x=mine"), "BROKER_ID=OUR_ID"),
        (("--account", "1=a/b"), "BROKER_ID=OUR_ID"),
        (("--account", "1=a", "--account", "2=a"), "twice"),
        (("--account", "1=a", "--account", "1=b"), "twice"),
        (("--since", "yesterday"), "--since"),
        (("--since", "2199-01-01"), "future"),
        (("--interval", "0"), "--interval"),
    ],
)
@pytest.mark.usefixtures("gateway")
def test_a_mistake_is_named(shell: Shell, arguments: tuple[str, ...], said: str) -> None:
    assert said in shell.run("sync", "--once", *arguments, status=2).output


@pytest.mark.usefixtures("gateway")
def test_a_first_day_is_kept_to(shell: Shell, sqlite_res: Resources) -> None:
    shell.run("sync", "--once", "--since", "2025-11-07")
    since_us = instants.parse("2025-11-06T23:00:00Z")
    with sqlite_res.db.read() as conn:
        found = conn.exec_driver_sql("SELECT min(executed_at_us) FROM executions").scalar()
    assert found is not None
    assert since_us <= found < since_us + instants.DAY_US
