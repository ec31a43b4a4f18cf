"""Files in: checked as a whole, then handed to the one way in for a fill."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import NamedTuple

from msgspec import structs

from app.db import accounts, executions
from app.domain.executions import PLACE, Execution, Fill, admit
from app.domain.instruments import Catalogue
from app.domain.orders import Order, SentOrder
from app.domain.orders import admit as admit_order
from app.domain.positions import Position, build, whole
from app.errors import AppError, Conflict, Detail, InvalidBody, InvalidParameter
from app.importers import delimited, formats
from app.importers.formats import Reading
from app.importers.layout import Found, Origin
from app.importers.moments import ORDERS as DATE_ORDERS
from app.importers.table import Context
from app.services import import_log, ingest
from app.services.admission import NAMED_MAX, each_admitted
from app.services.bodies import Recorded
from app.services.import_log import Log, Source
from app.services.instruments import catalogue
from app.services.orders import Told
from app.services.resources import Resources

FILE_MAX_BYTES = delimited.FILE_MAX_BYTES
# About what a row takes; it decides whether a file is read beside other requests or apart.
_ROW_BYTES = 100


class Target(NamedTuple):
    """Where a file goes and how it is read: `layout` a format's name or `auto`, `zone` that of
    times without an offset, `date_order` for dates that can be read in two ways, `fees_per_side`
    what a contract of a symbol costs on each side where the file has no fees.
    """

    account_id: str
    layout: str = "auto"
    zone: str | None = None
    date_order: str | None = None
    fees_per_side: Mapping[str, Decimal] = {}


class Contents(NamedTuple):
    """What a file, or its part in one contract, holds by itself, whatever is stored already."""

    executions: int
    closed_positions: int
    open_positions: int
    gross_micros: int
    fees_micros: int


_NOTHING = Contents(0, 0, 0, 0, 0)


class File(NamedTuple):
    """A file that was found good for an account; `by_contract` says what it holds of each, `told`
    are its orders.
    """

    name: str
    digest: str
    account_id: str
    reading: Reading
    executions: Sequence[Execution]
    contents: Contents
    by_contract: Mapping[str, Contents]
    told: Told


def check(res: Resources, name: str, content: bytes, target: Target) -> File:
    """Read and check a whole file; InvalidBody names every bad line by file, line and column."""
    with res.db.read() as conn:
        known = catalogue(conn)
    context = _context(target, known)
    run = res.runner(len(content) // _ROW_BYTES)
    try:
        reading = run(lambda: formats.read(content, context, target.layout))
    except ValueError as error:
        raise InvalidBody(f"{name}: {error}") from None
    _refuse_bad_lines(name, reading)
    currency = ingest.currency(res, target.account_id)
    admitted, told = run(lambda: _admitted(name, reading.found, known, currency))
    by_contract = run(lambda: _by_contract(admitted, target.account_id, known))
    total = Contents(*map(sum, zip(_NOTHING, *by_contract.values(), strict=True)))
    digest = run(lambda: hashlib.sha256(content).hexdigest())
    return File(name, digest, target.account_id, reading, admitted, total, by_contract, told)


def _admitted(
    name: str, found: Found, known: Catalogue, currency: str
) -> tuple[list[Execution], Told]:
    """The executions and the orders of a file; a failure names the bad lines of both in order."""
    handed: list[Fill | SentOrder] = [*found.fills, *found.orders]
    origins = [*found.origins, *found.order_origins]
    by_line = sorted(range(len(handed)), key=[each.line for each in origins].__getitem__)

    def admit_one(each: Fill | SentOrder) -> Execution | Order:
        return admit(each, known, currency) if isinstance(each, Fill) else admit_order(each, known)

    with _named_by_line((name, origins[place]) for place in by_line):
        admitted = each_admitted([handed[place] for place in by_line], admit_one)
    as_handed = [each for _, each in sorted(zip(by_line, admitted, strict=True), key=itemgetter(0))]
    sent = [each for each in as_handed if isinstance(each, Order)]
    certain = len(sent) - found.hints
    fills = [each for each in as_handed if isinstance(each, Execution)]
    return fills, Told(sent[:certain], sent[certain:])


class Imported(Recorded):
    """What became of some files, and what each was noted as: None if it brought nothing new."""

    orders_accepted: int
    orders_duplicates: int
    import_ids: list[str | None]


def store(
    res: Resources,
    files: Sequence[File],
    *,
    created_by: str = import_log.COMMAND_LINE,
    allow_overlap: bool = False,
    dry_run: bool = False,
) -> Imported:
    """Record the fills and orders of checked files in one transaction, or only find out what that
    would do; a fault is named by file and line.
    """
    for number, file in enumerate(files):
        if file.reading.merges:
            known = _known_ids(res, file, files[:number])
            res.runner(len(known))(partial(_refuse_half_known, file, known))
    fills = [fill for file in files for fill in file.reading.found.fills]
    log = Log(res, [_source(file) for file in files], created_by)
    with _named_by_line((file.name, each) for file in files for each in _origins(file)):
        recorded = ingest.record(
            res, fills, allow_overlap=allow_overlap, dry_run=dry_run, beside=log
        )
    return Imported(
        **structs.asdict(recorded),
        orders_accepted=log.orders_accepted,
        orders_duplicates=log.size - log.orders_accepted,
        import_ids=log.import_ids,
    )


def _origins(file: File) -> Sequence[Origin]:
    return file.reading.found.origins


def _source(file: File) -> Source:
    found, layout = file.reading.found, file.reading.format
    counts = found.rows, len(found.fills)
    return Source(file.account_id, file.name, layout, file.digest, *counts, file.told)


def _context(target: Target, known: Catalogue) -> Context:
    if target.date_order not in (None, *DATE_ORDERS):
        raise InvalidParameter(f"date_order must be {' or '.join(DATE_ORDERS)}")
    fees_per_side = {}
    for symbol, amount in target.fees_per_side.items():
        instrument = known.find(symbol.upper())
        if instrument is None:
            raise InvalidParameter(f"fees_per_side: there is no symbol {symbol[:40]!r}")
        if not amount.is_finite() or amount < 0:
            raise InvalidParameter(f"fees_per_side: {symbol[:40]} must not cost less than nothing")
        fees_per_side[instrument.root] = amount
    return Context(target.account_id, known, target.zone, target.date_order, fees_per_side)


def _known_ids(res: Resources, file: File, before: Sequence[File]) -> set[str]:
    """Those of a file's ids that were imported, if only by a file of the same import."""
    ids = {each.execution_id for each in file.executions}
    known = {
        each.execution_id
        for other in before
        if other.account_id == file.account_id
        for each in other.executions
    }
    with res.db.read() as conn:
        account = accounts.by_id(conn, file.account_id)
        if account:
            known |= executions.by_ids(conn, account.account_key, ids).keys()
            known |= executions.tombstones(conn, account.account_key, ids)
    return known


