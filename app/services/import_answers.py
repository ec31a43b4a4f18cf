"""A file that someone sends: imported, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from app.errors import RateLimited
from app.importers import formats, moments
from app.services import imports, uncollected
from app.services.bodies import AccountVersion, instant, money
from app.services.imports import File, Imported, Target
from app.services.kinds import Instant, Money
from app.services.resources import Resources

AUTO = "auto"
FORMATS = (AUTO, *(each.name for each in formats.FORMATS))
DATE_ORDERS = tuple(moments.ORDERS)

# What is in memory of a file, its rows and their positions, is many times as large as the file.
_LARGE_BYTES = 1024 * 1024
TURN_WAIT_S = 5


class ImportedBody(Struct):
    """What became of a file. The counts and sums of positions are of the file by itself, whatever
    is stored already; `id` is null where nothing new came, and of a dry run.
    """

    id: str | None
    account_id: str
    file: str
    format: str
    source: str
    dry_run: bool
    rows: int
    executions: int
    accepted: int
    duplicates: int
    orders_accepted: int
    orders_duplicates: int
    positions_closed: int
    closed_positions: int
    open_positions: int
    gross_pnl: Money
    fees: Money
    net_pnl: Money
    first_execution_at: Instant | None
    last_execution_at: Instant | None
    warnings: list[str]
    accounts: dict[str, AccountVersion]
    accounts_created: list[str]


def bring(
    res: Resources,
    name: str,
    content: bytes,
    target: Target,
    *,
    created_by: str,
    allow_overlap: bool,
    dry_run: bool,
) -> ImportedBody:
    """Check a whole file and store it, or only find out what that would do; RateLimited while this
    process is busy with another large one.
    """

    def work() -> ImportedBody:
        file = imports.check(res, name, content, target)
        made = imports.store(
            res, [file], created_by=created_by, allow_overlap=allow_overlap, dry_run=dry_run
        )
        return _told(file, made, dry_run=dry_run)

    with _turn(res, len(content)):
        # Between its steps, too: one search looks through all of the file's rows.
        return uncollected.run(work)


@contextmanager
def _turn(res: Resources, size: int) -> Iterator[None]:
    """Large files are imported one after the other."""
    if size <= _LARGE_BYTES:
        yield
        return
    if not res.importing.acquire(timeout=TURN_WAIT_S):
        message = "another large file is being imported; try again"
        raise RateLimited(message, retry_after_s=TURN_WAIT_S)
    try:
        yield
    finally:
        res.importing.release()


def _told(file: File, made: Imported, *, dry_run: bool) -> ImportedBody:
    contents = file.contents
    times_us = [each.executed_at_us for each in file.executions]
    return ImportedBody(
        id=None if dry_run else made.import_ids[0],
        account_id=file.account_id,
        file=file.name,
        format=file.reading.format,
        source=_source(file),
        dry_run=dry_run,
        rows=file.reading.found.rows,
        executions=contents.executions,
        accepted=made.accepted,
        duplicates=made.duplicates,
        orders_accepted=made.orders_accepted,
        orders_duplicates=made.orders_duplicates,
        positions_closed=made.positions_closed,
        closed_positions=contents.closed_positions,
        open_positions=contents.open_positions,
        gross_pnl=money(contents.gross_micros),
        fees=money(contents.fees_micros),
        net_pnl=money(contents.gross_micros - contents.fees_micros),
        first_execution_at=instant(min(times_us, default=None)),
        last_execution_at=instant(max(times_us, default=None)),
        warnings=list(_warnings(file)),
        accounts={} if dry_run else made.accounts,
        accounts_created=made.accounts_created,
    )


def _source(file: File) -> str:
    return file.executions[0].source if file.executions else file.told.every[0].source


def _warnings(file: File) -> Iterator[str]:
    left_out = file.reading.found.left_out
    if left_out:
        yield f"{left_out} rows hold no fill and no order, and were left out"
    if file.executions and not file.reading.states_fees:
        yield "there are no fees in it: fees_per_side=SYMBOL=AMOUNT adds them"
    for contract, contents in file.by_contract.items():
        if contents.open_positions:
            yield f"a position in {contract} is still open where the file ends"
