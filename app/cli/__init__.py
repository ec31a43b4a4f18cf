"""`flask --app wsgi …`: the service's use cases for people at a shell."""

from __future__ import annotations

from flask import Flask

from app.cli import (
    accounts,
    backups,
    bars,
    copying,
    database,
    demo,
    files,
    gateway,
    imports,
    instruments,
    sync,
    tokens,
)


def register(app: Flask) -> None:
    """Put every command on the application."""
    app.cli.add_command(database.group)
    app.cli.add_command(database.prepare)
    app.cli.add_command(database.verify)
    app.cli.add_command(backups.backup)
    app.cli.add_command(backups.restore)
    app.cli.add_command(copying.copy_to)
    app.cli.add_command(tokens.group)
    app.cli.add_command(accounts.group)
    app.cli.add_command(instruments.group)
    app.cli.add_command(files.import_files)
    app.cli.add_command(imports.group)
    app.cli.add_command(bars.import_bars)
    app.cli.add_command(demo.make_demo)
    app.cli.add_command(gateway.run)
    app.cli.add_command(sync.sync)
