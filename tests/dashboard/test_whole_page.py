"""What holds for the page as a whole: it can be used by everybody, begins with little, and stays
small.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.dashboard.visits import Visit

SCREENS = ("", "performance", "trades", "price", "import", "system")
SHOWN = {
    "performance": ".chart-canvas canvas",
    "trades": ".grid-row",
    "price": ".chart-canvas canvas",
}
DESKTOP, PHONE = (1440, 900), (390, 844)
EARLY, MESSAGES = 2_000, 10_000
# Compiled code and caches of the browser grow a little; what keeps messages grows fivefold.
GROWTH_MAX = 1.3

# A violation as its rule and the elements that break it.
_CHECK = """async (only) => {
  const rules = only ? { runOnly: { type: "rule", values: only } } : {};
  const { violations } = await axe.run(document, { ...rules, resultTypes: ["violations"] });
  return violations.map((each) => `${each.id}: ${each.nodes.map((n) => n.target).join(" ")}`);
}"""
_THEME = """(theme) => { document.documentElement.dataset.theme = theme; }"""
_STILL = "*, *::before, *::after { transition: none !important; animation: none !important; }"

# A line that says what it is given and answers as the real one does, or it would be left as dead.
_LINE = """() => {
  class Line extends EventTarget {
    static OPEN = 1;
    readyState = 0;
    constructor() {
      super();
      window.line = this;
      setTimeout(() => { this.readyState = 1; this.onopen?.(); });
    }
    send() {
      const answer = { type: "pong", timestamp: new Date().toISOString(), data: {} };
      setTimeout(() => this.onmessage?.({ data: JSON.stringify(answer) }));
    }
    close() {}
  }
  window.WebSocket = Line;
}"""
_SAY = """async ([first, last, today]) => {
  const breathe = () => new Promise((done) => setTimeout(done));
  for (let seq = first; seq <= last; seq += 1) {
    while (!window.line?.onmessage) await breathe();
    const data = { ...today, daily_pnl: seq, version: today.version + seq };
    const told = { account_id: today.account_id, timestamp: today.end, seq };
    for (const message of [
      { ...told, type: "trade_update", data: { items: [], gone: [] } },
      { ...told, type: "performance_update", data },
    ]) line.onmessage({ data: JSON.stringify(message) });
    if (seq % 25 === 0) await breathe();
  }
}"""


def settle(page: Page) -> None:
    """Return once nothing on the screen waits for an answer."""
    expect(page.locator("main .skeleton")).to_have_count(0)
    expect(page.locator("main .card, main .tile, main .state").first).to_be_visible()


def broken(page: Page, pages: Path) -> list[tuple[str, list[str]]]:
    """What keeps somebody from using what is shown, in both themes and sizes."""
    found = {}
    page.evaluate((pages / "node_modules" / "axe-core" / "axe.min.js").read_text())
    page.add_style_tag(content=_STILL)
    for width, height in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        # Colours are all that a theme changes.
        for theme, only in (("dark", None), ("light", ["color-contrast"])):
            page.evaluate(_THEME, theme)
            found[f"{theme} {width}"] = page.evaluate(_CHECK, only)
    return [each for each in found.items() if each[1]]


@pytest.mark.feature("PAM-UI-17")
@pytest.mark.parametrize("screen", SCREENS)
def test_everybody_can_use_every_screen(visit: Visit, pages: Path, screen: str) -> None:
    visit.sign_in(f"/{screen}?account=DEMO-50K")
    settle(visit.page)
    if screen in SHOWN:
        expect(visit.page.locator(SHOWN[screen]).first).to_be_visible()
    assert broken(visit.page, pages) == []


def test_everybody_can_sign_in(visit: Visit, pages: Path) -> None:
    visit.page.goto(f"{visit.url}/")
    expect(visit.page.get_by_label("Access token")).to_be_visible()
    assert broken(visit.page, pages) == []


@pytest.mark.parametrize("name", ["Settings", "Keyboard"])
def test_everybody_can_use_the_dialogs(visit: Visit, pages: Path, name: str) -> None:
    visit.sign_in("/import?account=DEMO-50K")
    settle(visit.page)
    visit.page.get_by_role("button", name=name).click()
    expect(visit.page.get_by_role("dialog", name=name)).to_be_visible()
    assert broken(visit.page, pages) == []


def test_the_first_tiles_need_one_answer(visit: Visit) -> None:
    page, held = visit.page, []

    def hold(route: Route) -> None:
        if urlsplit(route.request.url).path == "/api/performance":
            route.continue_()
        else:
            held.append(route)  # Whatever else is asked gets no answer.

    visit.sign_in("/?account=DEMO-50K")
    settle(page)
    page.route("**/api/**", hold)
    page.route_web_socket("**/ws", lambda _: None)
    visit.asked.clear()
    page.reload()
    for name in ("Today", "This week", "Win rate", "Profit factor", "Max drawdown"):
        shown = page.get_by_role("group", name=name, exact=True)
        expect(shown).to_have_attribute("aria-busy", "false")
    paths = [urlsplit(each).path for each in visit.asked]
    asked = [each for each in paths if each.startswith("/api/")]
    assert (asked[0], asked.count("/api/performance")) == ("/api/performance", 1)
    assert held
    page.unroute_all(behavior="ignoreErrors")


def test_a_day_of_updates_leaves_memory_as_it_was(visit: Visit) -> None:
    page = visit.page
    page.add_init_script(f"({_LINE})()")
    visit.sign_in("/?account=DEMO-50K")
    settle(page)
    today = page.evaluate(
        "fetch('/api/performance/daily?account_id=DEMO-50K').then((each) => each.json())"
    )
    page.evaluate(_SAY, [1, EARLY, today])
    early = heap(page)
    page.evaluate(_SAY, [EARLY + 1, MESSAGES, today])
    expect(page.get_by_role("group", name="Today", exact=True)).to_contain_text("$")
    late = heap(page)
    assert late < early * GROWTH_MAX, (early, late)


def heap(page: Page) -> int:
    """What the page's scripts hold on to, in bytes."""
    tools = page.context.new_cdp_session(page)
    tools.send("HeapProfiler.enable")
    tools.send("HeapProfiler.collectGarbage")
    used: int = tools.send("Runtime.getHeapUsage")["usedSize"]
    tools.detach()
    return used
