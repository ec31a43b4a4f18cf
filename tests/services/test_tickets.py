from __future__ import annotations

import pytest

from app.errors import Unauthenticated
from app.services import access, sessions, tickets
from app.services.callers import Caller
from app.services.resources import Resources
from tests.conftest import Clock


def caller(res: Resources, name: str = "reader", *account_ids: str) -> Caller:
    secret = access.create_token(res, name, "read", account_ids)
    return access.authenticate(res, secret, 1, "")


def test_a_ticket_stands_for_whoever_asked_for_it(res: Resources) -> None:
    asked = caller(res, "reader", "MINE")
    assert tickets.redeem(res, tickets.issue(res, asked).ticket) == asked


def test_a_ticket_is_used_up_by_the_first_who_comes_with_it(res: Resources) -> None:
    ticket = tickets.issue(res, caller(res)).ticket
    tickets.redeem(res, ticket)
    with pytest.raises(Unauthenticated):
        tickets.redeem(res, ticket)


def test_a_ticket_that_nobody_was_given_is_refused_without_a_write(res: Resources) -> None:
    writes: list[None] = []
    res.db.on_commit = lambda: writes.append(None)
    with pytest.raises(Unauthenticated):
        tickets.redeem(res, "of my own making")
    assert writes == []


def test_a_ticket_grows_old(res: Resources, clock: Clock) -> None:
    ticket = tickets.issue(res, caller(res)).ticket
    clock.now_us += tickets.LIFETIME_S * 1_000_000
    with pytest.raises(Unauthenticated):
        tickets.redeem(res, ticket)


def test_a_ticket_of_a_revoked_token_or_of_a_session_that_is_over_opens_nothing(
    res: Resources, clock: Clock
) -> None:
    asked = caller(res)
    begun = sessions.start(res, asked, None)
    of_token, of_session = (tickets.issue(res, each).ticket for each in (asked, begun.caller))
    sessions.end(res, begun.session_id)
    with pytest.raises(Unauthenticated):
        tickets.redeem(res, of_session)
    assert tickets.is_good(res, asked)
    assert not tickets.is_good(res, begun.caller)
    access.revoke_token(res, "reader")
    with pytest.raises(Unauthenticated):
        tickets.redeem(res, of_token)
    assert not tickets.is_good(res, asked)
    assert clock()


def test_a_session_that_ends_by_itself_is_not_good_any_more(res: Resources, clock: Clock) -> None:
    begun = sessions.start(res, caller(res), None)
    assert tickets.is_good(res, begun.caller)
    clock.now_us += sessions.IDLE_S * 1_000_000
    assert not tickets.is_good(res, begun.caller)


def test_of_many_tickets_of_a_token_the_newest_are_good(
    res: Resources, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickets, "TICKETS_MAX", 2)
    asked, other = caller(res), caller(res, "other")
    mine = tickets.issue(res, other).ticket
    issued = []
    for _ in range(3):
        clock.now_us += 1
        issued.append(tickets.issue(res, asked).ticket)
    with pytest.raises(Unauthenticated):
        tickets.redeem(res, issued[0])
    for ticket in (*issued[1:], mine):
        tickets.redeem(res, ticket)


def test_what_is_stored_of_a_ticket_opens_nothing(res: Resources) -> None:
    ticket = tickets.issue(res, caller(res)).ticket
    assert len(ticket) <= tickets.LENGTH_MAX
    with pytest.raises(Unauthenticated):
        tickets.redeem(res, tickets._digest(ticket))
