"""Structured logs: one JSON object a line, each with the request that it belongs to; and where a
request's time goes.

No line holds a token or a password: what the environment calls secret, what the request brought
to identify itself and its query, and all that looks like a token of ours are masked in every line.
"""

from __future__ import annotations

import json
import logging.config
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from contextvars import ContextVar
from functools import lru_cache
from types import TracebackType
from typing import Any, Literal

import msgspec
import structlog
from structlog.typing import FilteringBoundLogger

Part = Literal["cache", "database", "waiting"]

TOKEN_PREFIX = "tpa_"  # noqa: S105 (how a token begins, not one)
MASK = "***"
# The shortest token that may be given; anything shorter that is masked would be everyday words.
SECRET_LENGTH_MIN = 16
_PASSWORD_LENGTH_MIN = 6
_TOKEN = re.compile(rf"{TOKEN_PREFIX}[A-Za-z0-9_-]{{{SECRET_LENGTH_MIN},}}")
_PRESENTED = re.compile(rf"[\w.~+/%-]{{{SECRET_LENGTH_MIN},}}", re.ASCII)
# What Gunicorn says of a request: the request's own words come after one of these.
_REFUSED = "Invalid request from ip="
_OWN_WORDS = re.compile(r"[:'\"(]")
_FAULT = "exc_info"
_QUERY = re.compile(r"\?\S+")


class Timing:
    """When a request began, by `perf_counter`, where its time went, in seconds, and how often each
    part was used.
    """

    __slots__ = ("began_s", "spent_s", "times")

    def __init__(self) -> None:
        self.began_s = time.perf_counter()
        self.spent_s: defaultdict[Part, float] = defaultdict(float)
        self.times: defaultdict[Part, int] = defaultdict(int)


request_id: ContextVar[str] = ContextVar("request_id", default="")
timing: ContextVar[Timing | None] = ContextVar("timing", default=None)
# What the request brought that may hold a secret.
presented: ContextVar[str] = ContextVar("presented", default="")


class spent:  # noqa: N801 (used as a function: `with spent("cache"):`)
    """Add the time of a block to a part of the request that goes on, if one does."""

    __slots__ = ("_began_s", "_part", "_sign")
    _SIGN = 1

    def __init__(self, part: Part) -> None:
        self._part = part

    def __enter__(self) -> None:
        self._began_s = time.perf_counter()

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        current = timing.get()
        if current is not None:
            current.spent_s[self._part] += self._SIGN * (time.perf_counter() - self._began_s)
            current.times[self._part] += self._SIGN


class spent_elsewhere(spent):  # noqa: N801
    """Take the time of a block away from the part that it lies in."""

    __slots__ = ()
    _SIGN = -1


def configure(level: str, secrets: Iterable[str] = ()) -> None:
    """Log this service's events and its libraries' as JSON, from `level` up, without secrets."""
    logging.config.dictConfig(logging_config(level, secrets))
    structlog.configure(
        processors=[_completed, *_written(secrets)],
        logger_factory=_StandardError,
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
    )


def logging_config(level: str, secrets: Iterable[str] = ()) -> dict[str, Any]:
    """The standard library's logging set up to write JSON to standard error, as a dictConfig."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [_completed, _drop_what_was_sent],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *_written(secrets),
        ],
    }
    handler = {
        "class": "logging.StreamHandler",
        "formatter": "json",
        "stream": "ext://sys.stderr",
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"standard_error": handler},
        "root": {"level": level, "handlers": ["standard_error"]},
        "loggers": {
            # It tells of each plugin that it loads; what it did, its caller tells.
            "alembic": {"level": "WARNING"},
            # It tells of addresses, which hold a token.
            "pysignalr": {"level": "WARNING"},
            # They tell of each connection that a restart of the server took; who was refused has a
            # line of his own.
            "sqlalchemy.pool": {"level": "CRITICAL"},
            "psycopg": {"level": "ERROR"},
            # It tells of every socket that opens and closes.
            "websockets": {"level": "WARNING"},
            "gunicorn.error": {"level": level, "handlers": [], "propagate": True},
        },
    }


def logger() -> FilteringBoundLogger:
    """A logger whose calls take an event and its fields."""
    log: FilteringBoundLogger = structlog.get_logger()
    return log


class _StandardError:
    """Where this service's own lines go; the standard library's way there costs four times this."""

    def msg(self, line: str) -> None:
        """Write a line at once; what cannot be written is no fault of whoever is answered."""
        try:
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            pass

    debug = info = warning = error = critical = msg


def _written(secrets: Iterable[str]) -> list[Any]:
    return [_with_traceback, structlog.processors.JSONRenderer(serializer=_json), _Masked(secrets)]


def _with_traceback(logger: Any, name: str, event: Any) -> Any:
    return structlog.processors.format_exc_info(logger, name, event) if _FAULT in event else event


def _json(fields: Any, **_: object) -> str:
    """As `json.dumps`, which is slow: printable ASCII alone, so that no character ends a line."""
    try:
        line = msgspec.json.encode(fields, enc_hook=str).decode()
    except UnicodeEncodeError:
        return json.dumps(fields, default=str)
    return line if line.isascii() and line.isprintable() else json.dumps(fields, default=str)


def _completed(_: Any, level: str, event: Any) -> Any:
    """What every line has; in one step, since each step of a line costs as much as the clock."""
    event["level"] = level
    seconds, micros = divmod(time.time_ns() // 1000, 1_000_000)
    event["timestamp"] = f"{_second(seconds)}.{micros:06}Z"
    if identity := request_id.get():
        event["request_id"] = identity
    return event


@lru_cache(maxsize=1)
def _second(number: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(number))


def _drop_what_was_sent(_: Any, __: str, event: Any) -> Any:
    """What a library quotes of a request may be a misplaced token: its own words are enough."""
    if event["_record"].name.startswith("gunicorn"):
        said = str(event["event"])
        if said.startswith(_REFUSED):
            whom, _, why = said.partition(": ")
            said = f"{whom}: {_OWN_WORDS.split(why)[0].strip()}"
        event["event"] = _QUERY.sub("?" + MASK, said)
    return event


def is_brought(text: str) -> bool:
    """Whether a text holds anything that the request brought and that may be a secret."""
    return any(each in text for each in _may_be_secret())


def _may_be_secret() -> list[str]:
    found: list[str] = _PRESENTED.findall(presented.get())
    return found


class _Masked:
    """The last step of every line."""

    def __init__(self, secrets: Iterable[str]) -> None:
        given = (json.dumps(each)[1:-1] for each in secrets if len(each) >= _PASSWORD_LENGTH_MIN)
        self._secrets = tuple(sorted(given, key=len, reverse=True))

    def __call__(self, _: Any, __: str, line: str) -> str:
        for secret in (*self._secrets, *_may_be_secret()):
            if secret in line:
                line = line.replace(secret, MASK)
        return _TOKEN.sub(MASK, line) if TOKEN_PREFIX in line else line
