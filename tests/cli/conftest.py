"""Commands as a person at a shell runs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app.services import accounts
from app.services.resources import Resources


class Shell:
    """Runs commands of an application in a folder of files."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app = app
        self.folder = folder

    def run(self, *arguments: str, status: int = 0) -> Result:
        """A command's result, which must end with this status and never with a traceback."""
        result = self.app.test_cli_runner().invoke(args=list(arguments))
        assert result.exit_code == status, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        return result

    def file(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)


@pytest.fixture
def shell(app: Flask, tmp_path: Path) -> Shell:
    return Shell(app, tmp_path)


def stored(res: Resources) -> dict[str, int]:
    """Every account and its version."""
    return {each.account_id: each.version for each in accounts.every(res)}
