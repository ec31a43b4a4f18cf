"""What schemathesis cannot know of this service; it loads this file by SCHEMATHESIS_HOOKS."""

from __future__ import annotations

import re
from typing import Any

import schemathesis

from app.blueprints.values import BOUND_PATTERN
from app.domain.instruments import SHIPPED

BOUND = re.compile(BOUND_PATTERN, re.ASCII)
# A generated `If-None-Match: *` is held as long as `wait` says.
WAIT_MAX_S = 1


@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx: Any, value: Any) -> bytes:  # noqa: ARG001
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def before_call(ctx: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001
    """Nothing is synced here, so `require=live` is rightly answered 503, and so are prices before
    the first bar.
    """
    query = case.query
    if not isinstance(query, dict):
        return
    if case.path in ("/api/history", "/history"):
        if BOUND.search(str(query.get("end"))):
            query["end"] = "2025-11-07"
        if query.get("symbol") in SHIPPED.by_root:
            query["symbol"] = "MNQ"
    if query.get("require") == "live":
        del query["require"]
    wait = query.get("wait")
    if isinstance(wait, int) and not isinstance(wait, bool) and WAIT_MAX_S < wait <= 55:
        query["wait"] = WAIT_MAX_S


@schemathesis.hook
def map_body(ctx: Any, body: Any) -> Any:  # noqa: ARG001
    """A fill that is typed well is mostly one of a product that there is, at a price of its ticks:
    else nothing would ever be stored.
    """
    if isinstance(body, dict) and isinstance(body.get("symbol"), str) and "side" in body:
        merged = {"symbol": "MNQ", "contract": None, "average_price": True, "price": "21000.25"}
        return body | {name: merged[name] for name in merged if name in body}
    return body
