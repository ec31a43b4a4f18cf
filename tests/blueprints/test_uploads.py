"""Forms that carry a file: what is no such form is refused, in words and within limits."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app.blueprints import uploads
from app.services.imports import FILE_MAX_BYTES
from app.services.resources import Resources
from tests.blueprints.calls import call, exact, get
from tests.blueprints.errors import assert_error
from tests.blueprints.test_imports import FILE, upload
from tests.conftest import Client

BOUNDARY = "b0undary"
GOOD = (
    (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="t.csv"\r\n\r\n'
    ).encode()
    + FILE
    + f"\r\n--{BOUNDARY}--\r\n".encode()
)


def send(client: Client, body: bytes, **headers: str) -> TestResponse:
    """The answer to a body as it is."""
    kind = headers.pop("content_type", f"multipart/form-data; boundary={BOUNDARY}")
    return call(
        client, "POST", "/api/imports?account_id=A&dry_run=true", data=body, content_type=kind,
        headers=headers,
    )  # fmt: skip


class Unread(io.RawIOBase):
    """A body that nobody may read."""

    def readinto(self, _: Any) -> int:
        raise AssertionError("it was read")


def form(client: Client, data: Any, **query: str) -> TestResponse:
    return call(
        client, "POST", "/api/imports", data=data, query_string={"account_id": "A"} | query,
        content_type="multipart/form-data",
    )  # fmt: skip


def file(content: bytes = FILE, name: str = "t.csv") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def test_the_form_that_is_broken_here_is_good(client: Client) -> None:
    assert exact(send(client, GOOD))["accepted"] == 4


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "send one file"),
        (b"x", "the form cannot be read"),
        (GOOD[:-20], "the form cannot be read"),
        (GOOD[:40], "the form cannot be read"),
        (GOOD.replace(b"--b0undary", b"--another"), "the form cannot be read"),
        (GOOD.replace(b"Content-Disposition", b"Content-Other"), "the form cannot be read"),
        (GOOD.replace(b'name="file"', b'name="\xff"'), "the form cannot be read"),
        (b"--b0undary--\r\n", "send one file"),
        (GOOD.replace(b'; filename="t.csv"', b""), "send one file"),
        (GOOD.replace(b'name="file"; ', b""), "send one file"),
        (GOOD.replace(b'name="file"', b'name="upload"'), "send one file"),
    ],
)
def test_a_form_that_is_none_is_refused(client: Client, body: bytes, why: str) -> None:
    assert why in assert_error(send(client, body), 400, "INVALID_BODY")["message"]


def test_a_form_without_a_boundary_is_refused(client: Client) -> None:
    answer = send(client, GOOD, content_type="multipart/form-data")
    assert "boundary" in assert_error(answer, 400, "INVALID_BODY")["message"].lower()


@pytest.mark.parametrize("kind", ["text/csv", "application/json", "multipart/mixed", ""])
def test_a_body_that_is_no_form_is_refused(client: Client, kind: str) -> None:
    assert_error(send(client, FILE, content_type=kind), 415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_packed_form_is_refused(client: Client) -> None:
    answer = send(client, GOOD, **{"Content-Encoding": "gzip"})
    assert_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_two_files_and_an_empty_one_are_refused(client: Client) -> None:
    error = assert_error(form(client, {"file": [file(), file()]}), 400, "INVALID_BODY")
    assert error["details"][0]["field"] == "file"
    assert "'file', 'file'" in error["message"]
    error = assert_error(form(client, {"file": file(b"", "empty.csv")}), 400, "INVALID_BODY")
    assert error["message"] == "empty.csv: the file is empty"


@pytest.mark.parametrize(
    ("fields", "query", "message"),
    [
        ({"colour": "red"}, {}, "'colour' is not known here"),
        ({"dry_run": "perhaps"}, {}, "dry_run must be true or false"),
        ({"tz": "Mars"}, {}, "tz must be an IANA time zone"),
        ({"dry_run": "true"}, {"dry_run": "true"}, "dry_run is given more than once"),
        ({"account_id": "B"}, {}, "account_id is given more than once"),
        ({"format": "excel"}, {}, "format must be one of auto, "),
        ({"date_order": "x"}, {}, "date_order must be"),
        ({"fees_per_side": "MNQ"}, {}, "fees_per_side"),
        ({"fees_per_side": "MNQ=1e999999"}, {}, "fees_per_side"),
        ({"fees_per_side": "XXX=1"}, {}, "there is no symbol 'XXX'"),
        ({}, {"account_id": "a/b"}, "account_id must be"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(
    client: Client, fields: dict[str, str], query: dict[str, str], message: str
) -> None:
    answer = form(client, {"file": file(), **fields}, **query)
    assert message in assert_error(answer, 400, "INVALID_PARAMETER")["message"]
    assert exact(get(client, "/api/accounts")) == []


def test_without_an_account_it_has_to_be_said(client: Client) -> None:
    answer = call(client, "POST", "/api/imports", data={"file": file()})
    assert_error(answer, 400, "ACCOUNT_REQUIRED")


# --- Limits --------------------------------------------------------------------------------------


def test_what_says_to_be_too_large_is_refused_before_it_is_read(client: Client) -> None:
    answer = call(
        client,
        "POST",
        "/api/imports?account_id=A",
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
        environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": str(FILE_MAX_BYTES * 2)},
    )
    assert_error(answer, 413, "PAYLOAD_TOO_LARGE")


def test_a_file_of_a_byte_too_many_is_refused(client: Client) -> None:
    largest = GOOD.replace(FILE, b"x" * FILE_MAX_BYTES)
    assert_error(send(client, largest), 400, "INVALID_BODY")
    assert_error(send(client, largest.replace(b"xx", b"xxx", 1)), 413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize(
    "fields",
    [
        {f"field{n}": "x" for n in range(uploads.PARTS_MAX + 1)},
        {"tz": "x" * 300_000},
    ],
)
def test_a_form_of_too_much_besides_the_file_is_refused(
    client: Client, fields: dict[str, str]
) -> None:
    assert_error(form(client, fields | {"file": file()}), 413, "PAYLOAD_TOO_LARGE")


def test_one_large_file_at_a_time_is_imported(
    client: Client, sqlite_res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.import_answers.TURN_WAIT_S", 1)
    large = GOOD.replace(FILE, FILE + b"\r\n" * 600_000)
    with sqlite_res.importing:
        assert_error(send(client, large), 429, "RATE_LIMITED")
        assert exact(send(client, GOOD))["accepted"] == 4
    assert send(client, large).status_code != 429
    assert not sqlite_res.importing.locked()


def test_heads_of_parts_without_an_end_are_refused(client: Client) -> None:
    body = f"--{BOUNDARY}\r\n".encode() + b"X-Head: y\r\n" * 100_000
    assert_error(send(client, body), 413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\\\Users\\\\me\\\\t.csv", "t.csv"),
        ("a\x1b[31mb\u202e.csv", "a[31mb.csv"),
        ("x" * 500, "x" * 128),
        ("/", "file"),
    ],
)
def test_a_file_s_name_is_kept_without_what_could_do_harm(
    client: Client, said: str, kept: str
) -> None:
    told = exact(upload(client, FILE, name=said, dry_run="true"))
    assert told["file"] == kept


def test_no_mutilated_form_is_a_fault_of_the_service(client: Client) -> None:
    @settings(max_examples=400, deadline=None, database=None)
    @given(
        st.lists(
            st.tuples(
                st.integers(0, len(GOOD)), st.integers(0, 40),
                st.sampled_from([b"", b"\r\n", b"--b0undary", b"\x00", b"\xff\n", b'"', b";"]),
            ),
            min_size=1, max_size=4,
        )
    )  # fmt: skip
    def every(cuts: list[tuple[int, int, bytes]]) -> None:
        body = GOOD
        for at, length, put in cuts:
            body = body[:at] + put + body[at + length :]
        assert send(client, body).status_code in (200, 400, 404, 409, 413)

    every()
