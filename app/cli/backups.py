"""`flask backup` and `flask restore`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from flask.cli import with_appcontext

from app.cli.shell import resources, settings, told
from app.db import schema
from app.domain import retention
from app.domain.retention import Keep
from app.services import backups, restoring
from app.services.backups import NotSQLite
from app.services.restoring import Rights

_P = ParamSpec("_P")
_T = TypeVar("_T")

_FOLDER = "backups"
_WITH_POSTGRES = """\
the database is PostgreSQL, whose own tools do this:
  pg_dump --format=custom --file=trader.dump "$PG_URL"
  pg_restore --clean --if-exists --single-transaction --dbname="$PG_URL" trader.dump
where PG_URL is DATABASE_URL without +psycopg. Stop the service for a restore, and before it starts
again run: flask --app wsgi db renew"""


class _OtherTools(click.ClickException):
    exit_code = 2


def _on_sqlite(command: Callable[_P, _T]) -> Callable[_P, _T]:
    @functools.wraps(command)
    def run(*args: _P.args, **options: _P.kwargs) -> _T:
        try:
            return command(*args, **options)
        except NotSQLite:
            raise _OtherTools(_WITH_POSTGRES) from None

    return run


def _keep(_: click.Context, __: click.Parameter, value: str | None) -> Keep | None:
    try:
        return None if value is None else retention.parse(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("backup")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--keep",
    callback=_keep,
    metavar="24h,7d,4w",
    help="Keep the last backup of each of so many hours, days and weeks, and remove the others.",
)
@with_appcontext
@told
@_on_sqlite
def backup(folder: Path | None, keep: Keep | None) -> None:
    """Back the database up into a folder, beside a running service.

    The folder is DATA_DIR/backups where none is named.
    """
    made = backups.make(resources(), folder or settings().data_dir / _FOLDER, keep)
    held = made.contents
    checked = "everything derived computed again" if made.is_recomputed else "of another version"
    click.echo(
        f"backup {made.file}: {made.bytes} bytes, {held.accounts} accounts,"
        f" {held.executions} executions; checked, {checked}"
    )
    for each in made.removed:
        click.echo(f"removed {each.name}")


@click.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--force", "is_forced", is_flag=True, help="Put the database that is there aside.")
@click.option("--revoke-tokens", "must_revoke", is_flag=True, help="End every token.")
@with_appcontext
@told
@_on_sqlite
def restore(file: Path, *, is_forced: bool, must_revoke: bool) -> None:
    """Put a backup in the database's place; the service must be stopped.

    All sessions of the dashboard end.
    """
    done = restoring.restore(resources(), file, is_forced=is_forced, must_revoke=must_revoke)
    held = done.contents
    click.echo(f"restored {file}: {held.accounts} accounts, {held.executions} executions")
    if done.revision != schema.REVISION:
        click.echo(f"brought up from revision {done.revision} to {schema.REVISION}")
    if done.aside:
        click.echo(f"the database that was there is now {done.aside}")
    tell_rights(done.rights)


def tell_rights(rights: Rights) -> None:
    """Say what became of the tokens, and what is still to be decided about them."""
    if rights.revoked:
        click.echo(f"revoked: {', '.join(rights.revoked)}")
    if rights.gone:
        click.echo(f"made after the backup, and gone: {', '.join(rights.gone)}")
    if not rights.good:
        click.echo("no token is good: tokens create makes one")
    elif not rights.is_certain:
        click.echo(
            f"good again: {', '.join(rights.good)}. Nothing tells which of them were revoked after"
            " the backup: revoke those (tokens revoke NAME), or all (--revoke-tokens)",
            err=True,
        )
