"""The generated history: possible at its exchange, the same whenever it is told, lifelike."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import instants
from app.domain.executions import Fill, admit
from app.domain.instruments import SHIPPED
from app.domain.invented import MES, MGC, MNQ, front_contract, is_holiday
from app.domain.positions import Position, build, whole
from app.errors import Conflict
from app.services import accounts, demo, ingest, verification
from app.services.demo import Demo
from app.services.resources import Resources
from tests.conftest import NOON, Client, Clock

CHICAGO = ZoneInfo("America/Chicago")
DEMO = Demo("DEMO-50K", 7)
YEAR = demo.dates(NOON, 250)
WEEK = demo.dates(NOON, 5)
HOUR_US = 3_600 * instants.SECOND_US
LATER = NOON + 4 * instants.DAY_US  # The Tuesday after.


@pytest.fixture(scope="module")
def year() -> list[Fill]:
    """The history that `flask demo` makes by itself."""
    return demo.fills(DEMO, YEAR, NOON)


def local(fill: Fill) -> datetime:
    """When it was, by the exchange's clock."""
    return datetime.fromtimestamp(fill.executed_at_us / 10**6, UTC).astimezone(CHICAGO)


def positions(fills: Iterable[Fill]) -> list[Position]:
    by_contract: dict[str, list[Fill]] = {}
    for fill in fills:
        by_contract.setdefault(fill.contract or "", []).append(fill)
    return [position for some in by_contract.values() for position in _positions(some)]


def _positions(fills: list[Fill]) -> list[Position]:
    executions = sorted((admit(fill, SHIPPED, "USD") for fill in fills), key=lambda each: each.key)
    point_value_micros = SHIPPED.by_root[fills[0].symbol].point_value_micros
    built = build(DEMO.account_id, point_value_micros, whole(executions))
    return [each.position for each in built]


def test_every_fill_is_one_that_the_service_admits(year: list[Fill]) -> None:
    """Ticks, ids, sides and contracts among them."""
    for fill in year:
        execution = admit(fill, SHIPPED, "USD")
        assert execution.price_nanos % SHIPPED.by_root[fill.symbol].tick_nanos == 0
        assert execution.contract == fill.contract
    assert len({fill.execution_id for fill in year}) == len(year)


def test_nothing_is_filled_after_now_nor_while_the_exchange_is_closed(year: list[Fill]) -> None:
    for fill in year:
        moment = local(fill)
        assert fill.executed_at_us <= NOON
        assert moment.weekday() <= 4
        assert moment.hour != 16
        assert moment.weekday() < 4 or moment.hour < 16
        assert not is_holiday(moment.date())


def test_today_is_in_it_as_far_as_it_has_gone(year: list[Fill]) -> None:
    assert local(year[-1]).date() == YEAR[-1] == date(2025, 11, 7)
    today = [fill for fill in year if local(fill).date() == YEAR[-1]]
    by_ten = demo.fills(DEMO, WEEK[-1:], NOON - 2 * HOUR_US)
    assert by_ten
    assert by_ten == today[: len(by_ten)] != today


def test_dates_are_the_last_weekdays() -> None:
    saturday_night = instants.parse("2025-11-09T05:59:59Z")  # Sunday in London, not in Chicago.
    assert [f"{day:%a %d}" for day in demo.dates(saturday_night, 6)] == [
        *("Fri 31", "Mon 03", "Tue 04", "Wed 05", "Thu 06", "Fri 07")
    ]
    assert len(YEAR) == 250


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 7 * 86_400), st.integers(0, 7 * 86_400))
def test_what_has_been_filled_stays_as_it_is(one_s: int, other_s: int) -> None:
    start_us = instants.parse("2025-11-03T06:00:00Z")
    earlier, later = (start_us + s * instants.SECOND_US for s in sorted((one_s, other_s)))
    known = [fill for fill in demo.fills(DEMO, WEEK, later) if fill.executed_at_us <= earlier]
    assert demo.fills(DEMO, WEEK, earlier) == known


