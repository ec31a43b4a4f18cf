"""The application in this process, in the place of a running service and of a session with it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app.db.connection import Database
from app.factory import create_app
from app.services import access
from app.services.lasting import Replays
from app.services.resources import Resources
from app.settings import from_env
from tests.conftest import Clock, resources_on


class InProcess:
    """What a trader needs of a session."""

    def __init__(self, client: FlaskClient, secret: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {secret}"}

    def request(self, method: str, url: str, *, json: Any, timeout: Any) -> Any:
        del timeout
        answer = self._client.open(url, method=method, json=json, headers=self._headers)
        return SimpleNamespace(
            status_code=answer.status_code, text=answer.text, json=answer.get_json
        )


def application(db: Database, folder: Path) -> Flask:
    """The application on a database, whose clock stands still."""
    app = create_app(from_env({"DATA_DIR": str(folder), "LOG_LEVEL": "WARNING"}))
    renew(app, resources_on(db, Clock()))
    return app


def renew(app: Flask, res: Resources) -> None:
    """Let an application go on with other resources, and with no answer that it gave before."""
    app.extensions["resources"] = res
    replay: Any = app.wsgi_app
    replay._replays = Replays()


def token(db: Database) -> str:
    """The secret of one who may do everything."""
    return access.create_token(resources_on(db, Clock()), "tests", "admin", ())
