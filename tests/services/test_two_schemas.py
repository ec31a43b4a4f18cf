"""Two services in two schemas of one PostgreSQL database: neither sees anything of the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, make_url, text

from app.db import accounts, schema
from app.db.connection import Database
from app.services import verification
from app.services.resources import Resources
from tests import streams
from tests.arrival import record
from tests.conftest import Clock, resources_on

ROLES = ("trader_a", "trader_b")
FILLS = streams._stream(("MNQZ5", "MESZ5"), range(20))


@pytest.fixture
def services(bare_postgres_url: str, clock: Clock) -> Iterator[list[Resources]]:
    """A service of each role, as docs/SCALING.md makes them."""
    owner = create_engine(bare_postgres_url, isolation_level="AUTOCOMMIT")
    databases = []
    with owner.connect() as conn:
        for role in ROLES:
            conn.execute(text(f"CREATE ROLE {role} LOGIN"))
            conn.execute(text(f"CREATE SCHEMA AUTHORIZATION {role}"))
            url = make_url(bare_postgres_url).set(username=role)
            databases.append(Database(url.render_as_string(hide_password=False)))
    for each in databases:
        assert schema.upgrade(each)
    yield [resources_on(each, clock) for each in databases]
    with owner.connect() as conn:
        for role, each in zip(ROLES, databases, strict=True):
            each.close()
            conn.execute(text(f"DROP OWNED BY {role} CASCADE"))
            conn.execute(text(f"DROP ROLE {role}"))
    owner.dispose()


def test_each_has_its_own_accounts_under_the_same_ids(services: list[Resources]) -> None:
    one, other = services
    record(one, "A", FILLS)
    record(other, "A", FILLS[:7])
    for res, version in ((one, 1), (other, 1)):
        with res.db.read() as conn:
            account = accounts.by_id(conn, "A")
        assert account
        assert account.version == version
        assert list(verification.differences(res, "A")) == []
    with one.db.read() as conn, other.db.read() as conn_of_other:
        counted = text("SELECT count(*) FROM executions")
        assert conn.execute(counted).scalar_one() == len(FILLS)
        assert conn_of_other.execute(counted).scalar_one() == 7
    assert not schema.upgrade(one.db)
