"""One webhook over HTTP: signed, without redirects, and to no address inside the network unless
its host was named for that.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Collection
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.util.connection import create_connection

from app import VERSION

CONNECT_S, READ_S = 5.0, 10.0
ID, TIMESTAMP, SIGNATURE = "X-Webhook-Id", "X-Webhook-Timestamp", "X-Webhook-Signature"


class NotTaken(Exception):
    """The target did not say that it has it; the message says why, without the target's path."""


class Sender:
    """Sends bodies signed with a secret."""

    def __init__(self, secret: str, private_hosts: Collection[str]) -> None:
        self._secret = secret.encode()
        self._pool = urllib3.PoolManager(
            num_pools=5,
            maxsize=1,
            retries=False,
            ca_certs=certifi.where(),
            cert_reqs="CERT_REQUIRED",
        )
        self._pool.pool_classes_by_scheme = _pools(frozenset(private_hosts))

    def send(self, target: str, delivery_id: str, body: bytes, now_s: int) -> None:
        """POST a body; NotTaken unless the answer is a 2xx."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"trader-performance-api/{VERSION}",
            ID: delivery_id,
            TIMESTAMP: str(now_s),
            SIGNATURE: f"sha256={signature(self._secret, now_s, body)}",
        }
        timeout = urllib3.Timeout(connect=CONNECT_S, read=READ_S)
        try:
            answer = self._pool.request(
                *("POST", target),
                body=body,
                headers=headers,
                redirect=False,
                timeout=timeout,
                # What it says besides is nobody's business.
                preload_content=False,
            )
        except (HTTPError, ValueError) as error:
            raise NotTaken(f"{host(target)}: {type(error).__name__}") from error
        status = answer.status
        answer.close()
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise NotTaken(f"{host(target)} answered {status}")


def signature(secret: bytes, now_s: int, body: bytes) -> str:
    """HMAC-SHA256 over the time in seconds, a dot, and the body; hexadecimal."""
    return hmac.new(secret, f"{now_s}.".encode() + body, hashlib.sha256).hexdigest()


def host(target: str) -> str:
    """All that may be told of a target: its path may hold a secret."""
    return urlsplit(target).hostname or ""


def _pools(private_hosts: Collection[str]) -> dict[str, Any]:
    """Connections that look at each address themselves, at the moment that they use it."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, private_hosts)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, private_hosts)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connected(connection: HTTPConnection, private_hosts: Collection[str]) -> socket.socket:
    try:
        found = socket.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM)
        addresses = [str(each[4][0]) for each in found]
        if connection.host.lower() not in private_hosts:
            refuse_private(addresses)
        return create_connection((addresses[0], connection.port or 0), CONNECT_S)
    except (OSError, IndexError) as error:
        raise NewConnectionError(connection, str(error)) from error


def refuse_private(addresses: Collection[str]) -> None:
    """PermissionError if any address is not one of the open Internet."""
    for address in addresses:
        known = ipaddress.ip_address(address.partition("%")[0])
        inner = getattr(known, "ipv4_mapped", None) or known
        if not inner.is_global or inner.is_multicast:
            raise PermissionError("the host is inside the network: see WEBHOOK_PRIVATE_HOSTS")
