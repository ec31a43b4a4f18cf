"""What single values of requests look like, as the document says it.

The patterns repeat no check: they are made from what checks, or held to it by a test.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from app.domain.executions import (
    ID,
    ID_LENGTH_MAX,
    MONEY_MAX_MICROS,
    NAME,
    QUANTITY_MAX,
    SEQUENCE_MAX,
)
from app.domain.fixed import MICRO

_DATE = r"(1899|19\d\d|2[01]\d\d|2200)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?"
_OFFSET = r"([Zz]|[+-]([01]\d|2[0-3]):?[0-5]\d)"
DATE_PATTERN = f"^{_DATE}$"
INSTANT_PATTERN = f"^{_DATE}[Tt ]{_TIME}{_OFFSET}$"
BOUND_PATTERN = f"^{_DATE}([Tt ]{_TIME}{_OFFSET})?$"
_UNSIGNED = r"(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,6})?$"
_SIGNED = {"pattern": rf"^[+-]?{_UNSIGNED}"}
_MONEY_MAX = MONEY_MAX_MICROS // MICRO
# `fixed` holds 18 digits: nine of them are a price's decimals, six are money's.
_PRICE_END = 10**9

Id = Annotated[
    str,
    Meta(
        description=f"1 to {ID_LENGTH_MAX} printable ASCII characters without `/`.",
        extra_json_schema={"pattern": f"^{ID.pattern}$"},
    ),
]
Name = Annotated[
    str,
    Meta(
        description="1 to 128 characters, none of them a control.",
        extra_json_schema={"pattern": f"^{NAME.pattern}$"},
    ),
]
AskedAccount = Annotated[
    str,
    Meta(
        description="May be left out where it is clear: the selected account, else the default,"
        " else the only one.",
        extra_json_schema={"pattern": f"^{ID.pattern}$"},
        examples=["12694476"],
    ),
]
Symbol = Annotated[
    str,
    Meta(
        description="A product, or one of its contracts, in any spelling that traders have.",
        examples=["MNQ", "MNQZ5", "MNQ 12-25", "CON.F.US.MNQ.Z25"],
    ),
]
Cursor = Annotated[str, Meta(description="`next_cursor` of the page before, as it was given.")]
Moment = Annotated[
    str,
    Meta(
        description="ISO 8601 with an offset, of the years 1900 to 2199.",
        extra_json_schema={"pattern": INSTANT_PATTERN},
        examples=["2025-11-07T14:32:55Z", "2025-11-07T08:32:55.250-06:00"],
    ),
]
Side = Annotated[str, Meta(extra_json_schema={"enum": ["BUY", "SELL"]})]
Quantity = Annotated[
    int, Meta(description="Contracts.", extra_json_schema={"minimum": 1, "maximum": QUANTITY_MAX})
]
Sequence = Annotated[
    int,
    Meta(
        description="Breaks ties in time.",
        extra_json_schema={"minimum": -SEQUENCE_MAX, "maximum": SEQUENCE_MAX},
    ),
]
Price = Annotated[
    Decimal,
    Meta(
        description="Exact, at most 9 decimals; a multiple of the tick size, save with"
        " `average_price`. A string keeps every digit on its way.",
        extra_json_schema=_SIGNED
        | {"exclusiveMinimum": -_PRICE_END, "exclusiveMaximum": _PRICE_END},
        examples=["25204.25"],
    ),
]
BarPrice = Annotated[
    Decimal,
    Meta(
        description="Exact, at most 9 decimals; may be negative.",
        extra_json_schema=_SIGNED
        | {"exclusiveMinimum": -_PRICE_END, "exclusiveMaximum": _PRICE_END},
        examples=["25204.25"],
    ),
]
Amount = Annotated[
    Decimal,
    Meta(
        description="Exact, at most 6 decimals.",
        extra_json_schema=_SIGNED,
        examples=["-1250.50"],
    ),
]
BrokerPnl = Annotated[
    Decimal,
    Meta(
        description="The gross P&L that the broker states; kept for reconciliation.",
        extra_json_schema=_SIGNED | {"minimum": -_MONEY_MAX, "maximum": _MONEY_MAX},
    ),
]
Fees = Annotated[
    Decimal,
    Meta(
        description="All commissions and fees of this fill, in the account's currency.",
        extra_json_schema=_SIGNED | {"minimum": 0, "maximum": _MONEY_MAX},
        examples=["0.74"],
    ),
]
Rate = Annotated[
    Decimal,
    Meta(
        description="Account currency per unit of the instrument's; needed where they differ.",
        extra_json_schema=_SIGNED | {"exclusiveMinimum": 0, "exclusiveMaximum": _PRICE_END},
    ),
]
Currency = Annotated[str, Meta(extra_json_schema={"pattern": "^[A-Z]{3}$"}, examples=["USD"])]
ZoneName = Annotated[
    str,
    Meta(
        description="A zone of the IANA time zone database.",
        extra_json_schema={"pattern": "^[A-Za-z0-9_+/-]{1,64}$"},
        examples=["America/Chicago"],
    ),
]
Note = Annotated[str, Meta(extra_json_schema={"maxLength": 500})]
