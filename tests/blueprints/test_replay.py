"""Answers that are given again before Flask is asked are those that Flask would give."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.db import accounts
from app.db.state import State
from app.domain import instants
from app.domain.accounts import Account
from app.errors import DatabaseUnavailable
from app.factory import create_app
from app.services import access
from app.services.lasting import Lasting, Replays
from app.services.resources import Resources
from app.settings import Settings
from tests.bar_notes import minutes, put
from tests.blueprints.calls import call, exact, fills, get, store
from tests.blueprints.statements import Statements
from tests.conftest import Client, Clock

NOW = "2025-11-07T15:30:00Z"
HELD = "11-07 09:00 +2 @ 21000\n11-07 09:05 -1 @ 21004 fee 1"
DAILY = "/api/performance/daily?account_id=A"
PATHS = (
    *(DAILY, f"{DAILY}&date=2025-11-07&tz=Asia/Tokyo", f"{DAILY}&require=live"),
    *(f"/api/performance/{each}?account_id=A" for each in ("weekly", "monthly", "history")),
    *("/api/performance?account_id=A", "/api/performance/daily", "/api/risk?account_id=A"),
    *("/api/positions?account_id=A", "/api/trades?account_id=A", "/api/statistics?account_id=A"),
    *("/api/imports?account_id=A", "/api/accounts/A/reconciliation", f"{DAILY}&format=csv"),
    f"{DAILY}&require=live&date=2025-11-06",
)
TOLD_OF_ONE = {"X-Request-ID", "Server-Timing", "X-Cache"}
STEPS_S = (0, 0, 0, 1, 20, 31, 61, 600, 11_000, 90_000, -1, -4_000)


class Hits:
    """How many answers were given again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number = 0
        found = Replays.get

        def counted(replays: Replays[Any], res: Resources, name: str) -> Any:
            answer = found(replays, res, name)
            self.number += answer is not None
            return answer

        monkeypatch.setattr(Replays, "get", counted)


@pytest.fixture
def hits(monkeypatch: pytest.MonkeyPatch) -> Hits:
    return Hits(monkeypatch)


@pytest.fixture
def flask_alone(client: Client, settings: Settings, sqlite_res: Resources) -> Client:
    """The same caller of the same service, with nothing in front of Flask."""
    app = create_app(settings)
    app.extensions["resources"] = sqlite_res
    app.wsgi_app = partial(Flask.wsgi_app, app)  # type: ignore[method-assign]
    alone = Client(app.test_client(), "")
    alone.headers = client.headers
    return alone


class Life:
    """An account to which anything may happen, asked in two ways."""

    def __init__(self, client: Client, alone: Client, res: Resources, clock: Clock) -> None:
        self.client, self.alone, self.res, self.clock = client, alone, res, clock
        self.random = random.Random(0)
        self.tags: dict[str, str] = {}
        self.number = 0
        clock.set(NOW)
        store(client, HELD)

    def live(self, seed: int, steps: int) -> None:
        """Let things happen; after each of them, both ways answer alike."""
        self.random.seed(seed)
        for step in range(steps):
            happening = self.random.choice(HAPPENINGS)
            happening(self)
            self.clock.now_us += self.random.choice(STEPS_S) * instants.SECOND_US
            for path in self.random.sample(PATHS, 4):
                self.ask(path, f"seed {seed}, step {step}, {happening.__name__}, {path}")

    def ask(self, path: str, where: str) -> None:
        headers = {"Accept-Encoding": self.random.choice(["gzip", "identity"])}
        if self.random.random() < 0.5:
            headers["If-None-Match"] = self.tags.get(path, '"none"')
        for _ in range(3):
            given = call(self.client, "GET", path, headers=headers)
            expected = call(self.alone, "GET", path, headers=headers)
            assert seen(given) == seen(expected), where
            self.tags[path] = given.headers.get("ETag", "")

    def account(self) -> Account:
        found = access.state(self.res, "A").account
        assert found
        return found

    def nothing(self) -> None:
        """Time passes."""

    def fill(self) -> None:
        self.number += 1
        note = self.random.choice(["11-07 09:10 +1 @ 21001", "11-07 09:11 -1 @ 21007 fee 1"])
        store(self.client, note, prefix=f"n{self.number}-")

    def price(self) -> None:
        minute = self.clock.now_us // (60 * instants.SECOND_US) * 60 * instants.SECOND_US
        put(self.res, "MNQZ5", minutes(instants.text(minute), 21_000 + self.random.randrange(50)))

    def heartbeat(self) -> None:
        with self.res.db.write() as conn:
            accounts.heard(
                conn, self.account().account_key, self.clock.now_us, 30 * instants.SECOND_US
            )

    def zone(self) -> None:
        zone = self.random.choice(["America/Chicago", "Asia/Kolkata", "UTC"])
        assert self.client.send("PUT", "/api/accounts/A", {"timezone": zone})[0] == 200

    def choice(self) -> None:
        self.client.post("/api/executions", fills(HELD, account_id="B"))
        which = self.random.choice(["A", "B"])
        assert self.client.post("/api/account/switch", {"account_id": which})[0] == 200

    def token(self) -> None:
        """Another token comes, and every caller is looked up again."""
        self.number += 1
        access.create_token(self.res, f"other-{self.number}", "read", ["A"])


HAPPENINGS: tuple[Callable[[Life], None], ...] = (
    *(Life.nothing, Life.nothing, Life.nothing, Life.fill, Life.price, Life.price),
    *(Life.heartbeat, Life.heartbeat, Life.zone, Life.choice, Life.token),
)


