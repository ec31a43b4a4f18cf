"""Sessions that have ended, kept: after late fills and bars, resets, and time alone; on both
databases.
"""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest

from app.db import accounts as account_rows
from app.db import risk as rows
from app.domain.executions import Fill
from app.services import access, accounts, ingest, risk, risk_kept, risk_terms, verification
from app.services.accounts import AccountSettings
from app.services.resources import Resources
from app.services.risk_terms import TermsChange
from tests.bar_notes import minutes, put
from tests.conftest import Clock, told

EARLY = "2025-11-04T15:00:30Z"


def begin(res: Resources) -> None:
    terms = TermsChange(max_loss_limit=Decimal(500), daily_loss_limit=Decimal(400))
    settings = AccountSettings(starting_balance=Decimal(10_000), risk=terms)
    accounts.change(res, "A", settings)


def fill(res: Resources, name: str, at: str, quantity: int, price: int) -> None:
    clock = Clock()
    clock.set(at)
    side = "BUY" if quantity > 0 else "SELL"
    sent = Fill("A", name, "MNQZ5", side, abs(quantity), Decimal(price), clock.now_us)
    ingest.record(res, [sent])


def body(res: Resources) -> Any:
    account = access.state(res, "A").account
    assert account
    found = told(res, "A", risk.question(res, account))
    assert list(verification.differences(res, "A")) == []
    return found


def kept_until(res: Resources) -> int:
    with res.db.read() as conn:
        found = rows.kept(conn, accounts.load(conn, "A").account_key)
    assert found
    return found.until_session


def test_a_bar_of_an_earlier_session_that_comes_late_reaches_the_maximum_loss(
    res: Resources,
) -> None:
    begin(res)
    fill(res, "e1", EARLY, 5, 21_000)
    fill(res, "e2", "2025-11-04T15:03:30Z", -5, 21_010)
    assert body(res)["mll"]["violated"] is False
    put(res, "MNQZ5", minutes("2025-11-04T15:00:00Z", 21_000, 20_950, 21_010))
    found = body(res)
    assert found["mll"]["reached_at"] == "2025-11-04T15:02:00Z"
    assert found["violations"][0]["equity"] == Decimal(9_500)
    put(res, "MNQZ5", minutes("2025-11-04T15:01:00Z", 20_951))
    assert body(res)["mll"]["violated"] is False


