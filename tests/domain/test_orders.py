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


def test_all_that_is_said_of_an_order_is_kept() -> None:
    bare = SENT._replace(symbol="MNQ", contract="MNQH6", strategy="fade", source="csv", quantity=1)
    order = admit(bare._replace(submitted_at_us=AT, updated_at_us=AT), SHIPPED)
    assert (order.contract, order.strategy, order.source) == ("MNQH6", "fade", "csv")
    assert (order.order_id, order.side, order.quantity, order.price_nanos) == ("o1", "BUY", 1, None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "DONE"}, "status must be one of PENDING, FILLED, CANCELLED, REJECTED"),
        ({"quantity": 1_000_001}, "quantity must be 1 to 1000000 (got 1000001)"),
        ({"updated_at_us": AT - 1}, "updated_at must not be before submitted_at"),
        (
            {"symbol": "MNQ", "submitted_at_us": instants.FIRST_US - 1},
            "submitted_at must lie between the years 1900 and 2199",
        ),
    ],
)
def test_a_fault_says_what_is_good(changes: dict[str, object], said: str) -> None:
    with pytest.raises(Refused) as refused:
        admit(SENT._replace(**changes), SHIPPED)  # type: ignore[arg-type]
    assert [each.message for each in refused.value.details] == [said]


def test_the_last_good_value_of_each_limit_is_taken() -> None:
    first = SENT._replace(symbol="MNQ", quantity=1_000_000, submitted_at_us=instants.FIRST_US)
    assert admit(first, SHIPPED).submitted_at_us == instants.FIRST_US
