"""The dashboard in a real browser, on a service with several workers."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.dashboard.visits import Visit
from tests.service import Service


def tile(visit: Visit, name: str) -> str:
    """What a tile shows, once it shows it."""
    shown = visit.page.get_by_role("group", name=name, exact=True)
    expect(shown).to_have_attribute("aria-busy", "false")
    return shown.inner_text()


def test_a_token_opens_the_overview_and_figures_are_those_of_the_api(
    visit: Visit, demo: Service
) -> None:
    visit.sign_in()
    summary = demo.get(demo.session(), "/api/performance")
    expect(visit.page.get_by_role("heading", name="Equity")).to_be_visible()
    week = summary["week"]["weekly_pnl"]
    sign = "+" if week > 0 else "\N{MINUS SIGN}" if week < 0 else ""
    assert f"{sign}${abs(week):,.2f}" in tile(visit, "This week")
    assert f"{summary['all_time']['win_rate']}%" in tile(visit, "Win rate")
    assert f"n = {summary['all_time']['total_trades']:,}" in tile(visit, "Win rate")
    expect(visit.page.get_by_role("table", name="Last trades").get_by_role("row")).to_have_count(11)
    expect(visit.page.locator(".chart-canvas canvas").first).to_be_visible()
    elsewhere = [each for each in visit.asked if demo.url.split("//")[1] not in each]
    assert elsewhere == []


def test_a_wrong_token_is_refused_in_the_words_of_the_api(visit: Visit) -> None:
    visit.page.goto(f"{visit.url}/")
    visit.page.get_by_label("Access token").fill("not-a-token")
    visit.page.get_by_role("button", name="Sign in").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("UNAUTHENTICATED")


def test_the_address_is_the_state_and_back_undoes(visit: Visit) -> None:
    visit.sign_in("/?range=1m")
    expect(visit.page.get_by_role("radio", name="1M")).to_be_checked()
    visit.page.keyboard.press("g")
    visit.page.keyboard.press("t")
    expect(visit.page).to_have_url(re.compile(r"/dashboard/trades\?account=DEMO-50K$"))
    visit.page.go_back()
    expect(visit.page.get_by_role("radio", name="1M")).to_be_checked()


def test_a_session_that_ends_asks_for_a_token_and_goes_on_where_it_was(
    visit: Visit, demo: Service
) -> None:
    visit.sign_in("/?range=3m")
    tile(visit, "Today")
    for cookie in visit.page.context.cookies():
        session = demo.session()
        del session.headers["Authorization"]
        session.cookies.set(str(cookie["name"]), str(cookie["value"]))
        session.delete(f"{demo.url}/api/session", headers={"Origin": demo.url}, timeout=10)
    # The push connection tells it before anything is asked for.
    expect(visit.page.get_by_text("Your session has ended")).to_be_visible()
    visit.page.get_by_label("Access token").fill(visit.token)
    visit.page.get_by_role("button", name="Sign in").click()
    expect(visit.page.get_by_role("radio", name="3M")).to_be_checked()
    tile(visit, "Today")


def test_nothing_is_wider_than_a_phone(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.sign_in()
    tile(visit, "Today")
    assert visit.page.evaluate("document.documentElement.scrollWidth") == 390
    expect(visit.page.get_by_role("link", name="Trades", exact=True)).to_be_in_viewport()


def test_the_keys_are_told(visit: Visit) -> None:
    visit.sign_in()
    tile(visit, "Today")
    visit.page.keyboard.press("?")
    expect(visit.page.get_by_role("dialog", name="Keyboard")).to_contain_text("Performance")
    visit.page.keyboard.press("Escape")
    expect(visit.page.get_by_role("dialog")).to_have_count(0)
