"""`flask db upgrade`, `flask prepare` and `flask verify`."""

from __future__ import annotations

import os

import click
from flask.cli import AppGroup, with_appcontext

from app.cli.backups import tell_rights
from app.cli.shell import resources, settings, told
from app.db import schema, soundness
from app.services import access, accounts, restoring, verification

SHOWN_MAX = 100

group = AppGroup("db", help="The database's schema.")


@group.command("upgrade")
@told
def upgrade() -> None:
    """Apply the migrations that are missing."""
    _make_places()
    done = schema.upgrade(resources().db)
    click.echo(f"database {'upgraded to' if done else 'is at'} revision {schema.REVISION}")


@group.command("renew")
@click.option("--revoke-tokens", "must_revoke", is_flag=True, help="End every token.")
@told
def renew(*, must_revoke: bool) -> None:
    """After a restore by other tools: apply the migrations that are missing, and let nothing that
    was kept before be taken for current.
    """
    tell_rights(restoring.renew(resources(), must_revoke=must_revoke))


@click.command("prepare")
@with_appcontext
@told
def prepare() -> None:
    """Make ready to serve: the data folder, a sound database, the key of sessions, the schema, and
    on the first start a token.
    """
    _make_places()
    soundness.require(resources().db)
    resources().secret_key.bytes()
    if settings().auto_migrate:
        schema.upgrade(resources().db)
    if schema.checked(resources().db) != schema.REVISION:
        return  # Tokens wait for the tables; until then the service says that it is not ready.
    place = access.first_token(resources(), settings().api_token, settings().data_dir)
    if place:
        click.echo(f"The first admin token is in {place}")


@click.command("verify")
@with_appcontext
@told
def verify() -> None:
    """Compute every position and total again and name what differs; exit status 1 then."""
    found = 0
    for account in accounts.every(resources()):
        for difference in verification.differences(resources(), account.account_id):
            found += 1
            if found <= SHOWN_MAX:
                click.echo(f"{account.account_id}: {difference}")
    if found:
        raise click.ClickException(f"{found} differences")
    click.echo("everything stored is what the executions make")


def _make_places() -> None:
    # Their owner's alone: what an account makes is nobody else's business, also where somebody made
    # the folder before. What SQLite puts beside its file is as open as that.
    settings().data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = resources().db.url
    if resources().db.is_sqlite and url.database:
        os.close(os.open(url.database, os.O_RDONLY | os.O_CREAT, 0o600))
