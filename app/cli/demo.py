"""`flask demo`: a generated history to look around in."""

from __future__ import annotations

import shlex
from datetime import date
from urllib.parse import urlencode

import click
from flask.cli import with_appcontext

from app.cli.shell import money, progress, resources, settings, told
from app.services import access, demo, demo_bars
from app.services.demo import Demo, Summary

DAYS_MAX = 1_250
# A month at a time: enough for one transaction, and the bar moves on.
_DATES_AT_ONCE = 21


@click.command("demo")
@click.option("--days", default=250, show_default=True, type=click.IntRange(1, DAYS_MAX))
@click.option("--seed", default=7, show_default=True, help="Another seed, another history.")
@click.option("--account", "account_id", default="DEMO-50K", show_default=True)
@with_appcontext
@told
def make_demo(days: int, seed: int, account_id: str) -> None:
    """Fill an account with an invented trader's fills of the last DAYS weekdays, up to now, with
    the bars of the last ones.

    Running it again adds what has been traded since.
    """
    made = Demo(account_id, seed)
    dates = demo.dates(resources().now_us(), days)
    demo.open_account(resources(), made)
    known, new = _store(made, dates)
    found = demo.summary(resources(), made, dates)
    bars = demo_bars.record(resources(), made, dates)
    click.echo(
        f"{account_id}: {found.days} days, {known + new} executions ({new} of them new),"
        f" {found.positions} closed positions, net {money(found.net_micros)}; {bars} new bars"
    )
    click.echo(f"Once the service runs: {_question(account_id, found)}")


def _store(made: Demo, dates: list[date]) -> tuple[int, int]:
    """How many executions were there already, and how many are new."""
    months = [dates[n : n + _DATES_AT_ONCE] for n in range(0, len(dates), _DATES_AT_ONCE)]
    known = new = 0
    with progress(months, "trading") as shown:
        for month in shown:
            recorded = demo.record(resources(), made, month)
            known += recorded.duplicates
            new += recorded.accepted
    return known, new


def _question(account_id: str, found: Summary) -> str:
    """A line for the shell that asks the service about the last week traded."""
    port = settings().bind.rpartition(":")[2]
    query = urlencode({"account_id": account_id, "date": found.last_day})
    return f"curl -s{_credentials()} 'http://127.0.0.1:{port}/api/performance/weekly?{query}'"


def _credentials() -> str:
    if not resources().requires_token:
        return ""
    kept = settings().data_dir / access.FIRST_TOKEN_FILE
    secret = f"$(cat {shlex.quote(str(kept))})" if kept.exists() else "$API_TOKEN"
    return f' -H "Authorization: Bearer {secret}"'
