"""Which backups are kept: the last of each of so many hours, days and weeks, by UTC."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

_PART = re.compile(r"(?P<count>[1-9]\d{0,3})(?P<unit>[hdw])")


class Keep(NamedTuple):
    """Of how many hours, days and ISO weeks the last backup is kept; those without one do not
    count.
    """

    hours: int = 0
    days: int = 0
    weeks: int = 0


def parse(text: str) -> Keep:
    """What `24h,7d,4w` says, in any order; ValueError where it says nothing."""
    counts: dict[str, int] = {}
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        if match is None or match["unit"] in counts:
            raise ValueError(f"must be like 24h,7d,4w (got {text!r})")
        counts[match["unit"]] = int(match["count"])
    return Keep(counts.get("h", 0), counts.get("d", 0), counts.get("w", 0))


def surplus(made_at: Iterable[datetime], keep: Keep) -> list[datetime]:
    """The backups that nothing keeps, oldest first; never the last one."""
    newest_first = sorted(set(made_at), reverse=True)
    kept = set(newest_first[:1])
    units = ((keep.hours, _hour), (keep.days, datetime.date), (keep.weeks, _week))
    for count, unit_of in units:
        last_of: dict[object, datetime] = {}
        for each in newest_first:
            last_of.setdefault(unit_of(each), each)
        kept.update(list(last_of.values())[:count])
    return [each for each in reversed(newest_first) if each not in kept]


def _hour(moment: datetime) -> object:
    return moment.date(), moment.hour


def _week(moment: datetime) -> object:
    return moment.isocalendar()[:2]
