"""`flask tokens …`: who may call."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.cli.shell import resources, table, told
from app.domain import instants
from app.services import access
from app.services.callers import SCOPES

group = AppGroup("tokens", help="Access tokens.")


@group.command("create")
@click.argument("name")
@click.option("--scope", type=click.Choice(SCOPES), required=True)
@click.option("--account", "account_ids", multiple=True, help="Hold it to this account.")
@told
def create(name: str, scope: str, account_ids: tuple[str, ...]) -> None:
    """Make a token; its last line is the secret, which is shown this once."""
    secret = access.create_token(resources(), name, scope, account_ids)
    click.echo(f"token {name} of scope {scope}:")
    click.echo(secret)


@group.command("list")
@told
def list_all() -> None:
    """The tokens, without their secrets."""
    rows = [("NAME", "SCOPE", "CREATED", "STATE", "ACCOUNTS")]
    for token in access.every_token(resources()):
        created = instants.text(token.created_at_us)
        state = "good" if token.revoked_at_us is None else "revoked"
        held_to = access.accounts_of(resources(), token)
        seen = "all" if held_to is None else ", ".join(sorted(held_to))
        rows.append((token.name, token.scope, created, state, seen))
    table(rows)


@group.command("revoke")
@click.argument("name")
@told
def revoke(name: str) -> None:
    """End a token at once."""
    access.revoke_token(resources(), name)
    click.echo(f"token {name} is revoked")
