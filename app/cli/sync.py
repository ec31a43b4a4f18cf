"""`flask sync`: the feed from the broker, a process of its own."""

from __future__ import annotations

import signal
import time
from contextlib import closing, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING

import click
from flask.cli import with_appcontext

from app.broker.projectx import ProjectX
from app.broker.transport import Time
from app.cli.shell import resources, settings, table, told
from app.domain import periods
from app.domain.executions import is_id
from app.services import broker, sync_status
from app.services.bell import Bell
from app.services.sync import Plan
from app.services.sync_loop import PATIENCE_S, Failed, Loop

if TYPE_CHECKING:
    from app.services.sync_live import Live

_DAYS = 90
_INTERVAL_S = 10.0
# Well within the lease of who syncs.
_INTERVAL_S_MAX = 60.0


def _account_ids(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> dict[int, str]:
    found: dict[int, str] = {}
    for each in value:
        theirs, _sign, ours = each.partition("=")
        if not (theirs.isdecimal() and is_id(ours)):
            raise click.BadParameter(f"must be BROKER_ID=OUR_ID (got {each[:80]!r})")
        if int(theirs) in found or ours in found.values():
            raise click.BadParameter(f"names an account twice ({each[:80]!r})")
        found[int(theirs)] = ours
    return found


@click.command("sync")
@click.option("--once", is_flag=True, help="One pass; exit status 1 if it was not whole.")
@click.option("--stream", is_flag=True, help="Hear of news and prices at once, by the live hubs.")
@click.option("--status", is_flag=True, help="Say where the sync stands, and do nothing.")
@click.option(
    "--account",
    "account_ids",
    multiple=True,
    callback=_account_ids,
    metavar="BROKER_ID=OUR_ID",
    help="Where the account's id here is not the broker's.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help=f"A new account's first session day, on which it began flat; {_DAYS} days ago.",
)
@click.option(
    "--interval", default=_INTERVAL_S, show_default=True, type=click.FloatRange(1, _INTERVAL_S_MAX)
)
@with_appcontext
@told
def sync(
    *,
    once: bool,
    stream: bool,
    status: bool,
    account_ids: dict[int, str],
    since: datetime | None,
    interval: float,
) -> None:
    """Keep the accounts as the broker has them, until stopped.

    Read the broker's terms first: some allow no program to ask, or only one on the trader's own
    computer.
    """
    if status:
        table(sync_status.lines(resources()))
        return
    bell = Bell()
    client = _client(bell)
    plan = Plan(account_ids, _since_us(since), interval)
    live = _live(bell) if stream and not once else None
    loop = Loop(resources(), client, plan, bell, live)
    with loop.alone(), closing(live) if live else nullcontext():
        if once:
            _one_pass(loop)
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: bell.stop())
        loop.forever()


def _live(bell: Bell) -> Live:
    # No other process has a use for what this imports.
    from app.services import sync_live  # noqa: PLC0415

    return sync_live.Live(settings().topstepx_base_url, bell)


def _one_pass(loop: Loop) -> None:
    made = loop.once()
    if isinstance(made, Failed):
        raise made.error
    for account_id, fault in made.faults.items():
        click.echo(f"{account_id}: {fault}", err=True)
    accounts, brought = len(made.broker_ids), made.brought
    click.echo(
        f"{accounts} accounts, {made.live} of them live: {brought.fresh} new fills,"
        f" {brought.corrected} corrected, {brought.voided} taken back, {brought.orders} orders"
    )
    if made.live < accounts:
        raise click.ClickException("not every account is live: flask sync --status says more")


def _client(bell: Bell) -> ProjectX:
    clock = Time(now_s=time.time, sleep=bell.sleep)
    found = broker.connect(
        settings(), resources().db, resources().now_us, patience_s=PATIENCE_S, clock=clock
    )
    if found is None:
        raise click.ClickException("no broker is named: set TOPSTEPX_USERNAME and TOPSTEPX_API_KEY")
    return found


def _since_us(since: datetime | None) -> int:
    if since is not None:
        found = periods.day_start(periods.SESSION, periods.number(since.date()))
        if found > resources().now_us():
            raise click.BadParameter("lies in the future", param_hint="--since")
        return found
    today = periods.day_of(periods.SESSION, resources().now_us())
    return periods.day_start(periods.SESSION, today - _DAYS)
