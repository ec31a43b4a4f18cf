"""`.env.example` lists the settings, all of them and no other, as they are by default."""

from __future__ import annotations

import re
from pathlib import Path

from app import settings
from app.settings import Settings, from_env

EXAMPLE = (Path(__file__).parent.parent / ".env.example").read_text("utf-8")
VARIABLE = re.compile(r"^#([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)
LISTED = dict(VARIABLE.findall(EXAMPLE))
FILES = {f"{name}_FILE" for name in settings._SECRETS}


def test_every_setting_is_listed_and_nothing_else() -> None:
    assert list(LISTED) == [name for name, _ in VARIABLE.findall(EXAMPLE)]
    assert set(LISTED) == {name.upper() for name in Settings._fields} | FILES


def test_the_values_listed_are_the_ones_that_count_where_nothing_is_set() -> None:
    assert from_env(LISTED) == from_env({})


def test_nothing_is_left_without_a_default_that_has_one() -> None:
    plain = from_env({})._asdict()
    empty = {name for name, value in LISTED.items() if not value}
    unset = {name.upper() for name, value in plain.items() if value in (None, ())}
    # The database's depends on another setting.
    assert empty == unset | FILES | {"DATABASE_URL"}


def test_every_setting_is_explained() -> None:
    lines = EXAMPLE.splitlines()
    for number, line in enumerate(lines):
        if VARIABLE.match(line):
            assert lines[number - 1].startswith("#"), line
