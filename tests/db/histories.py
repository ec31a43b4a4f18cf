"""Two accounts that differ in how much was traded before, and SQLite's own steps, counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

from sqlalchemy import event

from app.cache.memory import Memory
from app.cache.read_through import ReadThrough
from app.cache.shared import Nothing
from app.db import accounts, executions, kept_trades, positions
from app.db.connection import Database
from app.domain.executions import Execution
from app.domain.instants import DAY_US, SECOND_US
from app.domain.positions import build, whole
from app.services import day_totals
from app.services.accounts import load, new_account
from app.services.resources import Resources
from tests.conftest import NOON, Clock, resources_on

# Over ten years a thousand days were traded on; the last of them, which questions are about, alike
# in every account.
OLD_DAYS, OLD_DAYS_APART = 900, 4
RECENT_DAYS, RECENT_TRADES = 50, 2
# Trades on each of the other days: a thousand in all, or a hundred thousand.
LITTLE, MUCH = 1, 111
TEN_YEARS_AGO = NOON - (OLD_DAYS * OLD_DAYS_APART + RECENT_DAYS) * DAY_US
CONTRACTS = (("MNQ", "MNQZ5"), ("MES", "MESZ5"))
# Held since before everything else.
HELD = ("6E", "6EZ5")
MINUTE_US = 60 * SECOND_US

Work = Callable[[Resources], object]


class History:
    """An account with a history, in a database whose steps are counted."""

    def __init__(self, db: Database) -> None:
        self.res = resources_on(db, Clock())
        self._steps = 0
        db.close()  # No connection is left that is not watched.
        for engine in (db._reader, db._writer):
            event.listen(engine, "checkout", self._watch)

    def cost(self, work: Work) -> int:
        """The steps of work that finds nothing in the cache."""
        res = replace(self.res, cache=ReadThrough(Memory(), Nothing()))
        return self.cost_as_it_is(lambda: work(res))

    def cost_as_it_is(self, work: Callable[[], object]) -> int:
        before = self._steps
        work()
        return self._steps - before

    def _watch(self, connection: object, *_: object) -> None:
        connection.set_progress_handler(self._step, 1)  # type: ignore[attr-defined]

    def _step(self) -> None:
        self._steps += 1


def trade(res: Resources, old_trades: int) -> None:
    """An account's whole history, stored as ingestion leaves it."""
    number = count()
    with res.db.write() as conn:
        accounts.insert(conn, new_account(res, "A"))
        account = load(conn, "A")
        opening = execution(next(number), HELD, "BUY", TEN_YEARS_AGO)
        books = [[opening]]
        for parity, contract in enumerate(CONTRACTS):
            times = [at for n, at in enumerate(entries(old_trades)) if n % 2 == parity]
            books.append(
                [
                    execution(next(number), contract, side, at_us)
                    for entered_us in times
                    for side, at_us in (("BUY", entered_us), ("SELL", entered_us + SECOND_US))
                ]
            )
        for fills in books:
            built = list(build("A", 2_000_000, whole(fills)))
            effects = [effect for each in built for effect in each.effects]
            executions.insert(conn, account.account_key, fills, revision=1, now_us=NOON)
            found = [each.position for each in built]
            positions.insert(conn, account.account_key, found, effects)
        kept_trades.keep_all(conn, account.account_key)
        for cut in account.rollup_cuts:
            day_totals.roll_up_all(conn, account, cut)
        accounts.advance(conn, account.account_key, event="executions", now_us=NOON)


def entries(old_trades: int) -> Iterator[int]:
    """When each trade was entered: a minute apart, in the two hours before noon of its day."""
    recent_us = NOON - (RECENT_DAYS - 1) * DAY_US
    days = [(recent_us - n * OLD_DAYS_APART * DAY_US, old_trades) for n in range(OLD_DAYS, 0, -1)]
    days += [(recent_us + n * DAY_US, RECENT_TRADES) for n in range(RECENT_DAYS)]
    for noon_us, trades in days:
        for n in range(trades, 0, -1):
            yield noon_us - n * MINUTE_US


def execution(number: int, contract: tuple[str, str], side: str, at_us: int) -> Execution:
    price_nanos = (20_000 + number * 7 % 13) * 10**9
    return Execution(
        f"e{number}",
        None,
        *contract,
        side,
        1,
        price_nanos,
        370_000,
        at_us,
        0,
        None,
        "api",
        None,
        None,
        0,
    )
