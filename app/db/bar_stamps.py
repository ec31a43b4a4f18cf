"""Which contracts' bars are others than before, without looking at any bar."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import rows

_PAGE = 1_000


class BarStamp(NamedTuple):
    """A contract that has bars, and a number that every change of them changes."""

    contract_key: int
    root: str
    contract: str
    stamp: int


AFTER = text("""
    SELECT contract_key, root, contract, stamp FROM price_contracts
    WHERE contract_key > :after ORDER BY contract_key LIMIT :limit
""")


def every(conn: Connection) -> list[BarStamp]:
    """All contracts that have bars, in the order of their keys."""
    found: list[BarStamp] = []
    while True:
        after = found[-1].contract_key if found else 0
        page = [BarStamp(*row) for row in rows(conn, AFTER, after=after, limit=_PAGE)]
        found += page
        if len(page) < _PAGE:
            return found
