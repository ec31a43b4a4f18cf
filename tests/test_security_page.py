"""SECURITY.md claims nothing that no test holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.service import ROOT

PAGE = (ROOT / "SECURITY.md").read_text("utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
CLAIM = re.compile(r"^- .*?(?=^- |^#|\Z)", re.MULTILINE | re.DOTALL)


def claims(page: str) -> list[str]:
    """What the page says that the service does."""
    _, _, does = page.partition("## What the service does\n")
    return CLAIM.findall(does.partition("## What it does not do\n")[0])


def without_a_test(page: str) -> Iterator[str]:
    """Claims that name no test, or one that is not there."""
    for claim in claims(page):
        named = NAMED.findall(claim)
        if not named:
            yield claim
        for file, test in named:
            path = ROOT / file
            if not path.exists() or f"def {test}(" not in path.read_text("utf-8"):
                yield f"{file}::{test}"


def test_each_claim_names_a_test_that_is_there() -> None:
    assert len(claims(PAGE)) > 30
    assert [*without_a_test(PAGE)] == []


@pytest.mark.parametrize("old", ["::test_", "tests/blueprints", "`tests/"])
def test_a_claim_whose_test_is_gone_is_found(old: str) -> None:
    assert [*without_a_test(PAGE.replace(old, old + "x"))]
