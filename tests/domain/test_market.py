"""What time alone makes of a feed and of prices, to the microsecond."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain import instants, market
from app.domain.accounts import Account
from app.domain.market import Mark, Market, Shown
from app.domain.periods import SESSION

MINUTE_US = 60 * instants.SECOND_US
# A Friday at 15:00 and 15:59:30 in Chicago; the market closes at 16:00.
AT = instants.parse("2025-11-07T21:00:00Z")
LATE = instants.parse("2025-11-07T21:59:30Z")
OPENS = instants.parse("2025-11-09T23:00:00Z")


ACCOUNT = Account(
    *(1, "A", "A", "active", "", "USD", "America/Chicago", "civil", 50_000, 0, 1, 1, 0, 700, -30)
)


def at(now_us: int, **known: Any) -> Market:
    return market.market(ACCOUNT._replace(**known), now_us, MINUTE_US)


def test_a_balance_is_what_was_paid_in_and_made() -> None:
    assert ACCOUNT.balance_micros == 50_670
    assert ACCOUNT.state("stale") == (1, "stale", None, 0)
    assert ACCOUNT._replace(calendar="session").rollup_cuts == (ACCOUNT.cut, SESSION)


@pytest.mark.parametrize(
    ("now_us", "status", "stale_at_us"),
    [(AT, "live", AT + 5), (AT + 4, "live", AT + 5), (AT + 5, "stale", None)],
)
def test_a_feed_is_live_until_it_is_late(now_us: int, status: str, stale_at_us: int | None) -> None:
    found = at(now_us, synced_at_us=AT, sync_late_us=5)
    assert (found.feed, found.stale_at_us) == (status, stale_at_us)


def test_what_nothing_syncs_is_manual() -> None:
    assert at(AT).feed == at(AT, synced_at_us=AT).feed == "manual"
    assert at(AT, sync_late_us=5).stale_at_us is None
    assert market.feed(ACCOUNT, AT) == "manual"


def test_a_feed_is_told_by_itself_as_in_the_market() -> None:
    synced = ACCOUNT._replace(synced_at_us=AT, sync_late_us=5)
    assert [market.feed(synced, at_us) for at_us in (AT + 4, AT + 5)] == ["live", "stale"]


@pytest.mark.parametrize(
    ("priced_us", "last_us"), [(AT, AT + MINUTE_US), (LATE, OPENS + MINUTE_US // 2)]
)
def test_a_price_grows_old_by_trading_time(priced_us: int, last_us: int) -> None:
    held = f"MNQZ5/MNQ//21000000000000/{priced_us}"
    mark = Mark("MNQZ5", 21_000_000_000_000, priced_us, is_fresh=True)
    fresh, old = at(last_us, held=held), at(last_us + 1, held=held)
    assert (fresh.marks, fresh.old_at_us) == ((mark,), last_us + 1)
    assert (old.marks, old.old_at_us) == ((mark._replace(is_fresh=False),), None)
    assert fresh.mark("MNQZ5") == mark
    assert fresh.mark("MNQH6") is None


def test_marks_come_in_the_order_of_their_contracts_and_the_first_to_grow_old_counts() -> None:
    held = f"MNQZ5/MNQ//1/{AT + 7},MESZ5/MES//2/{AT}"
    found = at(AT + 9, held=held)
    assert [each.contract for each in found.marks] == ["MESZ5", "MNQZ5"]
    assert found.old_at_us == AT + MINUTE_US + 1
    the_other_way_round = f"MESZ5/MES//2/{AT},MNQZ5/MNQ//1/{AT + 7}"
    assert at(AT + 9, held=the_other_way_round) == found


def test_a_root_that_nobody_ships_has_the_hours_of_its_exchange() -> None:
    # Open at all times, so that a price of before the weekend is old on Saturday.
    saturday = AT + instants.DAY_US
    assert not at(saturday, held=f"XYZZ5/XYZ/EUREX/1/{LATE}").marks[0].is_fresh
    assert not at(saturday, held=f"XYZZ5/XYZ//1/{LATE}").marks[0].is_fresh
    assert at(saturday, held=f"XYZZ5/XYZ/CME/1/{LATE}").marks[0].is_fresh


def test_a_body_depends_on_as_much_as_it_shows() -> None:
    known = Market("live", (Mark("A", 1, 2, is_fresh=True),), 3, 40, 30)
    assert [known.shown(each) for each in Shown] == [
        (),
        ("live",),
        ("live", known.marks),
        ("live", known.marks, 3),
    ]
    assert [known.until_us(each) for each in Shown] == [None, 40, 30, 30]
    assert known._replace(stale_at_us=None, old_at_us=None).until_us(Shown.PRICES) is None
