"""Files of closed trades beside TopstepX's: Tradovate's pairs of fills, and NinjaTrader's grids."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.errors import Conflict, SourceOverlap
from app.services import imports
from app.services.resources import Resources
from tests.importers.sampled import bad, checked, read, sample

# --- Tradovate -----------------------------------------------------------------------------------


def performance(*rows: str) -> str:
    header = "symbol,buyFillId,sellFillId,qty,buyPrice,sellPrice,pnl,boughtTimestamp,soldTimestamp"
    return "\n".join([header, *rows])


FIRST = "MNQM6,1,2,1,20000,20010,$20.00,05/08/2025 11:00:00,05/08/2025 11:05:00"
SECOND = "MNQM6,1,3,2,20000,20005,$20.00,05/08/2025 11:00:00,05/08/2025 11:06:00"


def test_a_fill_of_several_pairs_is_one_execution() -> None:
    found = read(performance(FIRST, SECOND)).found
    assert [(each.execution_id, each.quantity, each.broker_pnl) for each in found.fills] == [
        ("1", 3, None),
        ("2", 1, Decimal(20)),
        ("3", 2, Decimal(20)),
    ]


def test_a_pair_that_stands_twice_counts_once() -> None:
    assert [each.quantity for each in read(performance(FIRST, FIRST)).found.fills] == [1, 1]
    other = FIRST.replace(",1,20000", ",2,20000").replace("$20", "$40")
    assert bad(performance(FIRST, other)) == [(3, "buyfillid")]


def test_a_fill_that_says_two_things_is_a_bad_line() -> None:
    other = SECOND.replace("20000", "20001").replace("$20", "$16")
    assert bad(performance(FIRST, other)) == [(3, "buyfillid")]


def test_sold_before_bought_is_a_short() -> None:
    row = "MNQM6,2,1,1,20000,20010,$20.00,05/08/2025 11:05:00,05/08/2025 11:00:00"
    assert [each.side for each in read(performance(row)).found.fills] == ["SELL", "BUY"]


def test_ids_tell_which_came_first_within_a_second(sqlite_res: Resources) -> None:
    row = "MNQM6,10,9,1,20000,20010,$20.00,05/08/2025 11:00:00,05/08/2025 11:00:00"
    assert [each.side for each in read(performance(row)).found.fills] == ["SELL", "BUY"]
    assert checked(sqlite_res, performance(row)).contents.closed_positions == 1


def test_a_fill_of_which_an_earlier_file_showed_a_part_is_not_taken_for_known(
    sqlite_res: Resources,
) -> None:
    """Its other pairs alone would leave a position open that was closed long ago."""
    imports.store(sqlite_res, [checked(sqlite_res, performance(FIRST))])
    same_size = SECOND.replace(",2,20000", ",1,20000").replace("$20", "$10")
    with pytest.raises(Conflict, match=r"f\.csv:2: fill '1' was imported before"):
        imports.store(sqlite_res, [checked(sqlite_res, performance(same_size))])
    with pytest.raises(Conflict):
        imports.store(sqlite_res, [checked(sqlite_res, performance(FIRST, SECOND))])
    # Nor where both are imported at once.
    both = [checked(sqlite_res, performance(each)) for each in (FIRST, same_size)]
    with pytest.raises(Conflict):
        imports.store(sqlite_res, [each._replace(account_id="B") for each in both])


def test_fills_and_orders_of_one_time_do_not_come_in_twice(sqlite_res: Resources) -> None:
    imports.store(sqlite_res, [checked(sqlite_res, performance(FIRST))])
    header = "Order ID,Account,B/S,Contract,Status,Fill Time,Filled Qty,Avg Fill Price"
    order = "7,X, Buy,MNQM6, Filled,05/08/2025 11:00:00,1,20000"
    with pytest.raises(SourceOverlap):
        imports.store(sqlite_res, [checked(sqlite_res, f"{header}\n{order}")])


# --- NinjaTrader ---------------------------------------------------------------------------------


def grid(profit: str, commission: str = "$0.78", times: str = "9:30:00 AM,9:31:00 AM") -> str:
    header = (
        "Instrument,Market pos.,Qty,Entry price,Exit price,Entry time,Exit time,Profit,Commission"
    )
    entered, left = (f"5/13/2025 {time}" for time in times.split(","))
    return f"{header}\nMNQ JUN25,Long,1,20000,20010,{entered},{left},{profit},{commission}"


@pytest.mark.parametrize(
    ("profit", "fees", "broker_pnl"),
    [("$20.00", "0.78", "20"), ("$19.22", "0.78", "20"), ("$18.10", "1.90", None)],
)
def test_profit_may_be_gross_net_or_net_of_fees_that_are_not_shown(
    profit: str, fees: str, broker_pnl: str | None
) -> None:
    entry, closing = read(grid(profit)).found.fills
    assert (entry.fees or 0) + (closing.fees or 0) == Decimal(fees)
    assert closing.broker_pnl == (None if broker_pnl is None else Decimal(broker_pnl))


@pytest.mark.parametrize("profit", ["40", "10", "$20.01", "$-20.00", "$-6.00", "19.00"])
def test_a_profit_that_is_not_money_or_not_of_these_prices_is_refused(profit: str) -> None:
    assert bad(grid(profit)) == [(2, "profit")]


def test_two_trades_that_say_the_same_are_two() -> None:
    row = grid("$19.22")
    twice = row + "\n" + row.splitlines()[1]
    ids = [each.execution_id for each in read(twice).found.fills]
    assert len(set(ids)) == 4
    assert ids[:2] == [each.execution_id for each in read(row).found.fills]


def test_executions_of_one_second_keep_the_order_of_the_file_whichever_end_it_begins_at(
    sqlite_res: Resources,
) -> None:
    header, *rows = sample("ninjatrader-executions.csv").splitlines()
    forward = checked(sqlite_res, "\n".join([header, *rows]))
    backward = checked(sqlite_res, "\n".join([header, *reversed(rows)]))
    assert sorted(forward.executions) == sorted(backward.executions)
    assert max(each.sequence for each in forward.executions) > 0


@pytest.mark.parametrize("name", ["ninjatrader-executions.csv", "tradovate-fills.csv"])
def test_an_execution_that_stands_twice_counts_once(sqlite_res: Resources, name: str) -> None:
    content = sample(name)
    once = checked(sqlite_res, content)
    twice = checked(sqlite_res, content + "".join(content.splitlines(keepends=True)[1:9]))
    assert twice.contents == once.contents
    recorded = imports.store(sqlite_res, [twice])
    assert (recorded.accepted, recorded.duplicates) == (once.contents.executions, 8)
