"""CPU time a request and a fill cost, beside a bare Flask route measured in the same run.

Machines differ and are noisy, so what counts is the ratio; each figure is the median of rounds in
which all subjects take turns.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask, Response

from app.db import schema
from app.domain import instants
from app.factory import create_app
from app.services import access
from app.services.resources import Resources
from app.settings import from_env
from benchmarks import statistics_cost

ROUNDS = 15
REQUESTS = 100
DAYS = 2_500
TRADES_A_DAY = 4
BATCH = 5_000
FIRST_US = instants.parse("2016-01-04T15:00:00Z")
LAST_US = instants.parse("2024-01-01T00:00:00Z")

Subject = Callable[[], None]


def bare_route() -> Subject:
    """A Flask application that answers a short JSON text and does nothing else."""
    app = Flask("bare")
    app.add_url_rule("/", view_func=lambda: Response(b"{}", mimetype="application/json"))
    client = app.test_client()
    return lambda: _check(client.get("/"))


def fill(number: int) -> dict[str, Any]:
    """A fill of a ten-year history: a round trip is two of them."""
    day, of_day = divmod(number, TRADES_A_DAY * 2)
    at_us = FIRST_US + day * instants.DAY_US + of_day * 60 * instants.SECOND_US
    return {
        "account_id": "bench",
        "execution_id": str(number),
        "symbol": "MNQ",
        "side": "SELL" if number % 2 else "BUY",
        "quantity": 2,
        "price": 20_000 + (number * 7 % 41 - 20) * 0.25,
        "fees": 0.74,
        "executed_at": instants.text(at_us),
    }


def service(folder: Path) -> tuple[Flask, Resources, dict[str, str]]:
    """The application on a fresh SQLite file, and the header of a caller who may do everything."""
    app = create_app(from_env({"DATA_DIR": str(folder), "LOG_LEVEL": "ERROR"}))
    res: Resources = app.extensions["resources"]
    schema.upgrade(res.db)
    secret = access.create_token(res, "bench", "admin", ())
    return app, res, {"Authorization": f"Bearer {secret}"}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app, _, headers = service(Path(folder))
        client = app.test_client()

        def post(fills: list[dict[str, Any]]) -> None:
            body, kind = json.dumps(fills), "application/json"
            _check(client.post("/api/executions", data=body, headers=headers, content_type=kind))

        history = [fill(number) for number in range(DAYS * TRADES_A_DAY * 2)]
        started_s = time.process_time()
        for start in range(0, len(history), BATCH):
            post(history[start : start + BATCH])
        a_fill_us = (time.process_time() - started_s) / len(history) * 1e6

        def asked(path: Callable[[], str]) -> Subject:
            def ask() -> None:
                url = f"/api/performance/{path()}account_id=bench"
                _check(client.get(url, headers=headers))

            return ask

        first = date(2016, 1, 4)
        dates = (first + timedelta(days=n % DAYS) for n in count())
        ends = count(1)

        def end() -> str:
            # Another window each time, so that none is kept.
            return f"end={instants.text(LAST_US + next(ends))}&"

        latest = iter(range(len(history), 10**9))
        subjects = {
            "bare Flask route": bare_route(),
            "daily, kept": asked(lambda: "daily?date=2020-01-08&"),
            "daily, made": asked(lambda: f"daily?date={next(dates)}&"),
            "daily in another zone, made": asked(
                lambda: f"daily?date={next(dates)}&tz=Asia/Tokyo&"
            ),
            "weekly, made": asked(lambda: f"weekly?date={next(dates)}&"),
            "history, 10 years by month, made": asked(lambda: f"history?interval=month&{end()}"),
            "history, 10 years by day, made": asked(lambda: f"history?{end()}"),
            "one fill posted": lambda: post([fill(next(latest))]),
        }
        _report(_measure(subjects), a_fill_us)
        statistics_cost.measure(Path(folder) / "statistics", statistics_cost.POSITIONS)


def _measure(subjects: dict[str, Subject]) -> dict[str, float]:
    """Each subject's median CPU time in microseconds."""
    taken_us: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(ROUNDS):
        for name, subject in subjects.items():
            times = REQUESTS // 20 if "10 years" in name else REQUESTS
            started_s = time.process_time()
            for _ in range(times):
                subject()
            taken_us[name].append((time.process_time() - started_s) / times * 1e6)
    return {name: statistics.median(figures) for name, figures in taken_us.items()}


def _report(found_us: dict[str, float], a_fill_us: float) -> None:
    bare_us = found_us["bare Flask route"]
    print("| request | CPU, µs | times a bare Flask route |\n|---|---|---|")
    for name, us in found_us.items():
        print(f"| {name} | {us:,.0f} | {us / bare_us:.1f} |")
    print(f"\nA fill in a batch of {BATCH:,}: {a_fill_us:.0f} µs of CPU.")


def _check(answer: Any) -> None:
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(answer.get_data(as_text=True))


if __name__ == "__main__":
    main()
