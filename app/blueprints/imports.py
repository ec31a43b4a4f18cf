"""/api/imports: files that traders have, in and out again."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from flask import Blueprint, Response
from flask import request as flask_request
from msgspec import Meta, Struct

from app.blueprints import request, response, uploads
from app.blueprints.described import NEXT_PAGE, Link, described
from app.blueprints.request import Query
from app.blueprints.typed import Zone
from app.blueprints.uploads import MULTIPART
from app.blueprints.values import AskedAccount, Cursor
from app.domain import fixed
from app.domain.executions import ID_LENGTH_MAX, is_id
from app.errors import (
    AccountNotFound,
    AccountRequired,
    Conflict,
    CurrencyMismatch,
    InvalidParameter,
    NotFound,
    SourceOverlap,
    UnknownSymbol,
)
from app.services import import_answers, import_log
from app.services.import_answers import AUTO, DATE_ORDERS, FORMATS, ImportedBody
from app.services.import_log import UndoneBody
from app.services.import_pages import LIMIT_MAX, ImportsBody, ImportsQuestion
from app.services.imports import Target

bp = Blueprint("imports", __name__)


class UploadBody(Struct):
    """One file. The query's parameters may be sent as fields of the form as well."""

    file: Annotated[str, Meta(extra_json_schema={"contentMediaType": "application/octet-stream"})]


class _Options(Struct, forbid_unknown_fields=True, kw_only=True):
    account_id: AskedAccount | None = None
    format: Annotated[
        str,
        Meta(
            description="The file's format; found by its header.",
            extra_json_schema={"enum": list(FORMATS)},
        ),
    ] = AUTO
    tz: Zone | None = None
    date_order: (
        Annotated[
            str,
            Meta(
                description="How dates are meant that can be read in two ways.",
                extra_json_schema={"enum": list(DATE_ORDERS)},
            ),
        ]
        | None
    ) = None
    fees_per_side: (
        Annotated[
            str,
            Meta(
                description="What a contract costs on each side where the file has no fees;"
                " may be repeated.",
                examples=["MNQ=0.37", "MNQ=0.37,ES=2.10"],
            ),
        ]
        | None
    ) = None
    allow_overlap: bool = False
    dry_run: bool = False


class _Imports(Query, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=LIMIT_MAX)] = 50
    cursor: Cursor | None = None


class _Account(Struct, forbid_unknown_fields=True):
    account_id: AskedAccount | None = None


@bp.post("")
@described(
    query=_Options,
    takes={MULTIPART: UploadBody},
    gives=ImportedBody,
    fails=(
        *(AccountNotFound, AccountRequired, UnknownSymbol, CurrencyMismatch),
        *(Conflict, SourceOverlap),
    ),
    leads_to=(
        Link("imports.list_some", {"account_id": "$response.body#/account_id"}),
        Link("performance.history", {"account_id": "$response.body#/account_id"}),
    ),
)
def bring() -> Response:
    """Import a file: all of it, or nothing and every bad line named; again adds nothing."""
    asked_id = flask_request.args.get("account_id")
    if asked_id is not None:
        request.account_or_new(asked_id)
    form = uploads.receive()
    account_id = asked_id or next(iter(form.fields.get("account_id", ())), None)
    if account_id is not None:
        request.account_or_new(account_id)
    options = request.options_and_fields(form.fields, _Options, repeated="fees_per_side")
    file = form.file()
    imported = import_answers.bring(
        request.resources(),
        file.name,
        file.content,
        _target(options),
        created_by=request.caller().name,
        allow_overlap=options.allow_overlap,
        dry_run=options.dry_run,
    )
    return response.ok(imported)


@bp.get("")
@described(
    query=_Imports,
    gives=ImportsBody,
    leads_to=(
        Link("imports.list_some", NEXT_PAGE),
        Link(
            "imports.undo",
            {
                "import_id": "$response.body#/items/0/id",
                "account_id": "$response.body#/items/0/account_id",
            },
        ),
    ),
)
def list_some() -> Response:
    """A page of the imports that brought something in, newest first."""
    account, asked = request.query(_Imports)
    return response.answer(account, ImportsQuestion(asked.limit, asked.cursor), asked)


@bp.delete("/<import_id>")
@described(
    query=_Account,
    gives=UndoneBody,
    fails=(AccountNotFound, AccountRequired, NotFound, Conflict),
    leads_to=(Link("imports.list_some", {"account_id": "$request.query.account_id"}),),
)
def undo(import_id: str) -> Response:
    """Take out what an import brought in, as if it had never come."""
    account = request.account(flask_request.args.get("account_id"))
    request.options(_Account)
    return response.ok(import_log.undo(request.resources(), account.account_id, import_id))


def _target(options: _Options) -> Target:
    account_id = options.account_id
    if account_id is None:
        account_id = request.account(None).account_id
    if not is_id(account_id):
        raise InvalidParameter(
            f"account_id must be 1 to {ID_LENGTH_MAX} printable ASCII characters without '/'"
        )
    if options.format not in FORMATS:
        known = ", ".join(FORMATS)
        raise InvalidParameter(f"format must be one of {known} (got {options.format[:40]!r})")
    return Target(
        account_id,
        options.format,
        options.tz.name if options.tz else None,
        options.date_order,
        dict(_fee(each) for each in (options.fees_per_side or "").split(",") if each),
    )


def _fee(said: str) -> tuple[str, Decimal]:
    symbol, _, amount = said.partition("=")
    try:
        return symbol, fixed.parse(amount)
    except ValueError as error:
        raise InvalidParameter(f"fees_per_side is like MNQ=0.37: the amount {error}") from None
