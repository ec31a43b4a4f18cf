"""Names of answers: whatever a body depends on makes another one, and nothing else does."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.cache import keys
from app.cache.keys import Dependencies
from app.domain.market import Shown

DAILY = Dependencies("daily", 7, 3, 11, ("2025-11-07", "civil"))
NAME = keys.answer(DAILY, "json")


def test_an_answer_s_name_tells_the_account_its_version_and_what_is_asked() -> None:
    assert re.fullmatch("tpa:1:7:3:daily:[0-9a-f]{24}", NAME)
    assert re.fullmatch("[0-9a-f]{24}", keys.entity_tag(NAME))


@pytest.mark.parametrize(
    "change",
    [
        {"resource": "weekly"},
        {"account_key": 8},
        {"version": 4},
        {"stamp": 12},
        {"parameters": ("2025-11-08", "civil")},
        {"market": (1,)},
    ],
)
def test_whatever_an_answer_depends_on_makes_another_name(change: dict[str, Any]) -> None:
    other = keys.answer(DAILY._replace(**change), "json")
    assert other != NAME
    assert keys.entity_tag(other) != keys.entity_tag(NAME)


def test_another_form_of_it_has_another_name() -> None:
    assert keys.answer(DAILY, "csv") != NAME


def test_until_when_it_holds_is_no_part_of_its_name() -> None:
    assert keys.answer(DAILY._replace(until_us=5, shows=Shown.MARKS), "json") == NAME
