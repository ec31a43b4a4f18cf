"""docs/OPERATIONS.md lists the settings of the risk monitor, all of them and as they are."""

from __future__ import annotations

import re

from app.blueprints.failures import STATUS
from tests.service import ROOT

PAGE = (ROOT / "docs" / "OPERATIONS.md").read_text("utf-8")
SOURCE = (ROOT / "examples" / "risk_monitor.py").read_text("utf-8")
ROW = re.compile(r"^\| (`[A-Z_`, ]+`) \|([^|]*)\|([^|]*)\|$", re.MULTILINE)


def section() -> str:
    return PAGE.split("## The risk monitor\n")[1].split("### What to do on a 503")[0]


def listed() -> dict[str, str]:
    """Each variable of the table, and what stands beside it."""
    rows = ROW.findall(section())
    return {
        name: default.strip()
        for names, default, _ in rows
        for name in re.findall(r"[A-Z_]+", names)
    }


def read() -> dict[str, str]:
    """Each variable that the program reads, and its default."""
    found = dict(re.findall(r'env\.get\("([A-Z_]+)"(?:, "([^"]*)")?\)', SOURCE))
    found |= dict.fromkeys(re.findall(r'env\["([A-Z_]+)"\]', SOURCE), "")
    return found | dict.fromkeys(re.findall(r'": "([A-Z_]+_LIMIT)"', SOURCE), "")


def test_every_setting_is_in_the_table_with_its_default() -> None:
    assert set(listed()) | {"API_TOKEN_FILE"} == set(read())
    assert "`API_TOKEN_FILE`" in section()
    for name, default in read().items():
        if default:
            assert listed()[name] == f"`{default}`", name


def test_every_failure_that_may_pass_has_a_line() -> None:
    page = PAGE.split("### What to do on a 503")[1]
    named = {code for row in re.findall(r"^\| (`[^|]*) \|", page, re.MULTILINE)
             for code in re.findall(r"`([A-Z_]+)`", row)}  # fmt: skip
    assert named == {kind.code for kind, status in STATUS.items() if status == 503}
