"""`flask import`: the files that traders have."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click
from flask.cli import with_appcontext

from app.cli.shell import money, progress, resources, table, told
from app.domain import fixed, periods
from app.services import imports
from app.services.imports import Contents, File, Imported, Target


def _fees_per_side(
    _: click.Context, __: click.Parameter, values: tuple[str, ...]
) -> dict[str, Decimal]:
    fees = {}
    for value in values:
        symbol, _equals, amount = value.partition("=")
        try:
            fees[symbol] = fixed.parse(amount)
        except ValueError as error:
            raise click.BadParameter(f"{value!r} is not like MNQ=0.37: {error}") from None
    return fees


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--account", "account_id", required=True, help="The account to import into.")
@click.option("--format", "layout", default="auto", help="The file's format; found by its header.")
@click.option("--tz", "zone", help="The zone of times without an offset.")
@click.option("--date-order", help="month-first or day-first, where dates can be read both ways.")
@click.option(
    "--fees-per-side",
    multiple=True,
    metavar="SYMBOL=AMOUNT",
    callback=_fees_per_side,
    help="What a contract costs on each side, where the file has no fees; may be repeated.",
)
@click.option("--allow-overlap", is_flag=True, help="Another source has fills of this time too.")
@click.option("--dry-run", is_flag=True, help="Check and show the totals; store nothing.")
@with_appcontext
@told
def import_files(
    files: tuple[Path, ...],
    account_id: str,
    layout: str,
    zone: str | None,
    date_order: str | None,
    fees_per_side: dict[str, Decimal],
    *,
    allow_overlap: bool,
    dry_run: bool,
) -> None:
    """Import files; all are checked before any is stored, and a second import adds nothing."""
    if zone is not None and not periods.is_zone(zone):
        raise click.BadParameter(f"{zone!r} is no IANA time zone", param_hint="--tz")
    target = Target(account_id, layout, zone, date_order, fees_per_side)
    with progress(files, "checking") as shown:
        checked = [imports.check(resources(), path.name, _content(path), target) for path in shown]
    for file in checked:
        _describe(file)
    if dry_run:
        _list_contracts(checked)
    recorded = imports.store(resources(), checked, allow_overlap=allow_overlap, dry_run=dry_run)
    click.echo(
        f"{recorded.accepted} accepted, {recorded.duplicates} duplicates,"
        f" {recorded.positions_closed} positions closed{_orders(recorded)}"
        + (" (dry run: nothing was stored)" if dry_run else "")
    )


def _orders(recorded: Imported) -> str:
    accepted, duplicates = recorded.orders_accepted, recorded.orders_duplicates
    told = f"; orders: {accepted} accepted, {duplicates} duplicates"
    return told if accepted or duplicates else ""


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte more than is allowed tells that there are more, however many there are.
            return file.read(imports.FILE_MAX_BYTES + 1)
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error


def _describe(file: File) -> None:
    found, contents = file.reading.found, file.contents
    net_micros = contents.gross_micros - contents.fees_micros
    still_open = f" and {contents.open_positions} open" if contents.open_positions else ""
    left_out = f" ({found.left_out} left out)" if found.left_out else ""
    sent = f" {len(found.orders)} orders," if found.orders else ""
    click.echo(
        f"{file.name}: {file.reading.format}, {found.rows} rows{left_out},"
        f" {contents.executions} executions,{sent}"
        f" {contents.closed_positions} positions{still_open},"
        f" gross {money(contents.gross_micros)}, fees {money(contents.fees_micros)},"
        f" net {money(net_micros)}"
    )
    if file.executions and not file.reading.states_fees:
        click.echo(
            f"{file.name}: there are no fees in it; --fees-per-side SYMBOL=AMOUNT adds them",
            err=True,
        )


def _list_contracts(files: list[File]) -> None:
    header = ("file", "contract", "executions", "positions", "open", "gross", "fees", "net")
    rows = [
        (file.name, contract, *_cells(contents))
        for file in files
        for contract, contents in file.by_contract.items()
    ]
    table([header, *rows])


def _cells(contents: Contents) -> tuple[str, ...]:
    amounts = (contents.gross_micros, contents.fees_micros)
    return (
        *(str(count) for count in contents[:3]),
        *(money(micros) for micros in (*amounts, contents.gross_micros - contents.fees_micros)),
    )
