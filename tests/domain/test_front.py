"""Which contract is the front one, and when it stops being it."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain import front, instants
from app.domain.instruments import SHIPPED, Delivery
from app.domain.periods import Span
from app.errors import InvalidBody


def delivery(symbol: str, at: str) -> Delivery:
    return SHIPPED.delivery(symbol, None, instants.parse(at))


@pytest.mark.parametrize(
    ("contract", "rolls_on"),
    [
        ("MNQZ5", date(2025, 12, 11)),
        ("MNQH6", date(2026, 3, 12)),
        ("GCZ5", date(2025, 11, 15)),
        ("CLF6", date(2025, 12, 15)),
    ],
)
def test_contracts_roll_before_they_end(contract: str, rolls_on: date) -> None:
    meant = delivery(contract, "2025-11-07T00:00:00Z")
    assert front.rolls_on(meant.instrument, meant.month) == rolls_on


def test_each_contract_is_front_from_the_roll_of_the_one_before() -> None:
    instrument, _, december = delivery("MNQZ5", "2025-11-07T00:00:00Z")
    march, november = front.spans(instrument, [december + 3, december])
    assert march.start_us == november.end_us == instants.parse("2025-12-10T23:00:00Z")
    assert november.start_us == instants.FIRST_US


def test_the_listed_front_contract_is_found_by_the_calendar() -> None:
    instrument = SHIPPED.by_root["MNQ"]
    for at, code in (("2025-12-10T22:59:59Z", "MNQZ5"), ("2025-12-10T23:00:00Z", "MNQH6")):
        month = front.listed(instrument, instants.parse(at))
        assert front.delivery(instrument, month).contract == code
        assert delivery(code, at).month == month


def test_one_digit_means_the_nearest_year_and_two_mean_themselves() -> None:
    now = "2025-11-07T00:00:00Z"
    assert delivery("ESZ3", now).month // 12 == 2023
    at_us = SHIPPED.time_of("ESZ13", instants.parse(now))
    assert SHIPPED.delivery("ESZ13", None, at_us).month // 12 == 2013
    with pytest.raises(InvalidBody, match="not near"):
        delivery("ESZ13", now)
    assert delivery("ES", now).month == 0


def test_the_bare_root_is_the_contract_of_month_0() -> None:
    instrument = SHIPPED.by_root["MNQ"]
    assert front.delivery(instrument, 0) == Delivery(instrument, "MNQ", 0)


def test_the_front_ones_of_a_span_are_all_from_its_first_to_its_last() -> None:
    def fronts(start: str, end: str, root: str = "MNQ") -> list[str]:
        instrument = SHIPPED.by_root[root]
        within = Span(*(instants.parse(f"{each}T12:00:00Z") for each in (start, end)))
        months = front.months(instrument, within)
        return [front.delivery(instrument, each).contract for each in months]

    assert fronts("2025-11-07", "2025-11-07") == ["MNQZ5"]
    assert fronts("2025-11-07", "2025-11-07", "CL") == ["CLZ5"]
    assert fronts("2025-11-07", "2026-04-07") == ["MNQZ5", "MNQH6", "MNQM6"]
