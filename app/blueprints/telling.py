"""What is told of every request: its id, where its time went, its line in the log, and its place in
the counts.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from app import telemetry
from app.errors import AppError
from app.metrics import counts
from app.telemetry import Timing

SLOW_S = 1.0
_PATH_SHOWN_MAX = 200
# Asked every few seconds by whoever watches the service.
_WATCHED = frozenset({"/health/live", "/health/ready", "/metrics"})
# Where no route says what a part of a path is, it may be a token.
_MAY_BE_SECRET = re.compile(rf"[^/]{{{telemetry.SECRET_LENGTH_MIN},}}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ID_BITS = 64

_log = telemetry.logger()


class Outcome(NamedTuple):
    """How a request ended; the route is None where no rule matched its path."""

    method: str
    route: str | None
    path: str
    status: int
    tier: str | None
    caller: str | None
    refused: AppError | None


def begin(environ: Mapping[str, Any]) -> Timing:
    """Give the request its id and its clock, and remember what in its line would be a secret."""
    telemetry.presented.set(
        f"{environ.get('HTTP_AUTHORIZATION', '')} {environ.get('HTTP_COOKIE', '')}"
        f" {environ.get('QUERY_STRING', '')}"
    )
    given = environ.get("HTTP_X_REQUEST_ID", "")
    is_good = _REQUEST_ID.fullmatch(given) and not given.startswith(telemetry.TOKEN_PREFIX)
    telemetry.request_id.set(given if is_good else _new_id())
    timing = Timing()
    telemetry.timing.set(timing)
    return timing


def _new_id() -> str:
    # Another one each time, which is no secret: to ask the system for one costs twenty times this.
    return f"{random.getrandbits(_ID_BITS):016x}"


def end(outcome: Outcome, timing: Timing) -> list[tuple[str, str]]:
    """Count the request and log it; the headers that tell its id and where its time went."""
    taken_s = time.perf_counter() - timing.began_s
    _count(outcome, timing, taken_s)
    _tell(outcome, timing, taken_s)
    return [
        ("X-Request-ID", telemetry.request_id.get()),
        ("Server-Timing", _server_timing(outcome.tier, timing, taken_s)),
    ]


def is_masked(outcome: Outcome) -> bool:
    """Whether what the request brought has to be masked in its line of the log."""
    return telemetry.is_brought(f"{outcome.route} {outcome.path} {outcome.caller}")


def _server_timing(tier: str | None, timing: Timing, taken_s: float) -> str:
    said = []
    if tier:
        said.append(f'cache;desc="{tier}";dur={timing.spent_s["cache"] * 1000:.2f}')
    if statements := timing.times["database"]:
        said.append(f'db;desc="{statements}";dur={timing.spent_s["database"] * 1000:.2f}')
    return ", ".join([*said, f"total;dur={taken_s * 1000:.2f}"])


def _count(outcome: Outcome, timing: Timing, taken_s: float) -> None:
    route = outcome.route or counts.NO_ROUTE
    try:
        counts.request(
            method=outcome.method,
            route=route,
            status=outcome.status,
            # A request that was held was not slow.
            duration_s=taken_s - timing.spent_s["waiting"],
        )
        if outcome.tier:
            counts.answered_from(route, outcome.tier)
        if outcome.refused:
            counts.error(outcome.refused.code)
    except counts.FAULTS:
        # Nobody's answer is worth less for not being counted.
        _log.warning("not counted", exc_info=True)


def _tell(outcome: Outcome, timing: Timing, taken_s: float) -> None:
    waited_s, refused = timing.spent_s["waiting"], outcome.refused
    _log.log(
        _level(outcome, taken_s - waited_s),
        "request",
        method=outcome.method,
        route=outcome.route or "",
        path=_path(outcome),
        status=outcome.status,
        duration_ms=round(taken_s * 1000, 2),
        waited_ms=round(waited_s * 1000, 2),
        caller=outcome.caller,
        code=refused.code if refused else None,
        # Why a call was refused is told in words that it brought itself; the caller has them.
        reason=refused.message if refused and _is_ours(outcome.status) else None,
        cause=_cause(refused) if refused and _is_ours(outcome.status) else None,
    )


def _cause(refused: AppError) -> str | None:
    """What a database's driver said, which is for the operator alone."""
    origin = getattr(refused.__cause__, "orig", None)
    return str(origin).partition("\n")[0] if origin else None


def _is_ours(status: int) -> bool:
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _level(outcome: Outcome, taken_s: float) -> int:
    if outcome.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return logging.ERROR
    if _is_ours(outcome.status) or taken_s > SLOW_S:
        return logging.WARNING
    is_watch = outcome.status == HTTPStatus.OK and outcome.path in _WATCHED
    return logging.DEBUG if is_watch else logging.INFO


def _path(outcome: Outcome) -> str:
    path = outcome.path
    if outcome.route is None:
        path = _MAY_BE_SECRET.sub(telemetry.MASK, path)
    return path[:_PATH_SHOWN_MAX]
