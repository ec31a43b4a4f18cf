"""How the dashboard's files are served; a build of three files stands in for the real one."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.blueprints import dashboard

SCRIPT = "/dashboard/assets/index-1a2b.js"


@pytest.fixture
def caller(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Somebody without a token."""
    build = tmp_path / "build"
    (build / "assets").mkdir(parents=True)
    (build / "index.html").write_text("<p>the page</p>")
    (build / "manifest.json").write_text("{}")
    (build / "assets" / "index-1a2b.js").write_text("run()")
    (build / "assets" / "index-1a2b.js.gz").write_bytes(gzip.compress(b"run()"))
    (tmp_path / "secret.js").write_text("secret")
    monkeypatch.setattr(dashboard, "_build", lambda: build)
    return app.test_client()


@pytest.mark.feature("PAM-AUTH-01")
@pytest.mark.parametrize("path", ["", "/", "/trades", "/trades/", "/no/such/screen"])
def test_every_screen_is_the_same_page_for_anyone(caller: FlaskClient, path: str) -> None:
    with caller.get(f"/dashboard{path}?account=A") as answer:
        assert (answer.status_code, answer.data) == (200, b"<p>the page</p>")
        assert answer.headers["Cache-Control"] == "no-cache"
        tag = answer.headers["ETag"]
    with caller.get(f"/dashboard{path}", headers={"If-None-Match": tag}) as again:
        assert again.status_code == 304


def test_only_styles_may_stand_in_the_page_and_nothing_comes_from_elsewhere(
    caller: FlaskClient,
) -> None:
    with caller.get("/dashboard") as answer:
        policy = answer.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert [each for each in policy if "unsafe" in each] == ["style-src 'self' 'unsafe-inline'"]
    assert "frame-ancestors 'none'" in policy
    assert "*" not in "".join(policy)


def test_a_part_with_a_hash_in_its_name_is_kept_for_ever(caller: FlaskClient) -> None:
    with caller.get(SCRIPT) as answer:
        assert answer.data == b"run()"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.content_type == "text/javascript; charset=utf-8"
        assert "Content-Encoding" not in answer.headers


def test_a_part_is_sent_compressed_to_whoever_can_read_it(caller: FlaskClient) -> None:
    with caller.get(SCRIPT, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert gzip.decompress(answer.data) == b"run()"


@pytest.mark.parametrize(
    "name", ["none.js", "../secret.js", "%2e%2e/secret.js", "manifest.json", "assets/..", "x.py"]
)
def test_what_is_no_part_of_the_page_is_not_found(caller: FlaskClient, name: str) -> None:
    assert caller.get(f"/dashboard/{name}").status_code == 404


def test_a_service_without_a_build_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "_build", lambda: Path("/nowhere"))
    answer = app.test_client().get("/dashboard")
    assert answer.status_code == 200
    assert "make dashboard" in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"
