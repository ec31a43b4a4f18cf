"""The version stands once, in `app`, and everything that tells it tells the same."""

from __future__ import annotations

import re

from app import VERSION
from tests.blueprints.calls import exact, get
from tests.conftest import Client
from tests.exposition import samples
from tests.service import ROOT

RELEASE = re.compile(r"^## (\d+\.\d+\.\d+) \((\d{4}-\d{2}-\d{2})\)$", re.MULTILINE)


def test_the_newest_release_of_the_changelog_is_this_one() -> None:
    releases = RELEASE.findall((ROOT / "CHANGELOG.md").read_text("utf-8"))
    numbers = [tuple(map(int, number.split("."))) for number, _ in releases]
    assert releases[0][0] == VERSION
    assert numbers == sorted(set(numbers), reverse=True)
    days = [day for _, day in releases]
    assert days == sorted(days, reverse=True)


def test_health_metrics_and_the_document_tell_the_same(client: Client) -> None:
    assert exact(get(client, "/api/health"))["version"] == VERSION
    assert exact(get(client, "/openapi.json"))["info"]["version"] == VERSION
    assert exact(get(client, "/api/metrics"))["version"] == VERSION
    told = samples(get(client, "/metrics").text)
    assert [dict(labels) for name, labels in told if name == "tpa_build"] == [{"version": VERSION}]


def test_the_number_stands_nowhere_else_in_the_code() -> None:
    code = [*(ROOT / "app").rglob("*.py"), ROOT / "pyproject.toml", ROOT / "Dockerfile"]
    named = [path.name for path in code if f'"{VERSION}"' in path.read_text("utf-8")]
    assert named == ["__init__.py"]
