from __future__ import annotations

from app.db import accounts, outbox, tokens
from app.db.outbox import KEPT_US
from app.domain import changes
from app.domain.changes import IDS_MAX, Changes, of_orders
from app.services.accounts import AccountSettings, create
from app.services.resources import Resources
from tests.conftest import NOON, Clock


def empty(res: Resources) -> int:
    """The key of an account in which nothing has happened."""
    create(res, "A", AccountSettings())
    with res.db.read() as conn:
        account = accounts.by_id(conn, "A")
        assert account
        return account.account_key


def write(res: Resources, key: int, now_us: int, said: Changes = changes.NONE) -> None:
    with res.db.write() as conn:
        accounts.advance(conn, key, event="orders", now_us=now_us, changes=said)


def test_events_are_numbered_without_gaps_and_say_what_changed(
    res: Resources, clock: Clock
) -> None:
    key = empty(res)
    told = [Changes(executions=("e1", "ü"), positions=("p",), has_more=True), of_orders(("o",))]
    for each in told:
        write(res, key, clock(), each)
    with res.db.read() as conn:
        found = outbox.after(conn, key, 0, 10)
        assert outbox.after(conn, key, 1, 10) == found[1:]
        assert outbox.after(conn, key, 0, 1) == found[:1]
    assert [each.seq for each in found] == [1, 2]
    assert [each.changes for each in found] == told
    assert outbox.heads(res.db, [key, key + 1]).seqs == {key: 2}


def test_events_are_kept_for_a_day_and_then_forgotten_in_small_bites(res: Resources) -> None:
    key = empty(res)
    for _ in range(50):
        write(res, key, NOON)
    left = []
    for n in range(4):
        write(res, key, NOON + KEPT_US + 1 + n)
        with res.db.read() as conn:
            left.append(next(each.seq for each in outbox.after(conn, key, 0, 100)))
    assert left == [21, 41, 51, 51]


def test_the_epoch_of_the_tokens_comes_with_the_heads(res: Resources) -> None:
    before = outbox.heads(res.db, []).token_epoch
    with res.db.write() as conn:
        tokens.advance_epoch(conn)
    assert outbox.heads(res.db, []).token_epoch == before + 1


def test_of_many_rows_some_are_named_and_the_rest_is_said_to_be_there() -> None:
    few, many = (of_orders(str(n) for n in range(number)) for number in (IDS_MAX, IDS_MAX + 1))
    assert (len(few.orders), few.has_more) == (IDS_MAX, False)
    assert (len(many.orders), many.has_more) == (IDS_MAX, True)
