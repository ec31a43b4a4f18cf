"""Log lines: one JSON object each, and no secret in any."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app import telemetry
from app.settings import from_env
from app.telemetry import MASK

CANARY = "canary/With.Slash-and+Plus"
OURS = telemetry.TOKEN_PREFIX + "A" * 43
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What was logged so far, each line parsed."""
    stream = io.StringIO()
    config = telemetry.logging_config("INFO", [CANARY, 'pass"word', "tiny"])
    config["handlers"]["standard_error"]["stream"] = stream
    before = logging.getLogger().handlers[:]
    logging.config.dictConfig(config)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().handlers[:] = before


@pytest.mark.feature("TPA-17")
@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"cannot use {CANARY} here", f"cannot use {MASK} here"),
        (f"cannot use {OURS}.", f"cannot use {MASK}."),
        ('redis://:pass"word@host', f"redis://:{MASK}@host"),
        ("a tiny word stays", "a tiny word stays"),
        ("tpa_metrics is no token", "tpa_metrics is no token"),
    ],
)
def test_what_the_environment_calls_secret_and_what_looks_like_a_token_is_masked(
    lines: Lines, said: str, told: str
) -> None:
    logging.getLogger("any").warning("%s", said)
    assert [line["event"] for line in lines()] == [told]


def test_a_secret_is_masked_in_a_traceback(lines: Lines) -> None:
    logging.getLogger("any").warning("failed", exc_info=ValueError(CANARY))
    assert f"ValueError: {MASK}" in lines()[0]["exception"]
    assert CANARY not in json.dumps(lines())


def test_what_a_request_brought_to_identify_itself_is_masked(lines: Lines) -> None:
    set_before = telemetry.presented.set("Bearer another-custom-token a=1; b=c00kie-of-16-letters")
    logging.getLogger("any").warning("another-custom-token and c00kie-of-16-letters and Bearer")
    telemetry.presented.reset(set_before)
    assert lines()[0]["event"] == f"{MASK} and {MASK} and Bearer"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Invalid request from ip=::1: Invalid HTTP Header: 'A B'", "Invalid HTTP Header"),
        ("Invalid request from ip=::1: Invalid HTTP request line: 'A B'", "HTTP request line"),
        ("Invalid request from ip=::1: Proxy request from 'A B' not allowed", "Proxy request from"),
        ("Error handling request GET /path?token=A B", "GET /path?***"),
        ("Booting worker with pid: 5", "Booting worker with pid: 5"),
    ],
)
def test_gunicorn_does_not_tell_what_was_sent(lines: Lines, said: str, told: str) -> None:
    logging.getLogger("gunicorn.error").warning(said.replace("A B", "canary"))
    (line,) = lines()
    assert told in line["event"]
    assert "canary" not in line["event"]


def test_nothing_that_is_logged_can_begin_a_line_or_colour_a_terminal(lines: Lines) -> None:
    said = 'a\r\n{"event": "forged"}\x1b[31m\u2028b'
    logging.getLogger("any").warning("%s", said)
    assert [line["event"] for line in lines()] == [said]


def test_secrets_are_those_of_the_environment_as_written_and_as_meant() -> None:
    settings = from_env(
        {
            "API_TOKEN": "a-token-of-my-own",
            "DATABASE_URL": "postgresql+psycopg://me:data%40base@host/name",
            "REDIS_URL": "redis://:re%64is/@pass@host:1/0",
        }
    )
    assert set(settings.secrets) >= {
        *("a-token-of-my-own", "data%40base", "data@base", "re%64is/@pass", "redis/@pass")
    }
