"""What the dashboard's tests stand on; each part of it may be missing on a machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.dashboard.visits import Visit
from tests.service import ROOT, Service

PAGES = ROOT / "dashboard"
BUILD = ROOT / "app" / "dashboard_build"


def needed(found: bool, what: str) -> None:  # noqa: FBT001 (read with its sentence)
    """Skip what needs something that is not here, or fail where REQUIRE_DASHBOARD says that it
    has to be.
    """
    if found:
        return
    if os.environ.get("REQUIRE_DASHBOARD") == "1":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def pages() -> Path:
    """The dashboard's sources with what they need to be checked and tested."""
    needed(shutil.which("npm") is not None, "npm is not here")
    needed((PAGES / "node_modules").exists(), "`make dashboard` was not run")
    return PAGES


@pytest.fixture(scope="session")
def build() -> Path:
    """The built dashboard."""
    needed((BUILD / "index.html").exists(), "the dashboard is not built: `make dashboard`")
    return BUILD


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real browser."""
    path = shutil.which("chromium")
    needed(path is not None, "chromium is not here")
    with sync_playwright() as playwright:
        # Without a sandbox: tests may run as root, and only see their own service.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with several workers, the built dashboard and an invented history."""
    assert build
    service = Service(tmp_path_factory.mktemp("dashboard") / "data", LOG_LEVEL="WARNING")
    service.flask("db", "upgrade")
    made = service.flask("demo", "--days", "40")
    assert made.returncode == 0, made.stderr
    service.start()
    yield service
    service.stop()


@pytest.fixture
def visit(chromium: Browser, demo: Service) -> Iterator[Visit]:
    """Somebody without a session who looks at the service with the invented history."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    made = Visit(context.new_page(), demo)
    yield made
    context.close()
    assert made.faults == []
