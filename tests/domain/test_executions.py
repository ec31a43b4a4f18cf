"""Admission: what a fill becomes, every limit on both of its sides, and when two fills are one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.domain import executions, instants, repeats
from app.domain.executions import Execution, Fill, Key
from app.domain.faults import Refused
from app.domain.instruments import SHIPPED
from app.errors import CurrencyMismatch, UnknownSymbol

AT_US = instants.parse("2025-11-07T15:00:00Z")
FILL = Fill("A", "e1", "MNQZ5", "BUY", 2, Decimal("21000.25"), AT_US)
FULL = FILL._replace(
    order_id="o1",
    fees=Decimal("1.24"),
    sequence=-3,
    strategy="fade",
    source="csv",
    broker_pnl=Decimal("-5.5"),
    fx_rate=Decimal("1.1"),
    average_price=True,
)
LONGEST = "x" * 128
NOT_AN_ID = "must be 1 to 128 printable ASCII characters without '/'"
NO_NAME = "must be 1 to 128 characters, none of them a control"
NOT_PAID = "must not be negative: what was paid is a positive number"
OFF_TICK = (
    "price 21000.3 is not a multiple of MNQ's tick 0.25; a row that merges several fills says"
    " average_price: true"
)


def admitted(**changes: Any) -> Execution:
    return executions.admit(FILL._replace(**changes), SHIPPED, "USD")


def faults(*, currency: str = "USD", **changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        executions.admit(FILL._replace(**changes), SHIPPED, currency)
    assert str(refused.value) == refused.value.details[0].message
    return [(each.field, each.message) for each in refused.value.details]


def test_what_is_left_out_has_its_default() -> None:
    nanos = 21_000_250_000_000
    assert admitted() == Execution(
        *("e1", None, "MNQ", "MNQZ5", "BUY", 2, nanos, 0, AT_US, 0, None, "api", None, None, 0)
    )


def test_all_that_is_given_is_kept_in_its_unit() -> None:
    made = executions.admit(FULL, SHIPPED, "USD")
    assert (made.order_id, made.fees_micros, made.sequence) == ("o1", 1_240_000, -3)
    assert (made.strategy, made.source, made.average_price) == ("fade", "csv", 1)
    assert (made.broker_pnl_micros, made.fx_rate_nanos) == (-5_500_000, 1_100_000_000)
    assert made.key == Key(AT_US, -3, "e1")
    assert made.signed_quantity == 2
    assert made._replace(side="SELL").signed_quantity == -2


@pytest.mark.parametrize(
    ("field", "good", "bad", "said"),
    [
        ("quantity", 1, 0, "quantity must be 1 to 1000000 (got 0)"),
        ("quantity", 1_000_000, 1_000_001, "quantity must be 1 to 1000000 (got 1000001)"),
        ("sequence", 2**62, 2**62 + 1, f"sequence must lie within ±{2**62}"),
        ("sequence", -(2**62), -(2**62) - 1, f"sequence must lie within ±{2**62}"),
        (
            "executed_at_us",
            instants.FIRST_US,
            instants.FIRST_US - 1,
            "executed_at must lie between the years 1900 and 2199",
        ),
        (
            "executed_at_us",
            instants.LAST_US - 1,
            instants.LAST_US,
            "executed_at must lie between the years 1900 and 2199",
        ),
        ("side", "SELL", "sell", "side must be BUY or SELL (got 'sell')"),
        ("side", "BUY", "B" * 50, f"side must be BUY or SELL (got {'B' * 40!r})"),
        *(
            (name, LONGEST, LONGEST + "x", f"{name} {NOT_AN_ID}")
            for name in ("account_id", "execution_id", "order_id")
        ),
        *((name, LONGEST, LONGEST + "x", f"{name} {NO_NAME}") for name in ("strategy", "source")),
        ("order_id", " -.0~", "a/b", f"order_id {NOT_AN_ID}"),
        ("strategy", "für", "a\x7f", f"strategy {NO_NAME}"),
        ("fees", Decimal(0), Decimal("-0.000001"), f"fees {NOT_PAID}"),
        ("fees", Decimal(10**9), Decimal("1000000000.000001"), "fees is too large"),
        ("broker_pnl", Decimal(-(10**9)), Decimal("-1000000000.000001"), "broker_pnl is too large"),
        ("fx_rate", Decimal("0.000000001"), Decimal(0), "fx_rate must be greater than zero"),
        ("price", Decimal("-37.5"), Decimal("0.0000000001"), "price must have at most 9 decimals"),
        (
            "price",
            Decimal("21000.5"),
            Decimal("21000.3"),
            OFF_TICK,
        ),
    ],
)
def test_each_limit_lets_its_last_value_through_and_names_the_next(
    field: str, good: object, bad: object, said: str
) -> None:
    # A million contracts have to be cheap; and a dated symbol is one near its time alone.
    beside: dict[str, Any] = {"quantity": {"price": Decimal("0.25")}}.get(field, {"symbol": "MNQ"})
    assert admitted(**{**beside, field: good})
    assert faults(**{**beside, field: bad}) == [(field.removesuffix("_us"), said)]


def test_a_price_between_ticks_is_good_where_fills_were_merged() -> None:
    assert admitted(price=Decimal("21000.3"), average_price=True).price_nanos == 21_000_300_000_000


def test_what_a_fill_is_worth_has_a_limit() -> None:
    # 2 USD a point: 10 billion are 5,000 points times a million contracts.
    assert admitted(price=Decimal(5_000), quantity=1_000_000)
    said = "price times quantity is worth more than 10 billion: check both"
    assert faults(price=Decimal("5000.25"), quantity=1_000_000) == [("price", said)]
    assert faults(price=Decimal("-5000.25"), quantity=1_000_000) == [("price", said)]


@pytest.mark.parametrize(
    "last",
    [
        {"quantity": 1},
        {"quantity": 1_000_000, "price": Decimal(5_000)},
        {"sequence": 2**62},
        {"executed_at_us": instants.FIRST_US, "symbol": "MNQ"},
        {"executed_at_us": instants.LAST_US - 1, "symbol": "MNQ"},
        {"symbol": "MNQ", "contract": "MNQH6"},
        FULL._asdict(),
    ],
)
def test_what_is_well_takes_the_short_way_and_the_careful_one_says_the_same(
    last: dict[str, Any],
) -> None:
    fill = FILL._replace(**last)
    found = executions.plain(fill, SHIPPED, "USD")
    assert found is not None
    assert executions.examined(fill, SHIPPED, "USD") == found


def test_another_currency_needs_a_rate() -> None:
    with pytest.raises(Refused) as refused:
        executions.admit(FILL, SHIPPED, "EUR")
    assert refused.value.kinds == {CurrencyMismatch}
    said = "MNQ is traded in USD, the account is kept in EUR: give fx_rate, EUR per USD"
    assert faults(currency="EUR") == [("fx_rate", said)]
    rated = FILL._replace(fx_rate=Decimal("0.9"))
    assert executions.admit(rated, SHIPPED, "EUR").fx_rate_nanos == 900_000_000


def test_every_fault_is_named_at_once() -> None:
    found = faults(symbol="NONE", quantity=0, fees=Decimal(-1), side="x", strategy="")
    assert [field for field, _ in found] == ["strategy", "side", "quantity", "symbol", "fees"]
    with pytest.raises(Refused) as refused:
        admitted(symbol="NONE")
    assert refused.value.kinds == {UnknownSymbol}


# --- When two fills are one ----------------------------------------------------------------------


def differing(known: Fill, **changes: Any) -> list[str]:
    """What a second fill says otherwise than the first."""
    second = known._replace(**changes)
    made = [executions.admit(each, SHIPPED, "USD") for each in (second, known)]
    return repeats.differing(second, *made)


OTHER = {
    "side": "SELL",
    "quantity": 3,
    "price": Decimal(21_000),
    "executed_at_us": AT_US + 1,
    "order_id": "o2",
    "fees": Decimal(9),
    "sequence": 4,
    "strategy": "trend",
    "source": "api",
    "broker_pnl": Decimal(9),
    "fx_rate": Decimal(9),
}


@pytest.mark.parametrize("field", OTHER)
def test_a_field_that_says_something_else_is_named(field: str) -> None:
    assert differing(FULL, **{field: OTHER[field]}) == [field.removesuffix("_us")]


@pytest.mark.parametrize(
    "field", ["order_id", "fees", "sequence", "strategy", "source", "broker_pnl", "fx_rate"]
)
def test_a_field_that_is_left_out_says_nothing(field: str) -> None:
    assert differing(FULL, **{field: None}) == []


def test_whether_fills_were_merged_counts_where_it_is_said() -> None:
    assert differing(FULL, average_price=False) == ["average_price"]
    assert differing(FULL, average_price=None) == []


def test_a_dated_symbol_names_the_contract_and_a_bare_one_leaves_it_open() -> None:
    assert differing(FILL, symbol="MNQH6") == ["contract"]
    assert differing(FILL, symbol="MNQ", contract="MNQZ5") == []
    assert differing(FILL, symbol="MNQ") == []
    assert differing(FILL, symbol="MES") == ["symbol"]
