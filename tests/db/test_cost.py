"""What a question costs does not grow with the history: in an account of a thousand positions and
in one of a hundred thousand that traded on the same days, it takes SQLite as many steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import pytest
from sqlalchemy import text

from app.db import accounts, position_pages, positions, schema
from app.db.connection import Connection, Database, first
from app.db.position_pages import Selection
from app.domain import instants
from app.domain.executions import Fill, Key
from app.domain.instants import DAY_US
from app.domain.periods import Span
from app.services import accounts as accounts_service
from app.services import ingest, windows
from app.services.accounts import AccountSettings, new_account, overview
from app.services.answers import Question
from app.services.performance import PeriodQuestion
from app.services.performance_history import HistoryQuestion
from app.services.performance_summary import SummaryQuestion
from app.services.position_pages import PositionsQuestion
from app.services.resources import Resources
from app.services.risk import RiskQuestion
from app.services.risk_terms import TermsChange
from app.services.statistics import StatisticsQuestion
from app.services.trade_log import Wanted
from app.services.trades import TradesQuestion
from tests.conftest import NOON, Clock, resources_on, told
from tests.db.histories import (
    HELD,
    LITTLE,
    MUCH,
    OLD_DAYS,
    OLD_DAYS_APART,
    RECENT_DAYS,
    TEN_YEARS_AGO,
    History,
    Work,
    trade,
)

pytestmark = pytest.mark.sqlite_only("it counts the steps of SQLite's own machine")

MORE_MAX = 1.3
RECENTLY = NOON - 20 * DAY_US
# How a range of a contract was once told: SQLite takes the key of all contracts for it.
AN_EQUATION_AND_A_RANGE = text("""
    SELECT executed_at_us, sequence, execution_id, leg, contract, position_id, quantity,
           gross_micros, fees_micros
    FROM position_effects
    WHERE account_key = :account_key AND contract = :contract
      AND (executed_at_us, sequence, execution_id, leg)
          >= (:from_us, :from_sequence, :from_id, :from_leg)
      AND (executed_at_us, sequence, execution_id, leg)
          <= (:to_us, :to_sequence, :to_id, :to_leg)
    ORDER BY executed_at_us, sequence, execution_id, leg
