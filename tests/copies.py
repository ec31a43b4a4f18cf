"""Two databases of different kinds, a service's whole data in one of them, and what both hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from random import Random
from typing import Any

from app.db import table_rows
from app.db.connection import Database
from app.domain import instants
from app.services import access, accounts, copying
from app.services.accounts import Cash
from app.services.copying import Copied
from app.services.resources import Resources
from tests import streams
from tests.arrival import carry_out
from tests.bar_notes import minutes, put
from tests.streams import Insert, Operation

ACCOUNTS = ("A", "a", "~")
FILLS = 20
EDITS = 15
PARTS = 6


def trade(res: Resources, part: int) -> None:
    """The next part of some histories with corrections, deletions and late fills, from part 1 on,
    and something in most of the other tables.
    """
    for account_id in ACCOUNTS:
        operations = _history(account_id)
        share = len(operations) // (PARTS + 1)
        # The first part is twice as long as the others.
        for operation in operations[share * part if part > 1 else 0 : share * (part + 1)]:
            carry_out(res, account_id, operation)
        cash = Cash(f"cash {part}", Decimal(500), instants.parse("2025-11-03T00:00:00Z"), None)
        accounts.move_cash(res, account_id, cash)
    access.create_token(res, f"token {part}", "read", ("A", "a"))
    put(res, "MNQZ5", minutes("2025-11-06T15:00:00Z", *range(part + 1, part + 15)))


def _history(account_id: str) -> list[Operation]:
    rng = Random(account_id)
    seeds = [rng.getrandbits(32) for _ in range(FILLS + EDITS)]
    stream = streams._stream(("MNQZ5", "CLZ5"), seeds[:FILLS])
    # The first one opens the account.
    return [Insert((stream[0],)), *streams._history(stream, seeds[0], seeds[FILLS:])]


@contextmanager
def unseen(_: str, __: int) -> Iterator[Callable[[int], object]]:
    """The bar of a copy at which nobody looks."""
    yield lambda _: None


class CutOff(Exception):
    """The power failed."""


def cut_off_after(parts: int) -> Callable[[str, int], Any]:
    """A bar in whose time the power fails, once so many parts were done."""
    left = iter(range(parts))

    def tell(_: int) -> None:
        if next(left, None) is None:
            raise CutOff

    @contextmanager
    def shown(_: str, __: int) -> Iterator[Callable[[int], object]]:
        yield tell

    return shown


def copy(res: Resources, target: Database) -> list[Copied]:
    return copying.copy(res, target.url.render_as_string(hide_password=False), unseen)


def content(db: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table in order; stamps, which are each database's own, left out."""
    with db.read() as conn:
        return {
            table.name: [
                tuple(
                    cell
                    for cell, column in zip(row, table.columns, strict=True)
                    if column != "stamp"
                )
                for page in table_rows.pages(conn, table)
                for row in page
            ]
            for table in table_rows.tables(conn)
        }
