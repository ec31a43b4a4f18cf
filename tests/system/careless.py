"""The service with faults in how it writes, to see tests find them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from flask import Flask

from app.db import connection
from app.db.connection import Connection, Database
from app.errors import DatabaseUnavailable
from app.factory import create_app

_written_well = Database.write


def create() -> Flask:
    """The application that acknowledges what it could not commit."""
    patch.object(Database, "write", _write).start()
    return create_app()


def create_impatient() -> Flask:
    """The application that waits for no other writer."""
    patch.object(connection, "WRITE_WAIT_S", 0).start()
    return create_app()


@contextmanager
def _write(db: Database) -> Iterator[Connection]:
    is_done = False
    try:
        with _written_well(db) as conn:
            yield conn
            is_done = True
    except DatabaseUnavailable:
        if not is_done:
            raise
