"""Failed logins of the last moments, counted by the address that they came from."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db import tokens
from app.db.connection import first, run


class Failures(NamedTuple):
    """How many logins failed since an instant, and when the first of them did."""

    of_address: int
    first_of_address_us: int | None
    of_all: int
    first_of_all_us: int | None


SINCE = text("""
    SELECT
        (SELECT count(*) FROM failed_logins
         WHERE address = :address AND failed_at_us > :since_us),
        (SELECT min(failed_at_us) FROM failed_logins
         WHERE address = :address AND failed_at_us > :since_us),
        (SELECT count(*) FROM failed_logins WHERE failed_at_us > :since_us),
        (SELECT min(failed_at_us) FROM failed_logins WHERE failed_at_us > :since_us)
""")


def since(conn: Connection, address: str, since_us: int) -> Failures:
    """The logins that failed after an instant."""
    return Failures._make(first(conn, SINCE, address=address, since_us=since_us))


INSERT = text("""
    INSERT INTO failed_logins (address, failed_at_us) VALUES (:address, :now_us)
""")


def insert(conn: Connection, address: str, now_us: int) -> None:
    """Note a login that failed."""
    run(conn, INSERT, address=address, now_us=now_us)


DELETE_UNTIL = text("DELETE FROM failed_logins WHERE failed_at_us <= :until_us")


def delete_until(conn: Connection, until_us: int) -> None:
    """Forget what failed long ago."""
    run(conn, DELETE_UNTIL, until_us=until_us)


def alone(conn: Connection) -> None:
    """Keep other counters out until this transaction ends."""
    tokens.lock_epoch(conn)
