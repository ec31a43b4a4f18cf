"""HTTP that is legal and rare: understood, or refused in the one shape; never a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.blueprints.errors import assert_error
from tests.service import Service
from tests.system.callers import execution
from tests.system.raw import Exchange, exchange, post, request
from tests.system.test_raw_http import CODES

LIVE = request("GET", "/health/live")
CLOSE = request("GET", "/health/live", Connection="close")
END = b"\r\nHost: service\r\nConnection: close\r\n\r\n"

UNDERSTOOD: dict[str, tuple[bytes, list[int]]] = {
    "an empty line before": (b"\r\n" + CLOSE, [200]),
    "absolute-form": (b"GET http://other/health/live HTTP/1.1" + END, [200]),
    "HTTP/1.0 without a host": (b"GET /health/live HTTP/1.0\r\n\r\n", [200]),
    "HTTP/1.1 without a host": (b"GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n", [200]),
    "a host that is none": (b"GET /health/live HTTP/1.1\r\nHost: <>{}/\\,;" + END[15:], [200]),
    "names in any case": (
        b"GET /health/live HTTP/1.1\r\nhOsT: x\r\ncOnNeCtIoN: cLoSe\r\n\r\n",
        [200],
    ),
    "requests in one go": (LIVE * 3 + CLOSE, [200] * 4),
    "a refusal between others": (LIVE + request("GET", "/none") + CLOSE, [200, 404, 200]),
    "a body nobody asked for": (request("GET", "/health/live", b"x" * 999) + CLOSE, [200, 200]),
    "an upgrade to HTTP/2": (
        request("GET", "/health/live", Upgrade="h2c", Connection="Upgrade") + CLOSE,
        [200, 200],
    ),
    "a fragment": (b"GET /health/live#x HTTP/1.1" + END, [200]),
    "a slash in percent": (request("GET", "/health%2Flive", Connection="close"), [200]),
    "two slashes": (request("GET", "//health/live", Connection="close"), [200]),
    "OPTIONS": (request("OPTIONS", "/health/live", Connection="close"), [204]),
    "headers with underscores": (
        request("GET", "/health/live", Connection="close")[:-2]
        + b"SCRIPT_NAME: /health\r\nX_Forwarded_For: 1.2.3.4\r\n\r\n",
        [200],
    ),
}
CHUNKED: dict[str, tuple[str, bytes]] = {
    "in one chunk": ("chunked", b"{size}\r\n{body}\r\n0\r\n\r\n"),
    "in capitals": ("Chunked", b"{size}\r\n{body}\r\n0\r\n\r\n"),
    "after a tab": ("\tchunked ", b"{size}\r\n{body}\r\n0\r\n\r\n"),
    "with extensions": ("chunked", b'{size};a=1;b="c;d"\r\n{body}\r\n0;e\r\n\r\n'),
    "with trailers": ("chunked", b"{size}\r\n{body}\r\n0\r\nX-Checksum: 1\r\n\r\n"),
    "with zeros before its size": ("chunked", b"0000{size}\r\n{body}\r\n000\r\n\r\n"),
}
METHODS = ("TRACE", "PROPFIND", "PATCH", "PURGE", "LOCK", "SEARCH", "M-SEARCH", "QQQ")
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
PATHS = (
    *(
        "/%00",
        "/health/live%00",
        "/health//live",
        "/health/live/x",
    ),
    *("/../health/live", "/health/./live", "/health/%2e%2e/health/live", "/%", "/%zz", "/%c3%28"),
    *("/%ff%fe", "/%f0%9f%92%b8", "/" + "a" * 4_000, "/" + "a/" * 2_000, "/;x", "/.git/config"),
    *("/etc/passwd", "/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/api", "/api/", "/api/executions/A"),
    *("/api/executions/A/B/C", "/api//executions", "/API/EXECUTIONS", "/api/executions%20"),
    *("/api/%u0065xecutions", "/?q=/health/live", "/\\health\\live", "/api/accounts/%0d%0aX:y"),
)
QUERIES = (
    *("%", "%zz=1", "a=%ff", "%00=1", "=", "==&=="),
    *("account_id=A&account_id=A", "&".join(f"p{n}=1" for n in range(700)), "tz=" + "a" * 3_900),
    *("limit=%2b1", "limit=1e3", "date=%F0%9F%92%B8", "a" * 4_000, "tz[]=UTC"),
    *("account_id[$ne]=1", "format=%3Cscript%3E", "wait=1e999"),
)
ACCEPTS = (
    "",
    "garbage",
    "*/*;q=x",
    ",,,,",
    "text/html",
    "a/b;q=1e400",
    "application/json;q=-1",
    "é",
)
TYPES = (
    *("", "text/plain", "application/x-www-form-urlencoded", "application/json-patch+json", "é/x"),
    *("multipart/form-data; boundary=x", "application/json, text/plain", "json", "a" * 4_000),
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = Service(tmp_path_factory.mktemp("odd") / "data", workers=1, DEFAULT_ACCOUNT_ID="A")
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def token(service: Service) -> str:
    with service.session() as session:
        first = execution("A", 1)
        assert session.post(f"{service.url}/api/executions", json=first, timeout=9).ok
        return str(session.headers["Authorization"])


def one(service: Service, sent: bytes) -> Any:
    """The only answer to a request that says it is the last."""
    told = exchange(service.port, sent)
    assert told.is_closed
    (answer,) = told.answers
    return answer


def assert_refused(answer: Any) -> None:
    """Hold an answer to be a refusal in the one shape."""
    assert 400 <= answer.status_code < 500
    code = answer.get_json()["error"]["code"]
    assert code in (
        *CODES.get(answer.status_code, ()),
        "ACCOUNT_NOT_FOUND",
        "UNSUPPORTED_MEDIA_TYPE",
    )
    assert_error(answer, answer.status_code, code)


def names(service: Service, token: str) -> list[str]:
    answer = requests.get(
        f"{service.url}/api/accounts", headers={"Authorization": token}, timeout=9
    )
    return [each["id"] for each in answer.json()]


def test_rare_forms_of_a_request_are_understood(
    service: Service, subtests: pytest.Subtests
) -> None:
    for name, (sent, statuses) in UNDERSTOOD.items():
        with subtests.test(name):
            told: Exchange = exchange(service.port, sent)
            assert (told.statuses, told.is_closed) == (statuses, True)


def test_a_chunked_body_is_read_in_all_its_forms(
    service: Service, token: str, subtests: pytest.Subtests
) -> None:
    for number, (name, (coding, form)) in enumerate(CHUNKED.items()):
        body = json.dumps(execution("CHUNKED", number)).encode()
        framed = form.replace(b"{size}", b"%x" % len(body)).replace(b"{body}", body)
        headers = {"Authorization": token, "Content_Type": "application/json"}
        head = request("POST", "/api/executions", Transfer_Encoding=coding, **headers)
        with subtests.test(name):
            told = exchange(service.port, head + framed + CLOSE)
            assert (told.statuses, told.answers[0].get_json()["accepted"]) == ([200, 200], 1)


def test_a_body_comes_after_the_service_said_to_go_on(service: Service, token: str) -> None:
    sent = post(token, execution("GO-ON", 1), Expect="100-Continue", Connection="close")
    told = exchange(service.port, sent)
    assert told.statuses == [100, 200]


def test_methods_that_nothing_has_are_refused(
    service: Service, token: str, subtests: pytest.Subtests
) -> None:
    for method in METHODS:
        for path in ("/api/executions", "/health/live"):
            with subtests.test(method=method, path=path):
                sent = request(method, path, Authorization=token, Connection="close")
                answer = one(service, sent)
                assert_error(answer, 405, "METHOD_NOT_ALLOWED")
                assert answer.headers["Allow"]


def test_no_header_makes_another_method_of_a_request(
    service: Service, token: str, subtests: pytest.Subtests
) -> None:
    for name in OVERRIDES:
        with subtests.test(name):
            headers = {"Authorization": token, "Connection": "close", name: "POST"}
            answer = one(service, request("GET", "/api/executions", **headers))
            assert_error(answer, 405, "METHOD_NOT_ALLOWED")


def test_odd_paths_lead_nowhere(service: Service, token: str, subtests: pytest.Subtests) -> None:
    for path in PATHS:
        with subtests.test(path[:60]):
            sent = request("GET", path, Authorization=token, Connection="close")
            assert_refused(one(service, sent))


def test_odd_queries_are_refused(service: Service, token: str, subtests: pytest.Subtests) -> None:
    for query in QUERIES:
        with subtests.test(query[:60]):
            path = f"/api/performance/daily?{query}"
            sent = request("GET", path, Authorization=token, Connection="close")
            assert_refused(one(service, sent))


def test_what_no_one_can_give_as_accept_gives_json(
    service: Service, token: str, subtests: pytest.Subtests
) -> None:
    for accept in ACCEPTS:
        with subtests.test(accept):
            headers = {"Authorization": token, "Accept": accept, "Connection": "close"}
            answer = one(service, request("GET", "/api/accounts", **headers))
            assert (answer.status_code, answer.is_json) == (200, True)


def test_bodies_of_other_media_types_are_refused_and_nothing_is_stored(
    service: Service, token: str, subtests: pytest.Subtests
) -> None:
    for media_type in TYPES:
        with subtests.test(media_type[:60]):
            headers = {"Content_Type": media_type, "Connection": "close"}
            answer = one(service, post(token, execution("TYPED", 1), **headers))
            assert_refused(answer)
            assert answer.status_code == 415
    assert "TYPED" not in names(service, token)


def test_what_a_stranger_says_of_a_proxy_changes_nothing(service: Service) -> None:
    headers = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "for=203.0.113.7;proto=https;host=evil.example",
        "X-Original-URL": "/api/accounts",
        "X-Rewrite-URL": "/api/accounts",
        "X-Real-IP": "203.0.113.7",
    }
    answer = one(service, request("GET", "/health/live", Connection="close", **headers))
    assert answer.status_code == 200
    assert "evil" not in answer.text + str(answer.headers)
    assert "203.0.113.7" not in service.log.read_text()
