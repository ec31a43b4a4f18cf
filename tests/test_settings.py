"""The environment: what it is by default, and that a value which makes no sense is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.db.connection import Database
from app.settings import BadSettings, from_env

ROOT = Path(__file__).parent.parent
TOKEN = "a-secret-of-enough-characters"
BAD = {
    "BIND": ["8000", ":8000", "0.0.0.0", "0.0.0.0:", "x:0", "x:65536", "x:port", "a b:80", "x:1:2"],
    "AUTH_MODE": ["off", "None", "false", "tokens"],
    "AUTO_MIGRATE": ["yes", "true", "2"],
    "DEFAULT_TIMEZONE": ["Mars", "america/chicago", "+01:00", "CST6CDT5"],
    "DEFAULT_ACCOUNT_ID": ["a/b", "é", "a\tb", "x" * 129],
    "LOG_LEVEL": ["loud", "0"],
    "MARK_MAX_AGE": ["0", "soon", "86401"],
    "WEB_CONCURRENCY": ["0", "-1", "two", "1.5", "1e1", "65"],
    "API_TOKEN": ["short", "has blanks in the middle", "nön-äscii-cannot-be-sent", "x" * 5_000],
    "TOPSTEPX_USERNAME": ["x" * 129, "a\tb", "é"],
    "TOPSTEPX_API_KEY": ["short", "has blanks in the middle", "x" * 513],
    "TOPSTEPX_BASE_URL": [
        *("api.topstepx.com", "http://api.topstepx.com", "ftp://x", "https://", "https://u:p@h"),
        *("https://x?y=z", "http://127.0.0.1.evil.com", "http://localhost:80/../x"),
    ],
    "WEBHOOK_URL": [
        *("example.com", "ftp://example.com", "https://", "https://u:p@h", "https://h#x"),
        ",".join(["https://h"] * 6),
    ],
    "WEBHOOK_SECRET": ["short", "has blanks in the middle"],
    "WEBHOOK_PRIVATE_HOSTS": ["http://h", "a b", "é"],
    "TRUSTED_PROXIES": ["*", "0.0.0.0/0", "::/0", "proxy", "10.0.0.1/8", "10.0.0.1,"],
    "SECRET_KEY": ["x" * 31, "x" * 513, "b l a n k s" * 5, "ä" * 40],
    "DATABASE_URL": [
        *("trader.db", "mysql://u:hunter2@h/d", "postgresql://u:hunter2@h/d", "sqlite://"),
        *("sqlite:///", "sqlite:///:memory:", "postgresql+psycopg://u:hunter2@h:port/d"),
    ],
}


def refused(**env: str) -> str:
    """What is said of an environment that must be refused."""
    with pytest.raises(BadSettings) as error:
        from_env(env)
    said = str(error.value)
    assert "\n" not in said
    assert len(said) < 1_000
    return said


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    data_dir = Path.cwd() / "data"
    expected = {
        "bind": "0.0.0.0:8000",
        "data_dir": data_dir,
        "database_url": f"sqlite:///{data_dir}/trader.db",
        "api_token": None,
        "secret_key": None,
        "auth_mode": "token",
        "auto_migrate": True,
        "default_account_id": None,
        "default_timezone": "America/Chicago",
    }
    assert from_env({})._asdict() | expected == from_env({})._asdict()


@pytest.mark.feature("TPA-19")
def test_by_default_the_service_listens_on_all_interfaces() -> None:
    assert from_env({}).bind == "0.0.0.0:8000"
    assert from_env({"BIND": "127.0.0.1:9000"}).bind == "127.0.0.1:9000"
    assert from_env({"BIND": "[::1]:9000"}).bind == "[::1]:9000"


def test_what_is_set_counts_and_what_is_empty_is_not_set() -> None:
    env = {
        "AUTH_MODE": "none",
        "AUTO_MIGRATE": "0",
        "LOG_LEVEL": "ERROR",
        "MARK_MAX_AGE": "90",
        "WEB_CONCURRENCY": "7",
        "DEFAULT_TIMEZONE": "Europe/Berlin",
        "DEFAULT_ACCOUNT_ID": "12694476",
    }
    settings = from_env(env)
    assert (settings.auth_mode, settings.auto_migrate) == ("none", False)
    assert (settings.log_level, settings.web_concurrency) == ("ERROR", 7)
    # An id of digits stays the text that it is.
    assert (settings.default_timezone, settings.default_account_id) == ("Europe/Berlin", "12694476")
    assert from_env(dict.fromkeys(env, "")) == from_env({})
    assert from_env({"HOME": "/root", "PATH": "", "UNKNOWN": "x"}) == from_env({})


@pytest.mark.parametrize("name", BAD)
def test_a_value_that_makes_no_sense_is_named(name: str, subtests: pytest.Subtests) -> None:
    for value in BAD[name]:
        with subtests.test(value=value[:40]):
            said = refused(**{name: value})
            assert said.startswith(name)


def test_all_that_makes_no_sense_is_named_at_once() -> None:
    said = refused(BIND="x", AUTH_MODE="x", WEB_CONCURRENCY="x", DATABASE_URL="x", API_TOKEN="x")
    for name in ("BIND", "AUTH_MODE", "WEB_CONCURRENCY", "DATABASE_URL", "API_TOKEN"):
        assert name in said


def test_webhooks_are_signed_and_may_go_to_several_places() -> None:
    assert refused(WEBHOOK_URL="https://h/x").startswith("WEBHOOK_URL needs a WEBHOOK_SECRET")
    urls = "https://a.example/x?y=z, http://b:8080"
    settings = from_env({"WEBHOOK_URL": urls, "WEBHOOK_SECRET": TOKEN})
    assert settings.webhook_url == ("https://a.example/x?y=z", "http://b:8080")
    assert TOKEN in settings.secrets
    assert from_env({"WEBHOOK_PRIVATE_HOSTS": "B, ::1"}).webhook_private_hosts == ("b", "::1")


def test_the_brokers_user_and_key_go_together() -> None:
    key = "a-key-of-enough-characters"
    for env in ({"TOPSTEPX_USERNAME": "demo"}, {"TOPSTEPX_API_KEY": key}):
        said = refused(**env)
        assert "TOPSTEPX_USERNAME" in said
        assert "TOPSTEPX_API_KEY" in said
        assert key not in said
    both = from_env({"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": key})
    assert key in both.secrets
    local = from_env({"TOPSTEPX_BASE_URL": "http://127.0.0.1:8080/"})
    assert local.topstepx_base_url == "http://127.0.0.1:8080"


def test_no_secret_is_repeated() -> None:
    assert "hunter2" not in refused(DATABASE_URL="mysql://u:hunter2@h/d")
    assert "hunter2" not in refused(API_TOKEN="hunter2")
    assert "hunter2" not in refused(API_TOKEN="hunter2 " * 4, API_TOKEN_FILE="x")


# --- Files and folders ---------------------------------------------------------------------------


@pytest.mark.parametrize("content", [TOKEN, f"{TOKEN}\n", f"  {TOKEN}\r\n"])
def test_a_secret_may_stand_in_a_file(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secret"
    file.write_text(content, "utf-8")
    assert from_env({"API_TOKEN_FILE": str(file)}).api_token == TOKEN
    key = "k" * 32
    file.write_text(content.replace(TOKEN, key), "utf-8")
    assert from_env({"SECRET_KEY_FILE": str(file)}).secret_key == key
    url = f"sqlite:///{tmp_path}/x.db"
    file.write_text(content.replace(TOKEN, url), "utf-8")
    assert from_env({"DATABASE_URL_FILE": str(file)}).database_url == url


def test_a_file_of_a_secret_must_be_there_and_make_sense(tmp_path: Path) -> None:
    assert refused(API_TOKEN_FILE=str(tmp_path / "nowhere")).startswith("API_TOKEN")
    assert refused(API_TOKEN_FILE=str(tmp_path)).startswith("API_TOKEN")
    file = tmp_path / "secret"
    for content in (b"short", b"\xff\xfe\xfd" * 9):
        file.write_bytes(content)
        assert refused(API_TOKEN_FILE=str(file)).startswith("API_TOKEN")


@pytest.mark.parametrize("name", ["API_TOKEN", "DATABASE_URL", "SECRET_KEY"])
def test_an_empty_file_of_a_secret_is_not_taken_for_none(tmp_path: Path, name: str) -> None:
    # It would start on another database than the one that was meant, and answer zero.
    (tmp_path / "secret").write_bytes(b"\n")
    assert refused(**{f"{name}_FILE": str(tmp_path / "secret")}).startswith(name)


def test_a_secret_and_its_file_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(TOKEN, "utf-8")
    both = {"API_TOKEN": TOKEN, "API_TOKEN_FILE": str(tmp_path / "secret")}
    assert "API_TOKEN_FILE" in refused(**both)


def test_a_relative_folder_is_taken_from_where_the_service_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = from_env({"DATA_DIR": "some/where"})
    monkeypatch.chdir("/")
    assert settings.data_dir == tmp_path / "some" / "where"
    assert settings.database_url == f"sqlite:///{tmp_path}/some/where/trader.db"
    assert not settings.data_dir.exists()


def test_a_folder_that_is_a_file_is_named_alone(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    said = refused(DATA_DIR=str(file))
    assert said.startswith("DATA_DIR")
    assert "DATABASE_URL" not in said


@pytest.mark.parametrize("name", ["plain", "with blank", "what?", "50%25", "a#b", "ä", "a&b=c"])
def test_the_database_lies_in_the_data_folder_whatever_that_is_called(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    database = Database(from_env({"DATA_DIR": str(folder)}).database_url)
    with database.write() as conn:
        conn.exec_driver_sql("CREATE TABLE here (x)")
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (folder / "trader.db").exists()


def test_a_bad_value_stops_the_start_with_one_line(tmp_path: Path) -> None:
    env = os.environ | {"BIND": "nonsense", "LOG_LEVEL": "loud", "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", "import wsgi"]
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    (line,) = result.stderr.splitlines()
    assert "BIND" in line
    assert "LOG_LEVEL" in line
