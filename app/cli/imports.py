"""`flask imports …`: what was imported, and taking it out again."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.cli.shell import resources, table, told
from app.domain import instants
from app.services import import_log

group = AppGroup("imports", help="Imports of files.")


@group.command("list")
@click.option("--account", "account_id", required=True)
@told
def list_all(account_id: str) -> None:
    """An account's imports, newest first."""
    rows = [("ID", "FILE", "FORMAT", "ROWS", "ACCEPTED", "ORDERS", "CREATED", "BY", "UNDONE")]
    for each in import_log.every(resources(), account_id):
        undone = "" if each.undone_at_us is None else instants.text(each.undone_at_us)
        made = instants.text(each.created_at_us)
        counts = (str(each.row_count), str(each.accepted), str(each.orders_accepted))
        what = (each.import_id, each.file_name, each.format)
        rows.append((*what, *counts, made, each.created_by, undone))
    table(rows)


@group.command("undo")
@click.argument("import_id")
@click.option("--account", "account_id", required=True)
@told
def undo(import_id: str, account_id: str) -> None:
    """Take out what an import brought in, as if it had never come."""
    undone = import_log.undo(resources(), account_id, import_id)
    click.echo(
        f"{undone.undone} executions taken out, {undone.corrected} of them corrected since;"
        f" {undone.restorable} that had been deleted may come back;"
        f" {undone.orders} orders taken out"
    )
