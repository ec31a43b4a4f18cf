"""CPU time of statistics that nobody has yet, over a history of any length.

`python -m benchmarks.statistics_cost --positions 1000000 --keep FOLDER` makes a history of ten
years once, straight into the tables, and measures it; what is kept is taken up the next time.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

from app.db import accounts as account_rows
from app.db import kept_trades, schema
from app.db.connection import Connection, many
from app.domain import groups, instants
from app.domain.accounts import Account
from app.factory import create_app
from app.services import accounts, day_totals, market
from app.services.rendering import render
from app.services.resources import Resources
from app.services.statistics import StatisticsQuestion
from app.settings import from_env

POSITIONS = 50_000
ROUNDS = 7
FIRST, LAST = date(2016, 1, 4), date(2025, 12, 31)
SESSION_US = 6 * 3600 * instants.SECOND_US
AT_ONCE = 10_000

INSERT = """
    INSERT INTO positions (account_key, position_id, symbol, contract, side, quantity, max_quantity,
        entry_price_nanos, exit_price_nanos, opened_at_us, open_sequence, open_execution_id,
        open_leg, closed_at_us, close_sequence, close_execution_id, gross_micros, fees_micros,
        net_micros, execution_count, strategy)
    VALUES (?, ?, ?, ?, ?, 0, 1, 0, 0, ?, 0, ?, 0, ?, 0, ?, ?, ?, ?, 2, ?)
"""
ALL = StatisticsQuestion(FIRST, LAST, None, None, None, None, None)
QUESTIONS = {
    "unfiltered": ALL,
    "unfiltered, by session": ALL._replace(calendar="session"),
    "in another zone": ALL._replace(tz="Asia/Tokyo"),
    "of a symbol": ALL._replace(symbol="MNQ"),
    "of a strategy": ALL._replace(strategy="fade"),
    "of a side": ALL._replace(side="LONG"),
    **{f"by {way}": ALL._replace(group_by=way) for way in groups.WAYS},
    "of a symbol, by day": ALL._replace(symbol="MNQ", group_by="day"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--positions", type=int, default=POSITIONS)
    parser.add_argument("--keep", type=Path, help="folder to keep the history in")
    said = parser.parse_args()
    if said.keep:
        measure(said.keep / str(said.positions), said.positions)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), said.positions)


def measure(folder: Path, positions: int) -> None:
    """Make the history in the folder if it is not there, and tell what questions of it cost."""
    folder.mkdir(parents=True, exist_ok=True)
    app = create_app(from_env({"DATA_DIR": str(folder), "LOG_LEVEL": "ERROR"}))
    res: Resources = app.extensions["resources"]
    schema.upgrade(res.db)
    if not accounts.exists(res, "bench"):
        make(res, positions)
    print(f"| statistics of {positions:,} positions, made | CPU, ms |\n|---|---|")
    for name, question in QUESTIONS.items():
        print(f"| {name} | {cost_ms(res, question):.1f} |")


def cost_ms(res: Resources, question: StatisticsQuestion) -> float:
    """The median of some rounds, each read and worked out anew."""
    taken_s = []
    for _ in range(ROUNDS):
        started_s = time.process_time()
        with res.db.read() as conn:
            standing = market.standing(res, conn, "bench", 0)
            render(question.body(conn, standing, 0), "json")
        taken_s.append(time.process_time() - started_s)
    return statistics.median(taken_s) * 1000


def make(res: Resources, positions: int) -> None:
    """Positions of four products on every weekday of ten years, and all that is kept of them."""
    with res.db.write() as conn:
        new = accounts.new_account(res, "bench")
        account_rows.insert(conn, new._replace(starting_balance_micros=10**12))
        account = accounts.load(conn, "bench")
        _insert(conn, account, positions)
        kept_trades.keep_all(conn, account.account_key)
        for cut in account.rollup_cuts:
            day_totals.roll_up_all(conn, account, cut)


def _insert(conn: Connection, account: Account, positions: int) -> None:
    rows = []
    for row in _rows(account.account_key, positions):
        rows.append(row)
        if len(rows) == AT_ONCE:
            many(conn, INSERT, rows)
            rows = []
    many(conn, INSERT, rows)


def _rows(account_key: int, positions: int) -> Iterator[tuple[object, ...]]:
    rng = Random(1)
    days = range(FIRST.toordinal(), LAST.toordinal() + 1)
    weekdays = [day - date(1970, 1, 1).toordinal() for day in days if day % 7 not in (6, 0)]
    for n in range(positions):
        place, of_day = divmod(n * len(weekdays), positions)
        opens_us = weekdays[place] * instants.DAY_US + 15 * 3600 * instants.SECOND_US
        closed_us = opens_us + of_day * SESSION_US // positions
        held_us = int(rng.lognormvariate(5, 2) * instants.SECOND_US)
        symbol = rng.choice(("MNQ", "MES", "CL", "6E"))
        contract = symbol + "HMUZ"[place // 65 % 4] + str(place // 260 % 10)
        gross, fees = rng.randrange(-400, 402) * 500_000, 740_000
        yield (
            *(account_key, f"p{n}", symbol, contract, rng.choice(("LONG", "SHORT"))),
            *(closed_us - held_us, f"o{n}", closed_us, f"c{n}", gross, fees, gross - fees),
            rng.choice((None, "fade", "breakout", "vwap")),
        )


if __name__ == "__main__":
    main()
