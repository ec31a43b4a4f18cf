"""What is built of minutes against pandas, real ones of ES, GC and 6E among them; and real days."""

from __future__ import annotations

import random
import warnings
from collections import Counter
from datetime import date, timedelta
from typing import NamedTuple

import pytest

from app.db import bars as rows
from app.domain import bars, front, instants, periods, sessions
from app.domain.bars import Bar
from app.domain.fixed import NANO
from app.domain.instruments import Delivery
from app.domain.periods import SESSION
from app.services.resources import Resources
from tests.bar_notes import MINUTE_US, contract, put
from tests.blueprints.calls import exact, get
from tests.cli.conftest import Shell
from tests.cli.test_import_bars import DAILY, ES, EURO, GC, of
from tests.conftest import Client, Clock, shared_file
from tests.services.test_bar_storing import ALWAYS, every

with warnings.catch_warnings():
    # What the library imports warns of what it imports.
    warnings.simplefilter("ignore")
    import pandas as pd

HOW = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
RULES = {300: "5min", 900: "15min", 3_600: "1h"}
# By Chicago's clock a session is named by the date on which it ends, seven hours on.
NAMED_LATER = pd.Timedelta("7h")
# The March contract of 2014 stood about 6.25 below the December one of 2013 for all these weeks.
SPREAD_MIN, SPREAD_MAX = -8 * NANO, -4 * NANO
SESSION_MINUTES_MIN = 1_200


def resampled(minutes: list[Bar], timeframe_s: int) -> list[Bar]:
    """The coarser bars that pandas makes, in order. Prices are whole billionths, below 2 ** 53."""
    times = pd.to_datetime([each.opened_at_us for each in minutes], unit="us", utc=True)
    told = pd.DataFrame([each[1:] for each in minutes], index=times, columns=[*HOW])
    if timeframe_s in RULES:
        made = told.resample(RULES[timeframe_s]).agg(HOW).dropna()
        opened = made.index
    else:
        told.index = times.tz_convert("America/Chicago").tz_localize(None) + NAMED_LATER
        made = told.resample("1D").agg(HOW).dropna()
        opened = (made.index - NAMED_LATER).tz_localize("America/Chicago").tz_convert("UTC")
    at_us = (round(each.timestamp()) * instants.SECOND_US for each in opened)
    return [Bar(at, *map(int, values)) for at, values in zip(at_us, made.to_numpy(), strict=True)]


def hold_to_pandas(res: Resources, delivery: Delivery, timeframe_s: int) -> int:
    """All bars of which every minute is known, and no others, are those of pandas; their number."""
    told = resampled(every(res, delivery, 60), timeframe_s)
    with res.db.read() as conn:
        (found,) = rows.contracts(conn, delivery.instrument.root)
        known = rows.covered(conn, found.contract_key, 60, ALWAYS)
    whole = [
        each for each in told if not bars.missing(bars.span(timeframe_s, each.opened_at_us), known)
    ]
    assert every(res, delivery, timeframe_s) == whole
    return len(whole)


@pytest.mark.feature("PAM-BARS-14")
@pytest.mark.parametrize(
    ("file", "counts"),
    [(ES, (3_307, 1_104, 288, 7)), (GC, (1_371, 457, 118, 4)), (EURO, (6_083, 2_027, 506, 22))],
    ids=["ES", "GC", "6E"],
)
def test_what_is_built_of_real_minutes_is_what_pandas_makes_of_them(
    shell: Shell, sqlite_res: Resources, file: tuple[str, ...], counts: tuple[int, ...]
) -> None:
    name, code, timeframe, _, *stamped = file
    command = ("import-bars", str(shared_file(name)), "--contract", code, "--timeframe", timeframe)
    shell.run(*command, *stamped)
    found = [hold_to_pandas(sqlite_res, of(code), each) for each in (*RULES, bars.DAY_S)]
    assert tuple(found) == counts


@pytest.mark.feature("PAM-BARS-14")
@pytest.mark.parametrize(
    ("first", "days", "code"),
    [(date(2025, 10, 30), 6, "MNQZ5"), (date(2026, 3, 5), 6, "MNQH6")],
    ids=["clocks go back", "clocks go forward"],
)
def test_weeks_in_which_the_clocks_are_set_are_built_as_pandas_makes_them(
    sqlite_res: Resources, clock: Clock, first: date, days: int, code: str
) -> None:
    clock.set("2026-06-01T00:00:00Z")
    delivery = contract(code, f"{first}T00:00:00Z")
    put(sqlite_res, code, invented_minutes(delivery, first, days))
    for timeframe_s in RULES:
        assert hold_to_pandas(sqlite_res, delivery, timeframe_s) > 80
    assert hold_to_pandas(sqlite_res, delivery, bars.DAY_S) == 4
    openings = {
        instants.text(each.opened_at_us)[11:16] for each in every(sqlite_res, delivery, bars.DAY_S)
    }
    assert openings == {"22:00", "23:00"}


