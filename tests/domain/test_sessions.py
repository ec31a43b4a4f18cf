"""The exchange's hours: by its published days, and by the bars that were really traded."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from app.domain import instants, periods, sessions
from app.domain.instruments import SHIPPED
from app.domain.periods import SESSION, Span
from app.domain.sessions import Hours
from tests.conftest import shared_file

MINUTE_US = 60 * instants.SECOND_US
# A file, its root, and how far its stamps lie behind the openings.
FILES = [
    ("bars/ES_201312_1m_2013-10_to_12.csv", "ES", 0),
    ("bars/GC_201312_1m_2013-10-07_11.csv", "GC", 0),
    ("bars/6E_202403_1m_2024-01.csv", "6E", MINUTE_US),
]


def trading(hours: Hours, day: str) -> tuple[str, str] | None:
    span = sessions.trading(hours, periods.number(date.fromisoformat(day)))
    return span and (instants.text(span.start_us), instants.text(span.end_us))


def outside(path: Path, hours: Hours, shift_us: int) -> list[str]:
    """The times of a file's bars at which there is no trading."""
    with path.open() as lines:
        stamps = [row["timestamp"] for row in csv.DictReader(lines)]
    opened = [instants.parse(each) - shift_us for each in stamps]
    return [instants.text(at_us) for at_us in opened if not sessions.is_open(hours, at_us)]


@pytest.mark.feature("PAM-BARS-08")
@pytest.mark.parametrize(("name", "root", "shift_us"), FILES)
def test_no_real_bar_lies_outside_the_hours(name: str, root: str, shift_us: int) -> None:
    instrument = SHIPPED.by_root[root]
    assert outside(shared_file(name), sessions.hours(instrument), shift_us) == []


def test_bars_stamped_at_their_end_would_lie_outside() -> None:
    """Known bad: read as openings, the last minute of each session would come after its close."""
    name, _, _ = FILES[2]
    assert len(outside(shared_file(name), "globex", 0)) == 22


def test_bars_of_another_zone_s_clock_would_lie_outside() -> None:
    name, _, _ = FILES[0]
    assert outside(shared_file(name), "equity", 5 * 60 * MINUTE_US) != []


@pytest.mark.parametrize(
    ("day", "span"),
    [
        ("2025-11-06", ("2025-11-05T23:00:00Z", "2025-11-06T22:00:00Z")),
        ("2025-11-10", ("2025-11-09T23:00:00Z", "2025-11-10T22:00:00Z")),  # From Sunday on.
        ("2025-11-08", None),
        ("2025-11-09", None),
        # The clocks change on Sundays, before the session of Monday begins.
        ("2025-10-31", ("2025-10-30T22:00:00Z", "2025-10-31T21:00:00Z")),
        ("2025-11-03", ("2025-11-02T23:00:00Z", "2025-11-03T22:00:00Z")),
        ("2025-03-07", ("2025-03-06T23:00:00Z", "2025-03-07T22:00:00Z")),
        ("2025-03-10", ("2025-03-09T22:00:00Z", "2025-03-10T21:00:00Z")),
        ("2013-10-07", ("2013-10-06T22:00:00Z", "2013-10-07T21:15:00Z")),  # Closed later then.
        ("2015-09-18", ("2015-09-17T22:00:00Z", "2015-09-18T21:15:00Z")),
        ("2015-09-21", ("2015-09-20T22:00:00Z", "2015-09-21T21:00:00Z")),
    ],
)
def test_a_session_runs_from_17_to_16_chicago(day: str, span: tuple[str, str] | None) -> None:
    assert trading("equity", day) == trading("globex", day) == span


@pytest.mark.parametrize(
    "day",
    [
        *("2024-12-25", "2025-12-25", "2021-12-24", "2022-12-26"),  # Christmas as it is kept.
        *("2024-01-01", "2025-01-01", "2023-01-02"),  # New Year's Day
        *("2019-04-19", "2022-04-15", "2024-03-29", "2025-04-18", "2039-04-08"),  # and Good Friday.
    ],
)
def test_the_exchange_is_closed_on_holidays(day: str) -> None:
    assert trading("equity", day) is None
    assert trading("globex", day) is None


def test_a_new_year_s_day_on_a_saturday_closes_no_friday() -> None:
    assert trading("equity", "2021-12-31") is not None


@pytest.mark.parametrize(
    ("day", "closes"),
    [
        ("2025-01-20", "18:00"),  # Martin Luther King
        ("2025-02-17", "18:00"),  # Presidents
        ("2025-05-26", "17:00"),  # Memorial
        ("2025-06-19", "17:00"),  # Juneteenth
        ("2025-07-04", "17:00"),
        ("2020-07-03", "17:00"),  # Independence Day was a Saturday.
        ("2025-09-01", "17:00"),  # Labor
        ("2025-11-27", "18:00"),  # Thanksgiving
        ("2025-11-28", "18:15"),
        ("2025-12-24", "18:15"),
        ("2023-04-07", "15:15"),  # Good Friday with the jobs report
    ],
)
def test_index_futures_close_early_on_the_stock_exchange_s_holidays(day: str, closes: str) -> None:
    span = trading("equity", day)
    assert span is not None
    assert span[1] == f"{day}T{closes}:00Z"


