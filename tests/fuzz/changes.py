"""Inputs that are like kept ones: bytes changed, cut out, doubled, or repeated without end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

SIZE_MAX = 8_192
# What readers of text, numbers, times, JSON, CSV and frames trip over.
WORDS = (
    *(b"\0", b'"', b"'", b",", b";", b"\t", b"\r", b"\n", b"\\u0000", b"\\ud800", b"\xff"),
    *(b"[", b"{", b"]", b"}", b":", b"null", b"true", b"NaN", b"Infinity", b"\xef\xbb\xbf"),
    *(b"-0", b"9223372036854775808", b"1" * 65, b"1e999999999999999999999", b"0.0000000001"),
    *(b"1_0", b"\xd9\xa1", b"\xe2\x88\x92", b"..", b"/", b"Bearer ", b"%00", b"%", b"+"),
    *(b"T", b" ", b"Z", b"+00:00", b"-99:99", b"9999-12-31", b"0000-00-00", b"24:00", b":60"),
    *(b"=", b"&", b"account_id=", b"limit=", b"cursor="),
)


def changed(rng: Random, kept: Sequence[bytes]) -> bytes:
    """One of the kept inputs after a few changes."""
    made = rng.choice(kept)
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        made = rng.choice(_CHANGES)(rng, made)
    return made[:SIZE_MAX]


def _word(rng: Random, made: bytes) -> bytes:
    at = rng.randrange(len(made) + 1)
    return made[:at] + rng.choice(WORDS) + made[at + rng.choice((0, 0, 1, 4)) :]


def _byte(rng: Random, made: bytes) -> bytes:
    at = rng.randrange(len(made) + 1)
    return made[:at] + bytes([rng.randrange(256)]) + made[at + 1 :]


def _cut(rng: Random, made: bytes) -> bytes:
    at = rng.randrange(len(made) + 1)
    return made[:at] + made[at + rng.choice((1, 2, 8, 64)) :]


def _doubled(rng: Random, made: bytes) -> bytes:
    at = rng.randrange(len(made) + 1)
    piece = made[at : at + rng.choice((1, 3, 16, 64))]
    return made[:at] + piece * 2 + made[at:]


def _endless(rng: Random, made: bytes) -> bytes:
    at = rng.randrange(len(made) + 1)
    piece = rng.choice((made[at : at + rng.choice((1, 2, 5))], rng.choice(WORDS))) or b"T"
    return made[:at] + piece * (SIZE_MAX // len(piece)) + made[at:]


_CHANGES: Sequence[Callable[[Random, bytes], bytes]] = (
    _word,
    _word,
    _byte,
    _cut,
    _doubled,
    _endless,
)