def test_a_late_bar_that_is_not_told_is_found_by_verifying(
    sqlite_res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(sqlite_res)
    fill(sqlite_res, "e1", EARLY, 5, 21_000)
    fill(sqlite_res, "e2", "2025-11-04T15:03:30Z", -5, 21_010)
    monkeypatch.setattr(risk_kept, "renew_prices", lambda *_: None)
    put(sqlite_res, "MNQZ5", minutes("2025-11-04T15:00:00Z", 21_000, 20_950, 21_010))
    found = list(verification.differences(sqlite_res, "A"))
    assert [each.partition(":")[0] for each in found] == ["lowest equity"] * 2


def test_a_fill_that_comes_late_or_goes_changes_every_session_that_it_was_held_in(
    res: Resources,
) -> None:
    begin(res)
    put(res, "MNQZ5", minutes("2025-11-05T15:00:00Z", 20_950))
    fill(res, "e1", EARLY, 5, 21_000)
    assert body(res)["mll"]["reached_at"] == "2025-11-05T15:01:00Z"
    ingest.delete(res, "A", "e1")
    assert body(res)["mll"]["violated"] is False


def test_what_was_lifted_is_judged_from_then_on(res: Resources, clock: Clock) -> None:
    begin(res)
    fill(res, "e1", EARLY, 5, 21_000)
    fill(res, "e2", "2025-11-04T15:03:30Z", -5, 20_900)
    assert risk_terms.reset(res, "A", "me").violated is True
    accounts.move_cash(res, "A", accounts.Cash("c1", Decimal(900), clock.now_us, None))
    assert body(res)["mll"]["reached_at"] == "2025-11-07T18:00:00Z"
    clock.now_us += 1
    assert risk_terms.reset(res, "A", "me").violated is False
    clock.set("2025-11-12T18:00:00Z")
    assert body(res)["compliance"] is True


def test_time_alone_ends_sessions_and_the_next_question_keeps_them(
    res: Resources, clock: Clock
) -> None:
    begin(res)
    fill(res, "e1", "2025-11-07T17:59:30Z", 1, 21_000)
    assert body(res)["unknown"] == ["mark"]
    before = kept_until(res)
    clock.set("2025-11-12T18:00:00Z")
    assert body(res)["unknown"] == ["mark"]
    assert kept_until(res) == before + 5


def test_prices_may_be_older_from_one_start_to_the_next(res: Resources) -> None:
    begin(res)
    put(res, "MNQZ5", minutes("2025-11-04T15:00:00Z", 20_900))
    fill(res, "e1", "2025-11-04T15:03:00Z", 5, 21_000)
    fill(res, "e2", "2025-11-04T15:04:00Z", -5, 21_000)
    assert body(res)["mll"]["violated"] is False
    with res.db.write() as conn:
        account = accounts.load(conn, "A")
        risk_kept.renew(conn, account, None, res.now_us(), 10 * res.mark_age_max_us)
    question = risk.RiskQuestion(10 * res.mark_age_max_us)
    assert told(res, "A", question)["mll"]["violated"] is True


def test_a_limit_that_is_taken_away_keeps_nothing(res: Resources) -> None:
    begin(res)
    accounts.change(res, "A", AccountSettings(risk=TermsChange(max_loss_limit=None)))
    with res.db.read() as conn:
        assert rows.kept(conn, 1) is None
    assert body(res)["mll"] is None


@pytest.mark.parametrize("at", ["2025-11-04T23:00:00Z", "2025-11-04T22:59:59Z"])
def test_a_session_ends_at_five_in_chicago(res: Resources, clock: Clock, at: str) -> None:
    begin(res)
    clock.set("2025-11-04T23:30:00Z")
    fill(res, "e1", EARLY, 5, 21_000)
    fill(res, "e2", at, -5, 20_955)
    assert body(res)["dll"]["violated"] is (at == "2025-11-04T23:00:00Z")


def test_prices_of_an_earlier_session_wait_for_a_fill_that_comes_late(res: Resources) -> None:
    begin(res)
    if res.db.is_sqlite:
        return  # Its writers wait for one another whatever they write.
    bars = minutes("2025-11-04T15:00:00Z", 21_000, 20_950, 21_010)
    clock = Clock()
    clock.set(EARLY)
    opening = Fill("A", "e1", "MNQZ5", "BUY", 5, Decimal(21_000), clock.now_us)
    clock.set("2025-11-04T15:03:30Z")
    closing = Fill("A", "e2", "MNQZ5", "SELL", 5, Decimal(21_010), clock.now_us)
    folded, may_commit = threading.Event(), threading.Event()
    advance = account_rows.advance

    def pausing(*given: Any, **named: Any) -> int:
        folded.set()
        assert may_commit.wait(10)
        return advance(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(account_rows, "advance", pausing)
        filling = threading.Thread(target=ingest.record, args=(res, [opening, closing]))
        filling.start()
        assert folded.wait(10)
        patch.setattr(account_rows, "advance", advance)
        pricing = threading.Thread(target=put, args=(res, "MNQZ5", bars))
        pricing.start()
        pricing.join(0.5)
        may_commit.set()
        filling.join(10)
        pricing.join(10)
    assert body(res)["mll"]["reached_at"] == "2025-11-04T15:02:00Z"


def test_what_was_kept_before_a_limit_was_taken_away_does_not_come_back(res: Resources) -> None:
    begin(res)
    fill(res, "e1", EARLY, 5, 21_000)
    fill(res, "e2", "2025-11-04T15:03:30Z", -5, 20_900)
    accounts.change(res, "A", AccountSettings(risk=TermsChange(max_loss_limit=None)))
    for name in ("e1", "e2"):
        ingest.delete(res, "A", name)
    terms = TermsChange(max_loss_limit=Decimal(500))
    accounts.change(res, "A", AccountSettings(risk=terms))
    assert body(res)["mll"]["violated"] is False