def test_a_day_depends_on_the_seed_and_its_date_alone(year: list[Fill]) -> None:
    alone = [fill for day in reversed(YEAR) for fill in demo.fills(DEMO, [day], NOON)]
    assert sorted(alone) == sorted(year)
    other = demo.fills(DEMO._replace(seed=8), WEEK, NOON)
    assert {fill.price for fill in other}.isdisjoint({fill.price for fill in year[-1:]})


def test_a_date_ends_as_flat_as_it_began() -> None:
    """So nothing is held over a roll: a date has one contract of each root."""
    for day in demo.dates(LATER, 300):
        net: Counter[str | None] = Counter()
        for fill in demo.fills(DEMO, [day], instants.LAST_US):
            net[fill.contract] += fill.quantity if fill.side == "BUY" else -fill.quantity
        assert not any(net.values())
        assert len({(contract or "")[:3] for contract in net}) == len(net)


@pytest.mark.parametrize(
    ("day", "stocks", "gold"),
    [
        ("2025-01-02", "H5", "G5"),
        ("2025-01-27", "H5", "J5"),
        ("2025-03-14", "H5", "J5"),
        ("2025-03-17", "M5", "J5"),
        ("2025-07-25", "U5", "Q5"),
        ("2025-07-28", "U5", "Z5"),
        ("2025-12-12", "Z5", "G6"),
        ("2025-12-15", "H6", "G6"),
    ],
)
def test_the_contract_in_front_is_the_one_that_is_traded(day: str, stocks: str, gold: str) -> None:
    at = date.fromisoformat(day)
    assert [front_contract(each, at) for each in (MNQ, MES, MGC)] == [
        *(f"MNQ{stocks}", f"MES{stocks}", f"MGC{gold}")
    ]


def test_nobody_trades_on_the_exchanges_holidays() -> None:
    weekdays = (date(2025, 12, 1) + timedelta(days=n) for n in range(366))
    assert [f"{day:%m-%d}" for day in weekdays if day.weekday() < 5 and is_holiday(day)] == [
        *("12-24", "12-25", "01-01", "01-19", "02-16", "04-03", "05-25", "06-19"),
        *("07-03", "09-07", "11-26", "11-27"),
    ]
    assert is_holiday(date(2027, 7, 5))  # The 4th is a Sunday.


def test_a_day_has_the_prices_of_one_market(year: list[Fill]) -> None:
    """Within a day a price goes no further than a market does, from day to day neither."""
    prices: dict[tuple[str, date], list[Decimal]] = {}
    for fill in year:
        prices.setdefault((fill.symbol, local(fill).date()), []).append(fill.price)
    assert all(max(some) < min(some) * Decimal("1.05") for some in prices.values())
    assert sum(len(set(some)) > 1 for some in prices.values()) > 200


def test_the_trader_is_neither_a_wizard_nor_a_fool(year: list[Fill]) -> None:
    closed = [each for each in positions(year) if each.closed_at_us]
    won = sum(each.net_micros for each in closed if each.net_micros > 0)
    lost = -sum(each.net_micros for each in closed if each.net_micros < 0)
    winning = sum(each.net_micros > 0 for each in closed)
    assert 0.5 < winning / len(closed) < 0.55
    assert 1 < won / lost < 1.3
    by_day: Counter[date] = Counter()
    for each in closed:
        by_day[datetime.fromtimestamp((each.closed_at_us or 0) / 1e6, CHICAGO).date()] += (
            each.net_micros
        )
    assert sum(net < 0 for net in by_day.values()) > len(by_day) / 3
    assert min(by_day.values()) < -500 * 10**6


def test_the_trader_does_all_that_traders_do(year: list[Fill]) -> None:
    made = positions(year)
    opened = Counter(
        datetime.fromtimestamp(each.opened_at_us / 1e6, CHICAGO).date() for each in made
    )
    assert set(opened.values()) <= set(range(1, 13))
    assert 4 < len(made) / len(opened) < 8
    assert {each.symbol for each in made} == {"MNQ", "MES", "MGC"}
    assert {each.strategy for each in made} == {"opening-range", "vwap-fade", "trend-pullback"}
    assert sum(each.open_leg for each in made) > 20  # Reversals.
    assert sum(each.execution_count > 3 for each in made) > 50
    break_us = [_break_us(each) for each in made]
    over_night = [us for us, each in zip(break_us, made, strict=True) if _holds(each, us)]
    assert 3 <= len(over_night) <= 40


