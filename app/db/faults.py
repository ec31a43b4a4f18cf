"""What a driver's faults are to a caller: the database cannot be used now, or is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import DatabaseDamaged, DatabaseUnavailable
from app.metrics import counts

_OURS = (IntegrityError, ProgrammingError, DataError)
_OF_DAMAGE = ("malformed", "file is not a database")


@contextmanager
def unavailable_at_fault() -> Iterator[None]:
    """Raise DatabaseUnavailable for every fault of a driver's that is not one of our statements."""
    try:
        yield
    except PoolTimeout as error:
        counts.database_failed("pool")
        raise DatabaseUnavailable("all database connections are in use; try again") from error
    except _OURS:
        raise
    except (DBAPIError, UnicodeDecodeError) as error:
        if _is_damage(error):
            counts.database_failed("damage")
            raise DatabaseDamaged("the database is damaged: restore a backup") from error
        counts.database_failed("busy" if is_busy(error) else "fault")
        raise DatabaseUnavailable("the database cannot be used right now; try again") from error


def is_busy(error: Exception) -> bool:
    """Whether another process writes."""
    return isinstance(error, DBAPIError) and "locked" in str(error.orig)


def _is_damage(error: Exception) -> bool:
    # SQLite tells of a damaged schema in its own words, which are then no text.
    if not isinstance(error, DBAPIError):
        return True
    return any(each in str(error.orig) for each in _OF_DAMAGE)
