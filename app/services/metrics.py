"""What was counted, for Prometheus and for people; both read the same counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from app import VERSION
from app.db import footprint
from app.db.footprint import Footprint
from app.domain import instants
from app.errors import DatabaseUnavailable
from app.metrics import processes, reading
from app.metrics.processes import Use
from app.services import backups, limit_use, sync_status
from app.services.resources import Resources

_TIERS = ("memory", "redis", "miss")
_NOT_MODIFIED = 304
_CALLERS_ERROR, _OUR_ERROR = 400, 500


class Latency(Struct):
    """Milliseconds that so many of all calls took at most; null without a call.

    Between two bounds of the histogram calls are taken to be spread evenly, and what took longer
    than the last bound is told as that bound.
    """

    p50: float | None
    p95: float | None
    p99: float | None


class Cache(Struct):
    """Answers by the tier that had them; the rate of those that nobody had to make, in percent."""

    memory: int
    redis: int
    miss: int
    hit_rate: float | None


class Endpoint(Struct):
    """One route; `errors` are all that a caller was told of, `server_errors` those of ours."""

    route: str
    calls: int
    errors: int
    server_errors: int
    not_modified: int
    latency_ms: Latency
    cache: Cache


class MetricsBody(Struct):
    """All routes that were called since the service started, and their sum."""

    version: str
    uptime_s: float
    workers: int
    total: Endpoint
    endpoints: list[Endpoint]


class _Counted(NamedTuple):
    """A route's calls by status, answers by tier, and calls by the bound that they kept."""

    statuses: Counter[int]
    tiers: Counter[str]
    bounds_s: Counter[float]


def exposition(res: Resources) -> bytes:
    """Every metric in the text format of Prometheus, right across the workers."""
    database = [*_database(res), *_feed(res)]
    return res.offload(lambda: _text(database))


def summary(res: Resources) -> MetricsBody:
    """Calls, errors, latencies and cache hits of each route."""
    by_route = _by_route(res.offload(reading.counted))
    use = processes.use()
    return MetricsBody(
        version=VERSION,
        uptime_s=round(use.uptime_s, 1),
        workers=use.workers,
        total=_endpoint("", _sum(by_route.values())),
        endpoints=[_endpoint(route, by_route[route]) for route in sorted(by_route)],
    )


def _text(database: Sequence[Metric]) -> bytes:
    # Tens of milliseconds where there are many workers: others are answered meanwhile.
    return reading.text([*reading.counted(), *_service(processes.use()), *database])


def quantile(bounds_s: Mapping[float, int], share: float) -> float | None:
    """The time that a share of all calls kept, from how many kept each bound; None without any."""
    wanted = share * max(bounds_s.values(), default=0)
    if not wanted:
        return None
    below_s, kept_below = 0.0, 0.0
    for bound_s, kept in sorted(bounds_s.items()):
        if kept >= wanted:
            if bound_s == float("inf"):
                break
            return below_s + (bound_s - below_s) * (wanted - kept_below) / (kept - kept_below)
        below_s, kept_below = bound_s, kept
    return below_s


def _service(use: Use) -> Iterator[Metric]:
    build = GaugeMetricFamily("tpa_build", "The version that runs.", labels=["version"])
    build.add_metric([VERSION], 1)
    yield build
    yield GaugeMetricFamily("tpa_uptime_seconds", "Since the service started.", use.uptime_s)
    yield GaugeMetricFamily("tpa_workers", "Worker processes that live.", use.workers)
    if use.cpu_s is not None:
        yield CounterMetricFamily("tpa_cpu_seconds", "CPU time of all processes.", use.cpu_s)
    if use.resident_bytes is not None:
        what = "Memory of all processes; what they share is counted for each."
        yield GaugeMetricFamily("tpa_resident_memory_bytes", what, use.resident_bytes)


def _database(res: Resources) -> Iterator[Metric]:
    what = "Whether the database can be read."
    try:
        found: Footprint = footprint.footprint(res.db)
    except DatabaseUnavailable:
        yield GaugeMetricFamily("tpa_database_up", what, 0)
        return
    yield GaugeMetricFamily("tpa_database_up", what, 1)
    yield GaugeMetricFamily("tpa_database_bytes", "Size of the database.", found.bytes)
    if found.wal_bytes is not None:
        what = "Size of the write-ahead log, which checkpoints keep short."
        yield GaugeMetricFamily("tpa_database_wal_bytes", what, found.wal_bytes)
    if found.free_bytes is not None:
        what = "What is free on the disk of the database."
        yield GaugeMetricFamily("tpa_disk_free_bytes", what, found.free_bytes)
    if found.changed_at_us is not None:
        what = "When any account's data last changed, in seconds since 1970."
        changed_s = found.changed_at_us / instants.SECOND_US
        yield GaugeMetricFamily("tpa_last_change_timestamp_seconds", what, changed_s)
    yield from _backup(res)
    yield from _limits(res)


