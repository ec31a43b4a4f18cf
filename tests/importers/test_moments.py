"""Times as programs write them, and whether a file puts the day or the month first."""

from __future__ import annotations

import pytest

from app.domain import instants
from app.importers import moments
from app.importers.moments import DAY_FIRST, MONTH_FIRST

ZONE = "America/New_York"
# All are the same instant.
SAME = {
    "05/08/2025 11:22:07 -04:00": MONTH_FIRST,
    "5/8/2025 11:22:07 AM": MONTH_FIRST,
    "5/8/25 11:22:07": MONTH_FIRST,
    "08/05/2025 11:22:07": DAY_FIRST,
    "08.05.2025 11:22:07": DAY_FIRST,
    "08-05-2025 11:22:07": DAY_FIRST,
    "2025-05-08 11:22:07": MONTH_FIRST,
    "2025-05-08T11:22:07": DAY_FIRST,
    "2025-05-08, 11:22:07": MONTH_FIRST,
    "2025-05-08 15:22:07.000Z": MONTH_FIRST,
    "2025-05-08 3:22:07 PM +00:00": MONTH_FIRST,
    "20250508;112207": MONTH_FIRST,
    "20250508;112207 EDT": MONTH_FIRST,
    "20250508 10:22:07 CDT": MONTH_FIRST,
}
REFUSED = [
    *("", "now", "2025-05-08", "05/08/2025", "13/08/2025 11:22:07", "02/30/2025 11:22:07"),
    *("05/08/2025 25:22:07", "05/08/2025 13:22:07 PM", "05/08/2025 0:22:07 AM", "1/1/0001 01:01"),
    *(
        "05/08-2025 11:22:07",
        "2025508 11:22:07",
        "05/08/2025 11:22:07 CEST",
        "05/08/2025 11:22 " * 9,
    ),
    *("05/08/2025 11:22:07 XYZ", "05/08/1899 11:22:07", "\u0660\u0665/08/2025 11:22:07"),
]


@pytest.mark.parametrize("said", SAME)
def test_a_time_is_read_in_every_way_of_writing_it(said: str) -> None:
    assert moments.parse(said, SAME[said], ZONE) == instants.parse("2025-05-08T15:22:07Z")


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_no_time_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moments.parse(said, MONTH_FIRST, ZONE)


@pytest.mark.parametrize(
    ("said", "utc"),
    [("12:00:01 AM", "04:00:01"), ("12:00:01 PM", "16:00:01"), ("1:00:01 PM", "17:00:01")],
)
def test_noon_and_midnight_are_twelve(said: str, utc: str) -> None:
    at_us = moments.parse(f"5/8/2025 {said}", MONTH_FIRST, ZONE)
    assert at_us == instants.parse(f"2025-05-08T{utc}Z")


def test_a_columns_offset_holds_where_the_cell_has_none() -> None:
    column = moments.OFFSETS["CDT"]
    assert moments.parse("2025-05-08 10:22:07", MONTH_FIRST, ZONE, column) == instants.parse(
        "2025-05-08T15:22:07Z"
    )
    assert moments.parse("2025-05-08 10:22:07Z", MONTH_FIRST, ZONE, column) == instants.parse(
        "2025-05-08T10:22:07Z"
    )


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("11/02/2025 01:30:00", "comes twice"),
        ("03/09/2025 02:30:00", "does not exist"),
    ],
)
def test_a_time_that_the_clock_showed_twice_or_never_is_refused(said: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        moments.parse(said, MONTH_FIRST, ZONE)


def test_a_time_without_an_offset_asks_for_a_zone() -> None:
    with pytest.raises(ValueError, match="--tz"):
        moments.parse("05/08/2025 11:22:07", MONTH_FIRST, None)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["9/8/2026 9:31:05 AM", "9/13/2026 9:31:05 AM"], MONTH_FIRST),
        (["16/06/2026 09:45:59", "01/06/2026 09:45:59"], DAY_FIRST),
        # The ninth of August is a Sunday, on whose morning nothing is traded; so is the seventh
        # of February a Saturday.
        (["9/8/2026 9:31:05"], MONTH_FIRST),
        (["7/2/2026 9:12"], MONTH_FIRST),
        (["8/9/2026 9:31:05"], DAY_FIRST),
        # Both are weekdays: dots and dashes are not American, halves of the day are.
        (["06.05.2025 11:22:07"], DAY_FIRST),
        (["06-05-2025 11:22:07"], DAY_FIRST),
        (["6/5/2025 11:22:07 AM"], MONTH_FIRST),
        (["2025-05-06 11:22:07"], MONTH_FIRST),
        (["5/5/2025 11:22:07"], MONTH_FIRST),
        ([], MONTH_FIRST),
        (["nonsense"], MONTH_FIRST),
    ],
)
def test_which_of_day_and_month_comes_first_is_found_from_all_times(
    cells: list[str], order: str
) -> None:
    assert moments.date_order(cells, ZONE, is_european=False) == order


def test_a_european_file_has_the_day_first() -> None:
    assert moments.date_order(["6/5/2025 11:22:07"], ZONE, is_european=True) == DAY_FIRST


def test_an_order_that_nothing_tells_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="--date-order"):
        moments.date_order(["6/5/2025 11:22:07"], ZONE, is_european=False)
