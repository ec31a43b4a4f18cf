"""One scenario on both databases: every GET says the same, byte for byte."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import ExitStack
from random import Random
from typing import NamedTuple

import pytest
from werkzeug.test import TestResponse

from app.db import schema
from app.db.connection import Database
from app.factory import create_app
from app.services import access
from app.services.resources import Resources
from app.settings import Settings
from tests import streams
from tests.arrival import carry_out
from tests.bar_notes import minutes, put
from tests.blueprints.calls import call, exact, get, store
from tests.blueprints.orders import order, send
from tests.blueprints.routes import OPEN_PATHS, Route, routes
from tests.conftest import Client, Clock, resources_on
from tests.importers.files import trades

FILLS, EDITS, SEED = 50, 25, 20251107
DATES = ("2025-11-02", "2025-11-03", "2025-12-31")
WHOLE = "start=2025-01-01&end=2026-02-01"
CUTS = ("", "&tz=Asia/Kathmandu", "&calendar=session", "&basis=execution")
STATISTICS = ("symbol", "contract", "strategy", "side", "weekday", "hour", "day", "week")
PERIODS = tuple(f"date={day}{cut}&explain=true" for day in DATES for cut in CUTS)
FORMS = ("&format=csv", "&format=text")

# What else than the account each resource is asked; most have answers without it, too.
ASKED = {
    "/performance": ("", *(f"tz={zone}" for zone in ("UTC", "Asia/Kathmandu"))),
    "/performance/daily": PERIODS + tuple(f"date={DATES[0]}{form}" for form in FORMS),
    "/performance/weekly": PERIODS,
    "/performance/monthly": PERIODS,
    "/performance/history": tuple(
        f"interval={each}&{WHOLE}{cut}&limit=40"
        for each in ("tick", "trade", "hour", "day", "week", "month")
        for cut in (*CUTS[:3], "&symbol=MNQ", "&strategy=fade", "&fill=zero")
        if not (each in ("tick", "trade", "hour") and cut == "&fill=zero")
    ),
    "/performance/export": (f"interval=day&{WHOLE}", f"interval=trade&{WHOLE}"),
    "/positions": tuple(
        f"status={status}{more}"
        for status in ("all", "open", "closed")
        for more in ("", "&limit=3", "&symbol=CL", "&strategy=fade", "&side=SHORT", "&format=csv")
    ),
    "/positions/<position_id>": ("", "format=text"),
    "/statistics": ("", *CUTS[1:3], *(f"group_by={each}" for each in STATISTICS)),
    "/trades": tuple(
        f"{WHOLE}&type={kind}{more}"
        for kind in ("all", "filled", "pending", "cancelled", "rejected")
        for more in ("", "&limit=3", "&symbol=MNQ", "&strategy=breakout")
    ),
    "/trades/export": (WHOLE,),
    "/accounts/<account_id>/reconciliation": ("start=2025-11-01&end=2025-11-30",),
    "/history": tuple(f"symbol=MNQ&timeframe={each}" for each in ("1m", "5m")),
    "/udf/symbols": ("symbol=MNQZ5",),
    "/udf/search": ("query=MN&limit=20",),
    "/udf/history": ("symbol=MNQZ5&resolution=1&from=1762441000&to=1762450000",),
    "/udf/marks": ("symbol=MNQZ5&resolution=1D&from=1730000000&to=1770000000",),
    "/udf/timescale_marks": ("symbol=MNQZ5&resolution=1D&from=1730000000&to=1770000000",),
}
# The first two tell how the process and the machine are, and not what is stored; the last one is
# no answer but a socket.
PASSING = {"/api/health", "/api/metrics", "/ws"}
_DIFFERS_BY_REQUEST = re.compile(r'"request_id": ?"[^"]*"|"latency_ms": ?[0-9.]+')


class Side(NamedTuple):
    """A service on one database."""

    res: Resources
    client: Client


@pytest.fixture
def sides(
    sqlite_url: str, postgres_url: str, settings: Settings, clock: Clock
) -> Iterator[list[Side]]:
    """The same history in a service on SQLite and in one on PostgreSQL."""
    with ExitStack() as stack:
        found = []
        for url in (sqlite_url, postgres_url):
            db = Database(url)
            stack.callback(db.close)
            schema.upgrade(db)
            res = resources_on(db, clock)
            app = create_app(settings)
            app.extensions["resources"] = res
            secret = access.create_token(res, "tests", "admin", ())
            found.append(Side(res, Client(app.test_client(), secret)))
        yield found


def play(side: Side, clock: Clock) -> None:
    """Every way in: fills late, corrected and deleted; orders, cash, a file, bars, settings."""
    res, client = side
    clock.set("2026-01-05T18:00:00Z")
    rng = Random(SEED)
    seeds = [rng.getrandbits(32) for _ in range(FILLS + EDITS)]
    stream = streams._stream(streams.ALL, seeds[:FILLS])
    carry_out(res, "A", streams.Insert((stream[0],)))
    for operation in streams._history(stream, SEED, seeds[FILLS:]):
        carry_out(res, "A", operation)
    store(client, "11-06 09:00 +2 @ 21000 fee 1\n11-06 09:10 -1 @ 21010 fee 1", account_id="B")
    statuses = ("PENDING", "CANCELLED", "REJECTED")
    sent = [order(f"o{n}", each, f"2025-11-0{n}T15:00:00Z") for n, each in enumerate(statuses, 1)]
    send(client, *(each | {"account_id": "A"} for each in sent))
    cash = {"id": "c1", "amount": "250.5", "occurred_at": "2025-11-03T12:00:00Z"}
    exact(call(client, "POST", "/api/accounts/A/cash", json=cash))
    put(res, "MNQZ5", minutes("2025-11-06T15:00:00Z", *range(21_000, 21_030)))
    form = {"file": (io.BytesIO(trades({})), "t.csv")}
    sent_file = {"query_string": {"account_id": "B"}, "content_type": "multipart/form-data"}
    exact(call(client, "POST", "/api/imports", data=form, **sent_file))
    exact(call(client, "POST", "/api/account/switch", json={"account_id": "A"}))
    renamed = {"name": "Ünïcode", "starting_balance": "50000"}
    exact(call(client, "PUT", "/api/accounts/A", json=renamed))


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
    if "<position_id>" not in route.rule:
        return [""]
    items = exact(get(client, "/api/positions", account_id=account_id))["items"]
    return [each["id"] for each in items[:3]]


def said(answer: TestResponse) -> tuple[int, str, str | None]:
    """What an answer says, but for what belongs to one request, and the name of the database."""
    body = _DIFFERS_BY_REQUEST.sub("", answer.text).replace('"postgres', '"sqlite')
    return answer.status_code, body, answer.content_type


def pages(client: Client, path: str) -> Iterator[tuple[int, str, str | None]]:
    """An answer and those of the pages after it."""
    answer = get(client, path)
    yield said(answer)
    body = answer.get_json(silent=True)
    while isinstance(body, dict) and (cursor := body.get("next_cursor")):
        answer = get(client, f"{path}&cursor={cursor}")
        yield said(answer)
        body = answer.get_json(silent=True)


def differing(sides: list[Side], about: str = "") -> tuple[list[str], list[str]]:
    """The questions whose answers differ, and those that were not answered with 200."""
    (_, sqlite), (_, postgres) = sides
    found, refused = [], []
    for path in filter(re.compile(about).search, questions(sqlite)):
        answers = list(pages(sqlite, path))
        if answers[0][0] != 200:
            refused.append(path)
        if answers != list(pages(postgres, path)):
            found.append(path)
    return found, refused


def test_every_get_says_the_same_on_both_databases(sides: list[Side], clock: Clock) -> None:
    for side in sides:
        play(side, clock)
    assert differing(sides) == ([], [])


def test_an_answer_that_differs_in_one_letter_is_found(sides: list[Side], clock: Clock) -> None:
    for side in sides:
        play(side, clock)
    with sides[1].res.db.write() as conn:
        conn.exec_driver_sql("UPDATE positions SET strategy = 'Fade' WHERE strategy = 'fade'")
    found, _ = differing(sides, "^/positions")
    assert "/positions?account_id=A&status=closed&format=csv" in found
