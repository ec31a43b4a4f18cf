"""The dashboard's side of a session: it keeps its cookie and says which page it is on."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

COOKIE = "trader_session"
PAGE = "http://localhost"


class Browser:
    """Calls by cookie alone, from one page."""

    def __init__(self, app: Flask, page: str | None = PAGE) -> None:
        self.client = app.test_client()
        self.page = page

    @property
    def session_id(self) -> str:
        """What its cookie says."""
        cookie = self.client.get_cookie(COOKIE)
        return cookie.value if cookie else ""

    @session_id.setter
    def session_id(self, value: str) -> None:
        self.client.set_cookie(COOKIE, value)

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        """The answer with its headers."""
        headers = dict(options.pop("headers", {}))
        if self.page is not None:
            headers.setdefault("Origin", self.page)
        return self.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **query: str) -> TestResponse:
        """The answer to a GET."""
        return self.call("GET", path, query_string=query or None)

    def log_in(self, secret: str) -> TestResponse:
        """Begin a session."""
        return self.call("POST", "/api/session", json={"token": secret})

    def log_out(self) -> TestResponse:
        """End it."""
        return self.call("DELETE", "/api/session")
