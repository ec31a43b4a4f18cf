"""A client of the live updates, as somebody would write one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any

import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.service import Service

LONG_S = 20.0
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}
Message = dict[str, Any]


class Listener:
    """One connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def say(self, **message: Any) -> None:
        self.connection.send(json.dumps(message))

    def subscribe(self, account_id: str, after: int | None = None) -> None:
        said = {} if after is None else {"after": after}
        self.say(type="subscribe", account_id=account_id, **said)

    def hear(self) -> Message:
        """The next message, its numbers exact."""
        message: Message = json.loads(self.connection.recv(LONG_S), parse_float=Decimal)
        return message

    def until(self, kind: str) -> list[Message]:
        """All messages up to the first of a kind."""
        heard = [self.hear()]
        while heard[-1]["type"] != kind:
            heard.append(self.hear())
        return heard

    def figures(self) -> Message:
        """The next message with an account's figures."""
        return self.until("performance_update")[-1]

    def rest(self) -> list[Message]:
        """All that is said before the answer to a ping."""
        self.say(type="ping")
        return self.until("pong")[:-1]

    def closing(self) -> tuple[int, str]:
        """How the service ends the connection, after what it had yet to say."""
        with suppress(ConnectionClosed):
            while True:
                self.connection.recv(LONG_S)
        said = self.connection.protocol.close_rcvd
        assert said is not None
        return said.code, said.reason


@contextmanager
def listening(
    service: Service, secret: str | None = None, path: str = "/ws", **headers: str
) -> Iterator[Listener]:
    """A connection with a token, or with nothing but some headers."""
    if secret:
        headers["Authorization"] = f"Bearer {secret}"
    with opened(service, path, headers) as connection:
        yield Listener(connection)


def opened(service: Service, path: str, headers: dict[str, str]) -> ClientConnection:
    url = f"ws://127.0.0.1:{service.port}{path}"
    # A pause between its pings that no test lasts.
    return connect(url, additional_headers=headers, ping_interval=None, open_timeout=LONG_S)


@contextmanager
def subscribed(
    service: Service, secret: str, account_id: str, after: int | None = None
) -> Iterator[Listener]:
    """A connection that listens to an account; its snapshot, if it has one, was heard."""
    with listening(service, secret) as listener:
        assert listener.hear()["type"] == "hello"
        listener.subscribe(account_id, after)
        if after is None:
            listener.figures()
        yield listener


def admin(service: Service) -> str:
    return (service.data_dir / "admin-token").read_text().strip()


def fill(account_id: str, number: int, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """An execution of today."""
    return {
        "account_id": account_id,
        "execution_id": f"e{number}",
        "symbol": "MNQ",
        "side": "BUY" if quantity > 0 else "SELL",
        "quantity": abs(quantity),
        "price": "21000.25",
        "executed_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "sequence": number,
    } | more


def post(service: Service, body: Any, path: str = "/api/executions") -> Any:
    """What the service says to a write, which has to be good."""
    answer = service.session().post(service.url + path, json=body, timeout=LONG_S)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(service: Service, path: str = "/ws", **headers: str) -> requests.Response:
    """The answer to a handshake that is not taken."""
    return requests.get(service.url + path, headers=HANDSHAKE | headers, timeout=LONG_S)
