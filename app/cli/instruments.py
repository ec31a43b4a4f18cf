"""`flask instruments …`: the products that fills may be in."""

from __future__ import annotations

from decimal import Decimal

import click
from flask.cli import AppGroup

from app.cli.shell import decimal, resources, table, told
from app.domain import fixed
from app.services import instruments
from app.services.instruments import Facts

group = AppGroup("instruments", help="Instruments.")


@group.command("add")
@click.argument("root")
@click.option("--tick-size", required=True, callback=decimal)
@click.option("--point-value", required=True, callback=decimal, help="Money per 1.0 of price.")
@click.option("--currency", default="USD", show_default=True)
@click.option("--exchange", default="", help="Where it is traded.")
@click.option("--name", default="", help="What it is called.")
@told
def add(
    root: str, tick_size: Decimal, point_value: Decimal, currency: str, exchange: str, name: str
) -> None:
    """Make a new product known; the facts of a known one never change."""
    facts = Facts(root, name or root, exchange, tick_size, point_value, currency)
    instruments.add(resources(), facts)
    click.echo(f"instrument {root} is known")


@group.command("list")
@told
def list_all() -> None:
    """The instruments with their tick and point value."""
    rows = [("SYMBOL", "NAME", "EXCHANGE", "TICK", "POINT VALUE", "CURRENCY")]
    for each in instruments.known(resources()):
        tick = fixed.text(each.tick_nanos, fixed.PRICE_PLACES)
        point_value = fixed.text(each.point_value_micros, fixed.MONEY_PLACES)
        rows.append((each.root, each.name, each.exchange, tick, point_value, each.currency))
    table(rows)