def _backup(res: Resources) -> Iterator[Metric]:
    made_us = backups.last_us(res.db)
    if made_us is not None:
        what = "When the last backup was taken, in seconds since 1970."
        made_s = made_us / instants.SECOND_US
        yield GaugeMetricFamily("tpa_last_backup_timestamp_seconds", what, made_s)


def _limits(res: Resources) -> Iterator[Metric]:
    try:
        every = limit_use.of_all(res)
    except DatabaseUnavailable:
        return
    what = "The highest share of such a limit that any account has used."
    share = GaugeMetricFamily("tpa_limit_used_ratio", what, labels=["limit"])
    what = "Accounts that have reached such a limit."
    reached = GaugeMetricFamily("tpa_limits_reached", what, labels=["limit"])
    what = "Accounts with such a limit of which nobody can tell how much is used."
    unknown = GaugeMetricFamily("tpa_limits_unknown", what, labels=["limit"])
    for each in every:
        reached.add_metric([each.limit], each.reached)
        unknown.add_metric([each.limit], each.unknown)
        if each.highest is not None:
            share.add_metric([each.limit], each.highest)
    yield from (share, reached, unknown)


def _feed(res: Resources) -> Iterator[Metric]:
    try:
        found = sync_status.feed(res)
    except DatabaseUnavailable:
        return
    if found is None:
        return
    if found.age_s is not None:
        what = "Since the last whole pass over the account that was synced longest ago."
        yield GaugeMetricFamily("tpa_feed_age_seconds", what, found.age_s)
    what = "Whether a sync has the database."
    yield GaugeMetricFamily("tpa_sync_running", what, found.running)
    yield GaugeMetricFamily("tpa_sync_accounts", "Accounts that are synced.", found.accounts)
    what = "Accounts whose positions or balance are not the broker's."
    yield GaugeMetricFamily("tpa_sync_differing_accounts", what, found.differing)
    what = "Fills of which the broker names no contract."
    yield GaugeMetricFamily("tpa_sync_undecided_fills", what, found.undecided)
    what = "Accounts whose last pass was not whole."
    yield GaugeMetricFamily("tpa_sync_faulty_accounts", what, found.faults)


def _by_route(metrics: Sequence[Metric]) -> Mapping[str, _Counted]:
    found: defaultdict[str, _Counted] = defaultdict(_none)
    for sample in (each for metric in metrics for each in metric.samples):
        labels, value = sample.labels, int(sample.value)
        if sample.name == "tpa_requests_total":
            found[labels["route"]].statuses[int(labels["status"])] += value
        elif sample.name == "tpa_answers_total":
            found[labels["route"]].tiers[labels["tier"]] += value
        elif sample.name == "tpa_request_duration_seconds_bucket":
            found[labels["route"]].bounds_s[float(labels["le"])] += value
    return found


def _none() -> _Counted:
    return _Counted(Counter(), Counter(), Counter())


def _sum(every: Iterable[_Counted]) -> _Counted:
    total = _none()
    for each in every:
        total.statuses.update(each.statuses)
        total.tiers.update(each.tiers)
        total.bounds_s.update(each.bounds_s)
    return total


def _endpoint(route: str, counted: _Counted) -> Endpoint:
    statuses = counted.statuses
    memory, redis, miss = (counted.tiers[tier] for tier in _TIERS)
    answers = memory + redis + miss
    hit_rate = round((memory + redis) / answers * 100, 1) if answers else None
    p50, p95, p99 = (_ms(quantile(counted.bounds_s, share)) for share in (0.5, 0.95, 0.99))
    return Endpoint(
        route=route,
        calls=statuses.total(),
        errors=_from(statuses, _CALLERS_ERROR),
        server_errors=_from(statuses, _OUR_ERROR),
        not_modified=statuses[_NOT_MODIFIED],
        latency_ms=Latency(p50, p95, p99),
        cache=Cache(memory, redis, miss, hit_rate),
    )


def _from(statuses: Mapping[int, int], least: int) -> int:
    return sum(calls for status, calls in statuses.items() if status >= least)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)
