"""Examples worked by hand, which the oracle must get right before it may judge the application."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from tests import oracle, streams
from tests.oracle import EXCHANGE, Basis, Calendar, Cut, Fill, Interval
from tests.streams import POINT_VALUES, Delete, Insert, Replace

ALL_TIME = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
MICROSECOND = timedelta(microseconds=1)


def at(text: str) -> datetime:
    """The instant in UTC; without an offset, the text is by the exchange's clock."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(EXCHANGE))).astimezone(UTC)


def fill_of(line: str, number: int) -> Fill:
    when, quantity, _, price, *words = line.split()
    told = dict(zip(words[::2], words[1::2], strict=True))
    return Fill(
        execution_id=told.get("id", f"e{number}"),
        contract=told.get("of", "MNQZ5"),
        side="BUY" if int(quantity) > 0 else "SELL",
        quantity=abs(int(quantity)),
        price=Decimal(price),
        fees=Decimal(told.get("fee", "0")),
        executed_at=at(when),
        sequence=int(told.get("seq", "0")),
        strategy=told.get("by"),
    )


def fills_of(text: str) -> list[Fill]:
    """Fills as `TIME QUANTITY @ PRICE`, a line each, then pairs of `fee seq id of by` and value."""
    return [fill_of(line, number) for number, line in enumerate(text.strip().splitlines())]


def plain(*values: Decimal | None) -> str:
    """Numbers as a trader writes them, without zeros at the end."""
    return " ".join("-" if value is None else f"{value.normalize():f}" for value in values)


def positions(text: str) -> list[str]:
    """Each position: side, open/most, average in > out, gross - fees = net, fills, strategy."""
    return [
        f"{p.side} {p.quantity}/{p.max_quantity} {plain(p.entry_price)} > {plain(p.exit_price)}"
        f" {plain(p.gross_pnl)} - {plain(p.fees)} = {plain(p.net_pnl)}"
        f" {p.execution_count} {p.opening.strategy}"
        for p in oracle.positions(fills_of(text), POINT_VALUES)
    ]


def report(text: str, basis: Basis = "position") -> oracle.Report:
    return oracle.report(fills_of(text), POINT_VALUES, ALL_TIME, basis)


def history(text: str, interval: Interval, basis: Basis = "position") -> list[oracle.Point]:
    return oracle.history(fills_of(text), POINT_VALUES, ALL_TIME, basis, Cut(interval))


def trades(*nets: str) -> str:
    """Trades that net these amounts, one an hour of 6 November."""
    return "\n".join(
        f"2025-11-06T{hour:02}:00 +1 @ 0 of MBTZ5\n"
        f"2025-11-06T{hour:02}:30 -1 @ {Decimal(net) * 10} of MBTZ5"
        for hour, net in enumerate(nets)
    )


def test_a_round_trip_earns_the_points_times_the_point_value_less_all_fees() -> None:
    long = """2025-11-06T09:30 +2 @ 25000.25 fee 0.90 by fade
              2025-11-06T09:45 -2 @ 25010.25 fee 1.03 by breakout"""
    short = """2025-11-06T09:30 -1 @ 1.00 of CLZ5
               2025-11-06T09:45 +1 @ -37.63 of CLZ5"""
    assert positions(long) == ["LONG 0/2 25000.25 > 25010.25 40 - 1.93 = 38.07 2 fade"]
    assert positions(short) == ["SHORT 0/1 1 > -37.63 38630 - 0 = 38630 2 None"]


def test_a_partial_exit_realizes_the_first_contract_in_and_each_contract_flows_by_itself() -> None:
    assert positions("""
        2025-11-06T09:30 +1 @ 25000 fee 1
        2025-11-06T09:31 -2 @ 6700 of MESZ5
        2025-11-06T09:32 +1 @ 25010 fee 1
        2025-11-06T09:33 -1 @ 25020 fee 1
    """) == ["LONG 1/2 25005 > 25020 40 - 3 = 37 3 None", "SHORT 2/2 6700 > - 0 - 0 = 0 1 None"]


