"""The commands of `flask --app wsgi`: what they print, what they change, and how they fail."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from app import cli
from app.factory import create_app
from app.services.resources import Resources
from app.settings import from_env
from tests.blueprints.calls import exact, fills, get, store
from tests.cli.conftest import Shell, stored
from tests.conftest import Client

TRADES = "11-06 09:00 +1 @ 21000 fee 0.5\n11-06 09:10 -1 @ 21010 fee 0.5\n11-07 09:00 +2 @ 21000"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Shell]:
    """Commands on a data folder that does not exist yet."""
    app = create_app(from_env({"DATA_DIR": str(tmp_path / "a" / "b"), "LOG_LEVEL": "WARNING"}))
    cli.register(app)
    yield Shell(app, tmp_path / "a" / "b")
    app.extensions["resources"].db.close()


# --- tokens --------------------------------------------------------------------------------------


@pytest.mark.feature("PAM-AUTH-01")
def test_the_last_line_of_a_new_token_is_its_secret(shell: Shell, client: Client) -> None:
    store(client, TRADES)
    store(client, TRADES, account_id="B")
    result = shell.run("tokens", "create", "bot", "--scope", "read", "--account", "B")
    caller = Client(shell.app.test_client(), result.stdout.splitlines()[-1])
    assert [each["id"] for each in exact(get(caller, "/api/accounts"))] == ["B"]
    assert result.stderr == ""


def test_tokens_are_listed_without_their_secrets_and_revoked_by_name(shell: Shell) -> None:
    secret = shell.run("tokens", "create", "bot", "--scope", "write").stdout.splitlines()[-1]
    caller = Client(shell.app.test_client(), secret)
    listed = shell.run("tokens", "list").stdout
    assert "bot" in listed
    assert "write" in listed
    assert secret not in listed
    assert get(caller, "/api/accounts").status_code == 200
    shell.run("tokens", "revoke", "bot")
    assert get(caller, "/api/accounts").status_code == 401
    assert "revoked" in shell.run("tokens", "list").stdout


def test_the_list_of_tokens_says_which_accounts_each_is_held_to(shell: Shell) -> None:
    shell.run("tokens", "create", "all", "--scope", "read")
    shell.run("tokens", "create", "some", "--scope", "read", "--account", "B", "--account", "A")
    rows = [line.split(maxsplit=4) for line in shell.run("tokens", "list").stdout.splitlines()]
    assert {row[0]: row[4] for row in rows[1:]} == {"all": "all", "some": "A, B"}


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("create", "bot", "--scope", "read"), 1, "bot"),
        (("create", "a/b", "--scope", "read"), 1, "a/b"),
        (("create", "x", "--scope", "owner"), 2, "scope"),
        (("create", "x"), 2, "--scope"),
        (("revoke", "nobody"), 1, "nobody"),
    ],
)
def test_a_token_command_that_fails_says_why(
    shell: Shell, arguments: tuple[str, ...], status: int, message: str
) -> None:
    shell.run("tokens", "create", "bot", "--scope", "read")
    assert message in shell.run("tokens", *arguments, status=status).stderr


# --- accounts ------------------------------------------------------------------------------------


def test_an_account_is_created_with_what_is_said_and_listed(shell: Shell, client: Client) -> None:
    options = ("--name", "Mine", "--timezone", "Europe/Berlin", "--currency", "EUR")
    shell.run("accounts", "create", "A", *options, "--starting-balance", "50000.25")
    (account,) = exact(get(client, "/api/accounts"))
    assert (account["name"], account["timezone"], account["currency"]) == (
        "Mine",
        "Europe/Berlin",
        "EUR",
    )
    assert account["balance"] == "50000.25"
    listed = shell.run("accounts", "list").stdout
    assert all(each in listed for each in ("A", "Mine", "EUR", "Europe/Berlin", "50,000.25"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("A",), "A"),
        (("a/b",), "/"),
        (("B", "--timezone", "Mars"), "Mars"),
        (("B", "--currency", "usd"), "usd"),
        (("B", "--starting-balance", "NaN"), "starting_balance"),
        (("B", "--starting-balance", "1e30"), "starting_balance"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(
    shell: Shell, sqlite_res: Resources, arguments: tuple[str, ...], message: str
) -> None:
    shell.run("accounts", "create", "A")
    assert message in shell.run("accounts", "create", *arguments, status=1).stderr
    assert stored(sqlite_res) == {"A": 0}


# --- verify --------------------------------------------------------------------------------------


def test_verify_finds_nothing_where_all_is_well(shell: Shell, client: Client) -> None:
    shell.run("verify")
    store(client, TRADES)
    client.send("PUT", "/api/executions/A/e2", fills(TRADES)[1] | {"price": "21020"})
    client.send("DELETE", "/api/executions/A/e3")
    shell.run("verify")


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (
            "UPDATE positions SET gross_micros = gross_micros + 1, net_micros = net_micros + 1",
            "MNQZ5",
        ),
        ("UPDATE positions SET max_quantity = 9 WHERE closed_at_us IS NULL", "MNQZ5"),
        ("DELETE FROM positions WHERE closed_at_us IS NULL", "MNQZ5"),
        ("UPDATE position_effects SET fees_micros = 0", "MNQZ5"),
        ("UPDATE performance_day SET winning = 0 WHERE calendar = 'civil'", "civil day"),
        (
            "UPDATE performance_day SET drawdown_micros = -1 WHERE calendar = 'session'",
            "session day",
        ),
        ("DELETE FROM performance_day WHERE calendar = 'civil'", "civil day"),
        ("UPDATE performance_day SET day = day + 30", "day"),
        ("UPDATE accounts SET realized_net_micros = 0", "realized"),
        ("UPDATE accounts SET cash_micros = 1", "cash"),
        (
            "UPDATE executions SET price_nanos = price_nanos + 250000000 WHERE side = 'SELL'",
            "MNQZ5",
        ),
    ],
)
def test_verify_names_what_is_not_what_the_executions_make(
    shell: Shell, client: Client, sqlite_res: Resources, damage: str, named: str
) -> None:
    store(client, TRADES)
    with sqlite_res.db.write() as conn:
        conn.execute(text(damage))
    result = shell.run("verify", status=1)
    assert named in result.stdout
    assert all(line.startswith("A: ") for line in result.stdout.splitlines())
    assert "differences" in result.stderr


# --- db upgrade and prepare ----------------------------------------------------------------------


def test_an_upgrade_makes_the_folder_and_the_schema_and_a_second_one_nothing(fresh: Shell) -> None:
    shell_said = fresh.run("db", "upgrade").stdout
    assert "upgraded" in shell_said
    assert (fresh.folder / "trader.db").exists()
    assert "upgraded" not in fresh.run("db", "upgrade").stdout
    fresh.run("verify")


def test_the_database_is_its_owners_alone_in_a_folder_that_was_there(fresh: Shell) -> None:
    fresh.folder.mkdir(mode=0o755, parents=True)
    fresh.run("prepare")
    opened = [*fresh.folder.iterdir()]
    assert len(opened) > 3
    assert {each.name: stat.S_IMODE(each.stat().st_mode) for each in opened} == {
        each.name: 0o600 for each in opened
    }


def test_the_first_preparation_makes_a_token_that_only_its_owner_reads(fresh: Shell) -> None:
    said = fresh.run("prepare").stdout
    place = fresh.folder / "admin-token"
    assert str(place) in said
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    secret = place.read_text().strip()
    assert secret not in said
    admin = Client(fresh.app.test_client(), secret)
    assert get(admin, "/api/accounts").status_code == 200
    assert fresh.run("prepare").stdout == ""
    assert place.read_text().strip() == secret
    assert fresh.run("tokens", "list").stdout.count("admin") == 2


def test_the_first_preparation_makes_a_key_of_sessions_that_only_its_owner_reads(
    fresh: Shell,
) -> None:
    said = fresh.run("prepare").stdout
    place = fresh.folder / "secret-key"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    key = place.read_text()
    assert len(key.strip()) >= 32
    assert key.strip() not in said
    fresh.run("prepare")
    assert place.read_text() == key


def test_a_key_of_sessions_that_is_none_stops_the_preparation(fresh: Shell) -> None:
    fresh.folder.mkdir(parents=True)
    (fresh.folder / "secret-key").write_text("short\n")
    assert "secret-key: holds no key" in fresh.run("prepare", status=1).stderr


def test_a_given_token_becomes_the_admins_and_is_kept_nowhere(tmp_path: Path) -> None:
    given = "a-token-of-the-operators-own"
    app = create_app(
        from_env({"DATA_DIR": str(tmp_path), "API_TOKEN": given, "LOG_LEVEL": "WARNING"})
    )
    cli.register(app)
    assert Shell(app, tmp_path).run("prepare").stdout == ""
    assert get(Client(app.test_client(), given), "/api/accounts").status_code == 200
    app.extensions["resources"].db.close()
    assert [path for path in tmp_path.iterdir() if given.encode() in path.read_bytes()] == []


def test_without_automatic_migration_an_empty_database_is_left_alone(tmp_path: Path) -> None:
    app = create_app(
        from_env({"DATA_DIR": str(tmp_path), "AUTO_MIGRATE": "0", "LOG_LEVEL": "WARNING"})
    )
    cli.register(app)
    assert Shell(app, tmp_path).run("prepare").stdout == ""
    app.extensions["resources"].db.close()
    assert b"CREATE TABLE" not in (tmp_path / "trader.db").read_bytes()


def test_a_balance_is_shown_in_the_list_with_what_was_made(shell: Shell, client: Client) -> None:
    shell.run("accounts", "create", "A", "--starting-balance", str(Decimal(1_000_000)))
    store(client, TRADES)
    assert "1,000,019.00" in shell.run("accounts", "list").stdout
