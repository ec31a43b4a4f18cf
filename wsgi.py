"""The application for Gunicorn and for `flask --app wsgi`."""

from __future__ import annotations

import sys

from app import cli
from app.db.engines import UnsafeSQLite
from app.factory import create_app
from app.settings import BadSettings

try:
    app = create_app()
except (BadSettings, UnsafeSQLite) as error:
    sys.exit(f"cannot start: {error}")
cli.register(app)
