"""What a batch of fills must pass before any of it is stored; every row at fault is named."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from app.db import executions
from app.db.connection import Connection
from app.db.executions import SourceSpan
from app.domain import instants
from app.domain.accounts import Account
from app.domain.executions import Execution, Fill, admit
from app.domain.faults import Refused
from app.domain.instruments import Catalogue
from app.errors import AppError, Detail, InvalidBody

# More faults than this nobody reads.
NAMED_MAX = 100

_S = TypeVar("_S")
_A = TypeVar("_A")


class Row(NamedTuple):
    """A fill, its normalized form, and its place in the batch from 1."""

    number: int
    fill: Fill
    execution: Execution


class Batch(NamedTuple):
    """The rows of a batch by account, the currency each account was taken to have, instruments."""

    rows: Mapping[str, list[Row]]
    currencies: Mapping[str, str]
    catalogue: Catalogue


class Beside(Protocol):
    """What else belongs into a batch's transaction."""

    @property
    def account_ids(self) -> Collection[str]:
        """Accounts that it is for, even where there is no fill for them."""
        ...

    @property
    def size(self) -> int:
        """How many rows it has of its own."""
        ...

    def store(self, conn: Connection, account: Account, fresh: Sequence[Row]) -> bool:
        """Told a locked account and the rows that are new in it; whether it changed anything."""
        ...


def admit_all(fills: Sequence[Fill], currencies: Mapping[str, str], catalogue: Catalogue) -> Batch:
    """Every fill normalized; otherwise one failure that names every row at fault."""
    found = each_admitted(fills, lambda fill: admit(fill, catalogue, currencies[fill.account_id]))
    rows: dict[str, list[Row]] = {account_id: [] for account_id in currencies}
    for number, (fill, execution) in enumerate(zip(fills, found, strict=True), start=1):
        rows[fill.account_id].append(Row(number, fill, execution))
    return Batch(rows, currencies, catalogue)


def each_admitted(sent: Sequence[_S], admit_one: Callable[[_S], _A]) -> list[_A]:
    """Everything that was sent, normalized; otherwise one failure that names every row at fault."""
    found: list[_A] = []
    kinds: set[type[AppError]] = set()
    details: list[Detail] = []
    for number, each in enumerate(sent, start=1):
        try:
            found.append(admit_one(each))
        except Refused as refused:
            kinds.update(refused.kinds)
            details += [fault._replace(row=number) for fault in refused.details]
    refuse(kinds.pop() if len(kinds) == 1 else InvalidBody, details)
    return found


def refuse(kind: type[AppError], details: Sequence[Detail]) -> None:
    """Raise a failure that names every fault, if there is any."""
    if details:
        raise kind(_summary(details), details[:NAMED_MAX])


def source_overlaps(
    conn: Connection, rows_by_account: Sequence[tuple[Account, Sequence[Row]]]
) -> list[Detail]:
    """The rows whose source speaks of a time in a contract of which another source speaks, too:
    one fill must not come in twice by two roads.
    """
    details: list[Detail] = []
    for account, rows in rows_by_account:
        by_contract: dict[str, list[Row]] = {}
        for row in rows:
            by_contract.setdefault(row.execution.contract, []).append(row)
        for contract, some in by_contract.items():
            stored = executions.source_spans(conn, account.account_key, contract)
            details += _overlaps(some, stored)
    return details


def _overlaps(rows: Sequence[Row], stored: Sequence[SourceSpan]) -> Iterator[Detail]:
    brought = list(_spans(rows))
    for new in brought:
        for other in (*stored, *brought):
            if other.source != new.source and _overlap(new, other):
                own = [row for row in rows if row.execution.source == new.source]
                contract = own[0].execution.contract
                message = _overlap_message(contract, new, other)
                # Where the spans only enclose each other, no single row is at fault.
                within = [row for row in own if _is_within(row, other)] or own
                yield from (Detail("source", message, row.number) for row in within)


def _summary(details: Sequence[Detail]) -> str:
    at_fault = len({each.row for each in details})
    first = f"row {details[0].row}: {details[0].message}"
    return first if at_fault == 1 else f"{at_fault} rows are at fault, nothing was stored; {first}"


def _is_within(row: Row, span: SourceSpan) -> bool:
    return span.first_us <= row.execution.executed_at_us <= span.last_us


def _spans(rows: Iterable[Row]) -> Iterator[SourceSpan]:
    times: dict[str, list[int]] = {}
    for row in rows:
        times.setdefault(row.execution.source, []).append(row.execution.executed_at_us)
    for source, at_us in times.items():
        yield SourceSpan(source, min(at_us), max(at_us))


def _overlap(one: SourceSpan, other: SourceSpan) -> bool:
    return one.first_us <= other.last_us and other.first_us <= one.last_us


def _overlap_message(contract: str, new: SourceSpan, other: SourceSpan) -> str:
    since, until = instants.text(other.first_us), instants.text(other.last_us)
    return (
        f"source {new.source!r} brings {contract} executions of a time for which source"
        f" {other.source!r} has some ({since} to {until}): the same fill may come in twice."
        " Use one source, or allow_overlap=true if they are different fills"
    )
