"""The token: renewed before it ends, had anew when it is refused, and never told to anyone."""

from __future__ import annotations

import logging
import traceback
from threading import Thread

import pytest

from app.broker import login
from app.broker.login import Credentials
from app.broker.model import Window
from app.broker.projectx import ProjectX
from app.errors import AppError, UpstreamCredentialsRefused, UpstreamUnavailable
from tests.broker.gateways import COMBINE, Clock, Served, served

LIFE_S = 24 * 3600
WRONG_KEY = "Canary-Key-31415926535"


@pytest.fixture
def paths(gateway: Served, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that were asked for."""
    found: list[str] = []
    decide = gateway.gateway.faults.decide

    def noted() -> str | None:
        from flask import request  # noqa: PLC0415 (of the request that is decided on)

        found.append(request.path.rpartition("/")[2])
        return decide()

    monkeypatch.setattr(gateway.gateway.faults, "decide", noted)
    return found


def test_one_login_serves_all_questions_of_a_process(gateway: Served, paths: list[str]) -> None:
    broker = gateway.client()
    threads = [Thread(target=broker.accounts) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    broker.close()
    assert paths.count("loginKey") == 1
    assert paths.count("search") == 8


def test_a_token_is_renewed_before_it_ends(
    gateway: Served, broker: ProjectX, paths: list[str]
) -> None:
    first = broker.token()
    gateway.clock.sleep(LIFE_S * login._RENEWED_AT - 60)
    assert broker.token() == first
    gateway.clock.sleep(120)
    assert broker.token() != first
    assert gateway.gateway.tokens.is_good(broker.token())
    assert paths == ["validate"]


def test_a_token_that_has_ended_is_not_renewed_but_had_anew(
    gateway: Served, broker: ProjectX, paths: list[str]
) -> None:
    gateway.clock.sleep(LIFE_S + 1)
    broker.accounts()
    assert paths == ["loginKey", "search"]


def test_a_token_that_is_refused_is_had_anew_once(
    gateway: Served, broker: ProjectX, paths: list[str]
) -> None:
    gateway.gateway.tokens.revoke_all()
    broker.accounts()
    assert paths == ["search", "loginKey", "search"]
    paths.clear()
    # A broker that takes no token at all is not asked for ever.
    gateway.script("expired", None, "expired", None, "expired")
    with pytest.raises(UpstreamUnavailable, match="no token"):
        broker.accounts()
    assert paths == ["search", "loginKey", "search"]


def test_a_renewal_that_is_refused_becomes_a_login(
    gateway: Served, broker: ProjectX, paths: list[str]
) -> None:
    gateway.clock.sleep(LIFE_S * login._RENEWED_AT + 60)
    gateway.gateway.tokens.revoke_all()
    broker.accounts()
    assert paths == ["validate", "loginKey", "search"]


def test_a_wrong_key_is_tried_once_a_minute(gateway: Served, paths: list[str]) -> None:
    broker = gateway.client(WRONG_KEY)
    for _ in range(5):
        with pytest.raises(UpstreamCredentialsRefused, match="the user name or the key is wrong"):
            broker.accounts()
    assert paths == ["loginKey"]
    gateway.clock.sleep(login.REFUSED_FOR_S)
    with pytest.raises(UpstreamCredentialsRefused):
        broker.accounts()
    assert paths == ["loginKey"] * 2
    broker.close()


def test_short_lives_are_honoured() -> None:
    with served(Clock(), days=2, token_life_s=100) as gateway:
        broker = gateway.client()
        for _ in range(40):
            broker.accounts()
            gateway.clock.sleep(17)
        broker.close()


@pytest.mark.feature("PAM-ERR-04")
@pytest.mark.parametrize("kind", ["drop", "html", "truncated", "broken", "null", "busy"])
def test_no_failure_and_no_line_of_the_log_has_the_key_or_a_token(
    gateway: Served,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    key, broker = gateway.gateway.user.api_key, gateway.client()
    said = []
    for script in ([kind] * 9, [None, *[kind] * 9]):
        gateway.gateway.faults.script.clear()
        gateway.script(*script)
        with pytest.raises(AppError) as failed:
            broker.trades(COMBINE, Window(gateway.gateway.first_us, gateway.clock.now_us))
        said += told(failed.value)
    gateway.gateway.faults.script.clear()
    token = broker.token()
    broker.close()
    text = "\n".join(
        [*said, caplog.text, *capsys.readouterr(), repr(broker), repr(broker.__dict__)]
    )
    assert "/api/Auth/loginKey" in caplog.text
    assert key not in text
    assert token not in text
    assert token.rpartition(".")[2] not in text


def told(error: BaseException) -> list[str]:
    """All that can be seen of a failure, its causes and what they hold."""
    assert error.__cause__ is None
    assert error.__context__ is None or isinstance(error.__context__, ValueError)
    return [*traceback.format_exception(error), repr(error), repr(vars(error))]


def test_credentials_do_not_show_themselves() -> None:
    assert WRONG_KEY not in repr(Credentials("demo", WRONG_KEY))
    assert WRONG_KEY not in str([Credentials("demo", WRONG_KEY)])
