"""Tells every process that something was written, so that nobody has to look for it all the time.

What is told may get lost: whoever listens still looks now and then by itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NoReturn, Protocol

from redis.client import PubSub

from app import redis_client

CHANNEL = "tpa:written"
TIMEOUT_S = 0.5
_LISTEN_S = 1.0
_TRY_AGAIN_S = 1.0


class Bus(Protocol):
    """A way from every process to every other; it may be broken at any time."""

    is_listening: bool

    def tell(self) -> None:
        """Something was written."""
        ...

    def listen(self, hear: Callable[[], None]) -> None:
        """Have `hear` called, from now on, when any process tells; only the first call counts."""
        ...


class Silence:
    """No bus: whoever wants to know has to look."""

    is_listening = False

    def tell(self) -> None:
        """Nobody is told."""

    def listen(self, hear: Callable[[], None]) -> None:
        """Nothing is heard."""


class RedisBus:
    """Redis' pub/sub; a request never waits for it."""

    def __init__(self, url: str) -> None:
        self._client = redis_client.connect(url, TIMEOUT_S)
        self._told = threading.Event()
        self._guard = threading.Lock()
        self._is_speaking = False
        self._hears: Callable[[], None] | None = None
        self.is_listening = False

    def tell(self) -> None:
        """Something was written: told as soon as may be, many at once as one."""
        self._told.set()
        with self._guard:
            if self._is_speaking:
                return
            self._is_speaking = True
        _start(self._speak, "bus-out")

    def listen(self, hear: Callable[[], None]) -> None:
        """Have `hear` called, from now on, when any process tells; only the first call counts."""
        with self._guard:
            if self._hears:
                return
            self._hears = hear
        _start(lambda: self._hear(hear), "bus-in")

    def _speak(self) -> NoReturn:
        while True:
            self._told.wait()
            self._told.clear()
            try:
                self._client.publish(CHANNEL, "")
            except redis_client.FAULTS:
                # The others look by themselves until it is healed.
                time.sleep(_TRY_AGAIN_S)

    def _hear(self, hear: Callable[[], None]) -> NoReturn:
        while True:
            try:
                with self._client.pubsub() as heard:  # type: ignore[no-untyped-call]
                    heard.subscribe(CHANNEL)
                    self._pass_on(heard, hear)
            except redis_client.FAULTS:
                self.is_listening = False
            # What was told in between was not heard.
            hear()
            time.sleep(_TRY_AGAIN_S)

    def _pass_on(self, heard: PubSub, hear: Callable[[], None]) -> NoReturn:
        while True:
            message = heard.get_message(timeout=_LISTEN_S)
            # A connection that is cut on the way is silent as well: then not even a ping is heard.
            self.is_listening = message is not None
            if message is None:
                heard.ping()
            elif message["type"] != "pong":
                hear()


def _start(work: Callable[[], object], name: str) -> None:
    threading.Thread(target=work, daemon=True, name=name).start()
