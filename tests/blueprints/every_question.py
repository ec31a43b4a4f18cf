"""Every GET that there is, asked in every way that its description names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from tests.blueprints.calls import exact, get
from tests.blueprints.routes import OPEN_PATHS, Route, routes
from tests.conftest import Client

DATES = ("2025-11-02", "2025-11-03", "2025-12-31")
WHOLE = "start=2025-01-01&end=2026-02-01"
WINDOWS = (WHOLE, "start=2025-11-02T05:30:00Z&end=2025-11-03T00:00:00.5%2B05:45")
CUTS = ("", "&tz=Asia/Kathmandu", "&calendar=session", "&calendar=civil", "&basis=execution")
BASES = ("&basis=position", *CUTS[1:])
FORMS = ("", *(f"&format={each}" for each in ("csv", "text", "ndjson", "json")))
KINDS = ("all", "filled", "pending", "cancelled", "rejected")
INTERVALS = ("tick", "trade", "hour", "day", "week", "month")
NAMES = ("hourly", "daily", "weekly", "monthly")
GROUPS = ("symbol", "contract", "strategy", "side", "weekday", "hour", "day", "week", "month")
RESOLUTIONS = ("1S", "5S", "1", "5", "15", "60", "1D")
PERIODS = (
    *(f"date={day}{cut}&explain=true" for day in DATES for cut in (*CUTS, BASES[0])),
    *(f"date={DATES[0]}{form}" for form in FORMS),
)
HISTORIES = tuple(
    f"interval={each}&{WHOLE}{cut}&limit=40"
    for each in INTERVALS
    for cut in (*BASES, "&symbol=MNQ", "&strategy=fade", "&fill=zero", "&explain=true")
    if not (each in ("tick", "trade", "hour") and cut == "&fill=zero")
    and not (each == "trade" and cut == "&basis=execution")
    and not (each == "tick" and cut == "&basis=position")
)

# What else than the account each resource is asked; the others have answers to nothing more.
ASKED: Mapping[str, Sequence[str]] = {
    "/performance": ("", *(f"{cut}&explain=true" for cut in BASES), *FORMS),
    "/performance/daily": PERIODS,
    "/performance/weekly": PERIODS,
    "/performance/monthly": PERIODS,
    "/performance/history": (
        *HISTORIES,
        *(f"interval=day&{WINDOWS[1]}{cut}{form}" for cut in BASES for form in FORMS),
        *(f"interval={each}&{WHOLE}" for each in NAMES),
    ),
    "/performance/export": (
        *(f"interval={each}&{WHOLE}" for each in INTERVALS + NAMES),
        *(f"interval=day&{WINDOWS[1]}{cut}&format=csv" for cut in BASES),
        *(f"{WHOLE}{more}" for more in ("&symbol=MNQ", "&strategy=fade", "&fill=zero")),
    ),
    "/positions": (
        *(
            f"status={status}{more}"
            for status in ("all", "open", "closed")
            for more in ("", "&limit=3", "&symbol=CL", "&strategy=fade", *FORMS)
        ),
        *(f"side={side}&{window}" for side in ("SHORT", "LONG") for window in WINDOWS),
    ),
    "/positions/<position_id>": FORMS,
    "/statistics": (
        *(*FORMS, *CUTS[1:4], "side=LONG", "side=SHORT", "symbol=MNQ", "strategy=fade"),
        *WINDOWS,
        *(f"group_by={each}" for each in (*GROUPS, "holding_time")),
    ),
    "/trades": tuple(
        f"{WHOLE}&type={kind}{more}"
        for kind in KINDS
        for more in ("", "&limit=3", "&symbol=MNQ", "&strategy=breakout", *FORMS)
    ),
    "/trades/export": (
        *(f"{WHOLE}&type={kind}" for kind in KINDS),
        *(f"{WINDOWS[1]}&format={form}" for form in ("csv", "ndjson")),
        *(f"{WHOLE}{more}" for more in ("&symbol=MNQ", "&strategy=fade")),
    ),
    "/imports": ("", "limit=1", *FORMS),
    "/risk": ("", *FORMS),
    "/accounts/<account_id>/reconciliation": tuple(
        f"start=2025-11-01&end=2025-11-30{form}" for form in FORMS
    ),
    "/history": (
        *(f"symbol=MNQ&timeframe={each}" for each in ("1s", "5s", "1m", "5m", "15m", "1h", "1d")),
        *(f"symbol=MNQZ5&timeframe=1m&limit=3{form}" for form in FORMS),
        "symbol=MNQ&timeframe=1m&end=2025-11-06T15:10:00Z&live=false&adjust=false",
    ),
    "/udf/symbols": ("symbol=MNQZ5", "symbol=MNQ"),
    "/udf/search": ("query=MN&limit=20", "query=&type=futures&exchange=CME&limit=5"),
    "/udf/history": (
        *(f"symbol=MNQZ5&resolution={each}&from=1762441000&to=1762450000" for each in RESOLUTIONS),
        "symbol=MNQ&resolution=1&from=1762441000&to=1762450000&countback=7&currencyCode=USD",
    ),
    **{
        f"/udf/{marks}": tuple(
            f"symbol=MNQZ5&resolution={each}&from=1730000000&to=1770000000" for each in RESOLUTIONS
        )
        for marks in ("marks", "timescale_marks")
    },
}
# These tell how the process and the machine are, and not what is stored; and a socket is no answer.
PASSING = {"/api/health", "/api/metrics", "/ws"}
# Pages are followed to their end; the others ask when to answer, and not what, or of whom.
NOT_ASKED = {"cursor", "wait", "require", "account_id"}


def questions(client: Client) -> Iterator[str]:
    """Every path that is read, about each account, asked in every way."""
    for route in routes(client.client.application):
        if route.method != "GET" or OPEN_PATHS.fullmatch(route.rule) or route.rule in PASSING:
            continue
        for account_id in ("A", "B"):
            for position_id in position_ids(client, route, account_id):
                path = route.path(account_id, position_id=position_id)
                joint = "&" if "?" in path else "?"
                asked = ASKED.get(route.resource, ("",))
                # At the root the same views answer.
                asked = asked if route.rule.startswith("/api/") else asked[-1:]
                yield from (f"{path}{joint}{each.lstrip('&')}" for each in asked)


def position_ids(client: Client, route: Route, account_id: str) -> list[str]:
    """Some positions of the account, where the route is about one."""
    if "<position_id>" not in route.rule:
        return [""]
    items = exact(get(client, "/api/positions", account_id=account_id))["items"]
    return [each["id"] for each in items[:3]]


def unasked(client: Client) -> list[str]:
    """What the description of the API names and no question has: resources, parameters, values."""
    document = exact(get(client, "/openapi.json"))
    asked = list(questions(client))
    return [
        wanted
        for path, operations in document["paths"].items()
        if path.startswith("/api/") and path not in PASSING and "get" in operations
        for wanted in chain([path], _wanted(document, path, operations["get"]))
        if not any(_has(each, wanted) for each in asked)
    ]


def _wanted(document: Any, path: str, operation: Any) -> Iterator[str]:
    for parameter in operation.get("parameters", []):
        if "$ref" in parameter:
            name = parameter["$ref"].rpartition("/")[2]
            parameter = document["components"]["parameters"][name]  # noqa: PLW2901
        if parameter["in"] == "query" and parameter["name"] not in NOT_ASKED:
            for value in parameter["schema"].get("enum", [""]):
                yield f"{path}?{parameter['name']}={value}"


def _has(question: str, wanted: str) -> bool:
    path, _, said = question.partition("?")
    template, _, parameter = wanted.partition("?")
    is_path = re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    return bool(is_path) and any(each.startswith(parameter) for each in said.split("&"))
