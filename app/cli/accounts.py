"""`flask accounts …`: whose money it is."""

from __future__ import annotations

from decimal import Decimal

import click
from flask.cli import AppGroup

from app.cli.shell import decimal, money, resources, table, told
from app.services import accounts
from app.services.accounts import AccountSettings

group = AppGroup("accounts", help="Accounts.")


@group.command("create")
@click.argument("account_id")
@click.option("--name")
@click.option("--timezone", help="IANA zone whose midnights cut its days.")
@click.option("--currency")
@click.option("--starting-balance", callback=decimal)
@told
def create(
    account_id: str,
    name: str | None,
    timezone: str | None,
    currency: str | None,
    starting_balance: Decimal | None,
) -> None:
    """Add an account."""
    settings = AccountSettings(
        name=name, timezone=timezone, currency=currency, starting_balance=starting_balance
    )
    accounts.create(resources(), account_id, settings)
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
