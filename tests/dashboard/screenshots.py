"""Pictures of every screen for the documentation, of the history that `flask demo` invents."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.service import ROOT, Service

FOLDER = ROOT / "docs" / "screenshots"
SCREENS = ("overview", "performance", "trades", "price", "import", "system")
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
THEMES = ("dark", "light")
COLOURS = 256
# What charts and flashes take until they stand still.
STILL_MS = 1_500


def service(folder: Path) -> Service:
    """A running service with a year of invented trades."""
    made = Service(folder / "data", LOG_LEVEL="WARNING")
    made.flask("db", "upgrade")
    made.flask("demo")
    made.start()
    return made


def pictures(browser: Browser, shown: Service) -> Iterator[tuple[str, bytes]]:
    """Each picture with its name."""
    token = (shown.data_dir / "admin-token").read_text().strip()
    for size, (width, height) in SIZES.items():
        for theme in THEMES:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if theme == "dark" else "light",
                locale="en-US",
            )
            headers = {"Origin": shown.url}
            context.request.post(f"{shown.url}/api/session", data={"token": token}, headers=headers)
            for screen in SCREENS:
                page = context.new_page()
                show(page, f"{shown.url}/dashboard/{screen.removeprefix('overview')}")
                yield f"{screen}-{size}-{theme}.png", page.screenshot()
                page.close()
            context.close()


def show(page: Page, url: str) -> None:
    """Open a screen, and return once it stands still."""
    page.goto(f"{url}?account=DEMO-50K")
    page.wait_for_selector("main .card, main .tile")
    expect(page.locator("main .skeleton")).to_have_count(0)
    page.wait_for_timeout(STILL_MS)


def small(picture: bytes) -> bytes:
    """The picture with as many colours as it needs to look the same."""
    kept = io.BytesIO()
    full = Image.open(io.BytesIO(picture)).convert("RGB")
    # By coverage, so that the colour of a single dot stays.
    few = full.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def main() -> None:
    """Write all pictures again."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        shown = service(Path(folder))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        try:
            for name, picture in pictures(browser, shown):
                (FOLDER / name).write_bytes(small(picture))
        finally:
            browser.close()
            shown.stop()


if __name__ == "__main__":
    main()
