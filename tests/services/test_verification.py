"""What is kept for statistics is held against the positions, and every difference is named."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.db import trade_columns
from app.services import accounts, verification
from app.services.accounts import AccountSettings
from app.services.resources import Resources
from tests import streams
from tests.arrival import record

ADD_ONE = "UPDATE trade_columns SET {0} = :bytes WHERE day = :day"


@pytest.fixture
def traded(res: Resources) -> Resources:
    """An account whose trades closed on several days."""
    record(res, "A", streams._stream(("MNQZ5", "MESZ5"), range(80)))
    assert differences(res) == []
    return res


def differences(res: Resources) -> list[str]:
    return list(verification.differences(res, "A"))


@pytest.mark.parametrize(
    "field", ["held_us", "closed_at_us", "gross_micros", "fees_micros", "kinds"]
)
def test_a_single_wrong_bit_of_a_column_is_named_with_its_day(
    traded: Resources, field: str
) -> None:
    with traded.db.write() as conn:
        found = text(f"SELECT day, {field} FROM trade_columns ORDER BY day DESC LIMIT 1")
        day, kept = conn.execute(found).one()
        wrong = bytes([kept[0] ^ 1]) + bytes(kept[1:])
        conn.execute(text(ADD_ONE.format(field)), {"bytes": wrong, "day": day})
    (named,) = differences(traded)
    assert named.startswith("trade columns")
    assert str(day) in named


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ("UPDATE trade_columns SET kinds = held_us", "trade columns"),
        ("DELETE FROM trade_columns", "trade columns"),
        ("UPDATE trade_columns SET day = day + 9", "trade columns: stored, but"),
        ("UPDATE trade_kinds SET strategy = 'other'", "trade columns"),
        ("UPDATE statistics_day SET held_us = held_us + 1", "civil day's statistics"),
        ("UPDATE statistics_day SET squares = squares || '0'", "session day's statistics"),
        ("DELETE FROM statistics_day WHERE calendar = 'session'", "session day's statistics"),
        ("UPDATE statistics_day SET winning_run = 99", "day's statistics: stored, but"),
    ],
)
def test_what_is_kept_wrongly_is_named(traded: Resources, damage: str, named: str) -> None:
    with traded.db.write() as conn:
        conn.execute(text(damage))
    assert any(named in each for each in differences(traded))


def test_all_is_well_after_the_days_are_cut_in_another_zone(traded: Resources) -> None:
    accounts.change(traded, "A", AccountSettings(timezone="Asia/Kolkata"))
    assert differences(traded) == []


def test_what_is_kept_comes_back_trade_by_trade(traded: Resources) -> None:
    with traded.db.read() as conn:
        kept = list(trade_columns.every(conn, 1))
    closings = [each for _, day in kept for each in day or ()]
    assert len(kept) > 3
    assert closings == sorted(closings, key=lambda each: each.closed_at_us)
    assert {each.kind.contract for each in closings} == {"MNQZ5", "MESZ5"}
