"""One scenario on both databases: every GET says the same, byte for byte."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from random import Random
from typing import NamedTuple

import pytest
from werkzeug.test import TestResponse

from app.db.connection import Database
from app.domain.bars import SECONDS
from app.factory import create_app
from app.realtime.source import Subject
from app.services import access, accounts
from app.services.live import Live
from app.services.resources import Resources
from app.settings import Settings
from tests import streams
from tests.arrival import carry_out, record
from tests.bar_notes import minutes, put
from tests.blueprints import every_question
from tests.blueprints.calls import call, exact, get, store
from tests.blueprints.every_question import questions, unasked
from tests.blueprints.orders import order, send
from tests.conftest import Client, Clock, resources_on
from tests.figures import figure, reached
from tests.importers.files import trades
from tests.oracle import Fill

FILLS, EDITS, SEED = 50, 25, 20251107
# A long run takes more of them.
MANY = figure("BOTH_DATABASES_FILLS", 200)
AT_ONCE = 100
EVENTS_MAX = 10_000
# Of each of the questions about many; a few pages more would say nothing new.
PAGES_MAX = 4
LIMITS = {"daily_loss_limit": "1000", "max_loss_limit": "2000"}
PRICES = dict.fromkeys(("open", "high", "low", "close"), 21_000)
BAR = {"symbol": "MNQZ5", "bars": [{"timestamp": "2025-11-05T23:00:00Z", **PRICES, "volume": 1}]}
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
    for timeframe in SECONDS:
        exact(call(client, "POST", "/api/bars", json={"timeframe": timeframe, **BAR}))
    form = {"file": (io.BytesIO(trades({})), "t.csv")}
    sent_file = {"query_string": {"account_id": "B"}, "content_type": "multipart/form-data"}
    exact(call(client, "POST", "/api/imports", data=form, **sent_file))
    exact(call(client, "POST", "/api/account/switch", json={"account_id": "A"}))
    renamed = {"name": "Ünïcode", "starting_balance": "50000", "risk": LIMITS}
    exact(call(client, "PUT", "/api/accounts/A", json=renamed))


def many(side: Side, fills: Sequence[Fill]) -> None:
    """Many fills of one account, some batches late, some fills taken out and corrected."""
    batches = [fills[n : n + AT_ONCE] for n in range(0, len(fills), AT_ONCE)]
    for batch in (*batches[::2], *batches[1::2]):
        record(side.res, "B", batch)
    for fill in fills[::251]:
        carry_out(side.res, "B", streams.Delete(fill.execution_id))
    for fill in fills[1::251]:
        carry_out(side.res, "B", streams.Replace(fill._replace(quantity=fill.quantity + 1)))


def said(answer: TestResponse) -> tuple[int, str, str | None]:
    """What an answer says, but for what belongs to one request, and the name of the database."""
    body = _DIFFERS_BY_REQUEST.sub("", answer.text).replace('"postgres', '"sqlite')
    return answer.status_code, body, answer.content_type


def pages(client: Client, path: str) -> Iterator[tuple[int, str, str | None]]:
    """An answer and those of the pages after it."""
    answer = get(client, path)
    yield said(answer)
    body = answer.get_json(silent=True)
    for _ in range(PAGES_MAX):
        if not isinstance(body, dict) or not (cursor := body.get("next_cursor")):
            return
        answer = get(client, f"{path}&cursor={cursor}")
        yield said(answer)
        body = answer.get_json(silent=True)


def differing(sides: list[Side], about: str = "") -> tuple[list[str], list[str]]:
    """The questions whose answers differ, and those that were not answered with 200."""
    (_, sqlite), (_, postgres) = sides
    found, refused = [], []
    for path in filter(re.compile(about).search, questions(sqlite)):
        answers = list(pages(sqlite, path))
        # The gate is there to refuse.
        if answers[0][0] != 200 and "/risk/gate" not in path:
            refused.append(path)
        if answers != list(pages(postgres, path)):
            found.append(path)
    return found, refused


def told_live(side: Side, account_id: str) -> list[tuple[int, Sequence[bytes]]]:
    """What a socket is told of an account: how it stands, and all that happened to it."""
    with side.res.db.read() as conn:
        key = accounts.load(conn, account_id).account_key
    live, subject = Live(side.res), Subject(key, account_id)
    told = [live.snapshot(subject), *live.after(subject, 0, EVENTS_MAX)]
    return [(each.seq, each.messages) for each in told]


def test_every_get_says_the_same_on_both_databases(sides: list[Side], clock: Clock) -> None:
    rng = Random(SEED)
    stream = streams._stream(streams.ALL, [rng.getrandbits(32) for _ in range(MANY)])
    for side in sides:
        play(side, clock)
        many(side, stream)
    assert differing(sides) == ([], [])
    for account_id in ("A", "B"):
        sqlite, postgres = (told_live(side, account_id) for side in sides)
        assert sqlite == postgres
    reached(f"{MANY} fills and {len(list(questions(sides[0].client)))} questions")


def test_every_resource_is_asked_by_every_parameter_and_value(
    sides: list[Side], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(sides[0], clock)
    assert unasked(sides[0].client) == []
    fewer = {**every_question.ASKED, "/udf/search": ("query=MN&limit=20",)}
    monkeypatch.setattr(every_question, "ASKED", fewer)
    assert unasked(sides[0].client) == ["/api/udf/search?type=", "/api/udf/search?exchange="]


def test_an_answer_that_differs_in_one_letter_is_found(sides: list[Side], clock: Clock) -> None:
    for side in sides:
        play(side, clock)
    with sides[1].res.db.write() as conn:
        conn.exec_driver_sql("UPDATE positions SET strategy = 'Fade' WHERE strategy = 'fade'")
    found, _ = differing(sides, "^/api/positions.*csv")
    assert "/api/positions?account_id=A&status=closed&format=csv" in found
