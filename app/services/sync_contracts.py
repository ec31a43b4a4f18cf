"""The broker's names of contracts, and ours."""

from __future__ import annotations

from app.domain.instruments import Catalogue

_DATED = "CON."


def is_dated(contract_id: str) -> bool:
    """Whether a broker's name says which delivery of the product is meant."""
    return contract_id.startswith(_DATED)


def ours(known: Catalogue, contract_id: str, at_us: int) -> str:
    """Our code of a broker's contract; UnknownSymbol where it is of no instrument of ours."""
    return known.resolve(contract_id, None, at_us)[1]
