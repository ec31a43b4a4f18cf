"""A file that was sent as multipart/form-data: in memory alone, and within limits of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, NamedTuple

from flask import request as flask_request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from app.blueprints import request
from app.errors import Detail, InvalidBody, PayloadTooLarge, UnsupportedMediaType
from app.services.imports import FILE_MAX_BYTES

MULTIPART = "multipart/form-data"
FIELD = "file"
PARTS_MAX = 32
# All that is not the file: boundaries, the heads of parts, fields. The parser reads 64 KiB at once.
_BESIDE_MAX_BYTES = 256 * 1024
_NAME_LENGTH_MAX = 128


class Part(NamedTuple):
    """A part that came with a file name."""

    field: str
    name: str
    content: bytes


class Form(NamedTuple):
    """What was sent: the fields, and the parts that are files."""

    fields: Mapping[str, list[str]]
    parts: Sequence[Part]

    def file(self) -> Part:
        """The one file; InvalidBody where there is none, or another one beside it."""
        odd = [each.field for each in self.parts if each.field != FIELD]
        if odd or len(self.parts) != 1:
            got = ", ".join(repr(each.field[:_NAME_LENGTH_MAX]) for each in self.parts) or "none"
            message = f"send one file, as the part {FIELD!r} with a file name (got {got})"
            raise InvalidBody(message, [Detail(FIELD, message)])
        (part,) = self.parts
        if not part.content:
            message = f"{part.name}: the file is empty"
            raise InvalidBody(message, [Detail(FIELD, message)])
        if len(part.content) > FILE_MAX_BYTES:
            raise PayloadTooLarge(f"{part.name}: a file has at most {FILE_MAX_BYTES} bytes")
        return part


def receive() -> Form:
    """The form that was sent; one that says to be too large is refused before it is read."""
    request.refuse_encoded()
    if flask_request.mimetype != MULTIPART:
        got = flask_request.mimetype or "missing"
        raise UnsupportedMediaType(f"send {MULTIPART} (Content-Type was {got})")
    flask_request.max_content_length = FILE_MAX_BYTES + _BESIDE_MAX_BYTES
    parser = FormDataParser(
        stream_factory=_in_memory,
        max_form_memory_size=_BESIDE_MAX_BYTES,
        max_form_parts=PARTS_MAX,
        silent=False,
    )
    try:
        _, fields, files = parser.parse(
            flask_request.stream,
            MULTIPART,
            flask_request.content_length,
            flask_request.mimetype_params,
        )
    except RequestEntityTooLarge:
        raise PayloadTooLarge(
            f"a file has at most {FILE_MAX_BYTES} bytes, its form at most {PARTS_MAX} parts and"
            f" {_BESIDE_MAX_BYTES} bytes besides"
        ) from None
    except ValueError as error:
        raise InvalidBody(f"the form cannot be read: {error}") from None
    parts = [_part(each) for _, each in files.items(multi=True)]
    said = {name or "": fields.getlist(name) for name in fields if name != FIELD}
    return Form(said, parts)


def _in_memory(
    total_content_length: int | None,  # noqa: ARG001
    content_type: str | None,  # noqa: ARG001
    filename: str | None,  # noqa: ARG001
    content_length: int | None = None,  # noqa: ARG001
) -> BytesIO:
    # The usual streams write to disk what is large.
    return BytesIO()


def _part(sent: Any) -> Part:
    return Part(sent.name or "", _plain_name(sent.filename or ""), sent.stream.getvalue())


def _plain_name(said: str) -> str:
    """A file's name without its folders and without what a terminal or a log would act on."""
    last = said.replace("\\", "/").rpartition("/")[2]
    plain = "".join(each for each in last if each.isprintable()).strip()
    return plain[:_NAME_LENGTH_MAX] or "file"
