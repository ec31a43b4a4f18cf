"""The description of the service as text, for the types that the dashboard makes of it."""

from __future__ import annotations

import json
import tempfile

from app.blueprints import specification
from app.factory import create_app
from app.settings import from_env


def text() -> str:
    """What /openapi.json answers."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(from_env({"DATA_DIR": folder, "LOG_LEVEL": "WARNING"}))
        return json.dumps(specification.of_app(app))


if __name__ == "__main__":
    print(text())  # noqa: T201 (it is piped on)
