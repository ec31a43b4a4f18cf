"""What a failure looks like, whatever failed: the contract's one shape and nothing else."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

RETRYABLE = {429, 503}
# What tells a stranger how the service is built.
_INSIDES = ("Traceback", 'File "', ".py", "SELECT ", "INSERT ", "sqlite", "psycopg", "/app/")


def assert_error(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Hold an answer to be this failure; its `error` object, for what else it should say."""
    assert answer.status_code == status, answer.text
    assert answer.is_json
    assert list(answer.get_json()) == ["error", *_also_said(answer)]
    error: dict[str, Any] = answer.get_json()["error"]
    assert error["code"] == code, error
    assert list(error) == ["code", "message", "retryable", "request_id", "details"]
    assert error["request_id"] == answer.headers["X-Request-ID"]
    assert_retry(answer, error)
    assert_message(error["message"])
    assert isinstance(error["details"], list)
    for detail in error["details"]:
        assert_detail(detail)
    assert [each for each in _INSIDES if each in answer.text] == []
    return error


def assert_retry(answer: TestResponse, error: dict[str, Any]) -> None:
    is_retryable = answer.status_code in RETRYABLE
    assert error["retryable"] is is_retryable
    assert ("Retry-After" in answer.headers) is is_retryable
    assert int(answer.headers.get("Retry-After", "1")) > 0


def assert_message(message: Any) -> None:
    assert isinstance(message, str)
    assert message.strip()
    assert "\n" not in message


def assert_detail(detail: Any) -> None:
    assert list(detail) in (["field", "message"], ["field", "message", "row"])
    assert isinstance(detail["field"], str)
    assert_message(detail["message"])
    assert type(detail.get("row", 1)) is int
    assert detail.get("row", 1) > 0


def _also_said(answer: TestResponse) -> list[str]:
    """A chart's datafeed says the same in the words of its protocol as well."""
    return ["s", "errmsg"] if answer.request.path.startswith("/api/udf/") else []
