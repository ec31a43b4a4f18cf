"""The description of the service: complete, valid, and true of what the service answers."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import errors
from app.blueprints import failures, specification, values
from app.domain import instants
from tests.blueprints.calls import call, get, store
from tests.conftest import Client

TRADES = """
    11-06 09:00 +2 @ 21000 fee 1
    11-06 09:05 -1 @ 21010.5 fee 0.5
    11-06 09:10:00 -3 @ 21020 fee 0.75
"""
READ = [
    "/api/performance?explain=true",
    "/api/performance/daily?date=2025-11-06&explain=true",
    "/api/performance/weekly",
    "/api/performance/monthly",
    "/api/performance/history?interval=hour&fill=zero&explain=true",
    "/api/performance/history?interval=tick&symbol=MNQ",
    "/api/positions",
    "/api/positions?status=open&start=2025-11-01",
    "/api/imports",
    "/api/accounts/A/reconciliation?start=2025-11-01",
    "/api/statistics",
    "/api/statistics/definitions",
    "/api/accounts",
    "/api/account/info",
    "/api/instruments",
    "/api/history?symbol=MNQZ5&timeframe=1m",
    "/history?symbol=MNQ&timeframe=1m&live=true",
    "/api/risk",
    "/api/risk/gate",
    "/api/risk/presets",
    "/api/session",
    "/api/health",
    "/api/metrics",
    "/health/live",
    "/health/ready",
]
REFUSED = [
    ("/api/performance/daily?date=x", 400),
    ("/api/performance/daily?account_id=B", 404),
    ("/api/performance/daily?require=live", 503),
    ("/api/positions/0123456789abcdef01234567", 404),
    ("/api/history?symbol=MNQ", 503),
    ("/api/history?symbol=MNQX", 400),
]


@pytest.fixture
def document(app: Flask) -> Any:
    answer = app.test_client().get("/openapi.json")
    assert answer.status_code == 200
    return json.loads(answer.text)


def validator(document: Any, schema: Any) -> Draft202012Validator:
    whole = schema | {"components": document["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def response(document: Any, path: str, status: int, method: str = "get") -> Any:
    """What is said of an answer; the path may be one that stands for it."""
    plain = re.sub(r"/positions/[0-9a-f]{24}$", "/positions/{position_id}", path.partition("?")[0])
    plain = plain.replace("/accounts/A/", "/accounts/{account_id}/")
    said = document["paths"][plain][method]["responses"][str(status)]
    if "$ref" in said:
        said = document["components"]["responses"][said["$ref"].rpartition("/")[2]]
    return said


@pytest.mark.feature("PAM-OPS-08")
def test_the_document_is_valid_openapi_3_1(document: Any) -> None:
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


@pytest.mark.feature("TPA-01", "TPA-33")
def test_every_route_belongs_to_a_blueprint(app: Flask) -> None:
    owners = {rule.endpoint.rpartition(".")[0] for rule in app.url_map.iter_rules()}
    assert owners == {*app.blueprints}


@pytest.mark.feature("PAM-OPS-01")
def test_every_route_is_described_and_nothing_else(app: Flask, document: Any) -> None:
    routes = {
        (method, specification.path(rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(method, path) for method, path, _ in operations(document)} == routes


def test_a_route_without_a_description_is_missed(app: Flask) -> None:
    app.add_url_rule("/api/new", "new", lambda: "")
    assert "/api/new" not in specification.of_app(app)["paths"]


def test_every_operation_says_what_it_is_by_a_name_of_its_own(document: Any) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    assert [each for _, _, each in operations(document) if not each["summary"]] == []
    tags = {tag["name"] for tag in document["tags"]}
    assert {tag for _, _, each in operations(document) for tag in each["tags"]} == tags


def test_every_code_and_status_of_a_failure_is_in_it(document: Any) -> None:
    codes = {kind.code for kind in failures.STATUS}
    assert set(document["components"]["schemas"]["Failure"]["properties"]["code"]["enum"]) == codes
    told = json.dumps(document["components"]["responses"])
    assert [code for code in codes if f'"{code}"' not in told] == []
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    known = {each.code for each in kinds if issubclass(each, errors.AppError)}
    assert known == codes


def test_every_value_has_a_schema(document: Any) -> None:
    """A number that goes out as it is would be said to be anything."""
    empty = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, said in schema.get("properties", {}).items()
        if not set(said) - {"default", "description"}
    ]
    assert empty == []


def test_examples_are_what_their_schemas_say(document: Any) -> None:
    contents = [
        content
        for each in _within(document, "content")
        for content in each.values()
        if "example" in content
    ]
    assert len(contents) > 20
    for content in contents:
        validator(document, content["schema"]).validate(content["example"])
    for parameter in (each for _, _, one in operations(document) for each in one["parameters"]):
        for example in parameter.get("examples", {}).values():
            validator(document, parameter["schema"]).validate(example["value"])


def _within(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from ([value[name]] if name in value else [])
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from _within(each, name)


def test_links_lead_to_operations_and_fill_their_parameters(document: Any) -> None:
    known = {one["operationId"]: one for _, _, one in operations(document)}
    links = [link for each in _within(document, "links") for link in each.values()]
    assert len(links) > 10
    for link in links:
        names = {each.get("name") for each in known[link["operationId"]]["parameters"]}
        assert set(link["parameters"]) <= names


def test_answers_are_what_their_schemas_say(client: Client, document: Any) -> None:
    store(client, TRADES)
    minute = {"timestamp": "2025-11-07T15:00:00Z", "open": 1, "high": 1, "low": 1, "close": 1}
    bars = {"symbol": "MNQZ5", "timeframe": "1m", "bars": [minute | {"volume": 1}]}
    assert call(client, "POST", "/api/bars", json=bars).status_code == 200
    _, positions = client.get("/api/positions")
    for path in [*READ, f"/api/positions/{positions['items'][0]['id']}"]:
        answer = get(client, path)
        assert answer.status_code == 200, answer.text
        said = response(document, path, 200)
        schema = said["content"]["application/json"]["schema"]
        validator(document, schema).validate(answer.get_json())
        assert [name for name in said["headers"] if name not in answer.headers] == []


def test_refusals_are_what_their_schemas_say(client: Client, document: Any) -> None:
    store(client, TRADES)
    for path, status in REFUSED:
        answer = get(client, path)
        assert answer.status_code == status, answer.text
        said = response(document, path, status)
        schema = said["content"]["application/json"]["schema"]
        validator(document, schema).validate(answer.get_json())
        assert [name for name in said["headers"] if name not in answer.headers] == []


def test_another_answer_than_the_schema_says_is_told_apart(client: Client, document: Any) -> None:
    body = get(client, "/api/instruments").get_json()
    schema = response(document, "/api/instruments", 200)["content"]["application/json"]["schema"]
    assert validator(document, schema).is_valid(body)
    assert not validator(document, schema).is_valid([body[0] | {"tick_size": "0.25"}])


@given(st.from_regex(re.compile(values.INSTANT_PATTERN, re.ASCII), fullmatch=True))
def test_no_time_of_the_pattern_is_refused_for_its_form(said: str) -> None:
    try:
        instants.parse(said)
    except ValueError as error:
        about = str(error)
    else:
        about = ""
    assert about in (
        "",
        "is not a time of the calendar",
        "must lie between the years 1900 and 2199",
    )


@given(st.datetimes(), st.sampled_from(["Z", "+05:30", "-0600"]))
def test_every_time_that_is_taken_is_of_the_pattern(moment: Any, offset: str) -> None:
    said = f"{moment.isoformat()}{offset}"
    try:
        instants.parse(said)
    except ValueError:
        return
    assert re.search(values.INSTANT_PATTERN, said)


def test_the_document_is_open_revalidated_and_compressed(app: Flask) -> None:
    caller = app.test_client()
    first = caller.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert json.loads(gzip.decompress(first.data))["info"]["title"] == "Trader Performance API"
    again = caller.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert caller.get("/openapi.json?x=1").status_code == 400


def test_the_page_asks_nothing_of_other_servers(app: Flask) -> None:
    caller = app.test_client()
    page = caller.get("/docs")
    assert page.status_code == 200
    parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(parts) == 6
    for part in parts:
        answer = caller.get(part)
        assert answer.status_code == 200, part
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        answer.close()
    page.close()
    assert "//" not in re.sub(r"//# .*", "", page.text)


def test_what_is_no_part_of_the_page_is_not_found(client: Client) -> None:
    for name in ("page.html", "..%2Fopenapi.py", "swagger-ui.js", "%2Fetc%2Fpasswd"):
        assert call(client, "GET", f"/docs/{name}").status_code == 404
