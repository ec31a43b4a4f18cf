"""A process that writes until it is killed, and says of each write when it is sent and settled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from app.db.connection import Connection, Database
from tests.system.in_process import InProcess, application
from tests.system.traders import Trader

# Between an acknowledgement and its commit, where the first comes before the second.
HASTE_S = 0.01


class Task(NamedTuple):
    """Who writes where; a hasty one acknowledges before it commits."""

    file: Path
    secret: str
    number: int
    contract: str
    account_ids: Sequence[str]
    is_hasty: bool


def write(task: Task, pipe: Pipe) -> None:
    """Send the changes of each request before it, and the versions that it gave after it."""
    db = Database(f"sqlite:///{task.file}")
    session: Any = InProcess(application(db, task.file.parent).test_client(), task.secret)
    trader = Trader(task.number, task.contract, task.account_ids)
    if task.is_hasty:
        patch.object(Database, "write", _hasty(lambda: pipe.send({}))).start()
    while True:
        request = trader._any()
        pipe.send(request.changes)
        trader.send(session, "", request)
        if not task.is_hasty:
            pipe.send(trader.records[-1].versions)


def _hasty(acknowledge: Callable[[], None]) -> Callable[[Database], Any]:
    written_well = Database.write

    @contextmanager
    def hasty(db: Database) -> Iterator[Connection]:
        with written_well(db) as conn:
            yield conn
            acknowledge()
            time.sleep(HASTE_S)

    return hasty
