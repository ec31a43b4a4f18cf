"""`flask import-bars`: files of prices."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import click
from flask.cli import with_appcontext

from app.cli.shell import resources, told
from app.domain.bars import SECONDS
from app.services import bar_imports
from app.services.bar_imports import Source


class _Checked(NamedTuple):
    path: Path
    rows: int


@click.command("import-bars")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(dir_okay=False, exists=True, path_type=Path)
)
@click.option("--symbol", help="The product, or the contract, whose bars these are.")
@click.option("--contract", help="The contract, in any spelling that traders have.")
@click.option("--timeframe", required=True, type=click.Choice(list(SECONDS)))
@click.option(
    "--stamped",
    type=click.Choice(["open", "close"]),
    default="open",
    help="Whether a bar's time is its opening or its end.",
)
@with_appcontext
@told
def import_bars(
    files: tuple[Path, ...],
    symbol: str | None,
    contract: str | None,
    timeframe: str,
    stamped: str,
) -> None:
    """Import bars; every file is checked before any is stored, a second import changes nothing."""
    if not (symbol or contract):
        raise click.UsageError("say whose bars these are: --symbol or --contract")
    source = Source(symbol or contract or "", contract, timeframe, is_at_end=stamped == "close")
    checked = [_Checked(path, _check(path, source)) for path in files]
    for path, rows in checked:
        with (
            path.open(encoding="utf-8", newline="") as lines,
            click.progressbar(
                length=rows,
                label=f"storing {path.name}",
                file=sys.stderr,
                hidden=not sys.stderr.isatty(),
            ) as shown,
        ):
            stored = bar_imports.store(resources(), lines, source, shown.update)
        click.echo(
            f"{path.name}: {rows} bars of {timeframe}, {stored.new} new,"
            f" {stored.corrected} corrected, {stored.unchanged} unchanged"
        )


def _check(path: Path, source: Source) -> int:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return bar_imports.check(resources(), path.name, lines, source)
    except UnicodeDecodeError:
        raise click.ClickException(f"{path}: this is no text in UTF-8") from None
