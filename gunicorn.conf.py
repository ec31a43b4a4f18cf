"""How Gunicorn serves the application; the environment decides the rest (see README)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from app import telemetry
from app.settings import BadSettings, from_env

try:
    _settings = from_env()
except BadSettings as error:
    sys.exit(f"cannot start: {error}")

bind = _settings.bind
workers = _settings.web_concurrency
worker_class = "gevent"
worker_connections = 2_000
timeout = 30
graceful_timeout = 25
# Idle connections are waited for at a stop, so they must not be kept for long.
keepalive = 5
# A heartbeat file on a disk can block for seconds; and containers may have nothing else to write.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
forwarded_allow_ips = "127.0.0.1"
forwarder_headers = ""
logconfig_dict = telemetry.logging_config(_settings.log_level)


def post_worker_init(worker: Any) -> None:
    """Let those who wait be answered as soon as the worker is told to stop."""
    worker.wsgi.extensions["resources"].hub.is_stopping = lambda: not worker.alive


def on_starting(_: Any) -> None:
    """Migrate and make the first token before any worker: in a process of its own, since no
    connection may be open when the workers are forked.
    """
    prepared = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "prepare"], check=False
    )
    if prepared.returncode:
        sys.exit(prepared.returncode)
