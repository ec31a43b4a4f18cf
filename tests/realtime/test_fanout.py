"""Who is given what: every event once, in order, whoever comes, goes, lags or is cut off."""

from __future__ import annotations

import pytest

from app.realtime import channel as channel_module
from app.realtime import fanout as fanout_module
from app.realtime.source import Product
from tests.realtime.listeners import A, B, Client, Outbox, joined, listening, look


def test_a_new_listener_gets_the_account_as_it_is_and_then_what_happens() -> None:
    outbox = Outbox()
    outbox.write(A, 3)
    fanout = listening(outbox)
    client = joined(fanout, Client(), None)
    look(fanout)
    assert [(each["kind"], each["seq"]) for each in client.got] == [("snapshot", 3)]
    outbox.write(A, 2)
    look(fanout)
    assert client.kinds() == ["snapshot", "event", "event"]
    assert client.seqs() == [4, 5]


def test_who_comes_back_gets_what_was_missed_and_no_snapshot() -> None:
    outbox = Outbox()
    outbox.write(A, 130)
    fanout = listening(outbox)
    client = joined(fanout, Client(), 7)
    look(fanout)
    assert client.kinds() == ["event"] * 123
    assert client.seqs() == list(range(8, 131))


def test_nothing_of_another_account_is_told() -> None:
    outbox = Outbox()
    fanout = listening(outbox)
    client = joined(fanout, Client(), 0, A)
    outbox.write(B, 2)
    outbox.write(A)
    look(fanout)
    assert {each["account"] for each in client.got} == {"A"}


@pytest.mark.parametrize("after", [3, 99])
def test_what_is_not_known_any_more_or_never_was_is_told_by_a_snapshot(after: int) -> None:
    outbox = Outbox()
    outbox.write(A, 9)
    outbox.forget(A, 5)
    fanout = listening(outbox)
    client = joined(fanout, Client(), after)
    look(fanout)
    assert client.kinds() == ["RESYNC", "snapshot"]
    outbox.write(A)
    look(fanout)
    assert client.seqs() == [10]


def test_a_gap_while_somebody_listens_is_told_by_a_snapshot() -> None:
    outbox = Outbox()
    fanout = listening(outbox)
    client = joined(fanout, Client(), 0)
    look(fanout)
    outbox.write(A, 5)
    outbox.forget(A, 2)
    look(fanout)
    assert client.kinds() == ["RESYNC", "snapshot"]


def test_a_database_that_was_restored_is_told_by_a_snapshot() -> None:
    outbox = Outbox()
    outbox.write(A, 9)
    fanout = listening(outbox)
    client = joined(fanout, Client(), 9)
    look(fanout)
    outbox.head[A], outbox.events[A] = 4, [1, 2, 3, 4]
    look(fanout)
    assert client.kinds() == ["RESYNC", "snapshot"]
    outbox.write(A)
    look(fanout)
    assert client.seqs() == [5]


def test_an_event_is_read_once_for_all_who_listen() -> None:
    outbox = Outbox()
    fanout = listening(outbox)
    clients = [joined(fanout, Client(), 0) for _ in range(100)]
    look(fanout)
    outbox.write(A, 3)
    look(fanout)
    assert outbox.read == 1
    assert all(each.seqs() == [1, 2, 3] for each in clients)


def test_many_who_come_at_once_share_a_snapshot() -> None:
    outbox = Outbox()
    fanout = listening(outbox)
    clients = [joined(fanout, Client(), None) for _ in range(100)]
    look(fanout)
    assert all(each.kinds() == ["snapshot"] for each in clients)
    assert outbox.shown == 1


def test_many_who_come_back_at_once_share_what_was_missed() -> None:
    outbox = Outbox()
    outbox.write(A, 200)
    fanout = listening(outbox)
    clients = [joined(fanout, Client(), 100 + n) for n in range(100)]
    look(fanout)
    assert outbox.read <= 200 / channel_module.BITE
    for n, each in enumerate(clients):
        assert each.seqs() == list(range(101 + n, 201))


def test_who_does_not_take_what_comes_is_told_so_and_cut_off_and_others_are_not() -> None:
    outbox = Outbox()
    fanout = listening(outbox)
    slow, other = joined(fanout, Client(room=2), 0), joined(fanout, Client(), 0)
    look(fanout)
    outbox.write(A, 3)
    look(fanout)
    assert slow.ended == (4408, [{"kind": "TOO_SLOW"}])
    assert other.seqs() == [1, 2, 3]


