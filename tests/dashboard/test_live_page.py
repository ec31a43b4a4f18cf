"""What an open page does by itself: it shows writes as they come, and gets over interruptions."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Locator, WebSocket, expect

from tests.dashboard.visits import Visit
from tests.service import Service

ACCOUNT, OTHER = "PAGE", "OTHER"
START = 50_000
NUMBERS = count(1)
# Waits between attempts to connect, or between two questions, are in it.
PATIENCE_MS = 45_000
# The longest that a page without a socket leaves between two questions.
QUESTION_MS = 15_000


@pytest.fixture(scope="module")
def alone(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that may be stopped, with two accounts that have traded a little today."""
    assert build
    service = Service(tmp_path_factory.mktemp("alone") / "data", LOG_LEVEL="WARNING")
    service.start()
    for account, points in ((ACCOUNT, 5), (OTHER, 45)):
        open_account(service, account)
        trade(service, points, account)
    yield service
    service.stop()


@pytest.fixture
def open_page(chromium: Browser, alone: Service) -> Iterator[Visit]:
    """Somebody who has not signed in yet."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    visit = Visit(context.new_page(), alone)
    yield visit
    context.close()
    assert visit.faults == []


def open_account(service: Service, account: str) -> None:
    terms = {"timezone": "UTC", "starting_balance": str(START)}
    answer = service.session().put(f"{service.url}/api/accounts/{account}", json=terms, timeout=10)
    assert answer.status_code < 300, answer.text


def trade(service: Service, points: int, account: str = ACCOUNT) -> None:
    """Buy a contract and sell it so many points higher, now: two dollars a point."""
    number, now = next(NUMBERS), datetime.now(UTC)
    fills = [
        {
            "account_id": account,
            "execution_id": f"{number}-{side}",
            "symbol": "MNQ",
            "contract": "MNQZ6",
            "side": side,
            "quantity": 1,
            "price": str(price),
            "fees": "0",
            "executed_at": (now - timedelta(seconds=before_s)).isoformat(),
            "source": "page",
        }
        for side, price, before_s in (("BUY", 25_000, 0.2), ("SELL", 25_000 + points, 0.1))
    ]
    answer = service.session().post(f"{service.url}/api/executions", json=fills, timeout=10)
    assert answer.status_code < 300, answer.text


def traded(service: Service, account: str = ACCOUNT) -> tuple[int, float]:
    """How many positions the account closed today, and what they came to."""
    day = service.get(service.session(), "/api/performance/daily", account_id=account)
    return day["total_trades"], float(day["daily_pnl"])


def tile(visit: Visit, name: str) -> Locator:
    return visit.page.get_by_role("group", name=name, exact=True)


def expect_shown(visit: Visit, service: Service, account: str = ACCOUNT) -> None:
    """Tiles, curve, calendar and last trades show what the API says."""
    trades, pnl = traded(service, account)
    page = visit.page
    expect(tile(visit, "Today")).to_contain_text(f"+${pnl:,.2f}", timeout=PATIENCE_MS)
    expect(tile(visit, "This week")).to_contain_text(f"{trades} trade", timeout=PATIENCE_MS)
    curve = page.get_by_role("img", name=f"Balance ${START + pnl:,.2f}")
    expect(curve).to_be_visible(timeout=PATIENCE_MS)
    day = page.get_by_role("link", name=re.compile(rf": \+{pnl:,.2f}, {trades} trades$"))
    expect(day).to_be_visible(timeout=PATIENCE_MS)
    rows = page.get_by_role("table", name="Last trades").get_by_role("row")
    expect(rows).to_have_count(1 + min(10, trades), timeout=PATIENCE_MS)


def marked(visit: Visit) -> bool:
    """Whether the page is still the one that was marked: a reload forgets it."""
    return bool(visit.page.evaluate("window.isMarked === true"))


def mark(visit: Visit) -> None:
    visit.page.evaluate("window.isMarked = true")


def test_a_fill_is_shown_everywhere_without_a_reload(open_page: Visit, alone: Service) -> None:
    open_page.sign_in(f"/?account={ACCOUNT}")
    expect_shown(open_page, alone)
    mark(open_page)
    trade(alone, 11)
    expect_shown(open_page, alone)
    assert marked(open_page)


def test_another_account_is_shown_with_its_own_figures(open_page: Visit, alone: Service) -> None:
    open_page.sign_in(f"/?account={ACCOUNT}")
    expect_shown(open_page, alone)
    open_page.page.get_by_label("Account", exact=True).select_option(OTHER)
    expect_shown(open_page, alone, OTHER)
    # The line that tells of the new account is another one, and hears of it, too.
    trade(alone, 7, OTHER)
    expect_shown(open_page, alone, OTHER)
    open_page.page.go_back()
    expect_shown(open_page, alone)


def test_without_a_socket_the_page_asks_again_by_itself(open_page: Visit, alone: Service) -> None:
    open_page.page.clock.install()
    open_page.page.route_web_socket("**/ws", lambda socket: socket.close())
    open_page.sign_in(f"/?account={ACCOUNT}")
    expect_shown(open_page, alone)
    mark(open_page)
    trade(alone, 13)
    open_page.page.clock.fast_forward(QUESTION_MS)
    expect_shown(open_page, alone)
    assert marked(open_page)


@pytest.mark.feature("PAM-UI-15")
def test_another_screen_asks_the_same_line_whether_it_is_well(
    open_page: Visit, alone: Service
) -> None:
    lines, said = listened(open_page)
    open_page.sign_in(f"/?account={ACCOUNT}")
    expect_shown(open_page, alone)
    before = len(lines)
    said.clear()
    open_page.page.keyboard.press("g")
    open_page.page.keyboard.press("t")
    expect(open_page.page.get_by_role("heading", name="Trades", level=1)).to_be_attached()
    # Sooner than it would ask by itself.
    deadline_s = time.monotonic() + 10
    while not said and time.monotonic() < deadline_s:
        open_page.page.wait_for_timeout(50)
    assert said[0] == '{"type":"ping"}'
    assert len(lines) == before


def listened(visit: Visit) -> tuple[list[WebSocket], list[str]]:
    """The lines that a page opens from now on, and what it says on them."""
    lines: list[WebSocket] = []
    said: list[str] = []

    def listen(line: WebSocket) -> None:
        lines.append(line)
        line.on("framesent", lambda text: said.append(str(text)))

    visit.page.on("websocket", listen)
    return lines, said


def test_after_a_crash_of_the_service_the_page_goes_on(open_page: Visit, alone: Service) -> None:
    _, said = listened(open_page)
    open_page.sign_in(f"/?account={ACCOUNT}")
    expect_shown(open_page, alone)
    mark(open_page)
    trade(alone, 17)
    expect_shown(open_page, alone)
    alone.kill()
    alone.start()
    trade(alone, 19)
    expect_shown(open_page, alone)
    assert marked(open_page)
    # It came back with the number of the last write that it had.
    assert any('"after":' in each for each in said)


def test_a_session_that_is_revoked_leads_to_sign_in_and_back(
    open_page: Visit, alone: Service
) -> None:
    page = open_page.page
    open_page.sign_in(f"/?account={OTHER}&range=1m")
    expect_shown(open_page, alone, OTHER)
    for cookie in page.context.cookies():
        kept = requests.Session()
        kept.cookies.set(str(cookie["name"]), str(cookie["value"]))
        kept.delete(f"{alone.url}/api/session", headers={"Origin": alone.url}, timeout=10)
    # Nobody touches the page: it is told, or asks.
    expect(page.get_by_text("Your session has ended")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_label("Access token").fill(open_page.token)
    page.get_by_role("button", name="Sign in").click()
    expect_shown(open_page, alone, OTHER)
    expect(page).to_have_url(re.compile(rf"account={OTHER}&range=1m$"))
