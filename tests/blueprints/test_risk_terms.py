"""What an account is held to: set, filled in by a preset's name, taken away, and refused."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from app.services import access
from app.services.resources import Resources
from tests.blueprints.calls import assert_has, call, exact, get, store
from tests.blueprints.errors import assert_error
from tests.blueprints.test_risk import gate, limit, risk
from tests.conftest import Client, Clock

EVENTS = text("SELECT event FROM outbox ORDER BY seq")


def put(client: Client, **terms: Any) -> Any:
    return call(client, "PUT", "/api/accounts/A", json={"risk": terms})


def test_a_preset_fills_in_limits_that_can_be_changed_and_taken_away(client: Client) -> None:
    (found, *_) = exact(get(client, "/api/risk/presets"))
    assert found["name"] == "topstep-50k"
    limit(client, preset="topstep-50k", daily_loss_limit="900")
    body = risk(client)
    assert body["dll"]["limit"] == "900.0"
    assert_has(body["mll"], limit="2000.0", mode="eod")
    assert body["profit_target"]["target"] == "3000.0"
    assert body["consistency"]["share"] == "0.5"
    exact(put(client, daily_loss_limit=None, profit_target=None))
    body = risk(client)
    assert (body["dll"], body["profit_target"]) == (None, None)
    assert body["mll"]["limit"] == "2000.0"


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"daily_loss_limit": "0"}, "daily_loss_limit"),
        ({"max_loss_limit": "-5"}, "max_loss_limit"),
        ({"profit_target": "0.0000001"}, "profit_target"),
        ({"profit_target": "1_000"}, "profit_target"),
        ({"profit_target": "1e15"}, "profit_target"),
        ({"max_loss_mode": "intraday"}, "max_loss_mode"),
        ({"preset": "apex-50k"}, "preset"),
        ({"consistency_share": "1.5"}, "consistency_share"),
        ({"consistency_share": "0.00001"}, "consistency_share"),
        ({"minimum_days": 0}, "minimum_days"),
        ({"minimum_days": "5"}, "minimum_days"),
        ({"warning_shares": ["0.5", "0"]}, "warning_shares"),
        ({"warning_shares": ["0.1"] * 11}, "warning_shares"),
        ({"warning_shares": None}, "warning_shares"),
        ({"dll": "5"}, "dll"),
        ({}, "risk"),
    ],
)
def test_terms_that_make_no_sense_are_refused_by_name_and_nothing_is_set(
    client: Client, terms: dict[str, Any], field: str
) -> None:
    limit(client)
    before = risk(client)
    error = assert_error(put(client, **terms), 400, "INVALID_BODY")
    assert field in error["message"]
    assert risk(client) == before


def test_only_an_admin_sets_limits_and_lifts_them(client: Client, sqlite_res: Resources) -> None:
    limit(client)
    writer = Client(client.client, access.create_token(sqlite_res, "bot", "write", ()))
    assert_error(put(writer, daily_loss_limit="5"), 403, "FORBIDDEN")
    sent = {"account_id": "A"}
    assert_error(call(writer, "POST", "/api/risk/reset", json=sent), 403, "FORBIDDEN")
    assert gate(writer) == (200, "")


def test_other_limits_hold_from_now_on_and_do_not_undo_what_was_reached(
    client: Client, clock: Clock
) -> None:
    limit(client, daily_loss_limit="1000")
    store(client, "11-07 09:00 +10 @ 21000\n11-07 09:05 -10 @ 20970")
    assert gate(client) == (200, "")
    clock.set("2025-11-07T18:01:00Z")
    exact(put(client, daily_loss_limit="600"))
    assert risk(client)["dll"]["reached_at"] == "2025-11-07T18:01:00Z"
    clock.set("2025-11-07T18:02:00Z")
    exact(put(client, daily_loss_limit="5000"))
    assert_has(risk(client)["dll"], limit="5000.0", violated=True)


def test_the_first_limits_hold_for_what_was_before_them(client: Client) -> None:
    store(client, "11-07 09:00 +10 @ 21000\n11-07 09:05 -10 @ 20940")
    store(client, "11-07 09:10 +10 @ 20940\n11-07 09:15 -10 @ 21000", prefix="f")
    limit(client)
    assert risk(client)["dll"]["reached_at"] == "2025-11-07T15:05:00Z"


def test_warnings_say_when_each_share_was_used(client: Client) -> None:
    limit(client, daily_loss_limit="1000", warning_shares=["0.25", "0.5", "0.9"])
    store(client, "11-07 09:00 +5 @ 21000\n11-07 09:05 -5 @ 20975")
    store(client, "11-07 09:06 +5 @ 21000\n11-07 09:10 -5 @ 20970", prefix="f")
    shares = {each["share"]: each["crossed_at"] for each in risk(client)["warnings"]}
    assert shares == {"0.25": "2025-11-07T15:05:00Z", "0.5": "2025-11-07T15:10:00Z"}


def test_a_target_s_days_and_consistency_are_told_and_never_shut_the_gate(client: Client) -> None:
    limit(client, profit_target="1000", consistency_share="0.5", minimum_days=3)
    store(client, "11-06 09:00 +10 @ 21000\n11-06 09:05 -10 @ 21030")
    store(client, "11-07 09:00 +10 @ 21000\n11-07 09:05 -10 @ 21010", prefix="f")
    body = risk(client)
    profit = {"target": "1000.0", "profit": "800.0", "remaining": "200.0", "reached": False}
    assert body["profit_target"] == profit
    assert_has(body["consistency"], best_session="2025-11-06", best_session_pnl="600.0")
    assert_has(body["consistency"], best_share="0.75", fulfilled=False, needed_profit="1200.0")
    assert body["minimum_days"] == {"required": 3, "traded": 2, "remaining": 1, "reached": False}
    assert exact(get(client, "/api/risk/gate?account_id=A")) == {"allowed": True, "limits": 0}


def test_live_clients_are_told_of_limits_and_of_what_lifts_them(
    client: Client, sqlite_res: Resources
) -> None:
    limit(client)
    version = risk(client)["version"]
    exact(put(client, max_loss_limit="500"))
    exact(put(client, max_loss_limit="500"))
    assert risk(client)["version"] == version + 1
    store(client, "11-05 09:00 +10 @ 21000\n11-05 09:05 -10 @ 20900")
    store(client, "11-06 09:00 +10 @ 21000\n11-06 09:05 -10 @ 21200", prefix="f")
    exact(call(client, "POST", "/api/risk/reset", json={"account_id": "A"}))
    with sqlite_res.db.read() as conn:
        told = [each[0] for each in conn.execute(EVENTS)]
    assert told == ["account", "executions", "executions", "risk"]


def test_an_answer_waits_for_its_limits_to_be_used(client: Client) -> None:
    limit(client)
    tag = get(client, "/api/risk?account_id=A").headers["ETag"]
    same = {"headers": {"If-None-Match": tag}}
    assert call(client, "GET", "/api/risk?account_id=A", **same).status_code == 304
    store(client, "11-07 09:00 +10 @ 21000\n11-07 09:05 -10 @ 20999")
    assert call(client, "GET", "/api/risk?account_id=A&wait=1", **same).status_code == 200


def test_a_feed_that_has_to_be_live_is_asked_for(client: Client) -> None:
    limit(client)
    for path in ("/api/risk", "/api/risk/gate"):
        assert_error(get(client, path, account_id="A", require="live"), 503, "FEED_STALE")


def test_text_is_an_aligned_table(client: Client) -> None:
    limit(client)
    lines = get(client, "/api/risk?account_id=A&format=text").text.splitlines()
    values = [line.split() for line in lines]
    assert values[0] == ["account_id", "A"]
    assert ["dll_remaining", "1000.0"] in values
    assert ["mll_level", "48000.0"] in values
    assert (
        len({line.index(said[1]) for line, said in zip(lines, values, strict=True) if said[1:]})
        == 1
    )
