"""How many statements an answer costs, so that no poll ever costs more unnoticed."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.blueprints.calls import call, exact, get, store
from tests.blueprints.statements import Statements
from tests.conftest import Client, Clock
from tests.databases import CHOSEN

TRADE = "11-07 09:00 +1 @ 21000\n11-07 09:10 -1 @ 21010"
PERIODS = ("daily", "weekly", "monthly")

# At most how many statements an answer that nobody has yet costs, whatever the account holds: the
# look-up that begins every request, then in one snapshot the account as it stands, and the rest.
MADE = {
    "/api/performance": 8,
    "/api/performance/daily": 3,
    "/api/performance/weekly": 3,
    "/api/performance/monthly": 3,
    "/api/performance/history": 10,
    "/api/performance/export": 10,
    # Three for what is known of a contract's bars, and where they are, one for each position's.
    "/api/positions": 11,
    "/api/positions/<position_id>": 7,
    "/api/statistics": 18,
    "/api/trades": 9,
    "/api/trades/export": 7,
    "/api/statistics/definitions": 1,
    "/api/accounts": 4,
    "/api/account/info": 7,
    "/api/accounts/<account_id>/reconciliation": 4,
    "/api/imports": 3,
    # Here without limits; with them each contract traded in the session costs another statement.
    "/api/risk": 12,
    "/api/risk/gate": 12,
    "/api/risk/presets": 1,
    "/api/instruments": 2,
    "/api/history": 5,
    "/api/udf/config": 2,
    "/api/udf/symbols": 2,
    "/api/udf/search": 3,
    "/api/udf/history": 7,
    "/api/udf/marks": 5,
    "/api/udf/timescale_marks": 5,
    "/api/udf/time": 1,
    "/api/session": 1,
    # Both with how the sync stands.
    "/api/health": 7,
    "/api/metrics": 1,
    # A server is asked for its size, where a file has one.
    "/metrics": 3 if CHOSEN == "sqlite" else 4,
    "/health/live": 0,
    "/health/ready": 3,
    "/openapi.json": 0,
}
# Answers that are kept, and so cost one statement from then on.
KEPT = {
    *("/api/performance", "/api/performance/daily", "/api/performance/weekly"),
    *("/api/performance/monthly", "/api/performance/history", "/api/positions"),
    *("/api/positions/<position_id>", "/api/statistics", "/api/imports", "/api/trades"),
    *("/api/accounts/<account_id>/reconciliation", "/api/udf/marks", "/api/udf/timescale_marks"),
    "/api/risk",
}
FILES = ("/docs", "/dashboard")
SOCKETS = ("/ws",)
HAVE_AN_ACCOUNT = (
    *("/api/performance", "/api/positions", "/api/statistics", "/api/trades", "/api/imports"),
    "/api/risk",
)
DAY_OF_UDF = "symbol=MNQZ5&resolution=1&from=1762473600&to=1762560000"
UDF = {
    "symbols": "?symbol=MNQZ5",
    "search": "?query=MNQ",
    "history": f"?{DAY_OF_UDF}",
    "marks": f"?account_id=A&{DAY_OF_UDF}",
    "timescale_marks": f"?account_id=A&{DAY_OF_UDF}",
}
MINUTE = {"timestamp": "2025-11-07T15:00:00Z", "open": 1, "high": 1, "low": 1, "close": 1}
BARS = {"symbol": "MNQZ5", "timeframe": "1m", "bars": [MINUTE | {"volume": 1}]}
MANY_TRADES = "\n".join(
    f"11-{day:02} {hour:02}:{minute:02} {quantity} {contract} @ {price}"
    for day in range(3, 8)
    for hour, contract in enumerate(("MNQZ5", "MESZ5", "MNQH6"), start=9)
    for minute, quantity, price in ((0, "+2", 6000), (10, "-1", 6001), (20, "-1", 6002))
)


@pytest.fixture
def caller(client: Client) -> Client:
    """A caller that is remembered, with a trade in account A."""
    store(client, TRADE)
    get(client, "/api/performance/history?account_id=A")
    return client


def path_of(client: Client, rule: str) -> str:
    """Where the rule's resource of account A is."""
    if "<position_id>" in rule:
        newest = exact(get(client, "/api/positions?account_id=A&limit=1"))["items"][0]
        rule = rule.replace("<position_id>", newest["id"])
    rule = rule.replace("<account_id>", "A")
    if rule == "/api/history":
        return f"{rule}?symbol=MNQ&timeframe=1m"
    if rule.startswith("/api/udf/"):
        return rule + UDF.get(rule.rpartition("/")[2], "")
    has_account = rule.startswith(HAVE_AN_ACCOUNT)
    is_of_none = rule.endswith(("/definitions", "/presets"))
    return f"{rule}?account_id=A" if has_account and not is_of_none else rule


def test_every_resource_that_is_read_says_what_it_costs(app: Flask) -> None:
    read = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    # Some answer at the root, too, from the same view; files cost no statement, and sockets are
    # no answers.
    resources = {rule.rule for rule in read if not rule.endpoint.startswith("root_")}
    assert {rule for rule in resources if not rule.startswith(FILES + SOCKETS)} == {*MADE}


@pytest.mark.feature("TPA-04")
@pytest.mark.parametrize("trades", [TRADE, MANY_TRADES])
@pytest.mark.parametrize("rule", MADE)
def test_an_answer_that_is_made_costs_a_few_statements(
    client: Client, monkeypatch: pytest.MonkeyPatch, rule: str, trades: str
) -> None:
    store(client, trades)
    call(client, "POST", "/api/bars", json=BARS)
    path = path_of(client, rule)
    get(client, "/api/instruments")  # The caller is remembered from here on.
    statements = Statements(monkeypatch)
    assert get(client, path).status_code == 200
    assert statements.taken() <= MADE[rule]


@pytest.mark.feature("TPA-06")
@pytest.mark.parametrize("rule", sorted(KEPT))
def test_an_answer_that_is_kept_costs_one_statement(
    caller: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    clock.set("2025-11-07T18:00:30Z")  # A window that ends now is kept to the end of the minute.
    path = path_of(caller, rule)
    tag = call(caller, "GET", path).headers["ETag"]
    statements = Statements(monkeypatch)
    exact(call(caller, "GET", path))
    assert statements.taken() == 1
    assert call(caller, "GET", path, headers={"If-None-Match": tag}).status_code == 304
    assert statements.taken() == 1


def test_a_page_of_an_account_is_asked_for_by_no_more_statements_than_its_first(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(client, MANY_TRADES)
    for path in ("/api/positions", "/api/performance/history"):
        first = exact(get(client, path, account_id="A", limit="2"))
        statements = Statements(monkeypatch)
        exact(get(client, path, account_id="A", limit="2", cursor=first["next_cursor"]))
        assert statements.taken() <= MADE[path]


@pytest.mark.parametrize("number", [1, 4])
def test_more_accounts_cost_no_more_statements(
    client: Client, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    for n in range(number):
        store(client, TRADE, account_id=f"A{n}")
    get(client, "/api/instruments")
    statements = Statements(monkeypatch)
    assert len(exact(get(client, "/api/accounts"))) == number
    assert statements.taken() <= MADE["/api/accounts"]
