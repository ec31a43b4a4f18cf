"""/dashboard/: the pages for people, as `make dashboard` built them, from this service alone."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, send_file
from flask import request as flask_request

from app.blueprints import rights
from app.blueprints.described import described
from app.errors import NotFound

bp = Blueprint("dashboard", __name__)

BUILD = "dashboard_build"
HTML = "text/html; charset=utf-8"
_FONT, _JAVASCRIPT, _CSS = "font/woff2", "text/javascript; charset=utf-8", "text/css; charset=utf-8"
_MEDIA_TYPES = {
    ".css": _CSS,
    ".html": HTML,
    ".js": _JAVASCRIPT,
    ".svg": "image/svg+xml",
    ".woff2": _FONT,
}
# The charts style their own elements, so styles alone may stand in the page.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
# A part has its content's hash in its name.
_FOR_EVER = "public, max-age=31536000, immutable"
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Trader Performance</title>
<h1>The dashboard is not built</h1>
<p>This service runs without it. <code>make dashboard</code> builds it where there is Node 20 or
newer; then load this page again. The API is described at <a href="/docs">/docs</a>.
"""


@bp.get("")
@rights.open_to_all
@described(query=None, gives=str, forms=(HTML,), is_revalidated=True)
def page() -> Response:
    """The page, whatever screen its address names; it needs nothing from elsewhere."""
    if not (_build() / "index.html").exists():
        response = Response(_NOT_BUILT, content_type=HTML)
        response.add_etag()
        return _guarded(response)
    return _file("index.html", "no-cache")


@bp.get("/<path:name>")
@rights.open_to_all
@described(
    query=None,
    gives=str,
    forms=tuple(_MEDIA_TYPES.values()),
    fails=(NotFound,),
    is_revalidated=True,
)
def part(name: str) -> Response:
    """A part of the page if the name has a dot, else the page for the screen of that name."""
    if "." not in name:
        return page()
    return _file(name, _FOR_EVER if name.startswith("assets/") else "no-cache")


def _build() -> Path:
    return Path(str(files("app"))) / BUILD


def _file(name: str, kept: str) -> Response:
    path = _build() / name
    media_type = _MEDIA_TYPES.get(path.suffix)
    if media_type is None or ".." in path.parts or not path.is_file():
        raise NotFound(f"the page has no part {name[:64]!r}")
    squeezed = path.with_name(f"{path.name}.gz")
    is_squeezed = squeezed.exists() and bool(flask_request.accept_encodings["gzip"])
    response = send_file(squeezed if is_squeezed else path)
    if is_squeezed:
        response.headers["Content-Encoding"] = "gzip"
    if squeezed.exists():
        response.vary.add("Accept-Encoding")
    response.content_type = media_type
    response.headers.pop("Content-Disposition", None)
    response.headers["Cache-Control"] = kept
    return _guarded(response)


def _guarded(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers.setdefault("Cache-Control", "no-cache")
    response.make_conditional(flask_request)
    return response
