"""Executions of a body in one go, where nothing in it asks for a closer look.

What is read here is read as `document` and `typed` read it, at a tenth of the cost. Whatever they
would refuse, or this cannot be sure of, is theirs: they name every fault.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache

import msgspec
from msgspec import DecodeError, Raw, Struct

from app.blueprints.document import NUMBER_LENGTH_MAX
from app.domain import fixed, instants
from app.domain.executions import Fill

_ABSENT = Raw()
# Beyond it no whole number is one of ours, and only its digits could say what is wrong with it.
_WHOLE_END = 2**63
_KEPT_MAX = 16_384


class _Plain(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """An execution's fields; numbers as they are written, whose spelling counts."""

    account_id: str
    execution_id: str
    symbol: str
    side: str
    quantity: int | float
    price: Raw
    executed_at: str
    contract: str | None = None
    order_id: str | None = None
    fees: Raw = _ABSENT
    sequence: int | float | None = None
    strategy: str | None = None
    source: str | None = None
    broker_pnl: Raw = _ABSENT
    fx_rate: Raw = _ABSENT
    average_price: bool | None = None


FIELDS = _Plain.__struct_fields__
_DECODER = msgspec.json.Decoder(list[_Plain] | _Plain)


def read(sent: bytes, rows_max: int) -> list[Fill] | None:
    """The fills of a JSON text, one or an array of at most so many; None where it has to be read
    with care.
    """
    # Without escapes and other alphabets a text stands in the body byte for byte as it is.
    if not sent.isascii() or b"\\" in sent:
        return None
    try:
        decoded = _DECODER.decode(sent)
        found = decoded if isinstance(decoded, list) else [decoded]
        if len(found) > rows_max or _repeats(sent, found):
            return None
        return [_fill(each) for each in found]
    except (DecodeError, ValueError, InvalidOperation, RecursionError):
        return None


def _repeats(sent: bytes, found: list[_Plain]) -> bool:
    """Whether a key is given twice: each has one colon outside of texts, and those inside are the
    same again when what was kept is written down.
    """
    return msgspec.json.encode(found).count(b":") != sent.count(b":")


def _fill(each: _Plain) -> Fill:
    return Fill(
        each.account_id,
        each.execution_id,
        each.symbol,
        each.side,
        _whole(each.quantity),
        _decimal(bytes(each.price)),
        instants.parse(each.executed_at),
        each.contract,
        each.order_id,
        _optional(each.fees),
        None if each.sequence is None else _whole(each.sequence),
        each.strategy,
        each.source,
        _optional(each.broker_pnl),
        _optional(each.fx_rate),
        each.average_price,
    )


def _whole(said: float) -> int:
    # JSON's 2.0 and 1e2 are no whole numbers here.
    if type(said) is not int or abs(said) >= _WHOLE_END:
        raise ValueError
    return said


def _optional(said: Raw) -> Decimal | None:
    return _decimal(bytes(said)) if said is not _ABSENT else None


@lru_cache(maxsize=_KEPT_MAX)
def _decimal(said: bytes) -> Decimal:
    text = said.decode()
    if text.startswith('"'):
        return fixed.parse(text[1:-1])
    if len(text) > NUMBER_LENGTH_MAX:
        raise ValueError
    return Decimal(text)
