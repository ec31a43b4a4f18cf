"""/api/risk and its gate, by hand: limits, the way to them, and what is not known."""

from __future__ import annotations

from typing import Any

import pytest

from app.db import accounts as account_rows
from app.services.resources import Resources
from tests.bar_notes import minutes, put
from tests.blueprints.calls import assert_has, call, exact, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import NOON, Client, Clock

LIMITS = {"daily_loss_limit": "1000", "max_loss_limit": "2000"}


def limit(client: Client, **terms: Any) -> None:
    """Hold account A, which began with 50,000, to some terms."""
    sent = {"starting_balance": "50000", "risk": terms or LIMITS}
    exact(call(client, "PUT", "/api/accounts/A", json=sent))


def risk(client: Client) -> Any:
    return exact(get(client, "/api/risk?account_id=A"))


def gate(client: Client) -> tuple[int, str]:
    """The status, and the code of a failure."""
    answer = get(client, "/api/risk/gate?account_id=A")
    return answer.status_code, answer.get_json().get("error", {}).get("code", "")


def test_a_quiet_account_is_open(client: Client) -> None:
    limit(client)
    body = risk(client)
    assert_has(body, balance="50000.0", equity="50000.0", compliance=True, violations=[])
    assert_has(body["dll"], limit="1000.0", used="0.0", remaining="1000.0", level="49000.0")
    assert_has(body["mll"], limit="2000.0", used="0.0", remaining="2000.0", level="48000.0")
    assert gate(client) == (200, "")
    assert exact(get(client, "/api/risk/gate?account_id=A")) == {"allowed": True, "limits": 2}


def test_a_daily_loss_stays_reached_until_its_session_ends(client: Client, clock: Clock) -> None:
    limit(client)
    store(client, "11-07 09:00 +10 @ 21000\n11-07 09:05 -10 @ 20950")
    store(client, "11-07 09:10 +10 @ 20950\n11-07 09:15 -10 @ 20999", prefix="f")
    body = risk(client)
    assert_has(body["dll"], used="20.0", violated=True, reached_at="2025-11-07T15:05:00Z")
    assert body["compliance"] is False
    assert gate(client) == (409, "RISK_LIMIT_REACHED")
    clock.set("2025-11-07T22:59:59Z")
    assert gate(client) == (409, "RISK_LIMIT_REACHED")
    clock.set("2025-11-07T23:00:00Z")
    assert gate(client) == (200, "")


def test_marks_reach_a_limit_and_recovering_does_not_undo_it(
    client: Client, sqlite_res: Resources, clock: Clock
) -> None:
    limit(client)
    clock.set("2025-11-07T15:00:30Z")
    store(client, "11-07 09:00 +10 @ 21000")
    assert gate(client) == (503, "RISK_UNKNOWN")
    assert risk(client)["unknown"] == ["mark"]
    clock.set("2025-11-07T15:01:30Z")
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 21010))
    assert_has(risk(client), unrealized_pnl="200.0", equity="50200.0", data_age_s="30.0")
    assert gate(client) == (200, "")
    clock.set("2025-11-07T15:03:00Z")
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:01:00Z", 20950, 21020))
    body = risk(client)
    assert_has(body, unrealized_pnl="400.0", compliance=False)
    assert_has(body["dll"], used="0.0", reached_at="2025-11-07T15:02:00Z")
    assert gate(client) == (409, "RISK_LIMIT_REACHED")


def test_no_limits_are_an_open_gate_whatever_is_unknown(client: Client) -> None:
    store(client, "11-07 09:00 +10 @ 21000")
    assert exact(get(client, "/api/risk/gate?account_id=A")) == {"allowed": True, "limits": 0}
    body = risk(client)
    assert_has(body, dll=None, mll=None, compliance=True, equity=None, unknown=["mark"])


@pytest.mark.parametrize(
    ("highest", "level"), [("51500", "49500.0"), ("53000", "50000.0"), ("49000", "48000.0")]
)
def test_the_floor_follows_the_highest_end_of_a_session_up_to_the_start(
    client: Client, highest: str, level: str
) -> None:
    limit(client)
    price = 21000 + (int(highest) - 50000) / 20
    store(client, f"11-05 09:00 +10 @ 21000\n11-05 09:05 -10 @ {price}")
    body = risk(client)
    assert body["mll"]["level"] == level
    assert body["highest_eod_balance"] == f"{max(50000, int(highest))}.0"


def test_a_maximum_loss_stays_reached_until_it_is_lifted(client: Client) -> None:
    limit(client)
    store(client, "11-05 09:00 +10 @ 21000\n11-05 09:05 -10 @ 20900")
    store(client, "11-06 09:00 +10 @ 21000\n11-06 09:05 -10 @ 21200", prefix="f")
    body = risk(client)
    assert_has(body["mll"], violated=True, used="0.0", reached_at="2025-11-05T15:05:00Z")
    (found,) = body["violations"]
    assert found["equity"] == "48000.0"
    sent = {"account_id": "A"}
    lifted = exact(call(client, "POST", "/api/risk/reset", json=sent))
    assert_has(lifted, reset_by="tests", violated=False)
    assert gate(client) == (200, "")
    assert_error(call(client, "POST", "/api/risk/reset", json=sent), 409, "CONFLICT")


def test_a_broker_s_balance_that_differs_while_flat_is_not_known(
    client: Client, sqlite_res: Resources
) -> None:
    limit(client)
    store(client, "11-07 09:00 +1 @ 21000\n11-07 09:05 -1 @ 21001")
    for micros, status in ((50_002_010_000, 200), (50_002_010_001, 503)):
        with sqlite_res.db.write() as conn:
            account_rows.set_broker_balance(conn, 1, micros)
            account_rows.advance(conn, 1, event="account", now_us=NOON)
        assert gate(client)[0] == status


def test_a_stale_feed_is_not_known_and_a_known_violation_beats_it(
    client: Client, sqlite_res: Resources, clock: Clock
) -> None:
    limit(client)
    with sqlite_res.db.write() as conn:
        account_rows.heard(conn, 1, NOON, 30_000_000)
    assert gate(client) == (200, "")
    clock.set("2025-11-07T18:00:31Z")
    assert gate(client) == (503, "RISK_UNKNOWN")
    store(client, "11-07 09:00 +10 @ 21000\n11-07 09:05 -10 @ 20950")
    assert gate(client) == (409, "RISK_LIMIT_REACHED")
