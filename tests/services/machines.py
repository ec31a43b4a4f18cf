"""A data folder, and processes that use it one after the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.cache.memory import Memory
from app.cache.read_through import ReadThrough
from app.cache.shared import Redis
from app.db import copies, schema
from app.db.connection import Database
from app.services import backups, restoring
from app.services.resources import Resources
from app.services.restoring import Restored
from tests import streams
from tests.conftest import Clock, resources_on

HISTORY = streams._stream(("MNQZ5", "MESZ5"), range(40))


class Machine:
    """A data folder, and processes that use it one after the other."""

    def __init__(self, folder: Path, redis_url: str | None = None) -> None:
        self.clock = Clock()
        self.place = folder / "trader.db"
        self.folder = folder
        self._redis_url = redis_url
        self.res = self.start()
        schema.upgrade(self.res.db)

    def start(self) -> Resources:
        """Begin with nothing in memory."""
        self.res = resources_on(Database(f"sqlite:///{self.place}"), self.clock)
        if self._redis_url:
            self.res = replace(self.res, cache=ReadThrough(Memory(), Redis(self._redis_url)))
        return self.res

    def stop(self) -> None:
        self.res.db.close()

    def backup(self) -> Path:
        return backups.make(self.res, self.folder / "backups").file

    def restore(self, file: Path, *, is_forced: bool = True, must_revoke: bool = False) -> Restored:
        """Stop, put a backup back a while later, and start."""
        self.stop()
        self.clock.now_us += 1_000_000
        done = restoring.restore(self.res, file, is_forced=is_forced, must_revoke=must_revoke)
        self.start()
        return done


def executions(db: Database) -> int:
    return copies.contents(db).executions
