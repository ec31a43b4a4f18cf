"""Bad values in every field of an execution: refused in the one shape, and nothing is stored.

Values are JSON as it is sent, since most of them cannot be made by a JSON library.
"""

from __future__ import annotations

import json

import pytest
from werkzeug.test import TestResponse

from tests.blueprints.calls import call, fills, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client

GOOD = fills("11-07 10:00 +1 @ 21000 fee 0.5", prefix="good")[0]

NO_TEXT = ["1", "1.5", "true", "null", "[]", "{}", '["MNQ"]', "NaN"]
NO_ID = [
    *NO_TEXT,
    *('""', '"a/b"', '"é"', '"a\\nb"', '"a\nb"', '"a\\tb"', '"\\u0000"', '"a\0b"', '"\\u007f"'),
    *('"\\ud800"', '"\\ude00\\ud83d"', f'"{"x" * 129}"', f'"{"x" * 100_000}"'),
]
NO_NUMBER = [
    *("true", "[]", "{}", '""', '" "', '"abc"', '"1,5"', '"1.2.3"', '"0x10"', '"--1"', '"1e"'),
    *("NaN", "Infinity", "-Infinity", '"NaN"', '"sNaN"', '"-Infinity"', '"inf"', '"$1"', "01"),
    *("1e400", "-1e400", "1e999999999", '"1e999999999"', '"1e9999999999999999999"', "1e-400"),
    *("1" * 19, "1" * 65, "1" * 5_000, f'"{"1" * 5_000}"', "0." + "3" * 60, '"1.0000000001"'),
]
NO_INTEGER = [
    *("1.0", "1.5", "1e2", "1E0", '"1"', "true", "[]", "{}", "NaN", "Infinity", "-Infinity"),
    *("1e400", "1" * 30, "1" * 65, "-" + "1" * 30, "9223372036854775808", '"one"', "0x1", "+1"),
]
NO_TIME = [
    *("1762527600", "1762527600.5", "true", "null", "[]", '""', '"now"', '"2025-11-07"'),
    *('"2025-11-07T15:00:00"', '"2025-11-07 15:00"', '"15:00:00Z"', '"2025-11-07T15Z"'),
    *('"2025-13-07T15:00:00Z"', '"2025-02-29T15:00:00Z"', '"2025-11-07T24:00:01Z"'),
    *('"2025-11-07T15:60:00Z"', '"2025-11-07T15:00:61Z"', '"2025-11-07T15:00:00+25:00"'),
    *('"2025-11-07T15:00:00 America/Chicago"', '"2025-11-07T15:00:00ZZ"', '"1762527600"'),
    *('"1899-12-31T23:59:59Z"', '"2200-01-01T00:00:00Z"', '"10000-01-01T00:00:00Z"'),
    *(
        '"0001-01-01T00:00:00+14:00"',
        '"2025-11-07T15:00:00.1234567890Z"',
        '"2025-11-07T15:00:00\\u0000Z"',
    ),
]
NO_NAME = [
    *("1", "true", "[]", "{}", '""', '"a\\nb"', '"\\u0000"', '"\\u001f"', '"\\u007f"'),
    *('"\\udc00"', f'"{"x" * 129}"'),
]
BAD = {
    "account_id": NO_ID,
    "execution_id": NO_ID,
    "order_id": [each for each in NO_ID if each != "null"],
    "side": [
        *NO_TEXT,
        f'"{"B" * 5_000}"',
        '""',
        '"buy"',
        '"Sell"',
        '"LONG"',
        '"B"',
        '"BUY "',
        '"BUY\\u0000"',
    ],
    "quantity": [*NO_INTEGER, "null", "0", "-1"],
    "price": [*NO_NUMBER, "null", "21000.1", '"21000.000000001"', "1e17"],
    "executed_at": NO_TIME,
    "fees": [*NO_NUMBER, "-1", '"-0.01"', "1e-7", '"0.0000001"', "1e12"],
    "sequence": NO_INTEGER,
    "strategy": NO_NAME,
    "source": NO_NAME,
    "broker_pnl": [*NO_NUMBER, "1e-7", "1e15"],
    "fx_rate": [*NO_NUMBER, "0", "-1", '"-0"', "1e-10"],
    "average_price": ['"true"', "1", "0", '"yes"', "[]", "NaN"],
    "symbol": [*NO_TEXT, '"MNQ 13-25"', '"MNQ 00-25"', '"MNQ FOO25"', '"MNQZ55"', '"\\u0000"'],
    "contract": ["1", "[]", "true", '"ESZ5"', '"MNQH6"', '"MNQ"', '"MNQZ55"', '"\\u0000"'],
}
NO_EXECUTION: tuple[str | bytes, ...] = (
    *("", " ", "null", "true", "1", '"text"', "[1]", "[null]", "[[]]", '["a"]', "{", "[{}", "}"),
    *("{} {}", "{'a': 1}", '{"a": 1,}', "// no", "NaN", '{"a": NaN}', "[Infinity]", "\ufeff{}"),
    *('{"\\u0000": 1}', '{"\\ud800": 1}', "[" * 100_000, '{"a":' * 100_000, "1" * 100_000),
    *("[" * 900 + "]" * 900, '{"a":' * 900 + "1" + "}" * 900),
    '{"a\\u0041":' * 450 + "1" + "}" * 450,
    *(b"\xff\xfe{}", b'{"symbol": "\xed\xa0\x80"}', b"\x00" * 100),
)