def test_who_has_much_to_catch_up_with_is_given_it_as_it_takes_it() -> None:
    outbox = Outbox()
    outbox.write(A, 10)
    fanout = listening(outbox)
    client = joined(fanout, Client(), 0)
    client.backlog_bytes = channel_module.BACKLOG_BYTES
    look(fanout)
    assert client.got == []
    client.backlog_bytes = 0
    look(fanout)
    assert client.seqs() == list(range(1, 11))
    assert client.ended is None


def test_a_fault_of_the_database_loses_nothing() -> None:
    outbox = Outbox()
    fanout = listening(outbox)
    client = joined(fanout, Client(), 0)
    look(fanout)
    outbox.write(A, 2)
    outbox.is_broken = True
    look(fanout)
    assert not fanout.is_well
    outbox.is_broken = False
    look(fanout)
    assert fanout.is_well
    assert client.seqs() == [1, 2]


def test_a_fault_in_one_account_does_not_silence_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outbox = Outbox()
    fanout = listening(outbox)
    client = joined(fanout, Client(), 0, A)
    assert fanout.subscribe(client, B, 0)
    look(fanout)
    whole = outbox.after
    monkeypatch.setattr(
        outbox, "after", lambda who, *rest: whole(who, *rest) if who == B else 1 / 0
    )
    outbox.write(A)
    outbox.write(B)
    look(fanout)
    assert (client.seqs("A"), client.seqs("B"), fanout.is_well) == ([], [1], False)
    monkeypatch.undo()
    look(fanout)
    assert client.seqs("A") == [1]


def test_a_login_that_ended_ends_its_sockets_and_no_others() -> None:
    outbox = Outbox()
    fanout = listening(outbox)
    gone, stays = Client(), Client()
    fanout.admit(gone, "gone")
    fanout.admit(stays, "stays")
    look(fanout)
    outbox.revoke("gone")
    look(fanout)
    assert gone.ended == (4403, [])
    assert stays.ended is None


def test_a_login_that_ended_just_before_its_socket_came_in_ends_it() -> None:
    outbox = Outbox()
    fanout = listening(outbox)
    fanout.admit(Client(), "stays")
    outbox.revoke("gone")
    look(fanout)
    gone = Client()
    fanout.admit(gone, "gone")
    look(fanout)
    assert gone.ended == (4403, [])


def test_an_account_that_is_gone_does_not_silence_the_others() -> None:
    outbox = Outbox()
    fanout = listening(outbox)
    joined(fanout, Client(), 0, A)
    client = joined(fanout, Client(), 0, B)
    look(fanout)
    del outbox.head[A]
    outbox.write(B)
    look(fanout)
    assert client.seqs("B") == [1]


def test_bars_that_were_stored_are_told_to_all_who_listen_and_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fanout_module, "BARS_S", 0.0)
    outbox = Outbox()
    outbox.bars = {Product("MNQ", "MNQZ5"): 1, Product("MES", "MESZ5"): 1}
    fanout = listening(outbox)
    clients = [joined(fanout, Client(), 0, each) for each in (A, B)]
    look(fanout)
    outbox.bars |= {Product("MNQ", "MNQZ5"): 2, Product("MNQ", "MNQH6"): 1}
    look(fanout)
    for client in clients:
        assert [each["contract"] for each in client.got] == ["MNQZ5", "MNQH6"]
    monkeypatch.setattr(fanout_module, "BARS_S", 1000.0)
    outbox.bars[Product("MNQ", "MNQZ5")] = 3
    look(fanout)
    assert len(clients[0].got) == 2


def test_more_sockets_than_may_be_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout_module, "SOCKETS_MAX", 2)
    fanout = listening(Outbox())
    clients = [Client() for _ in range(3)]
    assert [fanout.admit(each, "caller") for each in clients] == [True, True, False]
    fanout.leave(clients[0])
    assert fanout.admit(clients[2], "caller")


def test_more_accounts_than_may_be_on_a_socket_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fanout_module, "SUBSCRIPTIONS_MAX", 1)
    fanout = listening(Outbox())
    client = joined(fanout, Client(), None, A)
    assert not fanout.subscribe(client, B, None)
    assert fanout.subscribe(client, A, 0)
    fanout.unsubscribe(client, A.account_key)
    assert fanout.subscribe(client, B, None)


def test_the_end_of_the_process_is_told_to_all() -> None:
    fanout = listening(Outbox())
    client = joined(fanout, Client(), None)
    fanout.close()
    assert client.ended == (1001, [])
