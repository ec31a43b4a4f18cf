"""The screen of trades in a real browser: filters, files, details, and any number of rows."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from app.db import accounts, orders
from app.db.connection import Database
from app.domain import instants
from app.domain.orders import Order
from app.services.accounts import load
from tests.dashboard.visits import Visit
from tests.service import Service

ACCOUNT = "DEMO-50K"
MANY = 100_000
ROWS_A_PAGE = 500
# What is in view, and what is kept ready above and below it.
ROWS_SHOWN_MAX = 60
START_US = instants.parse("2020-01-06T15:00:00Z")


def order(n: int) -> Order:
    at_us = START_US + n * instants.SECOND_US
    return Order(
        f"order-{n:06}", "MNQ", "MNQH0", "BUY", 1, None, "CANCELLED", at_us, at_us, None, "api"
    )


@pytest.fixture(scope="module")
def crowded(demo: Service) -> Service:
    """The invented history with a hundred thousand orders that came to nothing before it."""
    db = Database(f"sqlite:///{demo.data_dir / 'trader.db'}")
    with db.write() as conn:
        key = load(conn, ACCOUNT).account_key
        orders.upsert(conn, key, [order(n) for n in range(MANY)])
        accounts.advance(conn, key, event="executions", now_us=START_US)
    db.close()
    return demo


def grid(page: Page) -> Locator:
    return page.get_by_role("grid")


def shown_totals(page: Page) -> str:
    strip = page.locator("dl.totals")
    expect(strip).to_be_visible()
    return strip.inner_text()


def pnl(value: Decimal) -> str:
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}${abs(value):,.2f}"


def asked(service: Service, path: str, **query: str) -> Any:
    return service.get(service.session(), path, account_id=ACCOUNT, **query)


def first_position(service: Service) -> Any:
    return asked(service, "/api/positions", status="closed", limit="1")["items"][0]


@pytest.mark.feature("PAM-UI-06")
@pytest.mark.feature("PAM-UI-09")
def test_filters_are_in_the_address_and_the_totals_are_those_of_the_api(
    visit: Visit, demo: Service
) -> None:
    filters = {"symbol": "MNQ", "strategy": "vwap-fade", "side": "LONG"}
    wanted = asked(demo, "/api/positions", status="closed", **filters)["summary"]
    visit.sign_in("/trades?symbol=MNQ&strategy=vwap-fade")
    visit.page.get_by_role("combobox", name="Side").select_option("LONG")
    expect(grid(visit.page)).to_have_attribute("aria-rowcount", str(wanted["total"]))
    told = shown_totals(visit.page)
    assert pnl(wanted["net_pnl"]) in told
    assert f"{wanted['winning']} / {wanted['losing']}" in told
    assert 0 < wanted["total"] < asked(demo, "/api/positions", status="closed")["summary"]["total"]
    expect(visit.page).to_have_url(re.compile("symbol=MNQ&strategy=vwap-fade&.*side=LONG"))
    visit.page.get_by_role("button", name="Clear filters").click()
    expect(visit.page).to_have_url(re.compile(r"trades\?account=DEMO-50K$"))
    visit.page.go_back()
    expect(grid(visit.page)).to_have_attribute("aria-rowcount", str(wanted["total"]))


def test_a_symbol_is_typed_and_an_unknown_one_is_answered_in_the_words_of_the_api(
    visit: Visit,
) -> None:
    visit.sign_in("/trades")
    expect(grid(visit.page)).to_be_visible()
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("MNK")
    visit.page.keyboard.press("Enter")
    alert = visit.page.get_by_role("alert")
    expect(alert).to_contain_text("did you mean")
    expect(alert).to_contain_text("UNKNOWN_SYMBOL")
    expect(alert.get_by_role("button")).to_have_count(0)


def test_a_range_without_trades_says_why_and_what_to_do(visit: Visit) -> None:
    visit.sign_in("/trades?start=2001-01-01&end=2001-01-31")
    expect(visit.page.get_by_text("There is no position in this range.")).to_be_visible()
    visit.page.get_by_role("button", name="Show all of time").click()
    expect(grid(visit.page)).to_be_visible()
    visit.page.keyboard.press("2")
    expect(visit.page.get_by_role("radio", name="1W")).to_be_checked()
    expect(visit.page).to_have_url(re.compile("range=1w$"))


def saved(visit: Visit, button: Locator) -> bytes:
    with visit.page.expect_download() as found:
        button.click()
    return Path(found.value.path()).read_bytes()


@pytest.mark.feature("PAM-UI-07")
def test_the_files_of_what_is_filtered_are_those_of_the_api(visit: Visit, demo: Service) -> None:
    session, query = demo.session(), "symbol=MES&strategy=trend-pullback"
    visit.sign_in(f"/trades?{query}&side=SHORT")
    made = saved(visit, visit.page.get_by_role("button", name="CSV"))
    path = f"/api/positions?account_id={ACCOUNT}&status=closed&{query}&side=SHORT"
    wanted = session.get(f"{demo.url}{path}&format=csv&limit={ROWS_A_PAGE}", timeout=10).content
    assert made == wanted
    assert 2 < made.count(b"\r\n") <= ROWS_A_PAGE

    visit.page.get_by_role("radio", name="Executions").check(force=True)
    made = saved(visit, visit.page.get_by_role("link", name="CSV"))
    path = f"/api/trades/export?account_id={ACCOUNT}&{query}&start=1970-01-01"
    assert made == session.get(f"{demo.url}{path}", timeout=10).content
    assert made.count(b"\r\n") == asked_executions(demo) + 1


def asked_executions(service: Service) -> int:
    filters = {"symbol": "MES", "strategy": "trend-pullback", "start": "1970-01-01"}
    return int(asked(service, "/api/trades", **filters)["summary"]["filled"])


def test_a_row_opens_with_its_executions_and_leads_to_its_chart(
    visit: Visit, demo: Service
) -> None:
    position = first_position(demo)
    whole = asked(demo, f"/api/positions/{position['id']}")
    visit.sign_in("/trades")
    expect(grid(visit.page).get_by_role("row").nth(1)).to_be_visible()
    for key in ("j", "Enter"):
        visit.page.keyboard.press(key)
    panel = visit.page.get_by_role("complementary", name="Details of the position")
    pieces = panel.get_by_role("table", name="Fills of the position").get_by_role("row")
    expect(pieces).to_have_count(len(whole["executions"]) + 1)
    expect(panel).to_contain_text(pnl(whole["net_pnl"]))
    expect(visit.page).to_have_url(re.compile(f"position={position['id']}$"))
    chart = panel.get_by_role("link", name="Show on the chart").get_attribute("href") or ""
    assert f"/dashboard/price?account={ACCOUNT}&symbol={position['contract']}&at=" in chart
    visit.page.keyboard.press("j")
    expect(visit.page).not_to_have_url(re.compile(position["id"]))
    visit.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(visit.page).to_have_url(re.compile(r"trades\?account=DEMO-50K$"))


def test_on_a_phone_rows_are_cards_and_open_over_the_page(visit: Visit, demo: Service) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.sign_in("/trades")
    card = grid(visit.page).get_by_role("row").first
    expect(card).to_contain_text(first_position(demo)["contract"])
    expect(visit.page.get_by_role("columnheader")).to_have_count(0)
    card.click()
    expect(visit.page.get_by_role("dialog", name="Position")).to_contain_text("Show on the chart")
    assert visit.page.evaluate("document.documentElement.scrollWidth") == 390
    visit.page.keyboard.press("Escape")
    expect(visit.page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.feature("PAM-UI-05")
@pytest.mark.feature("PAM-UI-08")
def test_a_hundred_thousand_rows_are_loaded_by_scrolling_and_few_are_in_the_page(
    visit: Visit, crowded: Service
) -> None:
    assert crowded
    visit.sign_in("/trades?view=executions&type=cancelled")
    expect(grid(visit.page)).to_have_attribute("aria-rowcount", str(MANY))
    rows = grid(visit.page).locator("[data-row]")
    for page in range(1, 6):
        visit.page.wait_for_function(
            "rows => document.querySelector('.grid-body').offsetHeight >= rows * 36",
            arg=page * ROWS_A_PAGE,
        )
        visit.page.evaluate("document.querySelector('.grid').scrollTop = 1e9")
        # The end of what was loaded then: what comes next may be there already, below what is seen.
        visit.page.wait_for_function(
            "row => [...document.querySelectorAll('[data-row]')].at(-1)?.dataset.row >= row",
            arg=page * ROWS_A_PAGE - 1,
        )
        assert 0 < rows.count() <= ROWS_SHOWN_MAX
    cursors = [each for each in visit.asked if "/api/trades?" in each and "cursor=" in each]
    assert len(cursors) == len(set(cursors)) >= 5
    assert int(rows.last.get_attribute("data-row") or 0) >= 4 * ROWS_A_PAGE