def _break_us(position: Position) -> int:
    """The end of the session in which it was opened, if that is of the same day."""
    opened = datetime.fromtimestamp(position.opened_at_us / 1e6, CHICAGO)
    return instants.from_datetime(datetime.combine(opened.date(), time(17), CHICAGO))


def _holds(position: Position, at_us: int) -> bool:
    return position.opened_at_us < at_us < (position.closed_at_us or 0)


def test_the_history_is_stored_as_it_was_told_and_a_second_time_adds_nothing(
    res: Resources,
) -> None:
    demo.open_account(res, DEMO)
    first = demo.record(res, DEMO, WEEK)
    demo.open_account(res, DEMO)
    again = demo.record(res, DEMO, WEEK)
    fills = demo.fills(DEMO, WEEK, NOON)
    assert (first.accepted, first.duplicates) == (len(fills), 0)
    assert (again.accepted, again.duplicates) == (0, len(fills))
    assert not list(verification.differences(res, DEMO.account_id))
    assert first.positions_closed == demo.summary(res, DEMO, WEEK).positions
    account = accounts.every(res)[0]
    assert account.starting_balance_micros == 50_000 * 10**6
    assert demo.summary(res, DEMO, WEEK).net_micros == account.realized_net_micros


def test_a_history_told_in_the_midst_of_trades_is_carried_on_later(
    sqlite_res: Resources, clock: Clock
) -> None:
    demo.open_account(sqlite_res, DEMO)
    stored = told_while_open = 0
    for clock.now_us in range(NOON - 4 * HOUR_US, LATER, 3 * HOUR_US // 2):
        some_dates = demo.dates(clock.now_us, 2)
        stored += demo.record(sqlite_res, DEMO, some_dates).accepted
        so_far = positions(demo.fills(DEMO, some_dates, clock.now_us))
        told_while_open += any(each.closed_at_us is None for each in so_far)
    days = [day for day in demo.dates(clock.now_us, 9) if day >= WEEK[-2]]
    assert stored == len(demo.fills(DEMO, days, clock.now_us))
    assert told_while_open > 3
    assert not list(verification.differences(sqlite_res, DEMO.account_id))


def test_another_seed_is_refused_and_changes_nothing(sqlite_res: Resources) -> None:
    demo.open_account(sqlite_res, DEMO)
    demo.record(sqlite_res, DEMO, WEEK)
    with pytest.raises(Conflict, match="another history than seed 8 makes"):
        demo.record(sqlite_res, DEMO._replace(seed=8), WEEK)
    assert not list(verification.differences(sqlite_res, DEMO.account_id))


def test_an_account_with_real_executions_is_left_alone(sqlite_res: Resources) -> None:
    real = demo.fills(DEMO, WEEK, NOON)[0]._replace(source=None)
    ingest.record(sqlite_res, [real])
    with pytest.raises(Conflict, match="holds real executions"):
        demo.open_account(sqlite_res, DEMO)


def test_the_command_says_what_it_made_and_what_to_ask_next(app: Flask, client: Client) -> None:
    run = app.test_cli_runner().invoke(args=["demo", "--days", "5"])
    assert run.exit_code == 0, run.output
    made, ask = run.stdout.splitlines()
    count = len(demo.fills(DEMO, WEEK, NOON))
    assert made.startswith(f"DEMO-50K: 5 days, {count} executions ({count} of them new), ")
    url = urlsplit(shlex.split(ask)[-1])
    status, body = client.get(url.path, **dict(parse_qsl(url.query)))
    assert (status, body["week_start"]) == (200, "2025-11-03")
    assert body["total_trades"] > 10
    again = app.test_cli_runner().invoke(args=["demo", "--days", "5"])
    assert f"{count} executions (0 of them new)" in again.stdout


def test_the_command_says_why_it_refuses(app: Flask) -> None:
    app.test_cli_runner().invoke(args=["demo", "--days", "3"])
    refused = app.test_cli_runner().invoke(args=["demo", "--days", "3", "--seed", "8"])
    assert refused.exit_code == 1
    assert "name its seed, or another account" in refused.stderr
