"""Orders by themselves: what is refused of them, and which word about one is the last."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain import instants
from app.domain.faults import Refused
from app.domain.instruments import SHIPPED
from app.domain.orders import SentOrder, admit, is_news
from app.errors import InvalidBody, UnknownSymbol

AT = instants.parse("2025-11-07T14:30:00Z")
SENT = SentOrder("A", "o1", "MNQ 12-25", "BUY", 2, "PENDING", AT)


def test_an_order_is_normalized_and_was_updated_when_it_was_sent() -> None:
    order = admit(SENT._replace(price=Decimal("-0.25")), SHIPPED)
    assert (order.symbol, order.contract) == ("MNQ", "MNQZ5")
    assert order.price_nanos == -250_000_000
    assert order.updated_at_us == order.submitted_at_us == AT
    assert order.source == "api"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"order_id": "a/b"}, "order_id"),
        ({"account_id": ""}, "account_id"),
        ({"side": "LONG"}, "side"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 2**63}, "quantity"),
        ({"status": "DONE"}, "status"),
        ({"strategy": "a\nb"}, "strategy"),
        ({"price": Decimal("NaN")}, "price"),
        ({"price": Decimal("1e-10")}, "price"),
        ({"submitted_at_us": instants.LAST_US}, "submitted_at"),
        ({"updated_at_us": AT - 1}, "updated_at"),
        ({"updated_at_us": instants.LAST_US}, "updated_at"),
    ],
)
def test_a_bad_field_is_named(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        admit(SENT._replace(**changes), SHIPPED)  # type: ignore[arg-type]
    assert refused.value.kinds == {InvalidBody}
    assert field in [each.field for each in refused.value.details]


def test_every_fault_is_named_with_its_kind() -> None:
    with pytest.raises(Refused) as refused:
        admit(SENT._replace(symbol="XYZW", quantity=-1), SHIPPED)
    assert refused.value.kinds == {InvalidBody, UnknownSymbol}
    assert {each.field for each in refused.value.details} == {"symbol", "quantity"}


def test_news_is_what_differs_and_is_not_older() -> None:
    known = admit(SENT._replace(updated_at_us=AT + 5), SHIPPED)
    assert not is_news(known, known)
    assert is_news(known._replace(quantity=3), known)
    assert is_news(known._replace(status="FILLED", updated_at_us=AT + 6), known)
    assert not is_news(known._replace(status="FILLED", updated_at_us=AT + 4), known)


def test_at_one_instant_pending_does_not_take_back_what_became_of_an_order() -> None:
    pending = admit(SENT, SHIPPED)
    cancelled = pending._replace(status="CANCELLED")
    assert is_news(cancelled, pending)
    assert not is_news(pending, cancelled)
    assert is_news(pending._replace(updated_at_us=AT + 1), cancelled)
