"""Files of bars: checked from end to end before any is stored, then stored in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple, cast

from app.domain.bars import SECONDS, Bar, Timeframe
from app.errors import Detail, InvalidBody
from app.importers import bars as reader
from app.importers.bars import Reading
from app.importers.layout import BadLine
from app.services import bar_storing
from app.services.admission import NAMED_MAX
from app.services.bar_storing import Stored
from app.services.resources import Resources

BATCH = 20_000


class Source(NamedTuple):
    """Whose bars a file has, of which timeframe, and whether its times are the bars' ends."""

    symbol: str
    contract: str | None
    timeframe: str
    is_at_end: bool

    @property
    def timeframe_s(self) -> int:
        """The length of the bars."""
        return SECONDS[cast("Timeframe", self.timeframe)]


def check(res: Resources, name: str, lines: Iterable[str], source: Source) -> int:
    """How many bars a file has; InvalidBody names each line that is none, or a time that comes
    twice.
    """
    faults: list[str] = []
    seen: set[int] = set()
    ends: list[Bar] = []
    for number, each in enumerate(_read(res, lines, source), start=1):
        if isinstance(each, BadLine):
            faults.append(f"{name}:{each.line}: {each.column}: {each.message}")
        elif each.opened_at_us in seen:
            faults.append(f"{name}: bar {number}: timestamp: it comes twice")
        else:
            seen.add(each.opened_at_us)
            ends = [min([*ends, each]), max([*ends, each])]
        if len(faults) == NAMED_MAX:
            break
    if not (faults or ends):
        faults.append(f"{name}: there are no bars in it")
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise InvalidBody(f"{faults[0]}{more}", [Detail("file", each) for each in faults])
    bar_storing.delivery(res, source.symbol, source.contract, ends)
    return len(seen)


def store(
    res: Resources, lines: Iterable[str], source: Source, tell: Callable[[int], object]
) -> Stored:
    """Store a file that was checked, telling how many more bars are in after each batch."""
    found = (each for each in _read(res, lines, source) if isinstance(each, Bar))
    total = Stored(0, 0, 0)
    for batch, is_first in _batches(found):
        meant = bar_storing.delivery(res, source.symbol, source.contract, batch)
        stored = bar_storing.store(res, meant, source.timeframe_s, batch)
        repeated = 0 if is_first else 1
        stored = stored._replace(unchanged=stored.unchanged - repeated)
        total = Stored(*(sum(pair) for pair in zip(total, stored, strict=True)))
        tell(len(batch) - repeated)
    return total


def _batches(found: Iterator[Bar]) -> Iterator[tuple[list[Bar], bool]]:
    """Batches that begin with the last bar of the one before, so that the time between is known."""
    last: list[Bar] = []
    while batch := list(islice(found, BATCH)):
        yield last + batch, not last
        last = batch[-1:]


def _read(res: Resources, lines: Iterable[str], source: Source) -> Iterator[Bar | BadLine]:
    how = Reading(source.timeframe_s, source.is_at_end, res.now_us())
    return reader.read(lines, how)
