"""For each alert what makes it fire, and what is near to that and must not."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

Series = dict[str, str]
MIB = 2**20


class Case(NamedTuple):
    """Series by their names, in the notation of promtool, a value a minute."""

    alert: str
    fires: Series
    rests: Series
    labels: Mapping[str, str] = MappingProxyType({})
    summary: str = ""
    after: str = "20m"


def stays(value: float) -> str:
    """The same for four hours."""
    return f"{value}x240"


def grows(by: float) -> str:
    """More with every minute."""
    return f"0+{by}x240"


DAILY = {"limit": "daily_loss_limit"}
ERRORS = 'tpa_errors_total{code="INTERNAL"}'
REQUESTS = 'tpa_requests_total{method="GET",route="/a",status="200"}'
SLOW = 'tpa_request_duration_seconds_bucket{route="/a",le="%s"}'
IMPORT = 'tpa_request_duration_seconds_bucket{route="/api/imports",le="%s"}'
FAILURES = 'tpa_database_failures_total{kind="%s"}'
BACKUP = "tpa_last_backup_timestamp_seconds"
WAL, CHANGE = "tpa_database_wal_bytes", "tpa_last_change_timestamp_seconds"
LIMIT = '{limit="daily_loss_limit"}'
SYNC = ("tpa_sync_differing_accounts", "tpa_sync_undecided_fills", "tpa_sync_faulty_accounts")


def latencies(name: str, *, quick: float, slow: float) -> Series:
    """Answers a minute within a tenth of a second, and all of them."""
    return {name % "0.1": grows(quick), name % "1": grows(slow), name % "+Inf": grows(slow)}


CASES = [
    Case("TraderDown", {'up{job="trader"}': stays(0)}, {'up{job="trader"}': stays(1)},
         {"job": "trader"}),
    Case("TraderErrors", {ERRORS: grows(3), REQUESTS: grows(100)},
         {ERRORS: "0x10 1x230", REQUESTS: grows(100)}),
    Case("TraderSlow", latencies(SLOW, quick=95, slow=100),
         latencies(SLOW, quick=1000, slow=1001) | latencies(IMPORT, quick=0, slow=100)),
    Case("TraderMemory", {"tpa_resident_memory_bytes": stays(700 * MIB)},
         {"tpa_resident_memory_bytes": stays(300 * MIB)}),
    Case("TraderCacheGivenUp", {'tpa_breakers_open{part="redis"}': stays(1)},
         {'tpa_breakers_open{part="redis"}': "0 1 0 1 0 0x240"}, {"part": "redis"}),
    Case("TraderWebhooksGivenUp", {'tpa_webhooks_total{outcome="given_up"}': "0x10 1x230"},
         {'tpa_webhooks_total{outcome="failed"}': grows(1)}, {"outcome": "given_up"}),
    Case("TraderDatabaseDown", {"tpa_database_up": stays(0)}, {"tpa_database_up": stays(1)}),
    Case("TraderDatabaseFaults", {FAILURES % "fault": "0x17 1x200"},
         {FAILURES % "fault": stays(1), FAILURES % "busy": grows(1)}, {"kind": "fault"}),
    Case("TraderDatabaseFaults", {FAILURES % "damage": "0x17 1x200"},
         {FAILURES % "damage": stays(1)}, {"kind": "damage"}),
    Case("TraderWritesRefused", {FAILURES % "busy": grows(1)},
         {FAILURES % "busy": stays(3), FAILURES % "fault": grows(1)}, {"kind": "busy"}),
    Case("TraderLogGrows", {WAL: stays(80 * MIB)}, {WAL: stays(60 * MIB)}),
    Case("TraderDiskLow", {"tpa_disk_free_bytes": stays(2**29)},
         {"tpa_disk_free_bytes": stays(2**31), "tpa_database_bytes": stays(2**29)}),
    Case("TraderBackupTooOld", {BACKUP: stays(0)}, {BACKUP: grows(60)}, after="3h10m"),
    # A server's database has no such log, and tools of its own for backups.
    Case("TraderBackupMissing", {WAL: stays(1)}, {CHANGE: stays(1)}, after="3h10m"),
    Case("TraderLimitNear", {f"tpa_limit_used_ratio{LIMIT}": stays(0.85)},
         {f"tpa_limit_used_ratio{LIMIT}": stays(0.79)}, DAILY,
         "An account has used 85% of its daily_loss_limit."),
    Case("TraderLimitReached", {f"tpa_limits_reached{LIMIT}": stays(2)},
         {f"tpa_limits_reached{LIMIT}": stays(0)}, DAILY,
         "2 accounts have reached their daily_loss_limit."),
    Case("TraderLimitUnknown", {f"tpa_limits_unknown{LIMIT}": stays(1)},
         {f"tpa_limits_unknown{LIMIT}": "1 0 1 0 0x230"}, DAILY,
         "Nobody can tell how much 1 accounts have used of their daily_loss_limit."),
    Case("TraderFeedStale", {"tpa_feed_age_seconds": stays(90)},
         {"tpa_feed_age_seconds": stays(59)},
         summary="The broker was not heard of for 1m 30s."),
    Case("TraderSyncStopped", {"tpa_sync_running": stays(0)}, {"tpa_sync_running": stays(1)}),
    Case("TraderFeedDiffers", {SYNC[0]: stays(0), SYNC[1]: stays(2), SYNC[2]: stays(0)},
         dict.fromkeys(SYNC, stays(0))),
    # Series begin on a Thursday, the first of 1970.
    Case("TraderNothingWritten", {CHANGE: "0x3000"}, {CHANGE: "0+60x3000"}, after="1d1h"),
]  # fmt: skip
