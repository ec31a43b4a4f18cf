"""Which backups are kept, and which go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain import retention
from app.domain.retention import Keep

NOW = datetime(2025, 11, 7, 18, tzinfo=UTC)  # A Friday.


def hourly(count: int, apart: timedelta = timedelta(hours=1)) -> list[datetime]:
    return [NOW - n * apart for n in range(count)]


def kept(made_at: list[datetime], keep: str) -> list[str]:
    gone = set(retention.surplus(made_at, retention.parse(keep)))
    return [f"{each:%m-%d %H:%M}" for each in sorted(set(made_at) - gone)]


def test_the_last_of_each_hour_day_and_week_is_kept() -> None:
    every = hourly(24 * 40, timedelta(minutes=30))
    assert kept(every, "2h,3d,2w") == [
        "11-02 23:30",  # The week before ended with this Sunday.
        "11-05 23:30",
        "11-06 23:30",
        "11-07 17:30",
        "11-07 18:00",
    ]


def test_hours_and_days_without_a_backup_do_not_count() -> None:
    assert kept(hourly(5, timedelta(days=9)), "3d") == ["10-20 18:00", "10-29 18:00", "11-07 18:00"]


def test_what_is_there_is_kept_while_there_is_less_than_wanted() -> None:
    assert retention.surplus(hourly(5), Keep(hours=5)) == []
    assert retention.surplus([], Keep(days=1)) == []


def test_the_last_one_is_always_kept() -> None:
    assert retention.surplus(hourly(2), Keep()) == [NOW - timedelta(hours=1)]


def test_a_week_runs_over_the_end_of_a_year() -> None:
    around = [datetime(2025, 12, day, tzinfo=UTC) for day in (29, 31)]
    around += [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 4, 5)]
    assert kept(around, "2w") == ["01-04 00:00", "01-05 00:00"]


@pytest.mark.parametrize("text", ["", "7", "7x", "0d", "-1d", "7d,7d", "7d,", "99999d", "d"])
def test_what_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="24h,7d,4w"):
        retention.parse(text)


def test_parts_come_in_any_order() -> None:
    assert retention.parse("4w, 24h,7d") == Keep(24, 7, 4)
    assert retention.parse("7d") == Keep(days=7)
    assert retention.parse("24h") == Keep(hours=24)