def test_a_fill_through_zero_closes_one_position_and_opens_the_next_and_splits_its_fee() -> None:
    text = """2025-11-06T09:30 +2 @ 25000 fee 0.9 by fade
              2025-11-06T09:31 -3 @ 25010 fee 1.000001 by breakout
              2025-11-06T09:32 +1 @ 25005 fee 0.45"""
    # Two thirds of 1.000001 are 0.666667 and a third of a micro-unit.
    assert positions(text) == [
        "LONG 0/2 25000 > 25010 40 - 1.566667 = 38.433333 2 fade",
        "SHORT 0/1 25010 > 25005 10 - 0.783334 = 9.216666 2 breakout",
    ]
    long, short = oracle.positions(fills_of(text), POINT_VALUES)
    assert long.closing == short.opening


def test_a_micro_unit_of_fees_that_cannot_be_split_goes_to_the_opening_part() -> None:
    text = """2025-11-06T09:30 +9 @ 25000
              2025-11-06T09:31 -10 @ 25000 fee 0.000001"""
    long, short = oracle.positions(fills_of(text), POINT_VALUES)
    assert plain(long.fees, short.fees) == "0 0.000001"


@pytest.mark.parametrize(
    ("buy", "sell", "first"),
    [("9", "10", "SHORT"), ("B", "a", "LONG"), ("9 seq 1", "10 seq 2", "LONG")],
)
def test_ties_go_by_sequence_and_then_by_the_bytes_of_ids(buy: str, sell: str, first: str) -> None:
    [position] = positions(f"""
        2025-11-06T09:30 +1 @ 25000 id {buy}
        2025-11-06T09:30 -1 @ 25010 id {sell}
    """)
    assert position.startswith(first)


@pytest.mark.parametrize(
    ("exits", "gross"),
    [("-1@5", "0"), ("-1@15", "2"), ("-1@-25", "-2"), ("-2@5", "1"), ("-1@5 -1@5", "0")],
)
def test_each_realizing_fill_is_rounded_once_half_even(exits: str, gross: str) -> None:
    # A millionth of a point is worth a tenth of a micro-unit.
    lines = [f"2025-11-06T09:31 {e.replace('@', ' @ ')}e-6 of MBTZ5" for e in exits.split()]
    text = "\n".join(["2025-11-06T09:30 +2 @ 0 of MBTZ5", *lines])
    [position] = oracle.positions(fills_of(text), POINT_VALUES)
    assert plain(position.gross_pnl.scaleb(6)) == gross


def test_averages_and_ratios_are_rounded_half_even() -> None:
    for last, average in [("2", "2"), ("4", "2"), ("6", "4")]:
        fills = [f"{one} @ {price}e-9" for one in ("+1", "-1") for price in ("1", last)]
        [position] = positions("\n".join(f"2025-11-06T09:30 {fill}" for fill in fills))
        assert position.startswith(f"LONG 0/2 0.00000000{average} > 0.00000000{average} ")
    assert plain(report(trades("0.02", "0.03")).avg_win) == "0.02"
    assert plain(report(trades("-0.03", "-0.04")).avg_loss) == "-0.04"
    assert plain(report(trades("1", "1", "-1")).win_rate) == "66.7"
    assert plain(report(trades("1", *["-1"] * 15)).win_rate) == "6.2"
    assert plain(report(trades("0.00025", "-1")).profit_factor) == "0.0002"


OVER_MIDNIGHT = """
    2025-11-06T23:50 +2 @ 25000 fee 1
    2025-11-06T23:55 -1 @ 25010 fee 0.5
    2025-11-07T00:05 -1 @ 24990 fee 0.5
"""


def test_a_position_counts_whole_on_its_closing_day_but_its_fills_on_their_own() -> None:
    thursday, friday = at("2025-11-06T00:00"), at("2025-11-07T00:00")
    [point] = history(OVER_MIDNIGHT, "day")
    before, after = history(OVER_MIDNIGHT, "day", "execution")
    assert [point.timestamp, before.timestamp, after.timestamp] == [friday, thursday, friday]
    assert [point.part.total_trades, before.part.total_trades, after.part.total_trades] == [1, 0, 1]
    assert plain(point.part.net_pnl, before.part.net_pnl, after.part.net_pnl) == "-2 18.5 -20.5"
    assert plain(point.cumulative_pnl, before.cumulative_pnl, after.cumulative_pnl) == "-2 18.5 -2"


