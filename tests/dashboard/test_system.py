"""The System screen in a real browser, beside what the service says of itself."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.dashboard.visits import Visit
from tests.service import Service


def test_it_shows_what_the_service_counts_and_what_the_page_asked(
    visit: Visit, demo: Service
) -> None:
    session = demo.session()
    for _ in range(7):
        demo.get(session, "/api/performance/monthly")
    health = demo.get(session, "/api/health")
    visit.sign_in("/system")
    service = visit.page.get_by_role("group", name="Service", exact=True)
    expect(service).to_contain_text("Well")
    expect(service).to_contain_text(f"Version {health['version']}")
    expect(service).to_contain_text(f"{health['workers']} workers")
    monthly = (
        visit.page.get_by_role("table", name="Endpoints")
        .get_by_role("row")
        .filter(has_text="/api/performance/monthly")
    )
    calls = monthly.get_by_role("cell").nth(1)
    assert int(calls.inner_text().replace(",", "")) >= 7
    expect(visit.page.get_by_text("SQLite,")).to_be_visible()
    own = visit.page.get_by_role("table", name="This page\N{RIGHT SINGLE QUOTATION MARK}s requests")
    cells = own.get_by_role("row").filter(has_text="/api/health").get_by_role("cell")
    assert float(cells.nth(2).inner_text()) >= float(cells.nth(3).inner_text()) > 0