def seen(answer: TestResponse) -> tuple[int, dict[str, str], bytes]:
    """What may not differ between two ways of asking; a failure's body has its request's id."""
    headers = {name: said for name, said in answer.headers if name not in TOLD_OF_ONE}
    content = b"" if answer.status_code >= 400 else answer.data
    return answer.status_code, headers, content


@pytest.fixture
def life(client: Client, flask_alone: Client, sqlite_res: Resources, clock: Clock) -> Life:
    return Life(client, flask_alone, sqlite_res, clock)


@pytest.mark.feature("TPA-06")
@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_an_answer_given_again_is_the_one_that_flask_gives(
    life: Life, hits: Hits, seed: int
) -> None:
    life.live(seed, 30)
    assert hits.number > 30


BLIND: dict[str, Callable[[Lasting], Lasting]] = {
    "to the time": lambda each: each._replace(until_us=None),
    "to a clock set back": lambda each: each._replace(since_us=0),
    "to what happens": lambda each: each._replace(seen=()),
}


@pytest.mark.parametrize("to", BLIND)
def test_a_replay_that_is_blind_is_found_out(
    life: Life, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    keep = Replays.put

    def blindly(
        replays: Replays[Any], name: str, lasting: Lasting, value: Any, content_bytes: int
    ) -> None:
        keep(replays, name, BLIND[to](lasting), value, content_bytes)

    monkeypatch.setattr(Replays, "put", blindly)
    with pytest.raises(AssertionError, match="seed"):
        life.live(seed=0, steps=160)


def thrice(client: Client, path: str, **headers: str) -> list[TestResponse]:
    return [call(client, "GET", path, headers=headers) for _ in range(3)]


def test_a_feed_that_begins_is_told_at_once(life: Life) -> None:
    before = [exact(each)["feed"]["status"] for each in thrice(life.client, DAILY)]
    life.heartbeat()
    after = [exact(each)["feed"]["status"] for each in thrice(life.client, DAILY)]
    assert (before, after) == (["manual"] * 3, ["live"] * 3)


@pytest.mark.usefixtures("flask_alone")
def test_an_answer_is_given_again_by_one_statement_from_the_second_on(
    client: Client, hits: Hits, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(client, HELD)
    path = f"{DAILY}&date=2025-11-07"
    made, kept, again = thrice(client, path)
    assert [each.headers["X-Cache"] for each in (made, kept, again)] == ["miss", *["memory"] * 2]
    assert hits.number == 1
    statements = Statements(monkeypatch)
    exact(get(client, path))
    assert statements.taken() == 1
    thrice(client, path, **{"If-None-Match": made.headers["ETag"]})
    assert hits.number == 4
    assert made.headers["X-Request-ID"] != again.headers["X-Request-ID"]


def test_each_request_keeps_its_own_id(client: Client, hits: Hits) -> None:
    store(client, HELD)
    for n in range(4):
        answer = call(client, "GET", DAILY, headers={"X-Request-ID": f"mine-{n}"})
        assert answer.headers.getlist("X-Request-ID") == [f"mine-{n}"]
        assert answer.headers.getlist("Server-Timing")[0].startswith("cache;desc=")
    assert hits.number


@pytest.mark.parametrize(
    "path", ["/api/performance/daily", f"{DAILY}&wait=1", "/health/live", "/api/accounts"]
)
def test_what_depends_on_more_is_never_given_again(client: Client, hits: Hits, path: str) -> None:
    store(client, HELD)
    for answer in thrice(client, path):
        assert answer.status_code == 200
    assert not hits.number


def test_a_revoked_token_is_not_answered_again(client: Client, sqlite_res: Resources) -> None:
    store(client, HELD)
    thrice(client, DAILY)
    access.revoke_token(sqlite_res, "tests")
    assert get(client, DAILY).status_code == 401


def test_a_database_that_cannot_tell_is_asked_once_by_each_request_after_the_first(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(client, HELD)
    thrice(client, DAILY)
    asked: list[None] = []

    def unable(*_: object) -> State:
        asked.append(None)
        raise DatabaseUnavailable("the database is away; try again")

    monkeypatch.setattr(access, "state", unable)
    assert get(client, DAILY).status_code == 503
    asked.clear()
    assert get(client, DAILY).status_code == 503
    assert len(asked) == 1


def test_another_token_is_not_answered_with_what_the_first_was_told(
    client: Client, sqlite_res: Resources
) -> None:
    store(client, HELD)
    thrice(client, DAILY)
    secret = access.create_token(sqlite_res, "of-b", "read", ["B"])
    thrice(client, DAILY)
    stranger = Client(client.client.application.test_client(), secret)
    assert get(stranger, DAILY).status_code == 404


def test_what_is_given_again_is_counted_and_logged(
    client: Client, hits: Hits, capsys: pytest.CaptureFixture[str]
) -> None:
    store(client, HELD)
    before = requests_counted(client)
    thrice(client, DAILY)
    assert hits.number == 1
    assert requests_counted(client) == before + 3
    assert "tpa_" not in capsys.readouterr().err


def requests_counted(client: Client) -> float:
    line = 'tpa_requests_total{method="GET",route="/api/performance/daily",status="200"} '
    said = get(client, "/metrics").text.splitlines()
    return next((float(each.removeprefix(line)) for each in said if each.startswith(line)), 0.0)