def test_juneteenth_was_no_holiday_before_2022() -> None:
    assert trading("equity", "2020-06-19") == ("2020-06-18T22:00:00Z", "2020-06-19T21:00:00Z")


def test_of_other_exchanges_nothing_is_ever_closed() -> None:
    hours = sessions.hours(SHIPPED.by_root["FDAX"])
    assert hours == "unknown"
    assert sessions.is_open(hours, instants.parse("2025-11-08T12:00:00Z"))


@pytest.mark.parametrize(
    ("now", "closed"),
    [
        ("2025-11-06T21:59:59Z", "2025-11-05T22:00:00Z"),
        ("2025-11-06T22:00:00Z", "2025-11-06T22:00:00Z"),
        ("2025-11-09T12:00:00Z", "2025-11-07T22:00:00Z"),
        ("2025-12-25T23:30:00Z", "2025-12-24T18:45:00Z"),
    ],
)
def test_the_last_close_is_that_of_the_last_session_that_ended(now: str, closed: str) -> None:
    assert instants.text(sessions.last_close("globex", instants.parse(now))) == closed


def test_trading_time_is_counted_without_the_hours_between() -> None:
    thursday, monday = (instants.parse(f"2025-11-{day}T21:30:00Z") for day in ("06", "10"))
    hour_us = 60 * MINUTE_US
    # Half an hour of Thursday, Friday's session and Monday's but for its last half hour.
    open_us = sessions.open_between("globex", thursday, monday, 1000 * hour_us)
    assert open_us == 46 * hour_us
    assert sessions.reaching_back("globex", monday, open_us) == thursday


def test_a_bar_overlaps_the_hours_with_any_part_of_it() -> None:
    opens = instants.parse("2025-11-09T23:00:00Z")
    assert sessions.overlaps("globex", Span(opens - MINUTE_US, opens + 1))
    assert not sessions.overlaps("globex", Span(opens - MINUTE_US, opens))
    assert periods.day_start(SESSION, periods.number(date(2025, 11, 10))) == opens


def test_hours_are_known_by_the_root_and_its_exchange() -> None:
    asked = [("MNQ", "CME"), ("CL", "NYMEX"), ("MNQ", "EUREX")]
    assert [sessions.hours_of(*each) for each in asked] == ["equity", "globex", "unknown"]


# From Thursday's close to Friday's session, and Labor Day's noon.
CLOSES, OPENS = (instants.parse(f"2025-11-06T{hour}:00:00Z") for hour in (22, 23))
NOON = instants.parse("2025-09-01T17:00:00Z")


def test_a_session_is_open_from_its_first_instant_to_its_last() -> None:
    at = [CLOSES - 1, CLOSES, OPENS - 1, OPENS]
    assert [sessions.is_open("globex", each) for each in at] == [True, False, False, True]
    assert not sessions.overlaps("globex", Span(CLOSES, OPENS))
    assert sessions.overlaps("globex", Span(CLOSES - 1, OPENS))


def test_each_kind_of_hours_has_its_own_holidays() -> None:
    afternoon = Span(NOON + MINUTE_US, NOON + 2 * MINUTE_US)
    kinds: list[Hours] = ["equity", "globex", "unknown"]
    assert [sessions.overlaps(each, afternoon) for each in kinds] == [False, True, True]
    assert sessions.last_close("equity", afternoon.end_us) == NOON
    assert sessions.traded_until("equity", afternoon.end_us) == NOON
    assert sessions.traded_until("globex", afternoon.end_us) == afternoon.end_us


def test_trading_time_ends_at_a_close_and_is_no_longer_than_asked_for() -> None:
    assert sessions.open_until("globex", CLOSES - MINUTE_US, MINUTE_US) == CLOSES
    assert sessions.open_until("globex", CLOSES - MINUTE_US, MINUTE_US + 1) == OPENS + 1
    around = Span(CLOSES - MINUTE_US, OPENS + MINUTE_US)
    assert sessions.open_between("globex", *around, MINUTE_US) == MINUTE_US
    assert sessions.open_between("globex", *around, MINUTE_US + 1) == 2 * MINUTE_US
    assert sessions.open_between("globex", CLOSES + 1, OPENS + MINUTE_US, OPENS) == MINUTE_US


def test_reaching_back_stops_at_an_opening_and_goes_on_before_the_close() -> None:
    assert sessions.reaching_back("globex", OPENS + MINUTE_US, MINUTE_US) == OPENS
    assert sessions.reaching_back("globex", OPENS + MINUTE_US, MINUTE_US + 1) == CLOSES - 1
    assert sessions.reaching_back("globex", OPENS, MINUTE_US) == CLOSES - MINUTE_US


def test_what_is_known_from_an_opening_on_is_known_from_the_close_before() -> None:
    ends = OPENS + MINUTE_US
    assert sessions.extended("globex", Span(OPENS, ends)) == Span(CLOSES, ends)
    assert sessions.extended("globex", Span(OPENS + 1, ends)) == Span(OPENS + 1, ends)
    assert sessions.extended("unknown", Span(CLOSES, OPENS)) == Span(CLOSES, OPENS)
