from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import instants


@given(st.integers(instants.FIRST_US, instants.LAST_US - 1))
def test_text_is_parsed_back_to_the_same_instant(instant_us: int) -> None:
    assert instants.parse(instants.text(instant_us)) == instant_us


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2025-11-07T14:32:55Z", "2025-11-07T14:32:55Z"),
        ("2025-11-07T14:32:55.250-06:00", "2025-11-07T20:32:55.25Z"),
        ("2025-11-07 14:32+0530", "2025-11-07T09:02:00Z"),
        ("2025-11-07t14:32:55.123456789z", "2025-11-07T14:32:55.123456Z"),
        ("  2025-11-07T14:32:55+00:00 ", "2025-11-07T14:32:55Z"),
    ],
)
def test_iso_times_with_an_offset_are_understood(said: str, meant: str) -> None:
    assert instants.text(instants.parse(said)) == meant


HOUR = "2025-11-07T14"


@pytest.mark.parametrize(
    "said",
    [":32:55Z", ":00:59Z", ":32:55.5Z", ":32:55.123Z", ":32:55.123456Z", ":32:55.123456789Z"],
)
def test_what_most_programs_write_is_read_by_its_parts(said: str) -> None:
    assert instants._in_utc(HOUR + said) == instants.examined(HOUR + said)


@pytest.mark.parametrize(
    "said",
    [
        *("-32:55Z", ":32-55Z", ":3 :55Z", ":32:5 Z", ":32:60Z", ":32:55z", ":32:55"),
        *(":32:55+00:00", ":32:55,5Z", ":32:55.5z", ":32:55.Z", ":32:55.\u0665Z", ":32:55.5 Z"),
        ":32:55.1234567890Z",
    ],
)
def test_what_is_written_otherwise_is_read_with_care(said: str) -> None:
    assert instants._in_utc(HOUR + said) is None


def test_an_hour_that_was_read_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    known = instants.parse(f"{HOUR}:00:00Z")
    monkeypatch.delattr(instants, "examined")
    assert instants.parse(f"{HOUR}:00:01Z") == known + instants.SECOND_US


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("now", "must be an ISO 8601 time such as 2025-11-07T14:32:55Z"),
        ("2025-11-07T14:32:55", "needs an offset: end it with Z or, for example, -06:00"),
        ("2025-02-30T00:00:00Z", "is not a time of the calendar"),
        ("2200-01-01T00:00:00Z", "must lie between the years 1900 and 2199"),
    ],
)
def test_a_refusal_says_what_is_wrong(said: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(why)}$"):
        instants.parse(said)


def test_the_first_instant_is_taken() -> None:
    assert instants.parse("1900-01-01T00:00:00Z") == instants.FIRST_US
    assert instants.parse("2199-12-31T23:59:59.999999Z") == instants.LAST_US - 1


@pytest.mark.parametrize(
    "said", ["2025-11-07T14:32:55", "2025-11-07 14:32", "2025-11-07T14:32:55.5"]
)
def test_a_time_without_an_offset_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="offset"):
        instants.parse(said)


@pytest.mark.parametrize(
    "said",
    [
        *("", "now", "2025-11-07", "1762525975", "2025-13-07T00:00:00Z", "2025-02-30T00:00:00Z"),
        *("2025-11-07T25:00:00Z", "2025-11-07T14:32:55+99:00", "\u0662025-11-07T14:32:55Z"),
        *("1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_what_is_no_time_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r"must|not a time"):
        instants.parse(said)


TIMES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["2025-11-07T14:32:55", "2199-12-31T23:59:59", "1900-01-01 00:00:00", "now"]),
    st.sampled_from(["", ".5", ".123456789", ".1234567890", ".", ",5", ".\u0665", ".1_0"]),
    st.sampled_from(["Z", "z", "", " ", "+00:00", "-06:00", "ZZ"]),
)


@given(TIMES, st.integers(0, 30), st.sampled_from(["", "0", "9", ":", "-", " ", "Z", "\u0660"]))
def test_the_short_way_to_a_time_reads_what_the_careful_one_reads(
    said: str, place: int, instead: str
) -> None:
    changed = said[:place] + instead + said[place + 1 :]
    for each in (said, changed):
        assert read(instants.parse, each) == read(instants.examined, each)


def read(parse: Callable[[str], int], said: str) -> int | str:
    try:
        return parse(said)
    except ValueError as error:
        return str(error)
