"""`flask accounts …`: whose money it is."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import click
from flask.cli import AppGroup

from app.cli.shell import money, resources, table, told
from app.services import accounts

group = AppGroup("accounts", help="Accounts.")


def _decimal(_: click.Context, __: click.Parameter, value: str | None) -> Decimal | None:
    try:
        return None if value is None else Decimal(value)
    except InvalidOperation:
        raise click.BadParameter("must be a number") from None


@group.command("create")
@click.argument("account_id")
@click.option("--name")
@click.option("--timezone", help="IANA zone whose midnights cut its days.")
@click.option("--currency")
@click.option("--starting-balance", callback=_decimal)
@told
def create(
    account_id: str,
    name: str | None,
    timezone: str | None,
    currency: str | None,
    starting_balance: Decimal | None,
) -> None:
    """Add an account."""
    accounts.create(
        resources(),
        account_id,
        name=name,
        timezone=timezone,
        currency=currency,
        starting_balance=starting_balance,
    )
    click.echo(f"account {account_id} is created")


@group.command("list")
@told
def list_all() -> None:
    """The accounts and their balances."""
    rows = [("ID", "NAME", "CURRENCY", "TIMEZONE", "BALANCE", "VERSION")]
    for each in accounts.every(resources()):
        balance, version = money(each.balance_micros), str(each.version)
        rows.append((each.account_id, each.name, each.currency, each.timezone, balance, version))
    table(rows)
