"""Files in: checked as a whole, then handed to the one way in for a fill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from app.domain.executions import Execution
from app.domain.instruments import Catalogue
from app.domain.positions import Position, build, whole
from app.errors import AppError, Detail, InvalidBody
from app.importers import formats
from app.importers.formats import Reading
from app.importers.table import Context, Origin
from app.services import ingest
from app.services.admission import NAMED_MAX, admit_all
from app.services.bodies import Recorded
from app.services.instruments import catalogue
from app.services.resources import Resources


class Target(NamedTuple):
    """Where a file goes and how it is read: `layout` a format's name or `auto`, `zone` that of
    times without an offset.
    """

    account_id: str
    layout: str = "auto"
    zone: str | None = None


class Contents(NamedTuple):
    """What a file holds by itself, whatever is stored already."""

    format: str
    rows: int
    executions: int
    closed_positions: int
    open_positions: int
    gross_micros: int
    fees_micros: int


class File(NamedTuple):
    """A file that was found good for an account."""

    name: str
    reading: Reading
    contents: Contents


def check(res: Resources, name: str, content: bytes, target: Target) -> File:
    """Read and check a whole file; InvalidBody names every bad line by file, line and column."""
    with res.db.read() as conn:
        known = catalogue(conn)
    try:
        reading = formats.read(
            content, Context(target.account_id, known, target.zone), target.layout
        )
    except ValueError as error:
        raise InvalidBody(f"{name}: {error}") from None
    _refuse_bad_lines(name, reading)
    currencies = ingest.currencies(res, reading.found.fills, may_create_accounts=True)
    with _named_by_line([(name, reading)]):
        batch = admit_all(reading.found.fills, currencies, known)
    unique = {row.execution.execution_id: row.execution for row in batch.rows[target.account_id]}
    return File(name, reading, _contents(reading, _positions(unique.values(), target, known)))


def store(
    res: Resources, files: Sequence[File], *, allow_overlap: bool = False, dry_run: bool = False
) -> Recorded:
    """Record the fills of checked files in one transaction, or only find out what that would do;
    a fault is named by file and line.
    """
    fills = [fill for file in files for fill in file.reading.found.fills]
    with _named_by_line([(file.name, file.reading) for file in files]):
        return ingest.record(res, fills, allow_overlap=allow_overlap, dry_run=dry_run)


def _positions(executions: Iterable[Execution], target: Target, known: Catalogue) -> list[Position]:
    by_contract: dict[str, list[Execution]] = {}
    for each in sorted(executions, key=lambda each: each.key):
        by_contract.setdefault(each.contract, []).append(each)
    return [
        built.position
        for some in by_contract.values()
        for built in build(
            target.account_id, known.by_root[some[0].symbol].point_value_micros, whole(some)
        )
    ]


def _refuse_bad_lines(name: str, reading: Reading) -> None:
    bad_lines = reading.found.bad_lines
    if bad_lines:
        details = [
            Detail(bad.column, f"{name}:{bad.line}: {bad.column} {bad.message}", bad.line)
            for bad in bad_lines[:NAMED_MAX]
        ]
        count = len(bad_lines)
        summary = f"{count} bad lines, nothing was stored; " if count > 1 else ""
        raise InvalidBody(summary + details[0].message, details)
    if not reading.found.fills:
        raise InvalidBody(f"{name}: there are no rows in it")


@contextmanager
def _named_by_line(files: Sequence[tuple[str, Reading]]) -> Iterator[None]:
    """Say of a fault in a fill which line of which file it comes from."""
    try:
        yield
    except AppError as error:
        if not error.details:
            raise
        origins = [(name, each) for name, reading in files for each in reading.found.origins]
        details = [_named(detail, *origins[(detail.row or 1) - 1]) for detail in error.details]
        raise type(error)(f"nothing was stored; {details[0].message}", details) from error


def _named(detail: Detail, name: str, origin: Origin) -> Detail:
    message = f"{name}:{origin.line}: {detail.message}"
    return Detail(origin.column(detail.field), message, origin.line)


def _contents(reading: Reading, positions: list[Position]) -> Contents:
    closed = [each for each in positions if each.closed_at_us is not None]
    return Contents(
        format=reading.format,
        rows=reading.rows,
        executions=len(reading.found.fills),
        closed_positions=len(closed),
        open_positions=len(positions) - len(closed),
        gross_micros=sum(each.gross_micros for each in positions),
        fees_micros=sum(each.fees_micros for each in positions),
    )
