"""The service whose workers die between a commit and all that follows it, when they are told to."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from flask import Flask

from app.factory import create_app
from app.services.resources import Resources
from app.settings import from_env
from tests.system import naive

# Where this file is, the next worker that has committed dies, once.
MARK = "die-after-the-commit"


def create() -> Flask:
    """The application."""
    return _mortal(create_app())


def create_naive() -> Flask:
    """The one that deletes what it kept after each write."""
    return _mortal(naive.create())


def _mortal(app: Flask) -> Flask:
    resources: Resources = app.extensions["resources"]
    mark = from_env().data_dir / MARK
    resources.db.on_commit = lambda: _die_if(mark)
    return app


def _die_if(mark: Path) -> None:
    if mark.exists():
        mark.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
