"""Failed logins: counted by address over all processes, so that nobody can try tokens for long.

Only who fails is counted and refused; a good token is looked up first and always passes.
"""

from __future__ import annotations

import ipaddress
from typing import Never

from app.db import logins
from app.db.logins import Failures
from app.domain import instants
from app.errors import RateLimited, Unauthenticated
from app.services.resources import Resources

WINDOW_S = 60
FAILURES_MAX = 10
# Of all addresses together: noting failures must not keep other writers waiting.
FAILURES_TOTAL_MAX = 300
_IPV6_PREFIX = 64


def refuse(res: Resources, address: str) -> Never:
    """Note that a token from an address is not good: Unauthenticated, or RateLimited when there
    were too many. What is refused is not noted, so that hammering writes nothing.
    """
    now_us, source = res.now_us(), network(address)
    since_us = now_us - WINDOW_S * instants.SECOND_US
    with res.db.glance() as conn:
        _refuse_too_many(logins.since(conn, source, since_us), now_us)
    with res.db.write() as conn:
        logins.alone(conn)
        logins.delete_until(conn, since_us)
        _refuse_too_many(logins.since(conn, source, since_us), now_us)
        logins.insert(conn, source, now_us)
    raise Unauthenticated("the token is not known, or was revoked")


def network(address: str) -> str:
    """Whom an address belongs to: of IPv6 everyone has a whole network."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "local"  # A socket file has no address.
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), _IPV6_PREFIX), strict=False))


def _refuse_too_many(failures: Failures, now_us: int) -> None:
    if failures.of_address >= FAILURES_MAX:
        message = f"more than {FAILURES_MAX} tokens in a minute were not good: wait, then try again"
        raise RateLimited(message, retry_after_s=_left_s(failures.first_of_address_us, now_us))
    if failures.of_all >= FAILURES_TOTAL_MAX:
        message = "too many tokens were not good in the last minute: wait, then try again"
        raise RateLimited(message, retry_after_s=_left_s(failures.first_of_all_us, now_us))


def _left_s(first_at_us: int | None, now_us: int) -> int:
    passed_us = now_us - (now_us if first_at_us is None else first_at_us)
    return max(1, WINDOW_S - passed_us // instants.SECOND_US)
