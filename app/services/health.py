"""Whether this process can do its work, and how what it works with stands."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from app import VERSION
from app.cache.shared import Condition
from app.db import footprint, schema
from app.domain import instants
from app.errors import DatabaseUnavailable
from app.metrics import processes
from app.services import broker, sync_status
from app.services.broker import LimitUse
from app.services.resources import Resources
from app.services.sync_status import SyncBody


class Readiness(Struct):
    """What each part answers."""

    status: Literal["ok", "degraded"]
    database: Literal["ok"]
    redis: Condition
    access: Literal["tokens", "open to anyone"]


class DatabaseState(Struct):
    """The database as it is on disk."""

    kind: str
    revision: str
    bytes: int
    wal_bytes: int | None
    last_change_at: str | None


class HealthBody(Struct):
    """The service as a whole."""

    status: Literal["ok", "degraded"]
    version: str
    uptime_s: float
    workers: int
    database: DatabaseState
    redis: Condition
    access: Literal["tokens", "open to anyone"]
    sync: SyncBody | None
    broker_limits: list[LimitUse] | None


def ready(res: Resources) -> Readiness:
    """What each part answers; DatabaseUnavailable while the database cannot be read or written."""
    res.checks.run(lambda: _use_database(res))
    redis = res.cache.condition()
    return Readiness(
        status="degraded" if redis == "unavailable" else "ok",
        database="ok",
        redis=redis,
        access="tokens" if res.requires_token else "open to anyone",
    )


def summary(res: Resources) -> HealthBody:
    """The same with what an operator wants to know besides."""
    parts, use, found = ready(res), processes.use(), footprint.footprint(res.db)
    changed_at = None if found.changed_at_us is None else instants.text(found.changed_at_us)
    return HealthBody(
        status=parts.status,
        version=VERSION,
        uptime_s=round(use.uptime_s, 1),
        workers=use.workers,
        database=DatabaseState(
            found.kind, schema.REVISION, found.bytes, found.wal_bytes, changed_at
        ),
        redis=parts.redis,
        access=parts.access,
        sync=sync_status.body(res),
        broker_limits=broker.use(res),
    )


def _use_database(res: Resources) -> None:
    found = schema.current(res.db)
    if found != schema.REVISION:
        raise DatabaseUnavailable(
            f"the database is at revision {found}, this version needs {schema.REVISION}:"
            " run flask --app wsgi db upgrade"
        )
    # Only a write that was committed proves that disk, permissions and other writers let us.
    footprint.touch(res.db)