def test_a_window_holds_its_first_instant_and_not_its_last() -> None:
    closing = at("2025-11-07T00:05")
    for span, count in [((ALL_TIME[0], closing), 0), ((closing, closing + MICROSECOND), 1)]:
        told = oracle.report(fills_of(OVER_MIDNIGHT), POINT_VALUES, span, "position")
        assert told.total_trades == count


def test_drawdown_counts_a_first_loss_since_its_peak_starts_at_zero() -> None:
    assert plain(report(trades("-10", "30")).max_drawdown) == "-10"
    assert plain(report(trades("10", "30")).max_drawdown) == "0"
    # Running -45, 35, 5, -45, 55 under a peak of 0, 35, 35, 35, 55.
    assert plain(report(trades("-45", "80", "-30", "-50", "100")).max_drawdown) == "-80"


def test_drawdown_follows_the_basis() -> None:
    assert plain(report(OVER_MIDNIGHT, "position").max_drawdown) == "-2"
    # The fills net -1, 19.5 and -20.5.
    assert plain(report(OVER_MIDNIGHT, "execution").max_drawdown) == "-20.5"


def test_the_drawdown_of_a_point_starts_again_with_its_part_of_the_window() -> None:
    points = history(trades("-5", "20", "-8", "-9"), "hour")
    assert plain(*[point.part.max_drawdown for point in points]) == "-5 0 -8 -9"
    assert plain(*[point.cumulative_pnl for point in points]) == "-5 15 7 -2"


def test_a_report_counts_and_averages_the_closed_positions() -> None:
    told = report(trades("10", "0", "-4", "-1", "2.5"))
    assert told[:4] == (5, 2, 2, 1)
    assert plain(*told[4:10]) == "40 6.25 -2.5 10 -4 2.5"
    assert plain(*told[10:]) == "7.5 0 7.5 -5"


def test_with_nothing_to_average_figures_are_zero_and_the_profit_factor_is_undefined() -> None:
    assert plain(*report("", "execution")[4:]) == "0 0 0 0 0 - 0 0 0 0"
    assert plain(report(trades("1", "0")).profit_factor) == "-"
    assert plain(report(trades("-1", "0")).profit_factor) == "0"


def test_ticks_and_trades_of_one_instant_stay_points_of_their_own() -> None:
    text = """2025-11-06T09:30 +1 @ 25000 seq 1
              2025-11-06T09:30 -2 @ 25010 fee 1 seq 2
              2025-11-06T09:30 +1 @ 25000 fee 1 seq 3
              2025-11-06T09:31 +1 @ 25000
              2025-11-06T09:32 -1 @ 25000"""
    assert plain(*[point.part.net_pnl for point in history(text, "tick")]) == "19 19 0"
    by_position = history(text, "trade", "execution")
    assert plain(*[point.part.net_pnl for point in by_position]) == "19.5 18.5 0"


@pytest.mark.parametrize("calendar", ["civil", "session"])
def test_days_are_as_long_as_the_clock_makes_them(calendar: Calendar) -> None:
    for text, hours in [("2025-03-09", 23), ("2025-11-02", 25), ("2025-11-03", 24)]:
        day = date.fromisoformat(text)
        start = oracle.day_start(day, EXCHANGE, calendar)
        end = oracle.day_start(day + timedelta(days=1), EXCHANGE, calendar)
        assert end - start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        pytest.param("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z", id="skipped"),
        pytest.param("America/Havana", "2025-11-02", "2025-11-02T04:00Z", id="shown twice"),
        pytest.param("America/St_Johns", "2010-11-07", "2010-11-07T02:30Z", id="turned back"),
        pytest.param("Pacific/Apia", "2011-12-31", "2011-12-30T10:00Z", id="after a missing day"),
        pytest.param("Asia/Kathmandu", "2025-11-07", "2025-11-06T18:15Z", id="at a quarter to"),
    ],
)
def test_a_day_starts_when_its_clock_reaches_midnight(zone: str, day: str, start: str) -> None:
    assert oracle.day_start(date.fromisoformat(day), zone, "civil") == at(start)
    assert str(oracle.day_of(at(start) - MICROSECOND, zone, "civil")) < day
    # In St John's the clock has gone back to the evening before by then.
    assert str(oracle.day_of(at(start) + timedelta(minutes=15), zone, "civil")) == day


