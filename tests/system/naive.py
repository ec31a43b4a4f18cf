"""The service as it is written first everywhere, to see checkers find its faults.

Of its caching: an answer's name lacks the version, and every write deletes the names. A reader that
was slower than the writer then keeps its old answer after the deletion, for all to read. Of its way
to PostgreSQL: it waits as long as the system does.
"""

from __future__ import annotations

import time
from dataclasses import replace
from unittest.mock import patch

import redis
from flask import Flask, Response, request

from app.cache import keys
from app.cache.keys import Dependencies
from app.cache.memory import Memory
from app.cache.read_through import ReadThrough
from app.cache.shared import Redis
from app.db import engines
from app.factory import create_app
from app.settings import from_env

_named_well = keys.answer
_PAUSE_S = 0.02


class SlowToStore(Redis):
    """Stores an answer a moment after it was made, as any busy reader may."""

    def put(self, name: str, value: bytes, ttl_s: float) -> None:
        """Keep a value for a time, a little later."""
        time.sleep(_PAUSE_S)
        super().put(name, value, ttl_s)


def create() -> Flask:
    """The application, with Redis as its only tier so that deleting there is enough."""
    patch.object(keys, "answer", _name).start()
    url = from_env().redis_url
    assert url
    built = create_app()
    cache = ReadThrough(Memory(bytes_max=0), SlowToStore(url))
    built.extensions["resources"] = replace(built.extensions["resources"], cache=cache)
    client: redis.Redis = redis.Redis.from_url(url)

    @built.before_request
    def _answer_in_full() -> None:
        # Its tags are without a version, too, which would make the fault too easy to find.
        request.environ.pop("HTTP_IF_NONE_MATCH", None)

    @built.after_request
    def _forget(response: Response) -> Response:
        if request.method == "POST":
            client.flushdb()
        return response

    return built


def create_patient() -> Flask:
    """The application, without any limit on how long PostgreSQL may be silent."""
    patch.object(engines, "_PATIENCE", {}).start()
    patch.object(engines, "_PREPARE", "SELECT 1;").start()
    patch.object(engines, "_PREPARE_WRITER", "").start()
    return create_app()


def _name(dependencies: Dependencies, form: str) -> str:
    return _named_well(dependencies._replace(version=0, stamp=0), form)
