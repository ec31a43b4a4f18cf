"""The Price screen in a real browser: bars, and what was traded on them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.dashboard.visits import Visit
from tests.service import Service

CANVAS = ".chart-canvas canvas"
# How many pixels of a canvas have some colour of the trade marks: those of a gain or a loss.
COLOURED = """
    (colours) => [...document.querySelectorAll(".chart-canvas canvas")].reduce((sum, canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        for (let at = 0; at < data.length; at += 4) {
            const seen = [data[at], data[at + 1], data[at + 2]].join(" ");
            if (data[at + 3] === 255 && colours.includes(seen)) sum += 1;
        }
        return sum;
    }, 0)
"""
GAIN_AND_LOSS = """
    () => ["--gain", "--loss"].map((name) => {
        const said = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
        return [1, 3, 5].map((at) => parseInt(said.slice(at, at + 2), 16)).join(" ");
    })
"""


@pytest.fixture
def last(demo: Service) -> dict[str, Any]:
    """The position of the invented history that was closed last, and has bars around it."""
    session = demo.session()
    found: dict[str, Any] = demo.get(session, "/api/positions", status="closed", limit="1")
    position: dict[str, Any] = found["items"][0]
    return position


def rows(visit: Visit, name: str) -> Locator:
    return visit.page.get_by_role("table", name=name).locator("tbody tr")


@pytest.mark.feature("PAM-UI-10", "PAM-UI-11", "PAM-UI-13")
def test_a_link_to_a_position_shows_its_entry_and_exit_on_its_bars(
    visit: Visit, last: dict[str, Any]
) -> None:
    link = f"/price?symbol={last['contract']}&at={last['opened_at']}&position={last['id']}"
    visit.sign_in(f"{link}&timeframe=1m")
    chosen = visit.page.get_by_role("table", name="Positions on these bars").locator(
        "tr[aria-current=true]"
    )
    expect(chosen).to_have_count(1)
    fills = rows(visit, "Fills of the position")
    expect(fills).to_have_count(last["execution_count"])
    expect(visit.page.locator(CANVAS).first).to_be_visible()
    expect(visit.page.get_by_text(re.compile(r"(SQLite|Memory|Redis) cache"))).to_be_visible()
    label = visit.page.locator(".chart-canvas").get_attribute("aria-label") or ""
    assert re.search(rf"{last['contract']}, \d+ bars of 1m, last .*, \d+ positions", label)
    colours = visit.page.evaluate(GAIN_AND_LOSS)
    marked = visit.page.evaluate(COLOURED, colours)
    assert marked > 50
    visit.page.keyboard.press("Escape")
    expect(chosen).to_have_count(0)
    expect(visit.page).not_to_have_url(re.compile("position="))


@pytest.mark.feature("PAM-UI-12", "PAM-UI-18")
def test_the_timeframe_and_the_contract_are_in_the_address(visit: Visit) -> None:
    visit.sign_in("/price?symbol=MNQ")
    expect(visit.page.get_by_role("radio", name="5m", exact=True)).to_be_checked()
    visit.page.get_by_title("5 sessions in view").click()
    expect(visit.page).to_have_url(re.compile("span=1w"))
    visit.page.keyboard.press("+")
    expect(visit.page).to_have_url(re.compile("timeframe=15m"))
    expect(visit.page.get_by_role("heading", name="MNQ", exact=True)).to_be_visible()
    visit.page.get_by_title("63 sessions in view").click()
    expect(visit.page.get_by_role("radio", name="1h")).to_be_checked()
    visit.page.keyboard.press("b")
    expect(visit.page.get_by_role("button", name="P&L")).to_have_attribute("aria-pressed", "true")
    bars = visit.page.locator(".chart-canvas")
    expect(bars).to_have_attribute("aria-label", re.compile("bars of 1h"))
    visit.page.keyboard.press("[")
    expect(visit.page).to_have_url(re.compile("at=20"))
    visit.page.get_by_role("button", name="Latest").click()
    expect(visit.page).not_to_have_url(re.compile("at=20"))


def test_bars_that_are_missing_are_told_with_what_brings_them_in(visit: Visit) -> None:
    visit.sign_in("/price?symbol=CL")
    expect(visit.page.get_by_text("There are no 5m bars of CL here.")).to_be_visible()
    expect(visit.page.get_by_text("POST /api/bars or flask import-bars")).to_be_visible()
    visit.page.get_by_label("Another contract or root").fill("NOSUCH")
    visit.page.keyboard.press("Enter")
    expect(visit.page.get_by_role("alert").first).to_contain_text("UNKNOWN_SYMBOL")
