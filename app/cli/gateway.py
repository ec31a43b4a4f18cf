"""`flask demo-gateway`: a broker to try the sync with."""

from __future__ import annotations

import click

from app.demo_gateway import server
from app.demo_gateway.faults import KINDS, Faults
from app.demo_gateway.gateway import Gateway, User


def _chances(_: click.Context, __: click.Parameter, value: str | None) -> dict[str, float]:
    chances: dict[str, float] = {}
    for part in (value or "").split(","):
        kind, _sign, chance = part.partition("=")
        if not part:
            continue
        try:
            chances[kind] = float(chance)
        except ValueError:
            raise click.BadParameter(f"must be KIND=CHANCE,… (got {part!r})") from None
        if kind not in KINDS or not 0 <= chances[kind] <= 1:
            raise click.BadParameter(f"must name {', '.join(KINDS)} and a chance from 0 to 1")
    return chances


@click.command("demo-gateway")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65_535))
@click.option("--seed", default=7, show_default=True, help="Another seed, another history.")
@click.option("--days", default=45, show_default=True, type=click.IntRange(1, 400))
@click.option("--faults", callback=_chances, help="What goes wrong: drop=0.01,busy=0.02,…")
def run(host: str, port: int, seed: int, days: int, faults: dict[str, float]) -> None:
    """Serve an invented trader's accounts as a ProjectX gateway would, until stopped."""
    user = User()
    gateway = Gateway(seed, days=days, user=user, faults=Faults(seed, faults))
    listening = server.make(gateway, host, port)
    click.echo(f"TOPSTEPX_BASE_URL=http://{host}:{listening.server_port}")
    click.echo(f"TOPSTEPX_USERNAME={user.username}")
    click.echo(f"TOPSTEPX_API_KEY={user.api_key}")
    try:
        listening.serve_forever()
    except KeyboardInterrupt:
        listening.server_close()
