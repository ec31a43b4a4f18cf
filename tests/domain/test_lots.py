from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain import lots, positions
from app.domain.executions import Execution
from app.domain.lots import Lot

POINT_VALUE_MICROS = 2_000_000
QUANTITIES = st.lists(st.integers(-5, 5).filter(bool), min_size=1, max_size=25)
PRICES = st.integers(-3_000, 3_000).map(lambda ticks: ticks * 333_333_333)


def fill(number: int, quantity: int, price_nanos: int) -> Execution:
    return Execution(
        execution_id=f"e{number}",
        order_id=None,
        symbol="MNQ",
        contract="MNQZ5",
        side="BUY" if quantity > 0 else "SELL",
        quantity=abs(quantity),
        price_nanos=price_nanos,
        fees_micros=0,
        executed_at_us=number,
        sequence=0,
        strategy=None,
        source="api",
        broker_pnl_micros=None,
        fx_rate_nanos=None,
        average_price=False,
    )


@given(st.data(), QUANTITIES, PRICES)
def test_what_is_held_is_worth_what_closing_it_at_that_price_would_make(
    data: st.DataObject, quantities: list[int], price_nanos: int
) -> None:
    fills = [fill(n, each, data.draw(PRICES)) for n, each in enumerate(quantities)]
    *_, last = positions.build("A", POINT_VALUE_MICROS, positions.whole(fills))
    held = last.position
    if held.closed_at_us is not None:
        return
    direction = 1 if held.side == positions.LONG else -1
    closing = fill(len(fills), -direction * held.quantity, price_nanos)
    *_, closed = positions.build("A", POINT_VALUE_MICROS, positions.whole([*fills, closing]))
    by_id = {each.execution_id: each.price_nanos for each in fills}
    entries = [
        Lot(abs(each.quantity), by_id[each.execution_id])
        for each in reversed(last.effects)
        if each.quantity * direction > 0
    ]
    left = lots.remaining(entries, held.quantity)
    gained_nanos = lots.gained_nanos(left, price_nanos, direction)
    unrealized_micros = lots.money_micros(gained_nanos, POINT_VALUE_MICROS)
    assert held.gross_micros + unrealized_micros == closed.position.gross_micros
