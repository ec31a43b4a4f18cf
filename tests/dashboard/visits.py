"""A visit of the dashboard in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.service import Service

QUICK = 15_000


class Visit:
    """A page of the dashboard, and what went wrong in it."""

    def __init__(self, page: Page, service: Service) -> None:
        self.page = page
        self.url = f"{service.url}/dashboard"
        self.token = (service.data_dir / "admin-token").read_text().strip()
        self.faults: list[str] = []
        self.asked: list[str] = []
        page.set_default_timeout(QUICK)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("request", lambda request: self.asked.append(request.url))

    def _note(self, kind: str, text: str) -> None:
        # A page may be refused something by its policy, and by nothing else unseen.
        if kind == "error" and "Content Security Policy" in text:
            self.faults.append(text)

    def sign_in(self, path: str = "/") -> None:
        """Show a page; whoever has no session signs in there."""
        self.page.goto(self.url + path)
        self.page.get_by_label("Access token").fill(self.token)
        self.page.get_by_role("button", name="Sign in").click()
