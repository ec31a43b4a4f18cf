"""What is counted: every metric that changes while requests run, and the ways to change it.

No label can take values without end: routes are rules, methods and codes come from short lists,
and no account, token or path is among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Literal, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

# What a count may fail with where its file cannot grow.
FAULTS = (OSError, ValueError, IndexError)
NO_ROUTE = "(none)"
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_PARTS = ("redis",)
_KEPT_IN = ("memory", "replay")
DatabaseFailure = Literal["busy", "pool", "damage", "fault"]
# Those that are nobody's fault but ours, or the machine's.
_GRAVE = ("INTERNAL", "DATABASE_UNAVAILABLE")
_RECORDED = ("accepted", "duplicate")
_WEBHOOKS = ("delivered", "failed", "given_up")
_SENT = ("update", "snapshot", "refresh", "bars")
# By the code of the closing.
_CLOSINGS = {4401: "unauthenticated", 4403: "revoked", 4408: "slow", 1001: "stop", 1013: "full"}

disable_created_metrics()

# Every metric has a label: one without would open its file while this is imported.
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "tpa_requests", "Requests answered.", ("method", "route", "status"), registry=REGISTRY
)
LATENCY = Histogram(
    "tpa_request_duration_seconds",
    "Time to an answer, without the time that `wait` held it.",
    ("route",),
    buckets=_BUCKETS_S,
    registry=REGISTRY,
)
ANSWERS = Counter(
    "tpa_answers", "Answers by the cache tier that had them.", ("route", "tier"), registry=REGISTRY
)
ERRORS = Counter("tpa_errors", "Errors that callers were told of.", ("code",), registry=REGISTRY)
EXECUTIONS = Counter("tpa_executions", "Executions that came in.", ("result",), registry=REGISTRY)
HELD = Gauge(
    "tpa_held_requests",
    "Requests that are being held until something changes.",
    ("by",),
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
DATABASE_FAILURES = Counter(
    "tpa_database_failures",
    "Transactions refused: another write went on, no connection was free, or the database failed.",
    ("kind",),
    registry=REGISTRY,
)
BREAKER_OPENINGS = Counter(
    "tpa_breaker_openings",
    "Times that a part was given up for a while.",
    ("part",),
    registry=REGISTRY,
)
BREAKERS_OPEN = Gauge(
    "tpa_breakers_open",
    "Workers that have given a part up for now.",
    ("part",),
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
CACHE_BYTES = Gauge(
    "tpa_cache_bytes",
    "Answers that the workers keep in their memory.",
    ("tier",),
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
SOCKETS = Gauge(
    "tpa_sockets",
    "WebSockets that are open.",
    ("path",),
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
SOCKET_MESSAGES = Counter(
    "tpa_socket_messages",
    "Messages put for WebSockets: `update` is one that a write brought, `snapshot` one of a state,"
    " `refresh` of figures that changed without a write, `bars` of bars that were stored.",
    ("kind",),
    registry=REGISTRY,
)
SOCKET_CLOSES = Counter(
    "tpa_socket_closes",
    "WebSockets that the service closed.",
    ("reason",),
    registry=REGISTRY,
)
WEBHOOKS = Counter(
    "tpa_webhooks",
    "Attempts to deliver a webhook, and deliveries that were given up.",
    ("outcome",),
    registry=REGISTRY,
)


def begin() -> None:
    """Show at zero what may never happen: a rate needs a first value."""
    for kind in get_args(DatabaseFailure):
        DATABASE_FAILURES.labels(kind)
    for code in _GRAVE:
        ERRORS.labels(code)
    for result in _RECORDED:
        EXECUTIONS.labels(result)
    for part in _PARTS:
        BREAKER_OPENINGS.labels(part)
        BREAKERS_OPEN.labels(part)
    for tier in _KEPT_IN:
        CACHE_BYTES.labels(tier)
    HELD.labels("wait")
    SOCKETS.labels("/ws")
    for outcome in _WEBHOOKS:
        WEBHOOKS.labels(outcome)
    for kind in _SENT:
        SOCKET_MESSAGES.labels(kind)
    for reason in _CLOSINGS.values():
        SOCKET_CLOSES.labels(reason)


def request(*, method: str, route: str, status: int, duration_s: float) -> None:
    """A request was answered."""
    _requests(method if method in _METHODS else "other", route, status).inc()
    _latency(route).observe(duration_s)


def answered_from(route: str, tier: str) -> None:
    """An answer came from this tier of the cache."""
    _answers(route, tier).inc()


def error(code: str) -> None:
    """A caller was told of a failure."""
    ERRORS.labels(code).inc()


def executions(*, accepted: int, duplicates: int) -> None:
    """Executions came in and were committed."""
    EXECUTIONS.labels("accepted").inc(accepted)
    EXECUTIONS.labels("duplicate").inc(duplicates)


def database_failed(kind: DatabaseFailure) -> None:
    """A transaction could not be made: another one writes, no connection was free, the file is
    damaged, or anything else.
    """
    DATABASE_FAILURES.labels(kind).inc()


def cache_holds(tier: str, size: int) -> None:
    """What a worker keeps of answers in its memory, in bytes: `memory` or `replay`."""
    CACHE_BYTES.labels(tier).set(size)


def breaker_opened(part: str) -> None:
    """A part does not answer and is left alone for a while."""
    BREAKER_OPENINGS.labels(part).inc()
    BREAKERS_OPEN.labels(part).set(1)


def breaker_closed(part: str) -> None:
    """A part that was left alone answers again."""
    BREAKERS_OPEN.labels(part).set(0)


@contextmanager
def held(by: str) -> Iterator[None]:
    """While a request is being held."""
    HELD.labels(by).inc()
    try:
        yield
    finally:
        HELD.labels(by).dec()


@contextmanager
def socket_open() -> Iterator[None]:
    """While a WebSocket is open."""
    SOCKETS.labels("/ws").inc()
    try:
        yield
    finally:
        SOCKETS.labels("/ws").dec()


def socket_sent(kind: str, messages: int) -> None:
    """Messages were put for a WebSocket: `update`, `snapshot`, `refresh` or `bars`."""
    SOCKET_MESSAGES.labels(kind).inc(messages)


def socket_closed(code: int) -> None:
    """A WebSocket was closed by the service for a reason that a code stands for."""
    if code in _CLOSINGS:
        SOCKET_CLOSES.labels(_CLOSINGS[code]).inc()


def webhook(outcome: str) -> None:
    """A webhook was `delivered`, `failed` this time, or was `given_up`."""
    WEBHOOKS.labels(outcome).inc()


# Finding a metric by its labels costs as much as counting.
@cache
def _requests(method: str, route: str, status: int) -> Counter:
    return REQUESTS.labels(method, route, str(status))


@cache
def _latency(route: str) -> Histogram:
    return LATENCY.labels(route)


@cache
def _answers(route: str, tier: str) -> Counter:
    return ANSWERS.labels(route, tier)
