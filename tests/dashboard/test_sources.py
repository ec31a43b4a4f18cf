"""The dashboard's sources: their types, style and own tests hold, and so does what they know of
the API.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.dashboard import document


def run(*command: str, cwd: Path, told: str | None = None) -> str:
    """What a command prints; it has to succeed."""
    done = subprocess.run(
        command, cwd=cwd, input=told, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_types_and_style_hold(pages: Path) -> None:
    run("npm", "run", "--silent", "check", cwd=pages)


def test_its_own_tests_pass(pages: Path) -> None:
    run("npm", "run", "--silent", "test", cwd=pages)


def test_its_types_are_those_of_the_served_document(pages: Path) -> None:
    command = ("node", "scripts/types.mjs", "/dev/stdin", "--print")
    made = run(*command, cwd=pages, told=document.text())
    kept = (pages / "src" / "api" / "schema.d.ts").read_text("utf-8")
    assert made == kept, "run `make dashboard-types`"


def test_another_document_gives_other_types(pages: Path) -> None:
    command = ("node", "scripts/types.mjs", "/dev/stdin", "--print")
    told = document.text().replace('"daily_pnl"', '"pnl_of_day"')
    kept = (pages / "src" / "api" / "schema.d.ts").read_text("utf-8")
    assert run(*command, cwd=pages, told=told) != kept
