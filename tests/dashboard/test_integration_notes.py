"""docs/FRONTEND_BACKEND_INTEGRATION.md says what the dashboard's sources do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboard import document
from tests.dashboard.conftest import PAGES
from tests.service import ROOT

NOTES = (ROOT / "docs" / "FRONTEND_BACKEND_INTEGRATION.md").read_text()
LIVE = (ROOT / "docs" / "LIVE_UPDATES.md").read_text()
API = PAGES / "src" / "api"

# It reads what another hook has loaded.
LENT = {"useFollowed", "useReload"}


def rows(text: str, heading: str) -> Iterator[list[str]]:
    """The cells of the first table below a heading, without its head."""
    below = text.split(heading, 1)[1].strip()
    table = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert table, heading
    for line in table[0].splitlines()[2:]:
        yield [each.strip() for each in line.strip("|").split("|")]


def name(cell: str) -> str:
    found = re.match(r"`(\w+)`", cell)
    assert found, cell
    return found[1]


def asked() -> dict[str, tuple[str, str]]:
    """Each hook and function of the notes with the method and path that it asks."""
    told = [*rows(NOTES, "| hook | asks"), *rows(NOTES, "What is no hook:")]
    split = {name(row[0]): row[1].strip("`").split(" ") for row in told}
    return {each: (method, path) for each, (method, path) in split.items()}


def told_hooks(notes: str = NOTES) -> set[str]:
    return {name(row[0]) for row in rows(notes, "## Hooks and what they ask")}


def sources(folder: Path) -> dict[Path, str]:
    found = [*folder.rglob("*.ts"), *folder.rglob("*.tsx")]
    own = (each for each in found if ".test." not in each.name and each.name != "schema.d.ts")
    return {each: each.read_text() for each in own}


def hooks() -> set[str]:
    """The hooks that the dashboard has of the API."""
    text = "".join(sources(API).values())
    return set(re.findall(r"^export function (use\w+)", text, re.MULTILINE))


@pytest.mark.feature("PAM-UI-16")
@pytest.mark.feature("PAM-OPS-06")
def test_every_hook_is_told() -> None:
    assert hooks() - LENT == told_hooks()
    assert hooks() >= LENT


def test_every_hook_asks_what_is_told() -> None:
    wrong = []
    for each, (_, path) in asked().items():
        homes = [text for text in sources(API).values() if f"function {each}" in text]
        if len(homes) != 1 or f'"{path}"' not in homes[0]:
            wrong.append((each, path))
    assert wrong == []


def test_everything_that_is_asked_is_told() -> None:
    text = "".join(sources(PAGES / "src").values())
    assert set(re.findall(r'"(/api/[^"?]*)"', text)) == {path for _, path in asked().values()}


@pytest.mark.feature("PAM-OPS-06")
def test_every_path_is_one_of_the_service() -> None:
    served = json.loads(document.text())["paths"]
    asked_for = asked().values()
    assert [(m, p) for m, p in asked_for if m.lower() not in served.get(p, {})] == []


def test_each_screen_is_told_with_the_hooks_that_it_uses() -> None:
    told = {row[0].lower(): set(re.findall(r"`(use\w+)`", row[1])) for row in screens()}
    shared = {"useSummary", "useAccounts"}
    known = told_hooks()
    for screen, said in told.items():
        text = "".join(sources(PAGES / "src" / "screens" / screen).values())
        used = set(re.findall(r"\buse\w+", text)) & known
        assert used - shared == said, screen
    folders = (PAGES / "src" / "screens").iterdir()
    assert set(told) == {each.name for each in folders if each.is_dir()}


def screens() -> Iterator[list[str]]:
    return rows(NOTES, "| screen | hooks of its own")


@pytest.mark.parametrize("kind", [name(row[0]) for row in rows(LIVE, "## What it is told")])
def test_every_message_is_told_and_known_to_the_page(kind: str) -> None:
    assert kind in {name(row[0]) for row in rows(NOTES, "## Live")}
    assert f'"{kind}"' in (PAGES / "src" / "live" / "socket.ts").read_text()


def test_a_hook_that_is_not_told_is_noticed() -> None:
    assert hooks() - LENT != told_hooks(NOTES.replace("| `useRisk` |", "| `useLuck` |", 1))
