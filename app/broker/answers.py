"""ProjectX's answers: JSON bytes checked like any stranger's input, then in this service's terms.

Fields that we do not know are left alone, for brokers add some; one that is missing or makes no
sense fails the whole answer, so that no part of an answer is taken for all of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from app.broker.rows import Account, Bar, Contract, Order, Position, Trade
from app.errors import UpstreamUnavailable

_T = TypeVar("_T")
_Row = TypeVar("_Row")
_Key = TypeVar("_Key")


class Envelope(Struct, rename="camel"):
    """What every answer begins with; HTTP's status is 200 also where `success` is false."""

    success: bool
    error_code: int
    error_message: str | None = None


class Token(Envelope, rename="camel"):
    """The answer to a login."""

    token: str | None = None


class NewToken(Envelope, rename="camel"):
    """The answer to a renewal."""

    new_token: str | None = None


class Accounts(Envelope, rename="camel"):
    """The answer of Account/search."""

    accounts: Sequence[Account] | UnsetType | None = UNSET


class Contracts(Envelope, rename="camel"):
    """The answer of Contract/search and Contract/available."""

    contracts: Sequence[Contract] | UnsetType | None = UNSET


class OneContract(Envelope, rename="camel"):
    """The answer of Contract/searchById."""

    contract: Contract | None = None


class Bars(Envelope, rename="camel"):
    """The answer of History/retrieveBars."""

    bars: Sequence[Bar] | UnsetType | None = UNSET


class Orders(Envelope, rename="camel"):
    """The answer of Order/search and Order/searchOpen."""

    orders: Sequence[Order] | UnsetType | None = UNSET


class Positions(Envelope, rename="camel"):
    """The answer of Position/searchOpen."""

    positions: Sequence[Position] | UnsetType | None = UNSET


class Trades(Envelope, rename="camel"):
    """The answer of Trade/search."""

    trades: Sequence[Trade] | UnsetType | None = UNSET


class Nonsense(UpstreamUnavailable):
    """An answer that cannot be one: cut off, no JSON, or with values that make no sense."""


def read(content: bytes, kind: type[_T]) -> _T:
    """The answer in its shape; Nonsense says what is wrong without repeating what was said."""
    try:
        json.loads(content, object_pairs_hook=_once)
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise Nonsense(f"the broker's answer makes no sense: {error}") from None
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Nonsense("the broker's answer is no JSON, or was cut off") from None


def rows(
    said: Sequence[_Row] | UnsetType | None,
    told: Callable[[_Row], _T],
    identity: Callable[[_T], _Key],
) -> dict[_Key, _T]:
    """The rows of an answer in our terms by what names them. `null` stands for none; an answer
    without its rows, or one that says two things of the same row, is Nonsense.
    """
    if said is UNSET:
        raise Nonsense("the broker's answer lacks its rows")
    found: dict[_Key, _T] = {}
    for row in said or ():
        each = _checked(row, told)
        if found.setdefault(identity(each), each) != each:
            raise Nonsense("the broker's answer says two things of the same row")
    return found


def _once(pairs: list[tuple[str, object]]) -> None:
    # Of two rows with a gap between them one would be made, with the last of each value.
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")


def _checked(row: _Row, told: Callable[[_Row], _T]) -> _T:
    try:
        return told(row)
    except ValueError as error:
        raise Nonsense(f"the broker's answer makes no sense: {error}") from None
