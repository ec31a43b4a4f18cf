"""What lists and figures are filtered by, checked in one place."""

from __future__ import annotations

from app.db.connection import Connection
from app.domain import executions
from app.errors import InvalidBody, InvalidParameter
from app.services import instruments


def check_strategy(strategy: str | None) -> None:
    """InvalidParameter for what no strategy can be called."""
    if strategy is not None and not executions.is_name(strategy):
        raise InvalidParameter.of("strategy", "must be 1 to 128 characters, none of them a control")


def symbol(conn: Connection, said: str, at_us: int) -> tuple[str, str | None]:
    """The root that a filter names, and the contract where its spelling names one, whose year is
    the one nearest to an instant; UnknownSymbol or InvalidParameter for what is none.
    """
    try:
        instrument, contract = instruments.catalogue(conn).resolve(said, None, at_us)
    except InvalidBody as error:
        raise InvalidParameter.of("symbol", f"cannot be read: {error.message}") from None
    return instrument.root, None if contract == instrument.root else contract
