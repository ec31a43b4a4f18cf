"""The Import screen in a real browser: what a file holds comes before what is stored."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.dashboard.visits import Visit
from tests.service import ROOT, Service

SAMPLE = ROOT / "docs" / "samples" / "topstepx-trades.csv"
DROP = """
    ([name, text]) => {
        const files = new DataTransfer();
        files.items.add(new File([text], name));
        const zone = document.querySelector(".drop");
        zone.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true }));
    }
"""


def drop(visit: Visit, name: str, text: str) -> None:
    """Let a file fall onto the page, as from the desktop."""
    expect(visit.page.get_by_text("Drop an export of your platform here")).to_be_visible()
    visit.page.evaluate(DROP, [name, text])


def positions(demo: Service) -> int:
    """How many positions there are of the sample's days, which the invented history has none of."""
    found = demo.get(demo.session(), "/api/positions", start="2025-09-20", end="2025-09-28")
    return int(found["summary"]["total"])


def test_a_file_is_looked_at_then_stored_then_undone(visit: Visit, demo: Service) -> None:
    visit.sign_in("/import?account=DEMO-50K")
    drop(visit, SAMPLE.name, SAMPLE.read_text())
    expect(visit.page.get_by_text("Nothing is stored yet.")).to_contain_text(
        "84 executions into DEMO-50K"
    )
    contents = visit.page.locator(".contents")
    expect(contents).to_contain_text("TopstepX, trades")
    expect(contents).to_contain_text("26 closed")
    assert positions(demo) == 0
    visit.page.get_by_role("button", name="Store 84 executions").click()
    expect(visit.page.get_by_text("Stored 84 executions")).to_be_visible()
    assert positions(demo) == 26
    visit.page.get_by_role("button", name="Undo", exact=True).click()
    expect(visit.page.get_by_text("84 executions taken out")).to_be_visible()
    assert positions(demo) == 0


def test_bad_lines_are_named_by_line_and_column(visit: Visit, tmp_path: Path) -> None:
    lines = SAMPLE.read_text().splitlines()
    column = lines[0].split(",").index("Size")
    for number in (2, 4):
        cells = lines[number - 1].split(",")
        cells[column] = "many"
        lines[number - 1] = ",".join(cells)
    file = tmp_path / "bad.csv"
    file.write_text("\n".join(lines))
    visit.sign_in("/import?account=DEMO-50K")
    visit.page.get_by_label("File to import").set_input_files(file)
    expect(visit.page.get_by_role("alert")).to_contain_text("2 bad lines, nothing was stored")
    table = visit.page.get_by_role("table", name="Lines that cannot be read")
    named = [row.inner_text().split("\t") for row in table.locator("tbody tr").all()]
    assert [(line, at.lower()) for line, at, _ in named] == [("2", "size"), ("4", "size")]
    assert visit.page.get_by_role("button", name="Store").count() == 0


def test_an_import_in_the_list_is_undone_once_it_is_confirmed(visit: Visit, demo: Service) -> None:
    session = demo.session()
    with SAMPLE.open("rb") as content:
        session.post(
            f"{demo.url}/api/imports",
            params={"account_id": "DEMO-50K"},
            files={"file": ("by-hand.csv", content)},
            timeout=20,
        )
    visit.sign_in("/import?account=DEMO-50K")
    visit.page.get_by_role("button", name="Undo by-hand.csv").click()
    dialog = visit.page.get_by_role("dialog", name="Undo this import?")
    dialog.get_by_role("button", name="Keep it").click()
    assert positions(demo) == 26
    visit.page.get_by_role("button", name="Undo by-hand.csv").click()
    dialog.get_by_role("button", name="Take out 84 executions").click()
    imports = visit.page.get_by_role("table", name="Imports")
    expect(imports.get_by_role("row").filter(has_text="by-hand.csv")).to_contain_text("Undone")
    assert positions(demo) == 0
