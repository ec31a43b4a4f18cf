"""What the build hands to a browser: little, and nothing from elsewhere."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

FIRST_LOAD_MAX_BYTES = 200_000
CHARTS = "src/chart/ChartCanvas.tsx"


def manifest(build: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((build / "manifest.json").read_text())
    return content


def first_load(parts: dict[str, Any]) -> set[str]:
    """The scripts that the page needs before anything is shown."""
    waiting, found = ["index.html"], set()
    while waiting:
        part = parts[waiting.pop()]
        if part["file"] not in found:
            found.add(part["file"])
            waiting += part.get("imports", [])
    return found


def test_the_first_load_is_small(build: Path) -> None:
    scripts = first_load(manifest(build))
    sizes = [len(gzip.compress((build / each).read_bytes(), 6)) for each in scripts]
    assert 0 < sum(sizes) <= FIRST_LOAD_MAX_BYTES


def test_charts_are_loaded_when_there_is_one(build: Path) -> None:
    parts = manifest(build)
    charts = parts[CHARTS]
    assert charts["isDynamicEntry"]
    assert charts["file"] not in first_load(parts)


def test_the_credit_of_the_charts_is_kept(build: Path) -> None:
    assert "tradingview.com" in (build / manifest(build)[CHARTS]["file"]).read_text()


def test_what_is_compressed_says_the_same(build: Path) -> None:
    squeezed = list(build.rglob("*.gz"))
    assert len(squeezed) >= 3
    for each in squeezed:
        assert gzip.decompress(each.read_bytes()) == each.with_suffix("").read_bytes(), each.name


def test_the_page_asks_nothing_of_other_servers(build: Path) -> None:
    page = (build / "index.html").read_text()
    styles = "".join(each.read_text() for each in build.rglob("*.css"))
    asked = re.findall(r'(?:src|href)="([^"]+)"', page) + re.findall(r"url\(([^)]+)\)", styles)
    assert len(asked) >= 3
    assert [each for each in asked if not each.strip("\"'").startswith("/dashboard/")] == []
    assert "<script>" not in page
