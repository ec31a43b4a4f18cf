"""Cursors: where a page ended, for which question, so that the next one goes on from there.

A cursor is URL-safe base64 of a JSON object: `t` and `id` of the last item, the window that the
first page resolved, and a mark of the filters that it belongs to.
"""

from __future__ import annotations

import base64
import binascii
import json
from hashlib import blake2b
from typing import NamedTuple

from app.domain import instants
from app.domain.periods import Span
from app.errors import InvalidCursor

LENGTH_MAX = 1_024

# What reading a text raises that was made elsewhere; Infinity, too, is a number to Python's JSON.
_NOT_OURS = (
    binascii.Error,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    RecursionError,
)


class Cursor(NamedTuple):
    """The last item of a page by its instant and id, and the window of the first page; `sequence`
    where items of one instant have one.
    """

    at_us: int
    id: str
    window: Span
    sequence: int | None = None


def mark(*filters: object) -> str:
    """A short mark of what was asked, the same for the same question."""
    return blake2b(repr(filters).encode(), digest_size=9).hexdigest()


def encode(cursor: Cursor, filters_mark: str) -> str:
    """The cursor as its holder sends it back."""
    said: dict[str, object] = {
        "t": instants.text(cursor.at_us),
        "id": cursor.id,
        "w": [instants.text(bound_us) for bound_us in cursor.window],
        "f": filters_mark,
    }
    if cursor.sequence is not None:
        said["s"] = cursor.sequence
    return base64.urlsafe_b64encode(json.dumps(said, separators=(",", ":")).encode()).decode()


def decode(text: str, filters_mark: str) -> Cursor:
    """InvalidCursor for what is none, or one of another question."""
    try:
        said = json.loads(base64.b64decode(text[:LENGTH_MAX], altchars=b"-_", validate=True))
        at, identity, window, of = said["t"], said["id"], said["w"], said["f"]
        span = Span(instants.parse(window[0]), instants.parse(window[1]))
        sequence = said.get("s")
        cursor = Cursor(
            instants.parse(at),
            # Ids and names of periods are ASCII: whatever else it is cannot be looked for.
            str(identity).encode("ascii").decode(),
            span,
            None if sequence is None else int(sequence),
        )
    except _NOT_OURS:
        raise InvalidCursor("this is no cursor of ours: take next_cursor as it was given") from None
    if of != filters_mark:
        raise InvalidCursor("this cursor belongs to other filters: begin again without it")
    return cursor
