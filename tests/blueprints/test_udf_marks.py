"""Entries and exits on a chart: on the bars in which they were, each told once."""

from __future__ import annotations

import pytest

from app.domain import instants
from app.services import udf_marks
from tests.blueprints.calls import store
from tests.blueprints.chart import Chart
from tests.blueprints.errors import assert_error
from tests.conftest import Client

pytestmark = pytest.mark.feature("PAM-BARS-01")

# Times of Chicago, six hours behind UTC: a reversal, and a trade of the next day's session.
FILLS = """
11-06 09:01 +2 @ 21000
11-06 09:03 -1 @ 21010
11-06 09:09 -3 @ 21020
11-06 09:30 +2 @ 21030
11-06 17:30 +1 @ 21040
11-07 09:00 -1 @ 21035
"""
ALL = (0, 4_000_000_000)


def at(iso: str) -> int:
    return instants.parse(iso) // instants.SECOND_US


@pytest.fixture
def chart(client: Client) -> Chart:
    store(client, FILLS)
    return Chart(client)


def test_a_bar_is_marked_once_for_what_was_bought_and_once_for_what_was_sold(chart: Chart) -> None:
    found = chart.marks(chart.resolve("MNQ"), "5", *ALL)
    assert [(each["time"], each["label"], each["text"]) for each in found][:4] == [
        (at("2025-11-06T15:00:00Z"), "B", "entry: BUY 2 @ 21000.0"),
        (at("2025-11-06T15:00:00Z"), "S", "exit: SELL 1 @ 21010.0"),
        (
            at("2025-11-06T15:05:00Z"),
            "S",
            "exit: SELL 1 @ 21020.0\nentry: SELL 2 @ 21020.0",
        ),
        (at("2025-11-06T15:30:00Z"), "B", "exit: BUY 2 @ 21030.0"),
    ]
    assert len({each["id"] for each in found}) == len(found) == 6


def test_a_day_s_marks_go_by_the_date_of_its_session(chart: Chart) -> None:
    info = chart.resolve("MNQ")
    found = chart.marks(info, "1D", *ALL, kind="timescale_marks")
    assert [(each["time"], each["label"], each["color"]) for each in found] == [
        (at("2025-11-06T00:00:00Z"), "X", "green"),
        (at("2025-11-07T00:00:00Z"), "X", "red"),
    ]
    assert found[0]["tooltip"][-1] == "gross 20.0 USD"
    assert found[1]["tooltip"] == [
        "entry: BUY 1 @ 21040.0",
        "exit: SELL 1 @ 21035.0",
        "gross -10.0 USD",
    ]
    # The last instant of a window is the last bar's, whatever happened in it later.
    day = at("2025-11-07T00:00:00Z")
    assert len(chart.marks(info, "1D", day, day)) == 2
    assert chart.marks(info, "1D", day + 1, day + 86_399) == []


def test_marks_are_of_the_contract_that_is_shown(chart: Chart) -> None:
    counts = [len(chart.marks(chart.resolve(each), "1", *ALL)) for each in ("MNQZ5", "MNQH6", "ES")]
    assert counts == [6, 0, 0]


def test_many_fills_of_a_bar_are_told_by_their_number(client: Client) -> None:
    lines = [f"11-06 09:00:{n:02} +1 @ {21000 + n}" for n in range(15)]
    store(client, "\n".join(lines))
    chart = Chart(client)
    (found,) = chart.marks(chart.resolve("MNQ"), "5", *ALL)
    assert found["text"].splitlines()[-1] == "and 6 more"
    assert len(found["text"].splitlines()) == 10


def test_marks_that_are_too_many_are_an_error_and_not_a_part(
    chart: Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udf_marks, "PIECES_MAX", 3)
    query = {"symbol": "MNQ", "resolution": "5", "from": 0, "to": 4_000_000_000}
    assert_error(chart.asked("marks", query), 400, "INVALID_PARAMETER")


def test_a_new_fill_is_marked_at_the_next_look(chart: Chart) -> None:
    info = chart.resolve("MNQ")
    before = len(chart.marks(info, "1", *ALL))
    store(chart.client, "11-07 11:00 +1 @ 21000", prefix="late")
    assert len(chart.marks(info, "1", *ALL)) == before + 1
