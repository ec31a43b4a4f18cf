"""Every route that writes, with everything that no body may be: refused in the one shape, and not
a row of any table is another one afterwards.

The routes are the URL map's own: one that is new has to be told here what a good body of it is.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import inspect, text
from werkzeug.test import TestResponse

from app.db.connection import Database
from app.services.resources import Resources
from tests.blueprints.calls import call, fills, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client

FILL = fills("11-07 10:00 +1 @ 21000 fee 0.5", prefix="new")[0]
KNOWN = {name: value for name, value in FILL.items() if name not in ("account_id", "execution_id")}
# What a body of each route may be; None where a route takes none.
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/api/executions"): FILL,
    ("PUT", "/api/executions/A/e1"): KNOWN,
    ("DELETE", "/api/executions/A/e2"): None,
    ("PUT", "/api/accounts/A"): {
        "name": "new",
        "starting_balance": "5",
        "currency": "USD",
        "risk": {"daily_loss_limit": "1000", "warning_shares": ["0.5"]},
    },
    ("POST", "/api/accounts/A/cash"): {
        "id": "new",
        "amount": "1.5",
        "occurred_at": "2025-11-07T15:00:00Z",
        "note": "new",
    },
    ("POST", "/api/orders"): {
        "account_id": "A",
        "order_id": "new",
        "symbol": "MNQZ5",
        "side": "BUY",
        "quantity": 1,
        "status": "PENDING",
        "submitted_at": "2025-11-07T15:00:00Z",
        "updated_at": "2025-11-07T15:00:01Z",
        "price": "21000",
    },
    ("POST", "/api/account/switch"): {"account_id": "A"},
    ("POST", "/api/risk/reset"): {"account_id": "A"},
    ("DELETE", "/api/imports/x"): None,
    ("POST", "/api/bars"): {
        "symbol": "MNQ",
        "contract": "MNQZ5",
        "timeframe": "1m",
        "bars": [
            {
                "timestamp": "2025-11-07T15:00:00Z",
                "open": "21000",
                "high": "21001",
                "low": "20999.5",
                "close": "21000.25",
                "volume": 7,
            }
        ],
    },
    ("POST", "/api/session"): {"token": "nobody's"},
    ("DELETE", "/api/session"): None,
    ("POST", "/api/ws-ticket"): None,
}
# These take a form with a file, which `test_uploads` breaks.
FORMS = {("POST", "/api/imports")}
WITH_BODY = {route: body for route, body in BODIES.items() if body is not None}
BATCHES = {("POST", "/api/executions"), ("POST", "/api/orders")}
WRITING = {"POST", "PUT", "PATCH", "DELETE"}
ARGUMENTS = {"account_id": "A", "execution_id": "e1", "import_id": "x"}
JSON = "application/json"
NDJSON = "application/x-ndjson"

# As JSON, since most of them cannot be made by a JSON library; never right, whatever the field.
BAD_VALUES = (
    *("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e999999999", "1" * 400, "-" + "9" * 65),
    *('"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\ude00\\ud83d"', '"\t"', '"\x00"', "[]", "{}"),
    *(
        '{"a":1}',
        "[1]",
        '[["a"]]',
        "[" * 5_000,
        '{"a":' * 5_000,
        "01",
        ".5",
        "0x1",
        "'a'",
        "\ufeff1",
    ),
    *("", "undefined", "1,", '"', '"\\x"', '"\\u12"', "tru", "+1", "1_000", "--1", "// a\n1"),
)


class Sent(NamedTuple):
    """A body that no route takes."""

    data: bytes
    status: int = 400
    content_type: str = JSON
    encoding: str | None = None


def bad_bodies(good: dict[str, Any]) -> dict[str, Sent]:
    """What is no body of a route that would take the good one."""
    said = json.dumps(good).encode()
    doubled = said[:-1] + b", " + said[1:]
    form = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + said + b"\r\n--x--\r\n"
    return {
        "nothing": Sent(b""),
        "blanks": Sent(b" \r\n\t "),
        "null": Sent(b"null"),
        "a number": Sent(b"1"),
        "a text": Sent(b'"text"'),
        "NaN": Sent(b"NaN"),
        "half of it": Sent(said[: len(said) // 2]),
        "more than it": Sent(said + b"}"),
        "twice": Sent(said + said),
        "each key twice": Sent(doubled),
        "an array in an array": Sent(b"[[" + said + b"]]"),
        "an array of an array and it": Sent(b"[" + said + b", []]"),
        "UTF-16": Sent(json.dumps(good).encode("utf-16")),
        "UTF-32": Sent(json.dumps(good).encode("utf-32-le")),
        "a byte order mark": Sent(b"\xef\xbb\xbf" + said),
        "Latin-1": Sent(b'{"\xe9": 1}'),
        "a surrogate in UTF-8": Sent(b'{"a": "\xed\xa0\x80"}'),
        "an overlong NUL": Sent(b'{"a": "\xc0\x80"}'),
        "NULs": Sent(b"\x00" * 100),
        "a NUL after it": Sent(said + b"\x00"),
        "a hundred thousand brackets": Sent(b"[" * 100_000),
        "a hundred thousand objects": Sent(b'{"a":' * 100_000),
        "a long number": Sent(b"1" * 100_000),
        "an unknown field": Sent(said[:-1] + b', "foo": 1}'),
        "a field like one of Python's": Sent(said[:-1] + b', "__class__": "x"}'),
        "a field without a name": Sent(said[:-1] + b', "": 1}'),
        "a thousand fields": Sent(json.dumps({f"f{n}": n for n in range(1_000)}).encode()),
        "too much": Sent(said + b" " * 34_000_000, 413),
        "XML": Sent(b"<a/>"),
        "YAML": Sent(b"a: 1\n"),
        "JavaScript": Sent(b"({})"),
        "a form": Sent(b"a=1&b=2", 415, "application/x-www-form-urlencoded"),
        "a file": Sent(form, 415, "multipart/form-data; boundary=x"),
        "plain text": Sent(said, 415, "text/plain"),
        "no type": Sent(said, 415, ""),
        "a patch": Sent(said, 415, "application/merge-patch+json"),
        "gzip": Sent(gzip.compress(said), 415, JSON, "gzip"),
        "gzip that is none": Sent(said, 415, JSON, "gzip"),
        "an encoding in an encoding": Sent(said, 415, JSON, "gzip, identity"),
        "Brotli": Sent(said, 415, JSON, "br"),
    }


@pytest.fixture
def caller(client: Client) -> Client:
    """A caller whose account A has a closed and an open position."""
    store(client, "11-07 09:00 +1 @ 21000\n11-07 09:05 -1 @ 21001 fee 1\n11-07 09:09 +2 @ 21000")
    return client


@pytest.fixture
def db(sqlite_res: Resources) -> Database:
    return sqlite_res.db


def content(db: Database) -> dict[str, list[str]]:
    """Every row of every table."""
    with db.read() as conn:
        return {
            name: sorted(map(repr, conn.execute(text(f'SELECT * FROM "{name}"')).all()))
            for name in sorted(inspect(conn).get_table_names())
        }


def send(client: Client, route: tuple[str, str], sent: Sent) -> TestResponse:
    method, path = route
    headers = {"Content-Encoding": sent.encoding} if sent.encoding else {}
    options = {"data": sent.data, "content_type": sent.content_type, "headers": headers}
    return call(client, method, path, **options)


def assert_refused(answer: TestResponse, status: int = 400) -> dict[str, Any]:
    """Hold an answer to be a refusal that says little of what was sent."""
    codes = {400: "INVALID_BODY", 413: "PAYLOAD_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE"}
    error = assert_error(answer, status, codes[status])
    assert len(error["message"]) < 1_000
    return error


def with_value(good: dict[str, Any], field: str, value: str) -> bytes:
    """The good body as JSON but for one field."""
    return json.dumps(good | {field: "@"}).replace('"@"', value).encode()


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Every method and path that may change something."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            for method in (rule.methods or set()) & WRITING:
                named = {name: ARGUMENTS[name] for name in rule.arguments}
                built = app.url_map.bind("").build(rule.endpoint, named, method)
                yield method, built.removeprefix("http://")


def test_every_route_that_writes_is_tried(app: Flask) -> None:
    """By its method and the shape of its path, whatever the ids in it."""

    def shape(route: tuple[str, str]) -> tuple[str, str]:
        return route[0], route[1].replace("/e2", "/e1")

    assert {shape(each) for each in routes(app)} == {shape(each) for each in {*BODIES, *FORMS}}


@pytest.mark.feature("TPA-14", "PAM-ERR-01")
@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_what_is_no_body_is_refused_and_changes_nothing(
    caller: Client, db: Database, subtests: pytest.Subtests, route: tuple[str, str]
) -> None:
    before = content(db)
    for name, sent in bad_bodies(WITH_BODY[route]).items():
        with subtests.test(name):
            assert_refused(send(caller, route, sent), sent.status)
    assert content(db) == before


@pytest.mark.feature("TPA-14", "PAM-ERR-01")
@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_what_is_no_value_is_refused_in_every_field_and_changes_nothing(
    caller: Client, db: Database, subtests: pytest.Subtests, route: tuple[str, str]
) -> None:
    before = content(db)
    good = WITH_BODY[route]
    for field in good:
        for value in BAD_VALUES:
            with subtests.test(field=field, value=value[:30]):
                assert_refused(send(caller, route, Sent(with_value(good, field, value))))
    assert content(db) == before


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_a_value_of_another_kind_is_named_by_its_field(
    caller: Client, subtests: pytest.Subtests, route: tuple[str, str]
) -> None:
    good = WITH_BODY[route]
    for field in good:
        with subtests.test(field=field):
            error = assert_refused(send(caller, route, Sent(with_value(good, field, "[]"))))
            assert [each["field"] for each in error["details"]] == [field]
            assert field in error["message"]


def test_the_one_bad_line_of_ten_thousand_is_named(
    caller: Client, db: Database, subtests: pytest.Subtests
) -> None:
    before = content(db)
    lines = [json.dumps(FILL | {"execution_id": f"n{n}"}) for n in range(10_000)]
    bad = {"half a line": "{", "a text": '"x"', "a bad price": json.dumps(FILL | {"price": "x"})}
    for name, line in bad.items():
        with subtests.test(name):
            sent = "\r\n".join([*lines[:7_776], "", line, "", *lines[7_777:]]).encode()
            answer = send(caller, ("POST", "/api/executions"), Sent(sent, 400, NDJSON))
            assert {each["row"] for each in assert_refused(answer)["details"]} == {7_777}
    assert content(db) == before


@pytest.mark.parametrize("route", sorted(set(BODIES) - set(WITH_BODY)), ids=" ".join)
def test_a_bad_query_keeps_a_deletion_from_being_done(
    caller: Client, db: Database, route: tuple[str, str]
) -> None:
    before = content(db)
    method, path = route
    assert_error(call(caller, method, f"{path}?foo=1"), 400, "INVALID_PARAMETER")
    assert content(db) == before
