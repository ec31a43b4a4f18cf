"""docs/IMPORTING.md tells every format as it is read."""

from __future__ import annotations

import pytest

from app.importers import formats
from app.importers.layout import Format
from tests import samples

PAGE = (samples.FOLDER.parent / "IMPORTING.md").read_text("utf-8")
LINES = {line.split("`")[1]: line for line in PAGE.splitlines() if line.startswith("| `")}


@pytest.mark.parametrize("each", formats.FORMATS, ids=lambda each: each.name)
def test_the_page_names_every_column_that_a_format_must_have(each: Format) -> None:
    named = LINES[each.name].replace("\\|", "/").split("|")[3].lower()
    columns = {column.strip() for column in named.split("`")[1].split(",")}
    assert columns == {*each.columns}


def test_the_page_says_of_every_layout_without_a_real_file_that_it_is_unverified() -> None:
    verified = {"own-csv", "topstepx-trades", "tradovate-performance", "tradovate-orders"}
    verified |= {"tradovate-position-history"}
    rows = {each.name: LINES[each.name] for each in formats.FORMATS}
    assert {name for name, line in rows.items() if "unverified" not in line} == verified
