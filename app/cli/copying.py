"""`flask copy-to`: the whole database moved to another one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from flask.cli import with_appcontext

from app.cli.shell import resources, table, told
from app.services import copying
from app.settings import database_url


@click.command("copy-to")
@click.argument("url")
@with_appcontext
@told
def copy_to(url: str) -> None:
    """Copy everything into the empty database of URL, and verify the copy.

    Called again after it was cut off, it goes on. URL is `sqlite:///FILE` or
    `postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME`; with `-` it is read from standard input,
    so that the password stays out of the shell's history.
    """
    given = sys.stdin.readline().strip() if url == "-" else url
    try:
        target_url = database_url(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    copied = copying.copy(resources(), target_url, _shown)
    table(
        [
            ("TABLE", "ROWS", "CHECKSUM"),
            *((each.table, str(each.digest.rows), each.digest.checksum) for each in copied),
        ]
    )
    click.echo("the copy is complete and verified: set DATABASE_URL to it and start the service")


@contextmanager
def _shown(label: str, length: int) -> Iterator[Callable[[int], object]]:
    with click.progressbar(
        length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        yield bar.update
