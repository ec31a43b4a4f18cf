"""The sync as a process: pass after pass, whatever the broker does, until it is told to end."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple, Protocol

from app import telemetry
from app.broker.projectx import ProjectX
from app.errors import (
    AppError,
    DatabaseUnavailable,
    Internal,
    UpstreamCredentialsRefused,
)
from app.services import sync
from app.services.bell import Bell, Stopped
from app.services.resources import Resources
from app.services.sync import Outcome, Plan
from app.services.sync_context import Syncing
from app.services.sync_lease import Lease, SyncedElsewhere
from app.services.sync_marks import Marks

# How long a question may take, the wait for the broker's limits and more tries included.
PATIENCE_S = 30.0
_BACK_OFF_S_MAX = 60.0
# How often prices that were heard are stored, and how long other news is waited for.
_STORE_EVERY_S = 2.0
_NEWS_S = 0.2

_log = telemetry.logger()


class News(Protocol):
    """What is heard from the broker while nothing is asked."""

    def follow(self, to: Syncing, broker_ids: frozenset[int], marks: Marks) -> None:
        """Hear of these accounts and of what they hold."""
        ...

    def store(self, to: Syncing, marks: Marks) -> None:
        """Store what was heard."""
        ...


class Failed(NamedTuple):
    """A pass that ended before it came to the accounts."""

    error: AppError


class Loop:
    """The passes of one process."""

    def __init__(
        self,
        res: Resources,
        broker: ProjectX,
        plan: Plan,
        bell: Bell,
        live: News | None = None,
    ) -> None:
        self._marks = Marks()
        self._live = live
        self._plan = plan
        self._bell = bell
        self._lease = Lease(res.db, res.now_us)
        self._to = Syncing(res, broker, self._step)
        self._failures = 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Have the lease inside; SyncedElsewhere says who else has it."""
        self._lease.take()
        try:
            yield
        finally:
            with suppress(DatabaseUnavailable):
                self._lease.release()

    def once(self) -> Outcome | Failed:
        """One pass and its line in the log. Credentials that the broker refuses are raised, and
        another process that has taken over; nothing else is.
        """
        began_s = time.monotonic()
        made = self._made()
        failure = made.error if isinstance(made, Failed) else made.failure
        self._failures = self._failures + 1 if failure else 0
        _tell(made, time.monotonic() - began_s)
        with suppress(DatabaseUnavailable):
            self._lease.note(failure.message if failure else None)
        return made

    def forever(self) -> None:
        """Pass after pass until the process is to end."""
        with suppress(Stopped):
            while True:
                made = self.once()
                if self._live and isinstance(made, Outcome):
                    self._live.follow(self._to, made.broker_ids, self._marks)
                self._rest(self._pause_s(made))

    def _rest(self, seconds: float) -> None:
        """Wait for the next pass, or for news; what is heard of prices is stored meanwhile."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            if self._bell.wait(min(left_s, _STORE_EVERY_S) if self._live else left_s):
                # Many events come at once.
                self._bell.sleep(_NEWS_S)
                return
            if self._live:
                self._store(self._live)

    def _store(self, live: News) -> None:
        try:
            live.store(self._to, self._marks)
        except SyncedElsewhere:
            raise
        except AppError as error:
            _log.warning("no prices", reason=error.message)

    def _step(self) -> None:
        self._bell.check()
        self._lease.renew()

    def _made(self) -> Outcome | Failed:
        try:
            return sync.make_pass(self._to, self._plan, self._marks)
        except (UpstreamCredentialsRefused, SyncedElsewhere, Stopped):
            raise
        except AppError as error:
            return Failed(error)
        except Exception:  # noqa: BLE001 (the outermost loop)
            # A fault of ours in one pass must not end the feed.
            _log.exception("a pass of the sync failed")
            return Failed(Internal("the pass failed: the log says why"))

    def _pause_s(self, made: Outcome | Failed) -> float:
        failure = made.error if isinstance(made, Failed) else made.failure
        if failure is None:
            return self._plan.interval_s
        # Many who were sent away together should not come back together.
        grown_s = min(_BACK_OFF_S_MAX, self._plan.interval_s * 2.0 ** min(self._failures, 10))
        return grown_s * random.uniform(0.5, 1) + (failure.retry_after_s or 0)  # noqa: S311


def _tell(made: Outcome | Failed, seconds: float) -> None:
    line = {"seconds": round(seconds, 3)}
    if isinstance(made, Failed):
        _log.warning("sync pass", **line, fault=made.error.message)
        return
    say = _log.warning if made.faults else _log.info
    say(
        "sync pass",
        **line,
        accounts=len(made.broker_ids),
        live=made.live,
        **made.brought._asdict(),
        marks=made.marks,
        faults=made.faults,
    )
