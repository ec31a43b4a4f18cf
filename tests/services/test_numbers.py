"""Numbers go out as the very decimals that they stand for, whatever is the fastest way there."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct

from app.domain import fixed
from app.services import numbers
from app.services.kinds import Money
from app.services.rendering import to_csv

PLACES = (1, 3, 4, fixed.MONEY_PLACES, fixed.PRICE_PLACES)
# As many digits as a float is certain to keep, one more, and what would have an exponent.
EDGES = (0, 1, 9, 99, 100, 99_999, 100_000, 10**15 - 1, 10**15, 10**15 + 1, 2**53 + 1, 10**17 + 1)


class Row(Struct):
    """A number in a cell."""

    number: Money


def check(units: int, places: int) -> None:
    said, exact = numbers.number(units, places), fixed.text(units, places)
    assert msgspec.json.encode(said).decode() == exact
    assert to_csv([Row(said)]).decode() == f"number\r\n{exact}\r\n"
    if places == fixed.MONEY_PLACES:
        assert msgspec.json.encode(numbers.amounts([units, 0])).decode() == f"[{exact},0.0]"


@given(st.integers(-(10**18), 10**18), st.sampled_from(PLACES))
@example(123_456_789_012_345, fixed.MONEY_PLACES)
@example(-999_999_999_999_990, fixed.PRICE_PLACES)
def test_a_number_is_written_as_its_exact_decimal(units: int, places: int) -> None:
    check(units, places)


@pytest.mark.parametrize("places", PLACES)
@pytest.mark.parametrize("units", EDGES)
def test_a_number_at_the_edge_of_a_float_is_written_exactly(units: int, places: int) -> None:
    check(units, places)
    check(-units, places)


def test_a_float_of_more_digits_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "_FLOAT_END", 10**18)
    with pytest.raises(AssertionError):
        check(10**17 + 1, fixed.MONEY_PLACES)


def test_a_float_with_an_exponent_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "_FLOAT_LEAST", [1] * (fixed.PRICE_PLACES + 1))
    with pytest.raises(AssertionError):
        check(9, fixed.MONEY_PLACES)
