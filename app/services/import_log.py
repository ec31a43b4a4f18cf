"""What was imported: noted in the transaction that stores it, and undone as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from msgspec import Struct

from app.db import accounts, imports
from app.db.connection import Connection
from app.db.imports import Import
from app.domain.accounts import Account
from app.errors import AccountNotFound, NotFound
from app.services import ingest, orders
from app.services.admission import Row
from app.services.bodies import AccountVersion
from app.services.orders import Kept, Told
from app.services.resources import Resources

# Who imported what came in by `flask import`.
COMMAND_LINE = "command line"
# No import has a number as high as this.
NUMBER_END = 2**62
_PAGE = 500
_ID_SHOWN_MAX = 40


class Source(NamedTuple):
    """A file as it is noted: `rows` are its lines, `fills` what was handed in of it, `told` what
    it says of the account's orders.
    """

    account_id: str
    name: str
    format: str
    digest: str
    rows: int
    fills: int
    told: Told = Told()


class Log:
    """Stores the orders of some files, whose fills are handed in one file after the other, and
    notes what each file brings.
    """

    def __init__(self, res: Resources, sources: Sequence[Source], created_by: str) -> None:
        self._res = res
        self._sources = sources
        self._created_by = created_by
        # By file; None of a file that brought nothing, of which there is nothing to undo.
        self.import_ids: list[str | None] = [None for _ in sources]
        self.orders_accepted = 0

    @property
    def account_ids(self) -> set[str]:
        """The accounts of the orders."""
        return {source.account_id for source in self._sources if source.told.every}

    @property
    def size(self) -> int:
        """How many orders there are."""
        return sum(len(source.told.every) for source in self._sources)

    def store(self, conn: Connection, account: Account, fresh: Sequence[Row]) -> bool:
        """Store an account's orders, and note them and the fills that are new in it."""
        ends = list(accumulate(source.fills for source in self._sources))
        is_changed = False
        for place, (source, end) in enumerate(zip(self._sources, ends, strict=True)):
            brought = [
                row.execution.execution_id
                for row in fresh
                if end - source.fills < row.number <= end
            ]
            kept = _kept(conn, account, source)
            self.orders_accepted += kept.accepted
            if brought or kept.accepted:
                self.import_ids[place] = self._note(conn, account, source, brought, kept)
                is_changed = True
        return is_changed

    def _note(
        self,
        conn: Connection,
        account: Account,
        source: Source,
        brought: Sequence[str],
        kept: Kept,
    ) -> str:
        number = imports.next_number(conn, account.account_key)
        new = Import(
            import_number=number,
            import_id=import_id(account.account_id, number),
            file_name=source.name,
            format=source.format,
            digest=source.digest,
            row_count=source.rows,
            accepted=len(brought),
            duplicates=source.fills - len(brought),
            orders_accepted=kept.accepted,
            orders_duplicates=len(source.told.every) - kept.accepted,
            created_at_us=self._res.now_us(),
            created_by=self._created_by,
            undone_at_us=None,
        )
        imports.insert(conn, account.account_key, new, brought, kept.new_ids)
        return new.import_id


def _kept(conn: Connection, account: Account, source: Source) -> Kept:
    is_here = source.account_id == account.account_id
    return orders.keep(conn, account.account_key, source.told if is_here else Told())


def import_id(account_id: str, number: int) -> str:
    """The id of an account's import, which no other account's has."""
    return hashlib.blake2b(f"import {account_id}/{number}".encode(), digest_size=12).hexdigest()


def every(res: Resources, account_id: str) -> list[Import]:
    """All imports of an account, newest first; AccountNotFound if there is none."""
    found: list[Import] = []
    with res.db.read() as conn:
        account = accounts.by_id(conn, account_id)
        if account is None:
            raise AccountNotFound(f"there is no account {account_id!r}")
        number = NUMBER_END
        while page := imports.before(conn, account.account_key, number, _PAGE):
            found += page
            number = page[-1].import_number
    return found


class UndoneBody(Struct):
    """What an undo took out: `undone` executions, `corrected` of them after they had come, and
    `orders`; `restorable` executions had been deleted by hand, and may come back now.
    """

    id: str
    undone: int
    corrected: int
    restorable: int
    orders: int
    accounts: dict[str, AccountVersion]


def undo(res: Resources, account_id: str, import_id: str) -> UndoneBody:
    """Take out exactly what an import brought in, corrections of it included, so that the file
    can be imported again; nothing more when that was done before.

    NotFound if the account has no such import, Conflict where what is left would be impossible.
    """
    with res.db.write() as conn:
        account = accounts.lock(conn, account_id)
        if account is None:
            raise AccountNotFound(f"there is no account {account_id!r}")
        found = imports.by_id(conn, account.account_key, import_id)
        if found is None:
            raise NotFound(f"there is no import {import_id[:_ID_SHOWN_MAX]!r} in this account")
        if found.undone_at_us is not None:
            now = {account_id: AccountVersion(account.version)}
            return UndoneBody(import_id, 0, 0, 0, 0, now)
        # Only the work is moved away: locks and connections stay with the request that took them.
        size = found.accepted + found.orders_accepted
        return res.runner(size)(lambda: _undone(res, conn, account, found))


def _undone(res: Resources, conn: Connection, account: Account, found: Import) -> UndoneBody:
    key, number = account.account_key, found.import_number
    live = imports.live(conn, key, number)
    taken = imports.undo(conn, key, number, res.now_us())
    version = ingest.taken_out(res, conn, account, [each.execution for each in live])
    return UndoneBody(
        id=found.import_id,
        undone=len(live),
        corrected=sum(each.revision > 1 for each in live),
        restorable=taken.tombstones,
        orders=taken.orders,
        accounts={account.account_id: AccountVersion(version)},
    )
