"""`mae` and `mfe`: from bars of the position's own contract, and null where these are missing."""

from __future__ import annotations

from typing import Any

import pytest

from app.services import excursions
from app.services.resources import Resources
from tests.bar_notes import bar, minutes, put
from tests.blueprints.calls import exact, get, store
from tests.conftest import Client, Clock

TRADE = "11-07 09:00:30 +2 @ 21000 fee 1\n11-07 09:03:10 -2 @ 21005 fee 1"
POSITIONS = "/api/positions?account_id=A"


def gone(client: Client) -> list[tuple[Any, Any]]:
    items = exact(get(client, POSITIONS))["items"]
    one = exact(get(client, f"/api/positions/{items[0]['id']}?account_id=A"))
    assert (one["mae"], one["mfe"]) == (items[0]["mae"], items[0]["mfe"])
    return [(each["mae"], each["mfe"]) for each in items]


def bars_of_the_trade(res: Resources, code: str = "MNQZ5") -> None:
    worst = bar("2025-11-07T15:01:00Z", 21_000, 21_002, 20_990, 20_995)
    best = bar("2025-11-07T15:02:00Z", 20_995, 21_030, 20_995, 21_010)
    quiet = minutes("2025-11-07T15:00:00Z", 21_000, None, None, 21_005)
    put(res, code, [*quiet, worst, best])


def test_the_worst_and_the_best_are_of_the_bars_between_entry_and_exit(
    client: Client, sqlite_res: Resources
) -> None:
    store(client, TRADE)
    assert gone(client) == [(None, None)]
    tag = get(client, POSITIONS).headers["ETag"]
    bars_of_the_trade(sqlite_res)
    assert get(client, POSITIONS).headers["ETag"] != tag
    assert gone(client) == [("-40.0", "120.0")]


def test_a_short_one_goes_the_other_way(client: Client, sqlite_res: Resources) -> None:
    store(client, TRADE.replace("+2", "±").replace("-2", "+2").replace("±", "-2"))
    bars_of_the_trade(sqlite_res)
    assert gone(client) == [("-120.0", "40.0")]


@pytest.mark.parametrize("code", ["MNQH6", "MESZ5", "MNQ"])
def test_bars_of_another_contract_say_nothing(
    client: Client, sqlite_res: Resources, code: str
) -> None:
    store(client, TRADE)
    bars_of_the_trade(sqlite_res, code)
    assert gone(client) == [(None, None)]


def test_bars_that_begin_too_late_or_end_too_early_say_nothing(
    client: Client, sqlite_res: Resources
) -> None:
    store(client, TRADE)
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:01:00Z", 21_000, 21_000, 21_000))
    assert gone(client) == [(None, None)]
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 21_000))
    assert gone(client) == [("0.0", "20.0")]


def test_an_open_one_tells_how_far_it_went_so_far(
    client: Client, sqlite_res: Resources, clock: Clock
) -> None:
    clock.set("2025-11-07T15:10:00Z")
    store(client, "11-07 09:00:30 +2 @ 21000")
    bars_of_the_trade(sqlite_res)
    assert gone(client) == [("-40.0", "120.0")]
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:04:00Z", 20_980))
    assert gone(client) == [("-80.0", "120.0")]


def test_what_was_realized_on_the_way_counts(client: Client, sqlite_res: Resources) -> None:
    entry, exit_ = TRADE.replace("09:03:10 -2", "09:03:10 -1").splitlines()
    store(client, f"{entry}\n11-07 09:01:00 -1 @ 21001\n{exit_}")
    bars_of_the_trade(sqlite_res)
    # Two contracts in the first minute's bar only; then a dollar of 2 is made, and one is held.
    assert gone(client) == [("-18.0", "62.0")]


def test_the_middle_of_a_long_life_is_seen_by_coarser_bars(
    client: Client, sqlite_res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(client, "11-07 09:00:30 +1 @ 21000\n11-07 11:10:10 -1 @ 21000")
    prices = [21_000 + n % 7 - n // 40 for n in range(131)]
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:00:00Z", *prices))
    whole = gone(client)
    monkeypatch.setattr(excursions, "BARS_MAX", 30)
    store(client, "11-07 12:00 +1 MESZ5 @ 6700", prefix="f")  # Nothing that is kept is asked again.
    assert gone(client)[1:] == whole
    assert whole == [("-6.0", "12.0")]
