"""Callers that put executions in over HTTP and keep book of what became of each request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any, NamedTuple

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from tests.oracle import SIGN, Fill
from tests.streams import INSTRUMENTS
from tests.system.survival import Cash, Changes, Content, Fate, Key, Record

START = datetime(2025, 10, 27, 13, 30, tzinfo=UTC)
PACE_S = 197
LATE_MAX = 100
FEES = tuple(map(Decimal, ("0", "0.37", "1.03", "12.345679")))
# The last is above what a worker does on the side of its other requests.
BATCH_SIZES = (*[2, 5, 20] * 5, 501)
# Mostly over several accounts: of these the most can be left half done.
WEIGHTS = (6, 3, 9, 3, 1, 2)
SPREAD_SIZES = (1, 3, 15)
WAIT_S = 30.0
# Now and then a caller hangs up: the request goes on, and its answer is never read.
WAITS_S = (*[WAIT_S] * 19, 0.002)


class Request(NamedTuple):
    """A write, and what it leaves of each row that it is about."""

    method: str
    path: str
    body: Any
    changes: Changes


class Trader:
    """One request at a time, about rows that no other trader writes: each has one order."""

    def __init__(self, number: int, contract: str, account_ids: Sequence[str]) -> None:
        self.records: list[Record] = []
        self.unanswered: list[Request] = []
        self._name = f"t{number}"
        self._contract = contract
        self._account_ids = account_ids
        self._rng = Random(number)
        self._number = count()
        self._left: dict[Key, Content | None] = {}
        self._net: Counter[str] = Counter()

    def trade(self, session: requests.Session, url: str) -> None:
        """Send one write after the other until the service is gone."""
        self._count_net()
        while self.send(session, url, self._any(), self._rng.choice(WAITS_S)) == "acknowledged":
            pass
        # About no row of the write before, of which it is not known whether it arrived.
        while self.send(session, url, self._single()) != "never sent":
            pass

    def repeat(self, session: requests.Session, url: str) -> None:
        """Send what was not answered once more; each is answered now."""
        waiting, self.unanswered = self.unanswered, []
        for request in waiting:
            assert self.send(session, url, request) == "acknowledged"

    def send(
        self, session: requests.Session, url: str, request: Request, wait_s: float = WAIT_S
    ) -> Fate:
        """What became of a request; an answer must be that it was done."""
        fate, answer = _exchange(session, url, request, wait_s)
        self.records.append(Record(request.changes, fate, _versions(answer)))
        if fate == "acknowledged":
            self._left.update(request.changes)
        elif fate == "unknown":
            self.unanswered.append(request)
        return fate

    def _any(self) -> Request:
        kinds = (self._single, self._batch, self._spread, self._correction)
        others = (self._deletion, self._cash)
        return self._rng.choices((*kinds, *others), WEIGHTS)[0]()

    def _single(self) -> Request:
        account_id = self._account_id()
        fill = self._fill(account_id)
        return _post(json_of(account_id, fill), {key_of(account_id, fill): fill})

    def _batch(self) -> Request:
        account_id, size = self._account_id(), self._rng.choice(BATCH_SIZES)
        return _post_all((account_id, self._fill(account_id)) for _ in range(size))

    def _spread(self) -> Request:
        """A batch over several accounts, each with several fills."""
        order = list(self._account_ids) * self._rng.choice(SPREAD_SIZES)
        self._rng.shuffle(order)
        return _post_all((account_id, self._fill(account_id)) for account_id in order)

    def _correction(self) -> Request:
        found = self._some_fill()
        if found is None:
            return self._single()
        key, old = found
        fill = self._fill(key.account_id)._replace(execution_id=key.id)
        self._net[key.account_id] -= SIGN[old.side] * old.quantity
        return Request("PUT", _path(key), json_of(key.account_id, fill), {key: fill})

    def _deletion(self) -> Request:
        found = self._some_fill()
        if found is None:
            return self._single()
        key, old = found
        self._net[key.account_id] -= SIGN[old.side] * old.quantity
        return Request("DELETE", _path(key), None, {key: None})

    def _cash(self) -> Request:
        account_id = self._account_ids[0]  # Traded by the first request of every trader.
        if not any(key.account_id == account_id for key in self._left):
            return self._single()
        amount = Decimal(self._rng.randint(1, 10**9)).scaleb(-6)
        key = Key(account_id, "cash", self._id())
        cash = Cash(amount, self._moment())
        body = {"id": key.id, "amount": str(amount), "occurred_at": cash.occurred_at.isoformat()}
        return Request("POST", f"/api/accounts/{account_id}/cash", body, {key: cash})

    def _some_fill(self) -> tuple[Key, Fill] | None:
        found = [(key, left) for key, left in self._left.items() if isinstance(left, Fill)]
        return self._rng.choice(found) if found else None

    def _fill(self, account_id: str) -> Fill:
        rng, instrument, net = self._rng, INSTRUMENTS[self._contract], self._net[account_id]
        # Back to zero mostly, else through it or nearer to it, so that positions close.
        size = abs(net)
        quantity = rng.choice((size, size, size + 1, 1)) if size else rng.randint(1, 3)
        is_bought = net < 0 if size else rng.choice((True, False))
        self._net[account_id] += quantity if is_bought else -quantity
        return Fill(
            execution_id=self._id(),
            contract=self._contract,
            side="BUY" if is_bought else "SELL",
            quantity=quantity,
            price=instrument.tick * (instrument.middle + rng.randint(-40, 40)),
            fees=rng.choice(FEES),
            executed_at=self._moment(),
            sequence=rng.choice((0, 0, 1)),
            strategy=rng.choice((None, "fade")),
        )

    def _id(self) -> str:
        return f"{self._name}-{next(self._number)}"

    def _moment(self) -> datetime:
        """Later and later, save for a few that come late."""
        step = len(self.records) - self._rng.choice((0, 0, 0, self._rng.randint(1, LATE_MAX)))
        offset = timedelta(seconds=step * PACE_S, microseconds=self._rng.randrange(10**6))
        return START + offset

    def _account_id(self) -> str:
        return self._rng.choice(self._account_ids)

    def _count_net(self) -> None:
        """What is held, told by the answers alone."""
        self._net.clear()
        for key, left in self._left.items():
            if isinstance(left, Fill):
                self._net[key.account_id] += SIGN[left.side] * left.quantity


def key_of(account_id: str, fill: Fill) -> Key:
    return Key(account_id, "execution", fill.execution_id)


def json_of(account_id: str, fill: Fill) -> dict[str, Any]:
    """An execution as a caller sends it."""
    said: dict[str, Any] = {
        "account_id": account_id,
        "execution_id": fill.execution_id,
        "symbol": fill.contract,
        "side": fill.side,
        "quantity": fill.quantity,
        "price": str(fill.price),
        "fees": str(fill.fees),
        "executed_at": fill.executed_at.isoformat(),
        "sequence": fill.sequence,
    }
    return said | ({"strategy": fill.strategy} if fill.strategy else {})


def _post_all(pairs: Iterable[tuple[str, Fill]]) -> Request:
    fills = list(pairs)
    changes = {key_of(account_id, fill): fill for account_id, fill in fills}
    return _post([json_of(account_id, fill) for account_id, fill in fills], changes)


def _post(body: Any, changes: Changes) -> Request:
    return Request("POST", "/api/executions", body, changes)


def _path(key: Key) -> str:
    return f"/api/executions/{key.account_id}/{key.id}"


def _exchange(
    session: requests.Session, url: str, request: Request, wait_s: float
) -> tuple[Fate, Any]:
    waits_s = WAIT_S, wait_s
    try:
        answer = session.request(
            request.method, url + request.path, json=request.body, timeout=waits_s
        )
    except requests.ReadTimeout:
        assert wait_s < WAIT_S, "the service neither answered nor was it gone"
        return "unknown", None
    except requests.RequestException as error:
        return ("never sent" if _is_refused(error) else "unknown"), None
    assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
    return "acknowledged", answer.json()


def _versions(answer: Any) -> Mapping[str, int]:
    """The versions that a write made; one that was known already makes none."""
    if not answer or not (answer.get("accepted") or answer.get("deleted")):
        return {}
    return {account_id: each["version"] for account_id, each in answer["accounts"].items()}


def _is_refused(error: requests.RequestException) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