def _refuse_half_known(file: File, known: set[str]) -> None:
    """Conflict where a fill was imported as far as an earlier file showed it: other parts of it
    would be taken for the same, and would leave a position open. Closed trades leave none.
    """
    left: Counter[str] = Counter()
    for each in file.executions:
        if each.execution_id not in known:
            left[each.contract] += each.signed_quantity
    for each, origin in zip(file.executions, file.reading.found.origins, strict=True):
        if each.execution_id in known and left[each.contract]:
            message = (
                f"{file.name}:{origin.line}: fill {each.execution_id!r} was imported before, and"
                f" other parts of it are in this file: undo that import and import one file with"
                f" all of {each.contract}"
            )
            field = origin.column("execution_id")
            raise Conflict(f"nothing was stored; {message}", [Detail(field, message, origin.line)])


def _by_contract(
    admitted: Iterable[Execution], account_id: str, known: Catalogue
) -> dict[str, Contents]:
    """By contract, each row once however often it stands there."""
    found: dict[str, dict[str, Execution]] = {}
    for each in admitted:
        found.setdefault(each.contract, {})[each.execution_id] = each
    return {
        contract: _contents(_positions(list(some.values()), account_id, known), len(some))
        for contract, some in sorted(found.items())
    }


def _positions(some: Sequence[Execution], account_id: str, known: Catalogue) -> list[Position]:
    """The positions that executions of one contract make."""
    in_order = whole(sorted(some, key=PLACE))
    point_value_micros = known.by_root[some[0].symbol].point_value_micros
    return [built.position for built in build(account_id, point_value_micros, in_order)]


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
    if not reading.found.fills and not reading.found.orders:
        left_out = reading.found.left_out
        what = "a fill or an order"
        why = f"none of its {left_out} rows holds {what}" if left_out else "there are no rows in it"
        raise InvalidBody(f"{name}: {why} ({reading.format})")


@contextmanager
def _named_by_line(origins: Iterable[tuple[str, Origin]]) -> Iterator[None]:
    """Say of a fault which line of which file it comes from; they are looked at for one alone."""
    try:
        yield
    except AppError as error:
        if not error.details:
            raise
        of_rows = list(origins)
        named = [_named(detail, *of_rows[(detail.row or 1) - 1]) for detail in error.details]
        # A line that holds a fill and its order has the same fault twice.
        details = list(dict.fromkeys(named))
        raise type(error)(f"nothing was stored; {details[0].message}", details) from error


def _named(detail: Detail, name: str, origin: Origin) -> Detail:
    message = f"{name}:{origin.line}: {detail.message}"
    return Detail(origin.column(detail.field), message, origin.line)


def _contents(positions: Sequence[Position], executions_count: int) -> Contents:
    closed = [each for each in positions if each.closed_at_us is not None]
    return Contents(
        executions=executions_count,
        closed_positions=len(closed),
        open_positions=len(positions) - len(closed),
        gross_micros=sum(each.gross_micros for each in positions),
        fees_micros=sum(each.fees_micros for each in positions),
    )