def test_a_day_that_the_clock_skips_is_empty() -> None:
    skipped = oracle.day_start(date(2011, 12, 30), "Pacific/Apia", "civil")
    assert skipped == oracle.day_start(date(2011, 12, 31), "Pacific/Apia", "civil")


@pytest.mark.parametrize(
    ("cut", "instant", "start"),
    [
        (Cut("week"), "2025-11-02T23:59:59.999999", "2025-10-27T00:00"),
        (Cut("month"), "2025-11-01T00:00", "2025-11-01T00:00"),
        # A session does not heed the account's zone.
        (Cut("day", "Asia/Tokyo", "session"), "2025-10-31T16:59:59.999999", "2025-10-30T17:00"),
        (Cut("day", "Asia/Tokyo", "session"), "2025-10-31T17:00", "2025-10-31T17:00"),
        (Cut("week", "Asia/Tokyo", "session"), "2025-11-02T16:59", "2025-10-26T17:00"),
        (Cut("week", "Asia/Tokyo", "session"), "2025-11-02T17:00", "2025-11-02T17:00"),
        (Cut("month", "Asia/Tokyo", "session"), "2025-10-31T16:59", "2025-09-30T17:00"),
        (Cut("month", "Asia/Tokyo", "session"), "2025-10-31T17:00", "2025-10-31T17:00"),
        # An hour that the clock repeats counts twice, and half an hour on Lord Howe Island.
        (Cut("hour"), "2025-11-02T06:59:59Z", "2025-11-02T06:00Z"),
        (Cut("hour"), "2025-11-02T07:30Z", "2025-11-02T07:00Z"),
        (Cut("hour", "Asia/Kolkata", "session"), "2025-11-02T07:20Z", "2025-11-02T07:00Z"),
        (Cut("hour", "Asia/Kolkata"), "2025-11-02T07:20Z", "2025-11-02T06:30Z"),
        (Cut("hour", "Australia/Lord_Howe"), "2025-04-05T15:10Z", "2025-04-05T15:00Z"),
    ],
)
def test_a_period_starts_by_its_own_clock(cut: Cut, instant: str, start: str) -> None:
    assert oracle.period_start(at(instant), cut) == at(start)


def test_an_insert_changes_nothing_that_was_corrected_or_deleted_before() -> None:
    first, second, third = fills_of(OVER_MIDNIGHT)
    corrected = first._replace(price=Decimal(24000))
    before = (Insert((second, first)), Replace(corrected), Delete("e1"))
    after = (Insert((first, second, third)), Delete("e2"), Replace(third))
    assert streams.surviving((*before, *after)) == [corrected, third]


@given(streams.histories())
def test_no_order_of_arrival_changes_or_loses_money(operations: list[streams.Operation]) -> None:
    fills = streams.surviving(operations)
    told = oracle.positions(fills, POINT_VALUES)
    assert oracle.positions(fills[::-1], POINT_VALUES) == told
    effects = oracle.effects(fills, POINT_VALUES)
    assert sum(p.net_pnl for p in told) == sum(effect.net_pnl for effect in effects)
    assert sum(p.fees for p in told) == sum(fill.fees for fill in fills)


@pytest.mark.parametrize("interval", ["tick", "hour", "day", "week", "month"])
@given(fills=streams.fills())
def test_the_points_of_a_window_add_up_to_its_report(interval: Interval, fills: list[Fill]) -> None:
    told = oracle.report(fills, POINT_VALUES, ALL_TIME, "execution")
    points = oracle.history(fills, POINT_VALUES, ALL_TIME, "execution", Cut(interval))
    assert sum(point.part.total_trades for point in points) == told.total_trades
    assert sum(point.part.net_pnl for point in points) == told.net_pnl