@pytest.fixture
def caller(client: Client) -> Client:
    """A caller whose account A holds one contract."""
    store(client, "11-07 09:00 +1 @ 21000")
    return client


def text(field: str, value: str) -> str:
    """A good execution as JSON but for one field."""
    return json.dumps(GOOD | {field: "@"}).replace('"@"', value)


def state(client: Client) -> tuple[str, str]:
    """All that can be seen of what is stored."""
    daily = get(client, "/api/performance/daily", account_id="A")
    return get(client, "/api/accounts").text, daily.text


def assert_nothing_stored(client: Client, sent: str | bytes, code: str = "INVALID_BODY") -> None:
    before = state(client)
    error = assert_error(post(client, sent), 400, code)
    assert len(error["message"]) < 1_000, error["message"][:200]
    assert state(client) == before


def post(client: Client, sent: str | bytes) -> TestResponse:
    options = {"data": sent, "content_type": "application/json"}
    return call(client, "POST", "/api/executions", **options)


@pytest.mark.feature("TPA-14", "PAM-ERR-01")
@pytest.mark.parametrize("field", BAD)
def test_a_bad_value_is_refused_and_nothing_is_stored(
    caller: Client, subtests: pytest.Subtests, field: str
) -> None:
    for value in BAD[field]:
        with subtests.test(value=value[:40]):
            assert_nothing_stored(caller, text(field, value))


@pytest.mark.parametrize("field", ["price", "fees", "broker_pnl", "fx_rate"])
def test_a_number_has_plain_digits_only(
    caller: Client, subtests: pytest.Subtests, field: str
) -> None:
    for value in ('"1_000"', '"\uff11\uff12"', '"\u0661"', '"1 000"', '"\xa01"'):
        with subtests.test(value=value):
            assert_nothing_stored(caller, text(field, value))


@pytest.mark.parametrize("field", ["symbol", "contract"])
def test_a_root_that_nobody_knows_is_an_unknown_symbol(
    caller: Client, subtests: pytest.Subtests, field: str
) -> None:
    for value in ('""', '"QQQ"', '"\\n"', '"M NQ"', '"MNQ/Z5"', f'"{"M" * 9_000}"'):
        with subtests.test(value=value[:40]):
            assert_nothing_stored(caller, text(field, value), "UNKNOWN_SYMBOL")


@pytest.mark.parametrize("field", [*GOOD])
def test_what_is_required_may_not_be_left_out(caller: Client, field: str) -> None:
    bare = {name: value for name, value in GOOD.items() if name != field}
    if field == "fees":
        assert post(caller, json.dumps(bare)).status_code == 200
        return
    before = state(caller)
    error = assert_error(post(caller, json.dumps(bare)), 400, "INVALID_BODY")
    assert [(each["field"], each["row"]) for each in error["details"]] == [(field, 1)]
    assert state(caller) == before


@pytest.mark.parametrize(
    ("name", "near"), [("pric", "price"), ("executedAt", "executed_at"), ("qty", "quantity")]
)
def test_an_unknown_field_is_refused(caller: Client, name: str, near: str) -> None:
    error = assert_error(post(caller, json.dumps(GOOD | {name: 1})), 400, "INVALID_BODY")
    assert [each["field"] for each in error["details"]] == [name]
    assert near in error["message"]


def test_a_body_that_is_no_execution_is_refused(caller: Client, subtests: pytest.Subtests) -> None:
    for sent in NO_EXECUTION:
        with subtests.test(sent=sent[:40]):
            assert_nothing_stored(caller, sent)


def test_a_key_given_twice_is_refused_wherever_it_stands(caller: Client) -> None:
    twice = json.dumps(GOOD)[:-1] + ', "price": "1"}'
    assert_nothing_stored(caller, twice)
    assert_nothing_stored(caller, f"[{json.dumps(GOOD)}, {twice}]")
    assert_nothing_stored(caller, text("strategy", '{"a": {"b": 1, "b": 2}}'))


def test_every_fault_of_a_row_is_named_at_once(caller: Client) -> None:
    bad = GOOD | {"quantity": "1", "side": 1, "price": None, "foo": 1}
    details = assert_error(post(caller, json.dumps([GOOD, bad])), 400, "INVALID_BODY")["details"]
    assert {each["field"] for each in details} == {"quantity", "side", "price", "foo"}
    assert {each["row"] for each in details} == {2}
