"""/openapi.json, the description of this service made from its code; /docs, the same for people."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, current_app, send_file
from flask import request as flask_request

from app.blueprints import request, rights, specification
from app.blueprints.described import described
from app.blueprints.request import JSON, NoQuery
from app.errors import NotFound

bp = Blueprint("openapi", __name__)

HTML = "text/html; charset=utf-8"
_JAVASCRIPT, _CSS, _PNG = "text/javascript; charset=utf-8", "text/css; charset=utf-8", "image/png"
# The page's parts, each with the package that ships it: Swagger UI comes with its own.
_OURS, _SHIPPED = ("app.blueprints", "docs"), ("flask_swagger_ui", "dist")
_PARTS = {
    "page.css": (_OURS, _CSS),
    "start.js": (_OURS, _JAVASCRIPT),
    "favicon-32x32.png": (_SHIPPED, _PNG),
    "swagger-ui-bundle.js": (_SHIPPED, _JAVASCRIPT),
    "swagger-ui.css": (_SHIPPED, _CSS),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@bp.get("/openapi.json")
@rights.open_to_all
@described(query=NoQuery, gives=dict[str, Any], is_revalidated=True)
def document() -> Response:
    """The description that this is, made from the code that answers."""
    request.options(NoQuery)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    content, tag = _encoded(app)
    response = Response(content, mimetype=JSON)
    response.set_etag(tag, weak=True)
    return _revalidated(response)


@bp.get("/docs")
@rights.open_to_all
@described(query=None, gives=str, forms=(HTML,), is_revalidated=True)
def page() -> Response:
    """The same as a page to read and to try things out; it needs nothing from elsewhere."""
    return _file(_OURS, "page.html", HTML)


@bp.get("/docs/<name>")
@rights.open_to_all
@described(
    query=None,
    gives=str,
    forms=(_JAVASCRIPT, _CSS, _PNG),
    fails=(NotFound,),
    is_revalidated=True,
)
def part(name: str) -> Response:
    """A script, style or picture of the page."""
    if name not in _PARTS:
        raise NotFound(f"the page has no part {name[:64]!r}")
    place, media_type = _PARTS[name]
    return _file(place, name, media_type)


def _file(place: tuple[str, str], name: str, media_type: str) -> Response:
    package, folder = place
    with as_file(files(package) / folder / name) as path:
        response = send_file(path)
    response.content_type = media_type
    del response.headers["Content-Disposition"]
    response.headers["Content-Security-Policy"] = _POLICY
    return _revalidated(response)


def _revalidated(response: Response) -> Response:
    """The same for everybody, but asked for again: a new version is seen at once."""
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(flask_request)
    return response


# One application a process; made when it is first asked for.
@lru_cache(maxsize=1)
def _encoded(app: Flask) -> tuple[bytes, str]:
    content = msgspec.json.encode(specification.of_app(app))
    return content, hashlib.sha256(content).hexdigest()[:32]
