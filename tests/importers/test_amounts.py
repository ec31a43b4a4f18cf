"""Numbers and money of all locales, and which decimal mark a file has."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.importers import amounts

READ = {
    "1234.5": "1234.5",
    "1,234.5": "1234.5",
    "1,234,567": "1234567",
    "$1,200.00": "1200",
    "$(58.50)": "-58.50",
    "($75.90)": "-75.90",
    "(75.90)": "-75.90",
    "-$18.98": "-18.98",
    "$-18.98": "-18.98",
    "\u221218.98": "-18.98",
    "90.00 $": "90",
    "(90.00 $)": "-90",
    "87,465.63 USD": "87465.63",
    "USD 12.5": "12.5",
    "1 250.50 \u20ac": "1250.50",
    "1\xa0250.50\u202f\u20ac": "1250.50",
    "1'250.50": "1250.50",
    "+3": "3",
    ".5": "0.5",
    "5.": "5",
}
READ_WITH_COMMA = {
    "23960,00": "23960",
    "1.234,56": "1234.56",
    "1 250,50 $": "1250.50",
    "-18,98 \u20ac": "-18.98",
    "(58,50 $)": "-58.50",
    "1.234.567": "1234567",
    "1.234": "1234",
}
REFUSED = [
    *("", " ", "$", "abc", "1e5", "NaN", "1,23", "1,2345", "12,34.5", "1.2.3", "(5", "5)", "((5))"),
    *(
        "-(5)",
        "--5",
        "-$-5",
        "5 $ $",
        "1 23",
        "$1$2",
        "0x10",
        "\u0661",
        "1_000",
        "9" * 100,
        "12 USDX",
    ),
]


@pytest.mark.parametrize("said", READ)
def test_an_amount_with_a_decimal_point(said: str) -> None:
    assert amounts.parse(said) == Decimal(READ[said])


@pytest.mark.parametrize("said", READ_WITH_COMMA)
def test_an_amount_with_a_decimal_comma(said: str) -> None:
    assert amounts.parse(said, amounts.COMMA) == Decimal(READ_WITH_COMMA[said])


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_no_amount_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="must be an amount"):
        amounts.parse(said)


@pytest.mark.parametrize(
    ("cells", "delimiter", "mark"),
    [
        (["23960,00", "1"], ";", ","),
        (["1.234,56"], ";", ","),
        (["1.234,50", "1.234"], ";", ","),
        (["1,234.50", "1,234"], ";", "."),
        (["1,0845"], "\t", ","),
        (["1.0845"], "\t", "."),
        (["23960", "$1.04"], ",", "."),
        (["1", "2"], ";", "."),
        (["1.234"], ",", "."),
        ([], ";", "."),
    ],
)
def test_the_decimal_mark_is_found_from_all_numbers(
    cells: list[str], delimiter: str, mark: str
) -> None:
    assert amounts.decimal_mark(cells, delimiter) == mark


@pytest.mark.parametrize("cell", ["1.234", "1,234"])
def test_a_decimal_mark_that_nothing_tells_is_not_guessed(cell: str) -> None:
    with pytest.raises(ValueError, match="two ways"):
        amounts.decimal_mark([cell, "5"], ";")
