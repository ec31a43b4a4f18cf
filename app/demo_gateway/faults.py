"""What goes wrong at the demo gateway: by a script, or by chance that a seed decides."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from msgspec.json import Decoder, Encoder

KINDS = (
    "drop",  # The connection ends in mid-answer.
    "truncated",  # The answer ends in mid-row, and says that it is whole.
    "html",  # A page for people, with 200.
    "slow",
    "busy",  # 429 as the real one says it.
    "busy-wait",  # 429 with Retry-After.
    "broken",  # 500.
    "expired",  # Every token is refused from now on.
    "duplicated",
    "reordered",
    "null",  # A failure that has a reason: `success` is false, and there are no rows.
)


class Faults:
    """Decides for each request what goes wrong with it; None: nothing does."""

    def __init__(
        self, seed: int = 0, chances: Mapping[str, float] | None = None, slow_s: float = 1.0
    ) -> None:
        unknown = set(chances or ()) - set(KINDS)
        if unknown:
            raise ValueError(f"unknown faults: {', '.join(sorted(unknown))}")
        self.slow_s = slow_s
        # What comes next, before chance decides again.
        self.script: deque[str | None] = deque()
        # What is done to every answer on its way.
        self.mutate: Callable[[bytes], bytes] = lambda content: content
        self._seed = seed
        self._chances = dict(chances or {})
        self._numbers = count()
        self._deciding = threading.Lock()

    def decide(self) -> str | None:
        """What goes wrong with the next request."""
        with self._deciding:
            if self.script:
                return self.script.popleft()
            luck = Random(f"{self._seed}/{next(self._numbers)}").random()  # noqa: S311
        for kind, chance in self._chances.items():
            luck -= chance
            if luck < 0:
                return kind
        return None


def spoiled(kind: str | None, content: bytes) -> bytes:
    """An answer's bytes as a fault leaves them."""
    if kind == "truncated":
        return content[: len(content) // 2]
    if kind in ("duplicated", "reordered"):
        said = _decoder.decode(content)
        return _encoder.encode(_rows_spoiled(kind, said))
    return content


# Numbers are written again as they were read.
_decoder = Decoder(dict[str, Any], float_hook=Decimal)
_encoder = Encoder(decimal_format="number")


def _rows_spoiled(kind: str, said: dict[str, Any]) -> dict[str, Any]:
    for name, rows in said.items():
        if isinstance(rows, list) and rows:
            twice = [*rows, *rows[-3:]] if kind == "duplicated" else list(rows)
            Random(len(rows)).shuffle(twice)  # noqa: S311
            return said | {name: twice}
    return said