def invented_minutes(delivery: Delivery, first: date, days: int) -> list[Bar]:
    """The minutes of some sessions, one in ten without a trade."""
    rng, found = random.Random(str(first)), []
    for day in range(days):
        number = periods.number(first + timedelta(days=day))
        hours = sessions.trading(sessions.hours(delivery.instrument), number)
        if hours is None:
            continue
        for at_us in range(*hours, MINUTE_US):
            low, *between, high = sorted(rng.choices(range(21_000, 21_100), k=4))
            rng.shuffle(between)
            prices = (each * NANO for each in (between[0], high, low, between[1]))
            if rng.random() < 0.9 or at_us == hours[0]:
                found.append(Bar._make((at_us, *prices, rng.randint(1, 99))))
    return found


# --- Real days -----------------------------------------------------------------------------------


class Days(NamedTuple):
    """A session of December's minutes, and the day of the same date in March's daily file."""

    built: Bar
    daily: Bar


@pytest.fixture
def days(shell: Shell, sqlite_res: Resources) -> dict[date, Days]:
    """By date, as far as the minutes of the session are nearly all there."""
    for name, code, timeframe, _ in (ES, DAILY):
        path = str(shared_file(name))
        shell.run("import-bars", path, "--contract", code, "--timeframe", timeframe)
    minutes = every(sqlite_res, of("ESZ13"), 60)
    counts = Counter(periods.day_of(SESSION, each.opened_at_us) for each in minutes)
    built = {
        periods.day_of(SESSION, each.opened_at_us): each for each in resampled(minutes, 86_400)
    }
    daily = every(sqlite_res, of("ESH14"), bars.DAY_S)
    by_day = {each.opened_at_us // instants.DAY_US: each for each in daily}
    return {
        periods.date_of(day): Days(built[day], by_day[day])
        for day, count in counts.items()
        if count > SESSION_MINUTES_MIN
    }


def test_days_differ_from_the_real_ones_by_the_contract_that_they_are_of(
    days: dict[date, Days],
) -> None:
    """The minutes are of December, the file is of March: other prices, other volumes.

    Closings are apart by what the contracts are. Before the roll March hardly trades, so it misses
    extremes that December saw, and its first trade may come hours after the opening: its range lies
    inside December's, moved by as much, and its opening anywhere in its range.
    """
    assert len(days) == 11
    for built, daily in days.values():
        assert SPREAD_MIN < daily.close_nanos - built.close_nanos < SPREAD_MAX
        assert daily.high_nanos - built.high_nanos < SPREAD_MAX
        assert daily.low_nanos - built.low_nanos > SPREAD_MIN
        assert daily.low_nanos <= daily.open_nanos <= daily.high_nanos
        assert daily.volume < built.volume / 100


@pytest.mark.feature("PAM-BARS-02")
def test_the_root_is_on_each_day_the_contract_that_was_traded_then(
    days: dict[date, Days], sqlite_res: Resources, client: Client
) -> None:
    """December's until the 12th, on which it rolls and March's volume passes it."""
    shown = exact(get(client, "/api/history?symbol=ES&timeframe=1d&limit=1500&end=2013-12-31"))
    volumes = {each["timestamp"]: each["volume"] for each in shown["bars"]}
    whole = {instants.text(each.opened_at_us) for each in every(sqlite_res, of("ESZ13"), 86_400)}
    rolls_on = front.rolls_on(of("ESZ13").instrument, of("ESZ13").month)
    assert rolls_on == date(2013, 12, 12)
    assert all(day < rolls_on for day in days)
    for built, _ in days.values():
        at = instants.text(built.opened_at_us)
        assert volumes.get(at) == (built.volume if at in whole else None)
    march = {at: volume for at, volume in volumes.items() if at not in whole}
    assert len(march) == 11
    assert min(march) == "2013-12-12T00:00:00Z"
    # Of the 18th the minutes of December are there as well, and hardly any volume in them.
    minutes = every(sqlite_res, of("ESZ13"), 60)
    late = sum(
        each.volume
        for each in minutes
        if each.opened_at_us >= instants.parse("2013-12-18T00:00:00Z")
    )
    assert 0 < late < march["2013-12-18T00:00:00Z"] / 5
