"""How Gunicorn serves the application; the environment decides the rest (see README)."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from app import allocator, telemetry
from app.metrics import folder
from app.settings import BadSettings, from_env

try:
    _settings = from_env()
except BadSettings as error:
    sys.exit(f"cannot start: {error}")

bind = _settings.bind
workers = _settings.web_concurrency
worker_class = "app.worker.Worker"
logger_class = "app.worker.Lines"
# More than may wait and listen at once, so that others are answered whoever does.
worker_connections = 3_500
timeout = 30
graceful_timeout = 25
# How long a connection may be silent, and the head of a request may take. Idle connections are
# waited for at a stop, so they must not be kept for long.
keepalive = 5
# Whatever is sent goes through the worker's deadline.
sendfile = False
# A heartbeat file on a disk can block for seconds; and containers may have nothing else to write.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
forwarded_allow_ips = ",".join(_settings.trusted_proxies)
forwarder_headers = ""
logconfig_dict = telemetry.logging_config(_settings.log_level, _settings.secrets)


def post_worker_init(worker: Any) -> None:
    """Let those who wait be answered as soon as the worker is told to stop; begin what goes on
    beside its requests.
    """
    allocator.return_large_pieces()
    allocator.begin_to_trim()
    # What is there now stays: to look through it for garbage took 8 ms of each long answer.
    gc.collect()
    gc.freeze()
    parts = worker.wsgi.extensions
    parts["resources"].hub.is_stopping = lambda: not worker.alive
    if parts["webhooks"]:
        parts["webhooks"].start(lambda: not worker.alive)


def worker_exit(_: Any, worker: Any) -> None:
    """Close the database: the last one to do so writes the log's pages into its file."""
    parts = getattr(getattr(worker, "wsgi", None), "extensions", None)
    if parts:
        parts["resources"].db.close()


def on_starting(_: Any) -> None:
    """Migrate and make the first token before any worker: in a process of its own, since no
    connection may be open when the workers are forked.
    """
    # One that was handed down belongs to the service before.
    os.environ.pop(folder.VARIABLE, None)
    prepared = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "prepare"], check=False
    )
    if prepared.returncode:
        sys.exit(prepared.returncode)
    folder.make()


def child_exit(_: Any, __: Any) -> None:
    """What a worker counted outlives it."""
    folder.bury()


def on_exit(_: Any) -> None:
    """Nothing stays in memory that outlives processes."""
    folder.remove()
