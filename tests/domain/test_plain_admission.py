"""A fill with which all is well is admitted by the short way as by the careful one."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from app.domain import executions, instants
from app.domain.executions import Fill
from app.domain.faults import Refused
from app.domain.instruments import SHIPPED

AT_US = instants.parse("2025-11-07T14:32:55Z")
GOOD = Fill("a", "1", "MNQ", "BUY", 1, Decimal("25204.25"), AT_US)
# What is good of each field, and what is not.
VALUES: dict[str, list[object]] = {
    "account_id": ["a", "", "a/b", "x" * 128, "x" * 129],
    "execution_id": ["1", "\u0661", "a b"],
    "symbol": ["MNQ", "MNQZ5", "ENQ", "6J", "FDXMZ5", "QQQ", ""],
    "side": ["BUY", "SELL", "buy", ""],
    "quantity": [1, 1_000_000, 1_000_001, 0, -1],
    "price": [Decimal(each) for each in ("25204.25", "25204.250", "25204.3", "-37.5", "1E+20")],
    "executed_at_us": [AT_US, instants.FIRST_US, instants.FIRST_US - 1, instants.LAST_US],
    "contract": [None, "MNQ 12-25", "MNQH6", "MES", ""],
    "order_id": [None, "o", ""],
    "fees": [None, Decimal(0), Decimal("0.74"), Decimal("-0.74"), Decimal("1E-7")],
    "sequence": [None, 0, -(2**62), 2**62 + 1],
    "strategy": [None, "fade", "", "a\tb"],
    "source": [None, "api", "\n"],
    "broker_pnl": [None, Decimal("-12.5"), Decimal(10**10)],
    "fx_rate": [None, Decimal("1.0843"), Decimal(0)],
    "average_price": [None, True, False],
}
CHANGES = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(some) for name, some in VALUES.items()}
)


@given(CHANGES)
@example({})
@example({"price": Decimal("25204.3"), "average_price": True})
def test_the_short_way_admits_just_what_the_careful_one_does(changes: dict[str, object]) -> None:
    fill = GOOD._replace(**changes)  # type: ignore[arg-type]
    try:
        careful = executions.examined(fill, SHIPPED, "USD")
    except Refused:
        careful = None
    assert executions.plain(fill, SHIPPED, "USD") == careful
