"""What a broker says otherwise later, beside what was changed by hand; and how orders end."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.db import orders
from app.demo_gateway.ledger import Half
from app.domain import instants
from app.services import accounts, ingest
from tests.broker.gateways import COMBINE
from tests.services.broker_syncs import Scene
from tests.services.synced_account import (
    HOUR_S,
    OURS,
    fill_of,
    halves,
    saying,
    stored,
)

# --- Corrections ---------------------------------------------------------------------------------


def test_what_the_broker_corrects_is_followed_there_and_back(at: Scene) -> None:
    last = str(halves(at)[-1].trade_id)
    at.make_pass()
    first = stored(at, last)
    for fees in (9.5, 0.5, 9.5):
        saying(at, int(last), fees=fees)
        at.wait(HOUR_S)
        assert at.make_pass().brought.corrected == 1
        now = stored(at, last)
        assert now
        assert now.execution.fees_micros == fees * 10**6
    assert first
    assert now
    assert now.revision == first.revision + 3


def test_what_was_corrected_by_hand_stays(at: Scene) -> None:
    half = halves(at)[-1]
    at.make_pass()
    by_hand = fill_of(half)._replace(fees=Decimal("7.25"))
    ingest.replace(at.res, by_hand)
    at.wait(HOUR_S)
    assert not any(at.make_pass().brought)
    saying(at, half.trade_id, fees=3.5)
    at.wait(HOUR_S)
    assert not any(at.make_pass().brought)
    found = stored(at, by_hand.execution_id)
    assert found
    assert found.execution.fees_micros == 7_250_000


def test_what_was_deleted_by_hand_stays_deleted(at: Scene) -> None:
    half = halves(at)[-1]
    at.make_pass()
    ingest.delete(at.res, OURS, str(half.trade_id))
    at.wait(HOUR_S)
    assert not any(at.make_pass().brought)
    assert stored(at, str(half.trade_id)) is None


def test_what_was_taken_back_and_happened_after_all_comes_back(at: Scene) -> None:
    last = str(halves(at)[-1].trade_id)
    at.make_pass()
    saying(at, int(last), voided=True)
    at.wait(HOUR_S)
    assert at.make_pass().brought.voided == 1
    assert stored(at, last) is None
    saying(at, int(last), voided=False)
    at.wait(HOUR_S)
    assert at.make_pass().brought.corrected == 1
    assert stored(at, last)


# --- Orders --------------------------------------------------------------------------------------


def test_orders_are_stored_and_one_that_waited_long_is_heard_to_end(at: Scene) -> None:
    half = halves(at)[0]
    at.clock.now_us = half.at_us - 10_000_000
    row = order_row(half, at.clock.now_us - 1_000_000)
    at.gateway.open_orders = waiting(row)  # type: ignore[assignment,method-assign]
    at.make_pass()
    assert status(at, "77") == ("PENDING", 21_000 * 10**9)
    at.gateway.open_orders = waiting()  # type: ignore[assignment,method-assign]
    searched = at.gateway.orders

    def ended(account_id: int, start_us: int, end_us: int) -> list[dict[str, Any]]:
        created_us = instants.parse(row["creationTimestamp"])
        found = searched(account_id, start_us, end_us)
        return [*found, row | {"status": 3}] if start_us <= created_us <= end_us else found

    at.gateway.orders = ended  # type: ignore[method-assign]
    at.wait(20 * HOUR_S)
    at.make_pass()
    assert status(at, "77") == ("CANCELLED", 21_000 * 10**9)


def waiting(*rows: dict[str, Any]) -> Callable[[int], list[dict[str, Any]]]:
    def open_orders(account_id: int) -> list[dict[str, Any]]:
        return [each for each in rows if each["accountId"] == account_id]

    return open_orders


def order_row(half: Half, at_us: int) -> dict[str, Any]:
    return {
        "id": 77,
        "accountId": COMBINE,
        "contractId": half.contract.contract_id,
        "creationTimestamp": instants.text(at_us),
        "updateTimestamp": None,
        "status": 1,
        "type": 1,
        "side": 0,
        "size": 1,
        "limitPrice": 21_000,
        "stopPrice": None,
        "fillVolume": 0,
        "filledPrice": None,
    }


def status(at: Scene, order_id: str) -> tuple[str, int | None]:
    with at.res.db.read() as conn:
        key = accounts.load(conn, OURS).account_key
        found = orders.by_ids(conn, key, [order_id])[order_id]
    return found.status, found.price_nanos
