"""A body that is read in one go says what it says to the careful reader."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from app.blueprints import document, executions, plain_fills
from app.blueprints.executions import ExecutionBody
from app.domain.executions import Fill
from app.errors import InvalidBody

GOOD: dict[str, Any] = {
    "account_id": "a:b",
    "execution_id": "1",
    "symbol": "MNQ",
    "side": "BUY",
    "quantity": 1,
    "price": "25204.25",
    "executed_at": "2025-11-07T14:32:55.250Z",
}
# As they are written; some are no JSON.
WRITTEN = (
    *("1", "2.0", "1e2", "-0", "0.74", "1E-3", "9223372036854775808", "1" * 64, "1." + "0" * 63),
    *("null", "true", "NaN", "01", "[]", "{}", '"', '"1_000"', '" 1"', '"0.740"', '"\u0661"'),
    *('"x:y"', '"\\u0041"', '""', '"now"', '"2025-11-07T08:32:55-06:00"', '"\x01"', '"\u00e9"'),
)
NAMES = st.sampled_from([*structs.asdict(ExecutionBody(**GOOD)), "colour"])
MORE = st.lists(st.tuples(NAMES, st.sampled_from(WRITTEN)), max_size=3)
BLANKS = st.sampled_from(["", " ", "\n\t"])


def said(pairs: list[tuple[str, str]], blank: str) -> str:
    return "{" + ",".join(f'{blank}"{name}"{blank}:{blank}{each}' for name, each in pairs) + "}"


def carefully(sent: bytes) -> list[Fill] | None:
    try:
        found = document.parse(sent)
    except InvalidBody:
        return None
    rows = found if isinstance(found, list) else [found]
    read = [executions._fill(each, row) for row, each in enumerate(rows, start=1)]
    fills = [each for each in read if isinstance(each, Fill)]
    return fills if len(fills) == len(read) else None


@given(more=MORE, blank=BLANKS, is_alone=st.booleans())
def test_what_is_read_in_one_go_is_what_the_careful_reader_reads(
    more: list[tuple[str, str]], blank: str, *, is_alone: bool
) -> None:
    pairs = [(name, json.dumps(each)) for name, each in GOOD.items()]
    odd = said([each for each in pairs if each[0] not in dict(more)] + more, blank)
    twice = said(pairs + more, blank)
    for one in (odd, twice):
        sent = (one if is_alone else f"[{said(pairs, blank)},{one}]").encode()
        found = plain_fills.read(sent, 2)
        assert found is None or found == carefully(sent)


def test_usual_bodies_are_read_in_one_go() -> None:
    full = GOOD | {"fees": 0.74, "sequence": 3, "strategy": "a: b", "average_price": True}
    for sent in (GOOD, [GOOD], [GOOD, full | {"fx_rate": "1.08", "contract": "MNQZ5"}], []):
        content = json.dumps(sent).encode()
        assert plain_fills.read(content, 2) == carefully(content)


def test_more_rows_than_are_taken_are_left_to_the_careful_reader() -> None:
    assert plain_fills.read(json.dumps([GOOD] * 3).encode(), 2) is None


def test_both_readers_know_the_same_fields() -> None:
    assert set(plain_fills.FIELDS) == set(ExecutionBody.__struct_fields__)


def test_a_reader_that_overlooks_a_field_given_twice_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = json.dumps(GOOD).replace('"side"', '"price": 1, "side"').encode()
    assert plain_fills.read(sent, 1) is None
    monkeypatch.setattr(plain_fills, "_repeats", lambda *_: False)
    assert plain_fills.read(sent, 1) != carefully(sent)