""")


class Histories(NamedTuple):
    """The two accounts."""

    short: History
    long: History

    def check(self, work: Work) -> None:
        """The work costs the same in both."""
        short, long = self.short.cost(work), self.long.cost(work)
        assert 0 < long <= MORE_MAX * short


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Histories]:
    databases = []
    for trades in (LITTLE, MUCH):
        db = Database(f"sqlite:///{tmp_path_factory.mktemp('cost') / 'trader.db'}")
        schema.upgrade(db)
        res = resources_on(db, Clock())
        trade(res, trades)
        accounts_service.change(res, "A", AccountSettings(risk=LIMITS))
        databases.append(db)
    short, long = map(History, databases)
    for each in (short, long):
        each.cost(asking(DAY))  # A connection reads the schema once.
        each.cost(recording(fill("MNQZ5", "BUY", NOON)))
    yield Histories(short, long)
    for db in databases:
        db.close()


def asking(question: Question) -> Work:
    return lambda res: told(res, "A", question)


def recording(*fills: Fill) -> Work:
    """All that storing does, but for its end."""
    return lambda res: ingest.record(res, fills, dry_run=True)


def fill(contract: str, side: str, at_us: int) -> Fill:
    price = Decimal("1.1") if contract == HELD[1] else Decimal(20_000)
    return Fill("A", f"{contract} {side} {at_us}", contract, side, 1, price, at_us)


DAY = PeriodQuestion("day", None, None, None, "position")
DAYS = HistoryQuestion("day", TEN_YEARS_AGO, None, None, None, "position")
LATELY = DAYS._replace(start=RECENTLY)
POSITIONS = PositionsQuestion("all", None, None, None, None, None, 50, None)
CLOSED_LATELY = POSITIONS._replace(status="closed", start=RECENTLY)
LIMITS = TermsChange(daily_loss_limit=Decimal(1000), max_loss_limit=Decimal(2000))
TRADES = TradesQuestion(Wanted("filled", None, None, None, None), 50, None)
STATISTICS = StatisticsQuestion(RECENTLY, None, None, None, None, None, None)

QUESTIONS: dict[str, Question] = {
    "a day": DAY,
    "a day by execution": DAY._replace(basis="execution"),
    "a session": DAY._replace(calendar="session"),
    "a day elsewhere": DAY._replace(tz="Asia/Kolkata"),
    "a day explained": DAY._replace(explain=True),
    "a week": DAY._replace(period="week"),
    "a month": DAY._replace(period="month"),
    "today and all time": SummaryQuestion(None, None, "position"),
    "all time elsewhere": SummaryQuestion("Asia/Kolkata", None, "execution"),
    "ten years of days": DAYS,
    "ten years of days by execution": DAYS._replace(basis="execution"),
    "ten years of sessions": DAYS._replace(calendar="session"),
    "ten years of months": DAYS._replace(interval="month"),
    "all days": DAYS._replace(start=None),
    "a page of days": DAYS._replace(limit=100),
    "the last days": LATELY,
    "the last days elsewhere": LATELY._replace(tz="Asia/Kolkata"),
    "the last days of a strategy": LATELY._replace(strategy="fade"),
    "the last hours": LATELY._replace(interval="hour"),
    "the last executions": LATELY._replace(interval="tick"),
    "the last executions of a symbol": LATELY._replace(interval="tick", symbol="MNQ"),
    "the last executions of a contract": LATELY._replace(interval="tick", symbol="MNQZ5"),
    "the last trades of a contract": LATELY._replace(interval="trade", symbol="MESZ5"),
    "positions": POSITIONS,
    "open positions": POSITIONS._replace(status="open"),
    "open positions of a symbol": POSITIONS._replace(status="open", symbol="6E"),
    "the last positions": CLOSED_LATELY,
    "the last positions of a contract": CLOSED_LATELY._replace(symbol="MNQZ5"),
    "the last positions of a strategy, which are none": CLOSED_LATELY._replace(strategy="fade"),
    "trades": TRADES,
    "trades of a contract": TRADES._replace(wanted=TRADES.wanted._replace(symbol="MNQZ5")),
    "limits": RiskQuestion(60 * instants.SECOND_US),
    "statistics of the last days": STATISTICS,
    "statistics of the last days of a strategy": STATISTICS._replace(strategy="fade"),
    "statistics of the last days by hour": STATISTICS._replace(group_by="hour"),
    "statistics of the last days elsewhere": STATISTICS._replace(tz="Asia/Kolkata"),
}

WRITES: dict[str, Sequence[Fill]] = {
    "opening": (fill("MNQZ5", "BUY", NOON),),
    "opening and closing": (fill("MNQZ5", "BUY", NOON), fill("MNQZ5", "SELL", NOON + 1)),
    "a late trade": (fill("MNQZ5", "BUY", RECENTLY), fill("MNQZ5", "SELL", RECENTLY + 1)),
    "a late fill": (fill("MNQZ5", "BUY", RECENTLY),),
    "adding to what is held for ten years": (fill("6EZ5", "BUY", NOON),),
    "closing what is held for ten years": (fill("6EZ5", "SELL", NOON),),
    "a new contract": (fill("MNQH6", "BUY", NOON),),
    "a bare contract after dated ones": (fill("MNQ", "BUY", NOON),),
}


@pytest.mark.feature("TPA-04", "TPA-21", "TPA-22")
@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_costs_the_same_after_a_hundred_times_as_many_trades(
    name: str, histories: Histories
) -> None:
    histories.check(asking(QUESTIONS[name]))


def test_the_accounts_cost_the_same_after_a_hundred_times_as_many_trades(
    histories: Histories,
) -> None:
    histories.check(lambda res: overview(res, lambda _: True, None))


@pytest.mark.parametrize("name", WRITES)
def test_a_write_costs_the_same_after_a_hundred_times_as_many_trades(
    name: str, histories: Histories
) -> None:
    histories.check(recording(*WRITES[name]))


def test_a_late_trade_among_many_costs_its_day(histories: Histories) -> None:
    at_us = NOON - RECENT_DAYS * DAY_US - 100 * OLD_DAYS_APART * DAY_US
    pair = fill("MNQZ5", "BUY", at_us), fill("MNQZ5", "SELL", at_us + 1)
    short, long = (each.cost(recording(*pair)) for each in histories)
    # The days of both calendars are added up again, and not a trade of another day.
    assert long - short < 100 * MUCH


def test_what_has_been_held_ever_since_costs_the_sessions_since(histories: Histories) -> None:
    work = recording(fill("ESZ5", "BUY", TEN_YEARS_AGO))
    short, long = (each.cost(work) for each in histories)
    # Equity was another in each of them, and the limits are judged again by it.
    assert long - short < 100 * MUCH * OLD_DAYS


def test_an_answer_that_is_kept_costs_the_same_look_up(histories: Histories) -> None:
    short, long = (kept_day(each) for each in histories)
    assert short == long < 100


def kept_day(history: History) -> int:
    told(history.res, "A", DAY)
    return history.cost_as_it_is(lambda: told(history.res, "A", DAY))


def test_a_deep_page_costs_what_the_first_costs(histories: Histories) -> None:
    place, deep = Key(instants.LAST_US, 0, ""), Key(TEN_YEARS_AGO + 300 * DAY_US, 0, "")
    chosen = Selection(1, None, None, None, None, instants.FIRST_US, instants.LAST_US)

    def page(place: Key) -> Work:
        def read(res: Resources) -> None:
            with res.db.read() as conn:
                assert len(position_pages.all_before(conn, chosen, place, 50)) == 50

        return read

    assert histories.long.cost(page(deep)) <= MORE_MAX * histories.long.cost(page(place))
    whole_page = asking(POSITIONS)
    cursor = told(histories.long.res, "A", POSITIONS)["next_cursor"]
    second_page = asking(POSITIONS._replace(cursor=cursor))
    assert histories.long.cost(second_page) <= MORE_MAX * histories.long.cost(whole_page)


def test_an_overview_costs_no_more_for_an_account_than_for_one_alone(
    sqlite_res: Resources,
) -> None:
    history = History(sqlite_res.db)

    def seen() -> int:
        return history.cost(lambda res: overview(res, lambda _: True, None))

    with sqlite_res.db.write() as conn:
        accounts.insert(conn, new_account(sqlite_res, "A"))
    seen()
    one = seen()
    with sqlite_res.db.write() as conn:
        for n in range(99):
            accounts.insert(conn, new_account(sqlite_res, f"B{n}"))
    assert seen() <= 100 * one


def test_a_history_until_now_does_not_add_up_the_trades_of_today(
    sqlite_res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(sqlite_res.db)

    def cost_with(numbers: range) -> int:
        ends = [(2 * n + leg, side) for n in numbers for leg, side in enumerate(("BUY", "SELL"))]
        ingest.record(sqlite_res, [fill("MNQZ5", side, NOON - 1_000 + n) for n, side in ends])
        return history.cost(asking(DAYS._replace(start=None)))

    cost_with(range(1))  # A connection reads the schema once.
    few = cost_with(range(1, 2))
    assert cost_with(range(2, 400)) <= MORE_MAX * few
    monkeypatch.setattr(windows, "_widened", lambda *asked: asked[-1])
    assert cost_with(range(400, 401)) > MORE_MAX * few


def test_a_figure_that_is_added_up_from_every_position_is_found(
    histories: Histories, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_all(conn: Connection, *_: object) -> list[object]:
        first(conn, text("SELECT sum(net_micros) FROM positions WHERE account_key = 1"))
        return []

    monkeypatch.setattr(windows, "of_days", of_all)
    with pytest.raises(AssertionError):
        histories.check(asking(DAY))


def test_a_statement_without_its_index_is_found(histories: Histories) -> None:
    def without_index(res: Resources) -> None:
        with res.db.write() as conn:
            conn.exec_driver_sql("DROP INDEX ix_positions_closed")
            positions.closed_within(conn, 1, Span(RECENTLY, NOON))
            conn.rollback()

    with pytest.raises(AssertionError):
        histories.check(without_index)


def test_a_contract_that_is_looked_for_among_all_is_found(
    histories: Histories, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "EFFECTS_BETWEEN", AN_EQUATION_AND_A_RANGE)
    with pytest.raises(AssertionError):
        histories.check(recording(*WRITES["closing what is held for ten years"]))
