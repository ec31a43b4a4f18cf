"""CPU time of bringing fills in, by the way they come, and the bytes that they take on disk.

`python -m benchmarks.import_cost --fills 1000000` says it of a long history.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db import schema
from app.db.connection import Database
from app.domain import instants
from app.factory import create_app
from app.services import access
from app.settings import from_env

BATCH = 5_000
FILE_ROWS = 190_000
FILLS = 20_000
ALONE = 200
A_DAY = 400
FIRST_US = instants.parse("2016-01-04T14:30:00Z")
GAP_US = 57_123_000
# Products and their ticks.
TICKS = {"MNQ": 0.25, "MES": 0.25, "MGC": 0.1, "MCL": 0.01}
SIZES = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC"

Fill = dict[str, Any]
Post = Callable[[], TestResponse]


def fill(number: int) -> Fill:
    """A fill of a trader who makes 400 a day in four products; a round trip is two of them."""
    day, of_day = divmod(number, A_DAY)
    rng = Random(number)
    symbol = list(TICKS)[of_day // 2 % len(TICKS)]
    at_us = FIRST_US + (day // 5 * 7 + day % 5) * instants.DAY_US + of_day * GAP_US
    return {
        "account_id": "bench",
        "execution_id": str(1_000_000_000 + number * 3),
        "symbol": symbol,
        "side": "SELL" if number % 2 else "BUY",
        "quantity": 1 + number // 2 % 3,
        "price": f"{(4_000 + rng.randrange(-40, 41)) * TICKS[symbol]:.2f}",
        "fees": "0.74",
        "executed_at": instants.text(at_us),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fills", type=int, default=FILLS)
    said = parser.parse_args()
    made = [fill(number) for number in range(said.fills)]
    print("| way | fills | CPU of a fill, µs | fills a second of CPU |\n|---|---|---|---|")
    for name, posts in {"JSON, 5,000 a batch": by_batches, "CSV": by_files}.items():
        with tempfile.TemporaryDirectory() as folder:
            client, headers, db = service(Path(folder))
            us = sum(taken_us(each) for each in posts(client, headers, made)) / len(made)
            print(f"| {name} | {len(made):,} | {us:.1f} | {1e6 / us:,.0f} |")
            found = sizes(db)
    print(f"\nA fill posted alone: {alone_us(made[:FILLS]) / 1e3:.2f} ms.\n")
    print("| what | bytes a fill |\n|---|---|")
    for name, size in [("all", sum(found.values())), *found.items()]:
        if size > len(made):
            print(f"| {name} | {size / len(made):.1f} |")


def service(folder: Path) -> tuple[FlaskClient, dict[str, str], Database]:
    """The application on a fresh SQLite file, and the headers of a caller who may do everything."""
    app = create_app(from_env({"DATA_DIR": str(folder), "LOG_LEVEL": "ERROR"}))
    res = app.extensions["resources"]
    schema.upgrade(res.db)
    secret = access.create_token(res, "bench", "admin", ())
    return app.test_client(), {"Authorization": f"Bearer {secret}"}, res.db


def by_batches(client: FlaskClient, headers: dict[str, str], fills: list[Fill]) -> Iterator[Post]:
    """As JSON arrays."""
    for some in parts(fills, BATCH):
        body = json.dumps(some)
        kind = "application/json"
        yield partial(client.post, "/api/executions", data=body, headers=headers, content_type=kind)


def by_files(client: FlaskClient, headers: dict[str, str], fills: list[Fill]) -> Iterator[Post]:
    """As the project's own CSV, about as many lines a file as it may have."""
    for some in parts(fills, FILE_ROWS):
        written = io.StringIO()
        table = csv.DictWriter(written, list(some[0]))
        table.writeheader()
        table.writerows(some)
        file = (io.BytesIO(written.getvalue().encode()), "fills.csv")
        url = "/api/imports?account_id=bench"
        yield partial(client.post, url, data={"file": file}, headers=headers)


def alone_us(before: list[Fill]) -> float:
    """The median of a fill that is posted alone, behind others."""
    alone = [fill(number) for number in range(len(before), len(before) + ALONE)]
    with tempfile.TemporaryDirectory() as folder:
        client, headers, _ = service(Path(folder))
        for each in by_batches(client, headers, before):
            taken_us(each)
        posts = [post for one in alone for post in by_batches(client, headers, [one])]
        return statistics.median(taken_us(each) for each in posts)


def taken_us(post: Post) -> float:
    """The CPU time of a request; RuntimeError where it fails."""
    started_s = time.process_time()
    answer = post()
    us = (time.process_time() - started_s) * 1e6
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(answer.get_data(as_text=True))
    return us


def parts(fills: list[Fill], size: int) -> Iterator[list[Fill]]:
    """Some at a time."""
    for start in range(0, len(fills), size):
        yield fills[start : start + size]


def sizes(db: Database) -> dict[str, int]:
    """What each table and index takes."""
    db.close()
    # The service's own SQLite is built without the table that knows.
    with closing(sqlite3.connect(str(db.url.database))) as conn:
        return dict(conn.execute(SIZES))


if __name__ == "__main__":
    main()
