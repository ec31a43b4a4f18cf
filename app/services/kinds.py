"""What the single values of answers are, as their JSON schemas say it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Raw

from app.domain.groups import MEANINGS as GROUP_WAYS

# Numbers go out exact: `bodies` makes them from fixed-point integers.
Number = Raw | float
_NUMBER = {"type": "number"}

Money = Annotated[
    Number,
    Meta(description="Exact, at most 6 decimals, no exponent.", extra_json_schema=_NUMBER),
]
Price = Annotated[
    Number,
    Meta(description="Exact, at most 9 decimals, no exponent.", extra_json_schema=_NUMBER),
]
Percent = Annotated[
    Number,
    Meta(
        description="0.0 to 100.0, to one decimal.",
        extra_json_schema=_NUMBER | {"minimum": 0, "maximum": 100},
    ),
]
Ratio = Annotated[
    Number, Meta(description="Rounded half-even to 4 decimals.", extra_json_schema=_NUMBER)
]
Seconds = Annotated[
    Number,
    Meta(
        description="Seconds, to the microsecond.",
        extra_json_schema=_NUMBER | {"minimum": 0},
    ),
]
Milliseconds = Annotated[
    Number, Meta(description="Milliseconds, to the microsecond.", extra_json_schema=_NUMBER)
]
Instant = Annotated[
    str,
    Meta(
        description="UTC with `Z`, without a fraction where it is zero.",
        extra_json_schema={"format": "date-time"},
    ),
]
CivilDate = Annotated[str, Meta(extra_json_schema={"format": "date"})]
CalendarName = Annotated[str, Meta(extra_json_schema={"enum": ["civil", "session"]})]
BasisName = Annotated[str, Meta(extra_json_schema={"enum": ["position", "execution"]})]
FeedStatus = Annotated[str, Meta(extra_json_schema={"enum": ["live", "stale", "manual"]})]
GroupName = Annotated[str, Meta(extra_json_schema={"enum": list(GROUP_WAYS)})]
PositionSide = Annotated[str, Meta(extra_json_schema={"enum": ["LONG", "SHORT"]})]
FillSide = Annotated[str, Meta(extra_json_schema={"enum": ["BUY", "SELL"]})]
OrderStatus = Annotated[
    str, Meta(extra_json_schema={"enum": ["PENDING", "FILLED", "CANCELLED", "REJECTED"]})
]
