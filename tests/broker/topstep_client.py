"""What a client of ProjectX that others wrote, `topstep-sdk`, makes of the gateway at an address.

Run by the Python that it needs, in an environment that has it; it prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from typing import Any

WAIT_S = 20
EVENTS = ("account", "trade", "order", "position", "quote")


async def told(config: Any, question: dict[str, Any]) -> dict[str, Any]:
    """Every kind of answer, as the client understands it."""
    from topstep_sdk import AsyncTopstepClient  # noqa: PLC0415 (elsewhere its models are enough)

    account_id, since = question["account_id"], question["since"]
    async with AsyncTopstepClient(config) as client:
        (front,) = [each for each in await client.contracts.available() if each.name == "MNQZ5"]
        found = {
            "ping": await client.ping(),
            "accounts": await client.accounts.search(),
            "contract": await client.contracts.search_by_id(front.id),
            "unknown": await client.contracts.search_by_id("CON.F.US.MNQ.Z99"),
            "by_symbol": (await client.contracts.get_by_symbol("MNQ")).id,
            "trades": await client.trades.search(account_id, start_timestamp=since),
            "orders": await client.orders.search(account_id, start_timestamp=since),
            "open_orders": await client.orders.search_open(account_id),
            "positions": await client.positions.search_open(account_id),
            "bars": await client.history.retrieve_bars(
                front.id,
                unit=3,
                unit_number=1,
                start_time=question["bars_since"],
                end_time=question["bars_until"],
            ),
        }
        await client.validate()
        found["renewed"] = len(await client.accounts.search())
        found["events"] = await events(client, account_id, front.id)
    return found


async def events(client: Any, account_id: int, contract_id: str) -> list[tuple[str, Any]]:
    """The first events of both hubs after others are told that they are awaited."""
    seen: dict[str, Any] = {}
    hub, market = client.user_hub(), client.market_hub()
    hub.on_account(lambda event: seen.setdefault("account", event))
    hub.on_trade(lambda event: seen.setdefault("trade", event))
    hub.on_order(lambda event: seen.setdefault("order", event))
    hub.on_position(lambda event: seen.setdefault("position", event))
    market.on_quote(lambda _, event: seen.setdefault("quote", event))
    await hub.start()
    await market.start()
    await hub.subscribe_accounts()
    await hub.subscribe_orders(account_id)
    await hub.subscribe_positions(account_id)
    await hub.subscribe_trades(account_id)
    await market.subscribe_quotes(contract_id)
    await asyncio.sleep(1)
    print("ready", flush=True)  # noqa: T201
    async with asyncio.timeout(WAIT_S):
        while len(seen) < len(EVENTS):  # noqa: ASYNC110 (five handlers, one look)
            await asyncio.sleep(0.05)
    await hub.stop()
    await market.stop()
    return sorted(seen.items())


def plain(value: Any) -> Any:
    """A value of the client's as JSON."""
    if hasattr(value, "__struct_fields__"):
        return {name: getattr(value, name) for name in value.__struct_fields__}
    return value.isoformat() if isinstance(value, datetime) else str(value)


def main() -> None:
    """Ask the gateway that the first argument tells of."""
    from topstep_sdk import Config  # noqa: PLC0415

    question = json.loads(sys.argv[1])
    url = question["url"]
    config = Config(
        question["username"], question["api_key"], url, f"{url}/hubs/user", f"{url}/hubs/market"
    )
    found = asyncio.run(told(config, question))
    print(json.dumps(found, default=plain))  # noqa: T201


if __name__ == "__main__":
    main()
