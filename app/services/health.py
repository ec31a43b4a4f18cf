"""Whether this process can do its work."""

from __future__ import annotations

from app.db import schema
from app.errors import DatabaseUnavailable
from app.services.resources import Resources


def check(res: Resources) -> dict[str, str]:
    """What each part answers; DatabaseUnavailable while the database cannot be read or written."""
    found = schema.current(res.db)
    if found != schema.REVISION:
        raise DatabaseUnavailable(
            f"the database is at revision {found}, this version needs {schema.REVISION}:"
            " run flask --app wsgi db upgrade"
        )
    # Taking the write lock proves that the disk, the permissions and other writers let us in.
    with res.db.write():
        pass
    return {"database": "ok", "access": "tokens" if res.requires_token else "open to anyone"}
