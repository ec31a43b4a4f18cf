"""What all commands share: the resources, and failures told in one line each."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal, InvalidOperation
from typing import ParamSpec, TypeVar

import click
from flask import current_app

from app.domain import fixed
from app.errors import AppError, DatabaseDamaged
from app.services.resources import Resources
from app.settings import Settings

_P = ParamSpec("_P")
_T = TypeVar("_T")

NAMED_MAX = 20


class Damaged(click.ClickException):
    """Told apart, so that nobody goes on starting what no further start will heal."""

    exit_code = 4


def resources() -> Resources:
    """The stores and the clock."""
    found: Resources = current_app.extensions["resources"]
    return found


def settings() -> Settings:
    """What the environment decided."""
    found: Settings = current_app.extensions["settings"]
    return found


def told(command: Callable[_P, _T]) -> Callable[_P, _T]:
    """Turn a failure into messages on standard error and an exit status: 4 for a damaged
    database, else 1.
    """

    @functools.wraps(command)
    def run(*args: _P.args, **options: _P.kwargs) -> _T:
        try:
            return command(*args, **options)
        except AppError as error:
            for detail in error.details[:NAMED_MAX]:
                click.echo(detail.message, err=True)
            cause = getattr(error.__cause__, "orig", None)
            kind = Damaged if isinstance(error, DatabaseDamaged) else click.ClickException
            raise kind(error.message + (f" ({cause})" if cause else "")) from error
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{place}{error.strerror}") from error

    return run


def money(micros: int) -> str:
    """An amount for people: `3,891.75`."""
    return f"{Decimal(fixed.text(micros, fixed.MONEY_PLACES)):,.2f}"


def decimal(_: click.Context, __: click.Parameter, value: str | None) -> Decimal | None:
    """An option's exact number."""
    try:
        return None if value is None else Decimal(value)
    except InvalidOperation:
        raise click.BadParameter("must be a number") from None


def progress(steps: Sequence[_T], label: str) -> AbstractContextManager[Iterable[_T]]:
    """The steps behind a progress bar where a person waits."""
    return click.progressbar(steps, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())


def table(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows in aligned columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)).rstrip())
