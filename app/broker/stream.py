"""What the broker tells by itself: its live hubs (SignalR), heard in a thread of their own.

Nothing that is heard is taken for the truth: events get lost and come twice. They say that it is
time to ask, and what prices are; after every connection it is time to ask, too.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from pysignalr.client import SignalRClient

from app import telemetry
from app.domain import instants

_USER_EVENTS = ("GatewayUserAccount", "GatewayUserOrder", "GatewayUserPosition", "GatewayUserTrade")
_USER_TOPICS = ("Orders", "Positions", "Trades")
_MARKET_EVENTS = ("GatewayQuote", "GatewayTrade")
_MARKET_TOPICS = ("ContractQuotes", "ContractTrades")
_LOOK_S = 0.25
_BACK_OFF_S, _BACK_OFF_S_MAX = 1.0, 60.0
# One that held for so long was well: the next attempt comes soon.
_WELL_AFTER_S = 60.0
_CONNECT_WAIT_S = 5
# What it takes until the sockets are closed, too.
_DROP_S = 0.05
_MESSAGE_BYTES_MAX = 2**20

_log = telemetry.logger()


class Price(NamedTuple):
    """The last price of a contract at an instant, and how much was traded at it just then."""

    contract_id: str
    price: Decimal
    at_us: int
    volume: int


class Wanted(NamedTuple):
    """The token to connect with, and what to hear of."""

    token: str
    account_ids: frozenset[int]
    contract_ids: frozenset[str]


class _Ended(Exception):
    """The connection is over, or not wanted any more."""


# What is subscribed to: the method's name without `Subscribe`, and its argument.
_Topic = tuple[str, object]


class Stream:
    """Both hubs of one user. `on_news` and `on_price` are called in the stream's own thread."""

    def __init__(
        self, base_url: str, on_news: Callable[[], None], on_price: Callable[[Price], None]
    ) -> None:
        self._base_url = base_url
        self._on_news = on_news
        self._on_price = on_price
        self._wanted: Wanted | None = None
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="stream")

    def follow(self, wanted: Wanted) -> None:
        """Hear of these from now on; the first time, begin."""
        self._wanted = wanted
        if not self._thread.is_alive() and not self._is_ending:
            self._thread.start()

    def close(self) -> None:
        """Hear of nothing any more."""
        self._is_ending = True
        if self._thread.is_alive():
            self._thread.join(_CONNECT_WAIT_S)

    def _run(self) -> None:
        pause_s = _BACK_OFF_S
        while not self._is_ending and self._wanted:
            began_s = time.monotonic()
            asyncio.run(self._once(self._wanted.token))
            was_well = time.monotonic() - began_s > _WELL_AFTER_S
            pause_s = _BACK_OFF_S if was_well else min(2 * pause_s, _BACK_OFF_S_MAX)
            self._pause(pause_s * random.uniform(0.5, 1))  # noqa: S311

    def _pause(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s and not self._is_ending:
            time.sleep(_LOOK_S)

    async def _once(self, token: str) -> None:
        """One connection to each hub, until either ends."""
        try:
            await self._connected(token)
        except BaseExceptionGroup as failed:
            # Not what they say: the address that they may quote holds the token.
            kinds = sorted({type(each).__name__ for each in _leaves(failed)})
            if not self._is_ending:
                _log.warning("the stream ended", reasons=kinds)

    async def _connected(self, token: str) -> None:
        user = _Hub(hub_url(self._base_url, "user"), token)
        market = _Hub(hub_url(self._base_url, "market"), token)
        for event in _USER_EVENTS:
            user.on(event, self._heard_news)
        for event in _MARKET_EVENTS:
            market.on(event, self._heard_price)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(user.run())
                group.create_task(market.run())
                group.create_task(self._keep_subscribed(user, market))
        finally:
            user.drop()
            market.drop()
            await asyncio.sleep(_DROP_S)

    async def _keep_subscribed(self, user: _Hub, market: _Hub) -> None:
        await user.opened.wait()
        await market.opened.wait()
        _log.info("the stream began")
        while wanted := self._wanted:
            if self._is_ending:
                raise _Ended
            accounts: set[_Topic] = {
                (topic, each) for topic in _USER_TOPICS for each in wanted.account_ids
            }
            has_news = await user.subscribe({("Accounts", None), *accounts})
            await market.subscribe(
                {(topic, each) for topic in _MARKET_TOPICS for each in wanted.contract_ids}
            )
            if has_news:
                # What happened before is not told.
                self._on_news()
            await asyncio.sleep(_LOOK_S)

    async def _heard_news(self, _: Any) -> None:
        self._on_news()

    async def _heard_price(self, arguments: Any) -> None:
        for each in prices(arguments):
            self._on_price(each)


class _Hub:
    """A connection to one hub, and what it is subscribed to."""

    def __init__(self, url: str, token: str) -> None:
        self.opened = asyncio.Event()
        self._subscribed: set[_Topic] = set()
        self._client = SignalRClient(
            f"{url}?access_token={token}",
            connection_timeout=_CONNECT_WAIT_S,
            max_size=_MESSAGE_BYTES_MAX,
            retry_count=1,
        )
        self._client.on_open(self._on_open)
        self._client.on_close(self._on_close)

    def on(self, event: str, callback: Callable[[Any], Awaitable[None]]) -> None:
        """Have a callback called with an event's arguments."""
        self._client.on(event, callback)

    async def run(self) -> None:
        """Hear until the connection is over."""
        await self._client.run()

    async def subscribe(self, wanted: set[_Topic]) -> bool:
        """Be subscribed to these and nothing else; whether anything was added."""
        added, removed = wanted - self._subscribed, self._subscribed - wanted
        for prefix, topics in (("Subscribe", added), ("Unsubscribe", removed)):
            for name, argument in topics:
                arguments: list[Any] = [] if argument is None else [argument]
                await self._client.send(prefix + name, arguments)
        self._subscribed = wanted
        return bool(added)

    def drop(self) -> None:
        """Close the socket, which the client itself leaves open."""
        connection = self._client._transport._ws  # noqa: SLF001 (it has no other way)
        if connection:
            connection.transport.abort()

    async def _on_open(self) -> None:
        self.opened.set()

    async def _on_close(self) -> None:
        # By itself it would connect again with the old token.
        raise _Ended


def hub_url(base_url: str, name: str) -> str:
    """Where a hub of the broker is that has its API at an address."""
    scheme, _, host = base_url.partition("://")
    for api, live in (("api.", "rtc."), ("gateway-api", "gateway-rtc")):
        if host.startswith(api):
            host = live + host.removeprefix(api)
    return f"{scheme}://{host}/hubs/{name}"


def prices(arguments: Any) -> Iterator[Price]:
    """What an event says of prices: a quote, or one trade or more; what makes no sense is left."""
    if not (isinstance(arguments, Sequence) and len(arguments) == 2):  # noqa: PLR2004 (id and data)
        return
    contract_id, said = arguments
    for each in said if isinstance(said, list) else [said]:
        found = _price(contract_id, each) if isinstance(each, Mapping) else None
        if found:
            yield found


def _price(contract_id: Any, said: Mapping[str, Any]) -> Price | None:
    # Quotes tell only what has changed.
    price = said.get("lastPrice", said.get("price"))
    at = said.get("lastUpdated") or said.get("timestamp")
    volume = said.get("volume") if "price" in said else 0
    if not (isinstance(contract_id, str) and isinstance(at, str) and _is_number(price)):
        return None
    try:
        return Price(contract_id, Decimal(str(price)), instants.parse(at), int(volume or 0))
    except (ValueError, TypeError, InvalidOperation):
        return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _leaves(failed: BaseException) -> Iterator[BaseException]:
    if isinstance(failed, BaseExceptionGroup):
        for each in failed.exceptions:
            yield from _leaves(each)
    else:
        yield failed
