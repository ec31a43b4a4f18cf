"""Days, weeks, months and hours against the tests' oracle, which reads another zone database."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version

import pytest
import pytz

from app.domain import instants, periods
from app.domain.periods import SESSION, Cut
from tests import oracle
from tests.figures import figure

ZONES = (
    *("America/Chicago", "America/New_York", "Europe/London", "Asia/Kolkata", "Asia/Kathmandu"),
    *("Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo", "America/Havana", "America/St_Johns"),
    *("America/Sao_Paulo", "Asia/Beirut", "Atlantic/Azores", "Pacific/Chatham", "UTC"),
)
ROUNDS = figure("CLOCK_ROUNDS", 600)


def start(cut: Cut, day: date) -> datetime:
    return instants.to_datetime(periods.day_start(cut, periods.number(day)))


def hours(cut: Cut, day: date) -> float:
    return (start(cut, day + timedelta(days=1)) - start(cut, day)).total_seconds() / 3600


def random_instant(choose: random.Random, zone: str = periods.SESSION_ZONE) -> datetime:
    """Mostly near a day's edge, and half of them near an instant at which the clock is set."""
    year = datetime(choose.randint(1990, 2036), 1, 1, tzinfo=UTC)
    start_us, end_us = map(instants.from_datetime, (year, year + timedelta(days=366)))
    settings = periods.offsets(zone, start_us, end_us)[1:]
    if settings and choose.random() < 0.5:
        at = instants.to_datetime(choose.choice(settings)[0])
        return at + timedelta(minutes=choose.choice((-1500, -60, -31, -1, 0, 0, 1, 29, 61, 1470)))
    day = year + timedelta(days=choose.randrange(366))
    return day + timedelta(minutes=30 * choose.randrange(48), microseconds=choose.randint(-1, 1))


def test_both_zone_databases_are_of_one_release() -> None:
    assert version("tzdata") == version("pytz")


@pytest.mark.feature("TPA-09", "TPA-11")
def test_days_are_those_of_the_oracle_in_every_kind_of_zone() -> None:
    check_days(random.Random(19), ROUNDS)


def check_days(choose: random.Random, rounds: int) -> None:
    for _ in range(rounds):
        zone = choose.choice(ZONES)
        moment, cut = random_instant(choose, zone), Cut("civil", zone)
        day = periods.date_of(periods.day_of(cut, instants.from_datetime(moment)))
        assert day == oracle.day_of(moment, zone, "civil"), (zone, moment)
        assert start(cut, day) == oracle.day_start(day, zone, "civil"), (zone, day)


def test_a_clock_that_is_never_set_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def at_noons_offset(zone: str, wall: datetime) -> int:
        noon = pytz.timezone(zone).localize(wall.replace(hour=12))
        return instants.from_datetime(noon - timedelta(hours=12))

    monkeypatch.setattr(periods, "_first_instant", at_noons_offset)
    periods.day_start.cache_clear()
    with pytest.raises(AssertionError):
        check_days(random.Random(19), 100)
    periods.day_start.cache_clear()


def test_sessions_are_those_of_the_oracle() -> None:
    choose = random.Random(20)
    for _ in range(ROUNDS):
        moment = random_instant(choose)
        day = periods.date_of(periods.day_of(SESSION, instants.from_datetime(moment)))
        assert day == oracle.day_of(moment, periods.SESSION_ZONE, "session"), moment


def test_hours_are_those_of_the_oracle() -> None:
    choose = random.Random(21)
    for _ in range(ROUNDS):
        zone = choose.choice(ZONES)
        moment = random_instant(choose, zone)
        found = periods.period(Cut("civil", zone), "hour", instants.from_datetime(moment))
        expected = oracle.period_start(moment, oracle.Cut("hour", zone, "civil"))
        assert instants.to_datetime(found.span.start_us) == expected, (zone, moment)
        assert found.span.start_us <= instants.from_datetime(moment) < found.span.end_us
        # The hour that follows is another one, and none is cut before its end.
        following = instants.to_datetime(found.span.end_us)
        assert oracle.period_start(following, oracle.Cut("hour", zone, "civil")) == following
        before = following - timedelta(microseconds=1)
        assert oracle.period_start(before, oracle.Cut("hour", zone, "civil")) == expected


