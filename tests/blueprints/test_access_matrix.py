"""Every route against every kind of caller: who may use it, and which accounts are there for whom.

The routes are those of the application. A new one fails until `routes` says how it names its
account.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, Response
from flask import request as flask_request
from werkzeug.test import TestResponse

from app.blueprints import request, response, rights
from app.errors import InvalidParameter
from app.services import access
from app.services.callers import SCOPES
from app.services.resources import Resources
from tests.blueprints.calls import call, exact, figures, get, store
from tests.blueprints.errors import assert_error
from tests.blueprints.routes import Call, Route, calls_about, guarded, routes, unknown
from tests.blueprints.statements import Statements
from tests.conftest import Client, Clock

# Of one length, so that answers about them have one length, too.
HIDDEN, ABSENT = "HIDDEN", "ABSENT"
TRADES = """
    11-05 09:00 +1 @ 21000
    11-05 09:01 -1 @ 21001
    11-06 09:00 +1 @ 21000
    11-06 09:01 -1 @ 21001
    11-07 09:00 +1 @ 21000
"""
MINUTE_US = 60_000_000
_PASSING = ("X-Request-ID", "Server-Timing", "Date")


class Ids:
    """Things of HIDDEN that a caller may have heard of."""

    def __init__(self, admin: Client) -> None:
        listed = exact(get(admin, "/api/positions", account_id=HIDDEN, limit="1"))
        history = exact(get(admin, "/api/performance/history", account_id=HIDDEN, limit="1"))
        traded = exact(get(admin, "/api/trades", account_id=HIDDEN, limit="1"))
        self.cursors = {
            "/positions": listed["next_cursor"],
            "/trades": traded["next_cursor"],
            "": history["next_cursor"],
        }
        self.position_id: str = listed["items"][0]["id"]

    def of(self, route: Route) -> dict[str, str]:
        cursor = self.cursors.get(route.resource, self.cursors[""])
        return {"position_id": self.position_id, "execution_id": "e1", "cursor": cursor}


@pytest.fixture
def admin(client: Client) -> Client:
    """Who may do everything; the accounts MINE and HIDDEN have trades."""
    for account_id in ("MINE", HIDDEN):
        store(client, TRADES, account_id=account_id)
    return client


@pytest.fixture
def held(admin: Client, sqlite_res: Resources) -> dict[str, Client]:
    """A caller of each scope who is held to MINE, and is remembered."""
    app = admin.client.application
    secrets = {
        scope: access.create_token(sqlite_res, f"held-{scope}", scope, ("MINE",))
        for scope in SCOPES
    }
    callers: dict[str, Client] = {
        scope: Client(app.test_client(), secret) for scope, secret in secrets.items()
    }
    for caller in callers.values():
        exact(get(caller, "/api/session"))
    return callers


# --- Who may call --------------------------------------------------------------------------------


@pytest.mark.feature("PAM-AUTH-01")
def test_every_route_needs_a_good_token_but_those_that_the_contract_opens(
    app: Flask, sqlite_res: Resources, clock: Clock
) -> None:
    assert answered_without_a_good_token(app, sqlite_res, clock) == []


@pytest.mark.feature("PAM-AUTH-01")
def test_what_the_contract_opens_is_open(app: Flask) -> None:
    nobody = Client(app.test_client(), "")
    nobody.headers = {}
    for route in routes(app):
        if route.is_open and route.method != "POST":
            with call(nobody, route.method, route.path("MINE")) as answer:
                assert answer.status_code != 401, route
    assert_error(call(nobody, "POST", "/api/session", json={}), 400, "INVALID_BODY")


@pytest.mark.feature("PAM-AUTH-01")
def test_a_route_that_was_opened_by_mistake_is_found(
    app: Flask, sqlite_res: Resources, clock: Clock
) -> None:
    app.add_url_rule("/api/opened", view_func=rights.open_to_all(lambda: response.ok({})))
    found = answered_without_a_good_token(app, sqlite_res, clock)
    assert found == [Route("GET", "/api/opened"), Route("HEAD", "/api/opened")]


def answered_without_a_good_token(app: Flask, res: Resources, clock: Clock) -> list[Route]:
    """The routes that answer something else than 401 and are not opened by the contract."""
    revoked = access.create_token(res, "revoked", "admin", ())
    access.revoke_token(res, "revoked")
    callers = [Client(app.test_client(), secret) for secret in ("tpa_" + "x" * 43, revoked, "")]
    callers[-1].headers = {}
    found = []
    for route in guarded(app):
        clock.now_us += MINUTE_US  # So that none of these is one failed login too many.
        answers = [call(caller, route.method, route.path("MINE"), json={}) for caller in callers]
        if {each.status_code for each in answers} != {401}:
            found.append(route)
    return found


@pytest.mark.feature("PAM-AUTH-01")
def test_each_route_takes_callers_from_its_scope_on(
    admin: Client, held: dict[str, Client], subtests: pytest.Subtests
) -> None:
    for route in guarded(admin.client.application):
        for scope, caller in held.items():
            with subtests.test(method=route.method, rule=route.rule, scope=scope):
                answer = call(caller, route.method, route.path("MINE"))
                assert (answer.status_code == 403) is not reaches(scope, route)
                assert answer.status_code != 401


def reaches(scope: str, route: Route) -> bool:
    order = [str(each) for each in SCOPES]
    return order.index(scope) >= order.index(route.scope)


# --- Accounts that a caller may not see ----------------------------------------------------------


def test_it_is_known_of_every_route_how_it_names_its_account(app: Flask) -> None:
    assert unknown(app) == []


def test_a_route_that_is_new_is_found(app: Flask) -> None:
    app.add_url_rule("/api/new", view_func=lambda: response.ok({}))
    assert unknown(app) == [Route("GET", "/api/new"), Route("HEAD", "/api/new")]


@pytest.mark.feature("PAM-AUTH-01", "PAM-ERR-01")
def test_a_hidden_account_answers_as_none_does_before_any_other_fault(
    admin: Client,
    held: dict[str, Client],
    monkeypatch: pytest.MonkeyPatch,
    subtests: pytest.Subtests,
) -> None:
    ids, statements = Ids(admin), Statements(monkeypatch)
    version = figures(admin, "daily", account_id=HIDDEN)["version"]
    for route in guarded(admin.client.application):
        for scope, caller in held.items():
            with subtests.test(method=route.method, rule=route.rule, scope=scope):
                for hidden, absent in pairs(route, ids):
                    assert_hides(caller, hidden, absent, statements, allowed=reaches(scope, route))
    assert figures(admin, "daily", account_id=HIDDEN)["version"] == version


def pairs(route: Route, ids: Ids) -> Iterator[tuple[Call, Call]]:
    """A route's calls about the account that is hidden, each with the same about one that is not
    there.
    """
    if not route.names_account:
        return
    of = ids.of(route)
    yield from zip(calls_about(route, HIDDEN, **of), calls_about(route, ABSENT, **of), strict=True)


def assert_hides(
    caller: Client, hidden: Call, absent: Call, statements: Statements, *, allowed: bool
) -> None:
    """Nothing in two answers, nor their cost, tells which account is there."""
    status, code = (404, "ACCOUNT_NOT_FOUND") if allowed else (403, "FORBIDDEN")
    statements.taken()
    answers, costs = [], []
    for each in (hidden, absent):
        answers.append(call(caller, each.method, each.path, **each.options))
        costs.append(statements.taken())
    if hidden.method == "HEAD":
        assert answers[0].status_code == status
    else:
        assert_error(answers[0], status, code)
    assert all_but_ids(answers[0]) == all_but_ids(answers[1])
    assert costs[0] == costs[1]


def all_but_ids(answer: TestResponse) -> tuple[int, str, list[tuple[str, str]]]:
    """All of an answer but the account that was asked for, its request id and its times."""
    said = answer.text.replace(answer.headers["X-Request-ID"], "").replace(ABSENT, HIDDEN)
    headers = [(name, value) for name, value in answer.headers if name not in _PASSING]
    return answer.status_code, said, headers


@pytest.mark.parametrize(("view", "fault"), [("forgets", ""), ("asks_late", "&foo=1")])
def test_a_route_that_forgets_to_ask_or_asks_late_is_found(
    admin: Client, held: dict[str, Client], monkeypatch: pytest.MonkeyPatch, view: str, fault: str
) -> None:
    views = {"forgets": forgets, "asks_late": asks_late}
    admin.client.application.view_functions["health.summary"] = views[view]
    assert get(admin, "/api/health", account_id=HIDDEN).status_code == 200
    hidden, absent = (
        Call("GET", f"/api/health?account_id={each}{fault}", {}) for each in (HIDDEN, ABSENT)
    )
    statements = Statements(monkeypatch)
    with pytest.raises(AssertionError):
        assert_hides(held["read"], hidden, absent, statements, allowed=True)


def forgets() -> Response:
    """A view that looks an account up past the one function that asks who may see it."""
    found = access.state(request.resources(), flask_request.args["account_id"]).account
    return response.ok({"version": found.version if found else None})


def asks_late() -> Response:
    """A view that names another fault of the request first."""
    if set(flask_request.args) != {"account_id"}:
        raise InvalidParameter("there is no such parameter")
    return response.ok({"version": request.account(flask_request.args["account_id"]).version})


@pytest.mark.feature("PAM-AUTH-01")
def test_what_is_about_no_account_says_nothing_of_a_hidden_one(
    admin: Client, held: dict[str, Client]
) -> None:
    for route in guarded(admin.client.application):
        if not route.names_account and route.method == "GET":
            assert HIDDEN not in get(held["admin"], route.path("MINE")).text


@pytest.mark.feature("PAM-AUTH-01", "PAM-ERR-01")
def test_a_cursor_and_an_id_of_a_hidden_account_open_nothing(
    admin: Client, held: dict[str, Client]
) -> None:
    ids, caller = Ids(admin), held["read"]
    for path in ("/performance/history", "/positions", "/trades", "/imports"):
        cursor = ids.of(Route("GET", path))["cursor"]
        # Nor does it in an account of one's own, for whoever may see both.
        for who in (caller, admin):
            answer = get(who, f"/api{path}", account_id="MINE", cursor=cursor)
            assert HIDDEN not in assert_error(answer, 400, "INVALID_CURSOR")["message"]
    hidden, none = (
        get(caller, f"/api/positions/{each}", account_id="MINE")
        for each in (ids.position_id, "0" * len(ids.position_id))
    )
    assert_error(hidden, 404, "NOT_FOUND")
    assert hidden.text.replace(ids.position_id, "0" * len(ids.position_id)).replace(
        hidden.headers["X-Request-ID"], ""
    ) == none.text.replace(none.headers["X-Request-ID"], "")


@pytest.mark.feature("PAM-AUTH-01")
def test_who_is_held_to_accounts_neither_changes_nor_makes_another(
    admin: Client, held: dict[str, Client]
) -> None:
    for account_id in (HIDDEN, ABSENT):
        answer = call(held["admin"], "PUT", f"/api/accounts/{account_id}", json={"name": "taken"})
        assert_error(answer, 404, "ACCOUNT_NOT_FOUND")
    exact(call(held["admin"], "PUT", "/api/accounts/MINE", json={"name": "changed"}))
    names = {each["id"]: each["name"] for each in exact(get(admin, "/api/accounts"))}
    assert names == {"MINE": "changed", HIDDEN: HIDDEN}
