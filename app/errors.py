"""Every failure that a caller is told of: a code, a message and whether a retry can help.

What HTTP status each one has is decided in `blueprints/failures.py` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

# Where a server puts the failure of what it could not make a request of, among a WSGI request's
# variables.
REFUSED = "app.refused"


class Detail(NamedTuple):
    """One fault of many: the field at fault, and the row of a batch (from 1) that holds it."""

    field: str
    message: str
    row: int | None = None


class AppError(Exception):
    """A failure with a stable code; the message says what the caller can do about it."""

    code: ClassVar[str] = "INTERNAL"
    retryable: ClassVar[bool] = False

    def __init__(
        self, message: str, details: Sequence[Detail] = (), *, retry_after_s: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)
        self.retry_after_s = retry_after_s


class InvalidParameter(AppError):
    """A parameter of the query or the path that says what cannot be meant."""

    code = "INVALID_PARAMETER"

    @classmethod
    def of(cls, field: str, fault: str) -> InvalidParameter:
        """The failure of one parameter, named by its field."""
        message = f"{field} {fault}"
        return cls(message, [Detail(field, message)])


class UpgradeRequired(InvalidParameter):
    """A request that is not one to become a WebSocket, where only such are answered."""


class InvalidBody(AppError):
    code = "INVALID_BODY"


class AddressTooLong(InvalidParameter):
    """A request line that is not read to its end."""


class HeadersTooLarge(InvalidParameter):
    """Headers that are not read to their end."""


class InvalidCursor(AppError):
    code = "INVALID_CURSOR"


class AccountRequired(AppError):
    code = "ACCOUNT_REQUIRED"


class UnknownSymbol(AppError):
    code = "UNKNOWN_SYMBOL"


class CurrencyMismatch(AppError):
    code = "CURRENCY_MISMATCH"


class Unauthenticated(AppError):
    code = "UNAUTHENTICATED"


class Forbidden(AppError):
    code = "FORBIDDEN"


class NotFound(AppError):
    code = "NOT_FOUND"


class AccountNotFound(AppError):
    code = "ACCOUNT_NOT_FOUND"


class MethodNotAllowed(AppError):
    code = "METHOD_NOT_ALLOWED"


class Conflict(AppError):
    code = "CONFLICT"


class SourceOverlap(AppError):
    code = "SOURCE_OVERLAP"


class RiskLimitReached(AppError):
    code = "RISK_LIMIT_REACHED"


class RiskUnknown(AppError):
    code = "RISK_UNKNOWN"
    retryable = True


class PayloadTooLarge(AppError):
    code = "PAYLOAD_TOO_LARGE"


class UnsupportedMediaType(AppError):
    code = "UNSUPPORTED_MEDIA_TYPE"


class RateLimited(AppError):
    code = "RATE_LIMITED"
    retryable = True


class Internal(AppError):
    code = "INTERNAL"


class FeedStale(AppError):
    code = "FEED_STALE"
    retryable = True


class CacheMiss(AppError):
    code = "CACHE_MISS"
    retryable = True


class DatabaseUnavailable(AppError):
    code = "DATABASE_UNAVAILABLE"
    retryable = True


class DatabaseDamaged(DatabaseUnavailable):
    """The database's file is not sound: only a restore helps."""


class UpstreamUnavailable(AppError):
    code = "UPSTREAM_UNAVAILABLE"
    retryable = True


class UpstreamRefused(UpstreamUnavailable):
    """The broker understood the question and said no."""


class UpstreamCredentialsRefused(UpstreamRefused):
    """The broker does not take the user name and key."""


class UpstreamUnknown(UpstreamRefused):
    """The broker knows no such account or contract."""
