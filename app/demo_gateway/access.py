"""Who may ask the demo gateway, and how often: tokens that end, and the real one's limits."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping
from itertools import count
from types import MappingProxyType

from app.domain import instants

_HEADER = b'{"alg":"HS256","typ":"JWT"}'
TOKEN_LIFE_S = 24 * 3600
# Requests, and the seconds of the window that slides.
LIMITS: Mapping[str, tuple[int, int]] = MappingProxyType({"general": (200, 60), "bars": (50, 30)})


class Tokens:
    """Makes tokens and knows its own again."""

    def __init__(self, now_us: Callable[[], int], life_s: int = TOKEN_LIFE_S) -> None:
        self._now_us = now_us
        self._life_us = life_s * instants.SECOND_US
        self._key = secrets.token_bytes(32)
        self._numbers = count(1)
        self._revoked_until = 0

    def make(self) -> str:
        """A new token."""
        ends_at_us = self._now_us() + self._life_us
        ends_at_s = ends_at_us // instants.SECOND_US
        said = {"sub": "1001", "jti": next(self._numbers), "exp": ends_at_s}
        body = f"{_base64(_HEADER)}.{_base64(json.dumps(said).encode())}"
        return f"{body}.{self._sign(body)}"

    def is_good(self, token: str) -> bool:
        """Whether a token is one of these and still holds."""
        body, _, signature = token.rpartition(".")
        if not (token.isascii() and hmac.compare_digest(signature, self._sign(body))):
            return False
        said = json.loads(base64.urlsafe_b64decode(body.split(".")[1] + "=="))
        ends_at_us = said["exp"] * instants.SECOND_US
        return bool(said["jti"] > self._revoked_until and self._now_us() < ends_at_us)

    def revoke_all(self) -> None:
        """End every token there is."""
        self._revoked_until = next(self._numbers)

    def _sign(self, body: str) -> str:
        return _base64(hmac.digest(self._key, body.encode(), hashlib.sha256))


class Limits:
    """Counts requests in windows that slide."""

    def __init__(
        self, now_us: Callable[[], int], limits: Mapping[str, tuple[int, int]] = LIMITS
    ) -> None:
        self._now_us = now_us
        self._limits = limits
        self._counting = threading.Lock()
        self._taken: dict[str, deque[int]] = {name: deque() for name in limits}

    def take(self, name: str) -> bool:
        """Whether one more request is within the limit; one that is not is not counted."""
        requests_max, span_s = self._limits[name]
        with self._counting:
            now_us, taken = self._now_us(), self._taken[name]
            while taken and taken[0] <= now_us - span_s * instants.SECOND_US:
                taken.popleft()
            if len(taken) >= requests_max:
                return False
            taken.append(now_us)
            return True


def _base64(said: bytes) -> str:
    return base64.urlsafe_b64encode(said).rstrip(b"=").decode()
