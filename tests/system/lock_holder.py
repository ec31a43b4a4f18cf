"""Takes an account's row and never gives it back, as a machine that vanishes in a write."""

from __future__ import annotations

import sys
import time

from app.db import accounts
from app.db.connection import Database


def hold(url: str, account_id: str) -> None:
    """Say so as soon as it is held."""
    with Database(url).write() as conn:
        accounts.lock(conn, account_id)
        # The server has to know that its answer arrived: else it goes on sending it, and finds out.
        time.sleep(0.5)
        print("held", flush=True)  # noqa: T201 (for the test that waits for it)
        time.sleep(600)


if __name__ == "__main__":
    hold(*sys.argv[1:])