def test_periods_of_every_kind_adjoin_without_gap_or_overlap() -> None:
    choose = random.Random(22)
    for interval in ("hour", "day", "week", "month"):
        for zone in ZONES:
            cut = Cut("civil", zone)
            found = periods.period(cut, interval, instants.from_datetime(random_instant(choose)))
            following = periods.period(cut, interval, found.span.end_us)
            assert following.span.start_us == found.span.end_us
            assert periods.period(cut, interval, found.span.end_us - 1) == found


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("America/Chicago", date(2025, 3, 9), 23),
        ("America/Chicago", date(2025, 11, 2), 25),
        ("America/Chicago", date(2025, 11, 7), 24),
        ("Australia/Lord_Howe", date(2025, 10, 5), 23.5),
        ("Africa/Cairo", date(2025, 4, 25), 23),  # Midnight itself does not exist.
        ("Pacific/Apia", date(2011, 12, 30), 0),  # The whole day was left out.
    ],
)
def test_days_on_which_clocks_are_set_have_their_own_length(
    zone: str, day: date, length: float
) -> None:
    assert hours(Cut("civil", zone), day) == length


def test_a_day_whose_midnight_does_not_exist_starts_at_its_first_instant() -> None:
    assert start(Cut("civil", "Africa/Cairo"), date(2025, 4, 25)) == datetime(
        2025, 4, 24, 22, tzinfo=UTC
    )


def test_a_session_day_begins_at_17_chicago_of_the_day_before() -> None:
    assert start(SESSION, date(2025, 11, 7)) == datetime(2025, 11, 6, 23, tzinfo=UTC)
    assert start(SESSION, date(2025, 7, 7)) == datetime(2025, 7, 6, 22, tzinfo=UTC)


@pytest.mark.feature("TPA-10")
def test_a_week_runs_from_monday_to_sunday_and_a_session_week_from_sunday_17() -> None:
    friday = periods.number(date(2025, 11, 7))
    monday, sunday = periods.week_of(friday)
    assert (periods.date_of(monday), periods.date_of(sunday)) == (
        date(2025, 11, 3),
        date(2025, 11, 9),
    )
    span = periods.days(SESSION, monday, sunday)
    assert instants.text(span.start_us) == "2025-11-02T23:00:00Z"
    assert instants.text(span.end_us) == "2025-11-09T23:00:00Z"


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2024, 12, 30), "2025-W01"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2025, 11, 7), "2025-W45"),
    ],
)
def test_weeks_have_their_iso_names(day: date, name: str) -> None:
    assert periods.period_of_day(SESSION, "week", periods.number(day)).name == name


@pytest.mark.parametrize(
    ("day", "last"), [(date(2024, 2, 10), 29), (date(2025, 2, 28), 28), (date(2025, 12, 31), 31)]
)
def test_months_end_on_their_last_day(day: date, last: int) -> None:
    first_day, last_day = periods.month_of(periods.number(day))
    assert periods.date_of(first_day) == day.replace(day=1)
    assert periods.date_of(last_day) == day.replace(day=last)


def test_a_wall_time_that_comes_twice_is_the_first_and_one_that_never_comes_is_refused() -> None:
    twice = periods.at_wall_time("America/Chicago", datetime.fromisoformat("2025-11-02T01:30:00"))
    assert instants.text(twice) == "2025-11-02T06:30:00Z"
    with pytest.raises(ValueError, match="set forward"):
        periods.at_wall_time("America/Chicago", datetime.fromisoformat("2025-03-09T02:30:00"))


def test_a_session_is_cut_by_chicago_s_clock_whatever_the_account_s_zone_is() -> None:
    assert periods.cut("session", "Asia/Tokyo") == SESSION
    assert periods.cut("civil", "Asia/Tokyo") == Cut("civil", "Asia/Tokyo")


def test_a_zone_is_one_of_the_database() -> None:
    assert periods.is_zone("America/Chicago")
    assert not periods.is_zone("America/Gotham")


def test_a_period_is_of_the_kind_that_is_asked_for() -> None:
    at_us = instants.parse("2025-11-07T15:30:00Z")
    month = periods.days(
        SESSION, periods.number(date(2025, 11, 1)), periods.number(date(2025, 11, 30))
    )
    found = [
        (
            periods.period(SESSION, each, at_us).name,
            [one.name for one in periods.along(SESSION, each, month)],
        )
        for each in ("week", "month")
    ]
    assert found == [
        ("2025-W45", [f"2025-W{week}" for week in range(44, 49)]),
        ("2025-11", ["2025-11"]),
    ]
    assert len(list(periods.along(SESSION, "day", month))) == 30


def test_each_day_that_is_touched_comes_once() -> None:
    day, utc = periods.number(date(2025, 11, 7)), Cut("civil", "UTC")
    span, later = periods.days(utc, day, day), periods.days(utc, day + 3, day + 3)
    touched = [span.start_us, span.start_us, span.end_us - 1, span.end_us, later.start_us]
    assert list(periods.days_touched(utc, touched)) == [day, day + 1, day + 3]
    assert list(periods.days_touched(utc, [])) == []
