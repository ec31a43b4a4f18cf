"""The screen of performance in a real browser."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.dashboard.visits import Visit
from tests.service import Service

ACCOUNT = "DEMO-50K"


def asked(service: Service, path: str, **query: str) -> Any:
    return service.get(service.session(), path, account_id=ACCOUNT, **query)


def pnl(value: Decimal) -> str:
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}${abs(value):,.2f}"


def points(visit: Visit) -> Locator:
    return visit.page.get_by_role("grid", name="P&L by period")


@pytest.mark.feature("PAM-UI-01")
@pytest.mark.feature("PAM-UI-04")
def test_each_interval_shows_the_points_of_the_api(visit: Visit, demo: Service) -> None:
    visit.sign_in("/performance?as=table")
    for name, interval in (("Trade", "trade"), ("Week", "week"), ("Month", "month")):
        visit.page.get_by_role("radio", name=name, exact=True).check(force=True)
        history = asked(demo, "/api/performance/history", interval=interval, limit="5000")
        expect(points(visit)).to_have_attribute("aria-rowcount", str(len(history["points"])))
        expect(visit.page).to_have_url(re.compile(f"interval={interval}"))
        newest = points(visit).locator("[data-row='0']")
        expect(newest).to_contain_text(pnl(history["points"][-1]["period_pnl"]).replace("$", ""))
        expect(newest).to_contain_text(pnl(history["summary"]["total_pnl"]).replace("$", ""))


@pytest.mark.feature("PAM-UI-02")
@pytest.mark.feature("PAM-UI-03")
def test_what_is_under_the_pointer_is_told_and_leads_to_its_trades(
    visit: Visit, demo: Service
) -> None:
    visit.sign_in("/performance?interval=month")
    chart = visit.page.get_by_role("img", name=re.compile("Cumulative net P&L"))
    box = chart.bounding_box()
    assert box
    expect(chart.locator("canvas").first).to_be_visible()
    # The last month: beside the scale, which takes the right margin.
    visit.page.mouse.move(box["x"] + box["width"] - 90, box["y"] + 60)
    tip = visit.page.locator(".tip")
    last = asked(demo, "/api/performance/history", interval="month")["points"][-1]
    for told in ("P&L", "Cumulative", "Trades", "Max drawdown"):
        expect(tip).to_contain_text(told)
    for value in (last["period_pnl"], last["cumulative_pnl"], last["max_drawdown"]):
        expect(tip).to_contain_text(pnl(value))
    expect(tip).to_contain_text(f"{last['trade_count']} · ")
    visit.page.mouse.down()
    visit.page.mouse.up()
    expect(visit.page).to_have_url(re.compile(f"/trades.*start={last['period']}-01"))
    expect(visit.page.get_by_role("grid")).to_have_attribute(
        "aria-rowcount", str(last["trade_count"])
    )


def test_figures_and_groups_are_those_of_the_filters_and_lead_to_their_trades(
    visit: Visit, demo: Service
) -> None:
    visit.sign_in("/performance?symbol=MNQ")
    visit.page.get_by_role("combobox", name="Strategy").select_option("vwap-fade")
    told = asked(demo, "/api/statistics", symbol="MNQ", strategy="vwap-fade", group_by="side")
    net = visit.page.get_by_role("group", name="Net P&L", exact=True)
    expect(net).to_contain_text(pnl(told["net_pnl"]))
    table = visit.page.get_by_role("table", name="Side")
    for group in told["groups"]:
        row = table.get_by_role("row", name=re.compile(str(group["group"]).title()))
        expect(row).to_contain_text(f"{group['total_trades']}")
    table.get_by_role("link", name="Long: show its trades").click()
    expect(visit.page).to_have_url(re.compile("symbol=MNQ&strategy=vwap-fade&side=LONG"))
    expect(visit.page.get_by_role("grid")).to_have_attribute(
        "aria-rowcount", str(told["groups"][0]["total_trades"])
    )


def test_an_empty_range_says_so_once_and_nothing_is_wider_than_a_phone(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.sign_in("/performance?start=2001-01-01&end=2001-01-31")
    expect(visit.page.get_by_text("No position was closed in this range.")).to_be_visible()
    expect(visit.page.get_by_text("No closed trades.")).to_have_count(0)
    visit.page.get_by_role("button", name="Show all of time").click()
    expect(visit.page.get_by_role("table", name="Day of the week")).to_be_visible()
    assert visit.page.evaluate("document.documentElement.scrollWidth") == 390
