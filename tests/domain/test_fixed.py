from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import fixed


@given(st.integers(-(10**17), 10**17), st.sampled_from([1, 4, 6, 9]))
def test_text_says_exactly_what_the_units_are(units: int, places: int) -> None:
    said = fixed.text(units, places)
    assert "e" not in said.lower()
    assert Decimal(said) == Decimal(units).scaleb(-places)
    assert fixed.scaled(Decimal(said), places) == units


@pytest.mark.parametrize(
    ("units", "places", "said"),
    [
        (0, 6, "0.0"),
        (18_000_000, 6, "18.0"),
        (-500_000, 6, "-0.5"),
        (1, 6, "0.000001"),
        (500, 9, "0.0000005"),
        (-1, 9, "-0.000000001"),
        (20_000_250_000_000, 9, "20000.25"),
    ],
)
def test_text_has_no_exponent_and_at_least_one_decimal(units: int, places: int, said: str) -> None:
    assert fixed.text(units, places) == said


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_what_is_not_a_finite_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"^must be a finite number$"):
        fixed.money_micros(Decimal(value))


@pytest.mark.parametrize("value", ["1E+999999", "1000000000000", "-1e12", "9" * 30])
def test_what_is_too_large_is_refused_at_once(value: str) -> None:
    with pytest.raises(ValueError, match="too large"):
        fixed.money_micros(Decimal(value))


@pytest.mark.parametrize("value", ["0.0000001", "1.2345678", "1E-999999"])
def test_what_is_too_fine_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="at most 6 decimals"):
        fixed.money_micros(Decimal(value))


@pytest.mark.parametrize(("value", "units"), [("1E+3", 1000), ("0E-20", 0), ("1.50000000000", 1.5)])
def test_trailing_zeros_and_exponents_do_not_matter(value: str, units: float) -> None:
    assert fixed.money_micros(Decimal(value)) == units * fixed.MICRO


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**12))
def test_divide_rounds_half_even(numerator: int, denominator: int) -> None:
    assert fixed.divide(numerator, denominator) == round(Fraction(numerator, denominator))


@pytest.mark.parametrize(("micros", "cents"), [(5_000, 0), (15_000, 20_000), (-25_000, -20_000)])
def test_an_average_is_rounded_half_even_to_cents(micros: int, cents: int) -> None:
    assert fixed.rounded(micros, 1, places=6, step_places=2) == cents
