"""Structured logs: one JSON object a line, each with the request that it belongs to."""

from __future__ import annotations

import logging.config
from contextvars import ContextVar
from typing import Any

import structlog

request_id: ContextVar[str] = ContextVar("request_id", default="")


def configure(level: str) -> None:
    """Log this service's events and its libraries' as JSON, from `level` up."""
    logging.config.dictConfig(logging_config(level))
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logging_config(level: str) -> dict[str, Any]:
    """The standard library's logging set up to write JSON to standard error, as a dictConfig."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _shared(),
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    }
    handler = {
        "class": "logging.StreamHandler",
        "formatter": "json",
        "stream": "ext://sys.stderr",
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"standard_error": handler},
        "root": {"level": level, "handlers": ["standard_error"]},
        "loggers": {
            # It tells of each plugin that it loads; what it did, its caller tells.
            "alembic": {"level": "WARNING"},
            "gunicorn.error": {"level": level, "handlers": [], "propagate": True},
        },
    }


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose calls take an event and its fields."""
    log: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return log


def _shared() -> list[structlog.typing.Processor]:
    return [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        _add_request_id,
    ]


def _add_request_id(_: Any, __: str, event: Any) -> Any:
    if identity := request_id.get():
        event["request_id"] = identity
    return event
