"""What a driver's faults are to a caller: the database cannot be used now, or is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import DatabaseDamaged, DatabaseUnavailable
from app.metrics import counts

_OURS = (IntegrityError, ProgrammingError, DataError)
# A table or column that is not there, or not open to us: it is not the database that we need.
_OF_ANOTHER_DATABASE = {"42P01", "42703", "42501"}
_LOCK_NOT_AVAILABLE = "55P03"
_OF_DAMAGE = ("malformed", "file is not a database")


@contextmanager
def unavailable_at_fault() -> Iterator[None]:
    """Raise DatabaseUnavailable for every fault of a driver's that is not one of our statements."""
    try:
        yield
    except Exception as error:
        raise_told(error)
        raise


def raise_told(error: BaseException) -> None:
    """Raise what a driver's fault is to a caller; nothing where it is none."""
    if isinstance(error, PoolTimeout):
        counts.database_failed("pool")
        raise DatabaseUnavailable("all database connections are in use; try again") from error
    if not isinstance(error, (DBAPIError, UnicodeDecodeError)):
        return
    if isinstance(error, _OURS) and _state(error) not in _OF_ANOTHER_DATABASE:
        return
    if _is_damage(error):
        counts.database_failed("damage")
        raise DatabaseDamaged("the database is damaged: restore a backup") from error
    counts.database_failed("busy" if is_busy(error) else "fault")
    raise DatabaseUnavailable("the database cannot be used right now; try again") from error


def is_busy(error: Exception) -> bool:
    """Whether another process writes."""
    if not isinstance(error, DBAPIError):
        return False
    return _state(error) == _LOCK_NOT_AVAILABLE or "locked" in str(error.orig)


def _state(error: Exception) -> str | None:
    """What PostgreSQL calls the fault."""
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def _is_damage(error: Exception) -> bool:
    # SQLite tells of a damaged schema in its own words, which are then no text.
    if not isinstance(error, DBAPIError):
        return True
    return any(each in str(error.orig) for each in _OF_DAMAGE)
