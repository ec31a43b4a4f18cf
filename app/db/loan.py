"""Connections of a pool, one of which is kept ready: to take one and give it back costs more than
what a poll asks.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from app.db.faults import raise_told


class Loan:
    """A connection of a pool for a moment: one that is kept ready, where that is safe."""

    __slots__ = ("_conn", "_engine", "_ready")

    def __init__(self, engine: Engine, ready: list[Connection]) -> None:
        self._engine = engine
        self._ready = ready

    def __enter__(self) -> Connection:
        try:
            self._conn = self._ready.pop()
        except IndexError:
            self._conn = self._connected()
        return self._conn

    def _connected(self) -> Connection:
        try:
            return self._engine.connect()
        except Exception as error:
            raise_told(error)
            raise

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        conn = self._conn
        if error is not None:
            conn.close()
            raise_told(error)
        # One of a server may be broken by the next time, which the pool finds out; and one with
        # a transaction would go on seeing what it saw.
        elif conn.dialect.name == "sqlite" and not self._ready and not conn.in_transaction():
            self._ready.append(conn)
        else:
            conn.close()
