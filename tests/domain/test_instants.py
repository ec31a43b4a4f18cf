from __future__ import annotations

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
