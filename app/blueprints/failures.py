"""The one way out for an error: its JSON shape, and the one table error -> status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from flask import Flask, Response, g
from flask import request as flask_request
from msgspec import UNSET, Meta, Struct, UnsetType
from werkzeug.exceptions import HTTPException

from app import errors, telemetry
from app.blueprints import response
from app.errors import AppError

RETRY_AFTER_S = 1
UNEXPECTED = "this is a fault of the service; its log has the details"

# The one place where a failure becomes a status.
STATUS: dict[type[AppError], HTTPStatus] = {
    errors.InvalidParameter: HTTPStatus.BAD_REQUEST,
    errors.InvalidBody: HTTPStatus.BAD_REQUEST,
    errors.AddressTooLong: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.HeadersTooLarge: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UpgradeRequired: HTTPStatus.UPGRADE_REQUIRED,
    errors.InvalidCursor: HTTPStatus.BAD_REQUEST,
    errors.AccountRequired: HTTPStatus.BAD_REQUEST,
    errors.UnknownSymbol: HTTPStatus.BAD_REQUEST,
    errors.CurrencyMismatch: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.AccountNotFound: HTTPStatus.NOT_FOUND,
    errors.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.SourceOverlap: HTTPStatus.CONFLICT,
    errors.RiskLimitReached: HTTPStatus.CONFLICT,
    errors.PayloadTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Internal: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.FeedStale: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.CacheMiss: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DatabaseUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.UpstreamUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.RiskUnknown: HTTPStatus.SERVICE_UNAVAILABLE,
}

# What the routing and the server's parts raise by themselves, in this service's words.
_HTTP_ERRORS: dict[int, tuple[type[AppError], str]] = {
    HTTPStatus.BAD_REQUEST: (errors.InvalidBody, "the request cannot be read"),
    HTTPStatus.NOT_FOUND: (errors.NotFound, "there is nothing at this path"),
    HTTPStatus.METHOD_NOT_ALLOWED: (errors.MethodNotAllowed, "this method is not allowed here"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (errors.PayloadTooLarge, "the body is too large"),
}

_log = telemetry.logger()


Code = Annotated[str, Meta(extra_json_schema={"enum": sorted({kind.code for kind in STATUS})})]


class FaultBody(Struct):
    """One fault of many; `row` counts from 1 where the request was a batch."""

    field: str
    message: str
    row: int | UnsetType = UNSET


class Failure(Struct):
    """What failed, what to do about it, and whether the same request may succeed later."""

    code: Code
    message: str
    retryable: bool
    request_id: str
    details: list[FaultBody]


class ErrorBody(Struct):
    """Every failure's body."""

    error: Failure


def register(app: Flask) -> None:
    """Answer every failure of a request in the same shape."""
    app.before_request(_refuse)
    app.register_error_handler(AppError, _failed)
    app.register_error_handler(HTTPException, _failed_in_http)
    app.register_error_handler(Exception, _failed_unexpectedly)


def _refuse() -> None:
    """Let fail what the server could not make a request of."""
    refusal: AppError | None = flask_request.environ.get(errors.REFUSED)
    if refusal:
        raise refusal


def failure(error: AppError) -> Failure:
    """What is told of a failure."""
    return Failure(
        code=error.code,
        message=error.message,
        retryable=error.retryable,
        request_id=telemetry.request_id.get(),
        details=[
            FaultBody(each.field, each.message, UNSET if each.row is None else each.row)
            for each in error.details
        ],
    )


def _failed(error: AppError) -> Response:
    failed = response.ok(ErrorBody(failure(error)), _status(error))
    if error.retryable:
        failed.headers["Retry-After"] = str(error.retry_after_s or RETRY_AFTER_S)
    if isinstance(error, errors.Unauthenticated):
        failed.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.UpgradeRequired):
        failed.headers["Upgrade"] = "websocket"
    g.refused = error
    return failed


def _status(error: AppError) -> HTTPStatus:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def _failed_in_http(error: HTTPException) -> Response:
    kind, message = _HTTP_ERRORS.get(error.code or 0, (errors.Internal, "the request failed"))
    failed = _failed(kind(message))
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        failed.headers["Allow"] = ", ".join(sorted(allowed))
    return failed


def _failed_unexpectedly(error: Exception) -> Response:
    _log.error("failed", exc_info=error)
    return _failed(errors.Internal(UNEXPECTED))
