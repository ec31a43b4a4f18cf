"""`flask import`: the files that traders have."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from app.cli.shell import money, progress, resources, told
from app.domain import periods
from app.services import imports
from app.services.imports import File, Target


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--account", "account_id", required=True, help="The account to import into.")
@click.option("--format", "layout", default="auto", help="The file's format; found by its header.")
@click.option("--tz", "zone", help="The zone of times without an offset.")
@click.option("--allow-overlap", is_flag=True, help="Another source has fills of this time too.")
@click.option("--dry-run", is_flag=True, help="Check and show the totals; store nothing.")
@with_appcontext
@told
def import_files(
    files: tuple[Path, ...],
    account_id: str,
    layout: str,
    zone: str | None,
    *,
    allow_overlap: bool,
    dry_run: bool,
) -> None:
    """Import files; all are checked before any is stored, and a second import adds nothing."""
    with progress(files, "checking") as shown:
        checked = [
            imports.check(resources(), path.name, _content(path), _target(account_id, layout, zone))
            for path in shown
        ]
    for file in checked:
        _describe(file)
    recorded = imports.store(resources(), checked, allow_overlap=allow_overlap, dry_run=dry_run)
    click.echo(
        f"{recorded.accepted} accepted, {recorded.duplicates} duplicates,"
        f" {recorded.positions_closed} positions closed"
        + (" (dry run: nothing was stored)" if dry_run else "")
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error


def _target(account_id: str, layout: str, zone: str | None) -> Target:
    if zone is not None and not periods.is_zone(zone):
        raise click.BadParameter(f"{zone!r} is no IANA time zone", param_hint="--tz")
    return Target(account_id, layout, zone)


def _describe(file: File) -> None:
    contents = file.contents
    net_micros = contents.gross_micros - contents.fees_micros
    still_open = f" and {contents.open_positions} open" if contents.open_positions else ""
    click.echo(
        f"{file.name}: {contents.format}, {contents.rows} rows, {contents.executions} executions,"
        f" {contents.closed_positions} positions{still_open},"
        f" gross {money(contents.gross_micros)}, fees {money(contents.fees_micros)},"
        f" net {money(net_micros)}"
    )
