"""What must hold of everything that callers were told while machines were cut off one by one.

Whoever is not cut off answers, in time and with sense: 503 only while the database is out of
reach, or while a machine that is cut off has what a write asks for; nothing at all only where the
question or its answer was lost on the way. `faults` is a pure function of what was cut off and what
was answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

GOOD = (200, 304)
REFUSED = (503, "DATABASE_UNAVAILABLE")
# A connection that is found dead, and the try to make another: see app/db/engines.py.
ANSWER_MAX_S = 12.0
LIVE_MAX_S = 3.0
# Five seconds, and some for a machine that is busy with other things.
BACK_MAX_S = 8.0

Kind = Literal["read", "wait", "write", "live"]


class Outage(NamedTuple):
    """A machine that was cut off."""

    host: str
    from_s: float
    until_s: float


class Answer(NamedTuple):
    """What a caller was told, and by whom; status 0 where nothing came. `held_s` is how long it
    agreed to wait.
    """

    host: str
    kind: Kind
    began_s: float
    ended_s: float
    status: int
    code: str = ""
    held_s: float = 0.0


def faults(outages: Sequence[Outage], answers: Sequence[Answer], database: str) -> list[str]:
    """Everything that should not be so."""
    lost = {each.host: [o for o in outages if o.host == each.host] for each in answers}
    away = [each for each in outages if each.host == database]
    return [
        f"{_name(answer)}: {fault}"
        for answer in answers
        for fault in _faults(answer, lost[answer.host], outages if answer.kind == "write" else away)
    ]


def overlaps(answer: Answer, outages: Sequence[Outage]) -> bool:
    """Whether one of them, or what it left behind, may have had to do with an answer."""
    return any(
        answer.began_s <= each.until_s + BACK_MAX_S and answer.ended_s >= each.from_s
        for each in outages
    )


def _faults(answer: Answer, own: Sequence[Outage], away: Sequence[Outage]) -> Iterator[str]:
    took_s = answer.ended_s - answer.began_s - answer.held_s
    was_lost = overlaps(answer, own)
    if answer.status not in GOOD and not _is_excused(answer, own, away):
        yield f"status {answer.status} {answer.code}".strip()
    if was_lost:
        return
    if answer.kind == "live" and took_s > LIVE_MAX_S:
        yield f"the process did nothing else for {took_s:.1f} s"
    elif took_s > ANSWER_MAX_S:
        yield f"nobody knew anything for {took_s:.1f} s"


def _is_excused(answer: Answer, own: Sequence[Outage], away: Sequence[Outage]) -> bool:
    if answer.status == 0:
        return overlaps(answer, own)
    is_refused = (answer.status, answer.code) == REFUSED and answer.kind != "live"
    return is_refused and overlaps(answer, [*own, *away])


def _name(answer: Answer) -> str:
    return f"{answer.kind} of {answer.host} at {answer.began_s:.2f} s"
