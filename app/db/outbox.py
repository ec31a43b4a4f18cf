"""The outbox: one event a transaction and account, in the order of the commits, kept for a day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, text

from app.db.connection import Database, first, rows, rows_among, run
from app.domain import instants
from app.domain.changes import Changes

KEPT_US = instants.DAY_US
# A write adds one event and takes a few old ones away, so that none has to take away many.
_BITE = 20


class Event(NamedTuple):
    """What a transaction announced: the kind of write, and what it changed."""

    seq: int
    version: int
    created_at_us: int
    kind: str
    changes: Changes


class Heads(NamedTuple):
    """The epoch of the tokens, and the newest event's number of some accounts by their keys."""

    token_epoch: int
    seqs: dict[int, int]


INSERT = text("""
    INSERT INTO outbox (account_key, seq, version, created_at_us, event, changes)
    VALUES (:account_key, :seq, :version, :created_at_us, :event, :changes)
""")

PRUNE = text("""
    DELETE FROM outbox WHERE account_key = :account_key AND seq IN (
        SELECT seq FROM (
            SELECT seq, created_at_us FROM outbox WHERE account_key = :account_key
            ORDER BY seq LIMIT :bite
        ) others WHERE created_at_us < :before_us
    )
""")


def insert(conn: Connection, account_key: int, event: Event) -> None:
    """Announce an event, and forget some that are older than a day."""
    values = {"account_key": account_key, "seq": event.seq, "version": event.version}
    changes = msgspec.json.encode(_told(event.changes)).decode()
    at_us = event.created_at_us
    run(conn, INSERT, **values, created_at_us=at_us, event=event.kind, changes=changes)
    run(conn, PRUNE, account_key=account_key, bite=_BITE, before_us=at_us - KEPT_US)


AFTER = text("""
    SELECT seq, version, created_at_us, event, changes FROM outbox
    WHERE account_key = :account_key AND seq > :seq ORDER BY seq LIMIT :limit
""")


def after(conn: Connection, account_key: int, seq: int, limit: int) -> list[Event]:
    """The events of an account that follow a number, in order."""
    found = rows(conn, AFTER, account_key=account_key, seq=seq, limit=limit)
    return [Event._make((*row[:4], _read(row[4]))) for row in found]


TOKEN_EPOCH = text("SELECT token_epoch FROM service_state WHERE state_key = 1")

SEQS = text("""
    SELECT account_key, outbox_seq FROM accounts WHERE account_key IN :ids
""").bindparams(bindparam("ids", expanding=True))


def heads(db: Database, account_keys: Iterable[int]) -> Heads:
    """Where the tokens and some accounts stand."""
    with db.read() as conn:
        epoch = int(first(conn, TOKEN_EPOCH)[0])
        return Heads(epoch, dict(rows_among(conn, SEQS, account_keys)))


def _told(changes: Changes) -> dict[str, object]:
    """Only what there is: most writes are about one execution."""
    return {name: value for name, value in changes._asdict().items() if value}


def _read(said: str) -> Changes:
    ids = msgspec.json.decode(said)
    has_more = ids.pop("has_more", False)
    return Changes(**{name: tuple(each) for name, each in ids.items()}, has_more=has_more)
