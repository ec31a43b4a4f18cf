"""Clients of Redis as this service uses it: impatient, and without retries of their own."""

from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

# The client's own words, and what it stumbles over when an answer is not what it expects.
FAULTS = (redis.RedisError, OSError, ValueError, TypeError, AttributeError, LookupError)


def connect(url: str, timeout_s: float) -> redis.Redis:
    """A client that waits no longer than this for each piece of an answer; it connects at the
    first call.
    """
    client: redis.Redis = redis.Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        # A new connection says nothing before the question but a password and a database: each
        # word would wait for an answer of its own.
        protocol=2,
        driver_info=None,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    return client
