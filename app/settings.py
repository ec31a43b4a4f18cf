"""The environment, read once and checked; a value that makes no sense stops the start."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import quote, unquote

import pytz

_T = TypeVar("_T")

_BIND = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:\s]+):(?P<port>\d{1,5})")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_SECRETS = (
    "API_TOKEN",
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "TOPSTEPX_API_KEY",
    "WEBHOOK_SECRET",
)
_TOKEN = re.compile(r"[\x21-\x7e]{16,512}")
SECRET_KEY = re.compile(r"[\x21-\x7e]{32,512}")
_BROKER_NAME = re.compile(r"[ -~]{1,128}")
_ACCOUNT_ID = re.compile(r"[ -.0-~]{1,128}")
# A database in memory would be another one for every connection.
_SQLITE_FILE = re.compile(r"/(?!:memory:)[^?]+(\?.*)?")
_POSTGRES = re.compile(r"([^@/]*@)?([^@/:?]*|\[[^\]]*\])(:\d{1,5})?/[^/?]+(\?.*)?")
_PORT_MAX = 65_535
# A key that is sent in the clear may be read on the way; to this machine it does not travel.
_BROKER_URL = re.compile(
    r"(?:https://[^/?#@\s]+|http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?)/?"
)
_PASSWORD = re.compile(r"[^:]+://[^:@/]*:(?P<password>.*)@")


_HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}")
_WEBHOOK_URL = re.compile(r"https?://[^/?#@\s,]+(?:[/?][^#\s,]*)?")
_WEBHOOKS_MAX = 5


class BadSettings(Exception):
    """Names every variable that makes no sense, on one line."""


class Settings(NamedTuple):
    """What the environment decides; every field has the name of its variable."""

    bind: str
    data_dir: Path
    database_url: str
    api_token: str | None
    auth_mode: str
    auto_migrate: bool
    default_account_id: str | None
    default_timezone: str
    log_level: str
    mark_max_age: int
    redis_url: str | None
    secret_key: str | None
    topstepx_username: str | None
    topstepx_api_key: str | None
    topstepx_base_url: str
    trusted_proxies: tuple[str, ...]
    web_concurrency: int
    webhook_private_hosts: tuple[str, ...]
    webhook_secret: str | None
    webhook_url: tuple[str, ...]

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be told: tokens and keys, and the passwords in URLs as they are written
        and as they are meant.
        """
        urls = (self.database_url, self.redis_url or "")
        passwords = [match["password"] for match in map(_PASSWORD.match, urls) if match]
        keys = (self.api_token, self.secret_key, self.topstepx_api_key, self.webhook_secret)
        said = (*keys, *passwords, *map(unquote, passwords))
        return tuple({each for each in said if each})


def from_env(env: Mapping[str, str] = os.environ) -> Settings:
    """The settings of an environment; BadSettings where a value makes no sense."""
    return _Reading(env).settings()


class _Reading:
    """Reads variable by variable and keeps the faults, so that all of them are told at once."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._faults: list[str] = []

    def settings(self) -> Settings:
        data_dir = self._read("DATA_DIR", "./data", _directory)
        # A folder may be called anything; a URL may not.
        sqlite_url = f"sqlite:///{quote(str((data_dir or Path()) / 'trader.db'))}"
        settings = Settings(
            bind=self._read("BIND", "0.0.0.0:8000", _bind),
            data_dir=data_dir,
            database_url=self._read("DATABASE_URL", sqlite_url, database_url),
            api_token=self._read("API_TOKEN", "", _token),
            auth_mode=self._read("AUTH_MODE", "token", _one_of("token", "none")),
            auto_migrate=self._read("AUTO_MIGRATE", "1", _one_of("0", "1")) == "1",
            default_account_id=self._read("DEFAULT_ACCOUNT_ID", "", _account_id),
            default_timezone=self._read("DEFAULT_TIMEZONE", "America/Chicago", _zone),
            log_level=self._read("LOG_LEVEL", "INFO", _one_of(*_LEVELS)),
            mark_max_age=self._read("MARK_MAX_AGE", "60", _between(1, 86_400)),
            redis_url=self._read("REDIS_URL", "", _redis_url),
            secret_key=self._read("SECRET_KEY", "", _secret_key),
            topstepx_username=self._read("TOPSTEPX_USERNAME", "", _broker_name),
            topstepx_api_key=self._read("TOPSTEPX_API_KEY", "", _token),
            topstepx_base_url=self._read(
                "TOPSTEPX_BASE_URL", "https://api.topstepx.com", _broker_url
            ),
            trusted_proxies=self._read("TRUSTED_PROXIES", "127.0.0.1", _networks),
            web_concurrency=self._read("WEB_CONCURRENCY", "2", _between(1, 64)),
            webhook_private_hosts=self._read("WEBHOOK_PRIVATE_HOSTS", "", _hosts),
            webhook_secret=self._read("WEBHOOK_SECRET", "", _token),
            webhook_url=self._read("WEBHOOK_URL", "", _webhook_urls),
        )
        if (settings.topstepx_username is None) != (settings.topstepx_api_key is None):
            self._faults.append("TOPSTEPX_USERNAME and TOPSTEPX_API_KEY go together: set both")
        if settings.webhook_url and settings.webhook_secret is None:
            self._faults.append("WEBHOOK_URL needs a WEBHOOK_SECRET to sign with")
        if self._faults:
            raise BadSettings("; ".join(self._faults))
        return settings

    def _read(self, name: str, default: str, parse: Callable[[str], _T]) -> _T:
        try:
            return parse(self._text(name) or default)
        except (ValueError, OSError) as error:
            self._faults.append(f"{name} {error}")
            # Never seen: faults are raised before the settings are handed out.
            return None  # type: ignore[return-value]

    def _text(self, name: str) -> str:
        value = self._env.get(name, "")
        file = self._env.get(f"{name}_FILE", "") if name in _SECRETS else ""
        if value and file:
            raise ValueError(f"and {name}_FILE are both set: keep one")
        if not file:
            return value.strip()
        secret = Path(file).read_text(encoding="utf-8").strip()
        if not secret:
            # Going on without it would open another database, or make another token.
            raise ValueError(f"is empty in the file of {name}_FILE")
        return secret


def _directory(value: str) -> Path:
    path = Path(value).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise ValueError(f"must be a folder ({path} is a file)")
    return path


def _bind(value: str) -> str:
    match = _BIND.fullmatch(value)
    if match is None or not 1 <= int(match["port"]) <= _PORT_MAX:
        raise ValueError(f"must be HOST:PORT, such as 0.0.0.0:8000 (got {value!r})")
    return value


def database_url(value: str) -> str:
    """The URL of a database, as it is given; ValueError where it is none of the two kinds."""
    kind, _, place = value.partition("://")
    if kind == "sqlite" and _SQLITE_FILE.fullmatch(place):
        return value
    if kind == "postgresql+psycopg" and _POSTGRES.fullmatch(place):
        return value
    # The value itself may hold a password, so it is not told.
    raise ValueError("must be sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME")


def _redis_url(value: str) -> str | None:
    if value and not value.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return value or None


def _token(value: str) -> str | None:
    if value and not _TOKEN.fullmatch(value):
        raise ValueError("must be 16 to 512 printable ASCII characters without blanks")
    return value or None


def _secret_key(value: str) -> str | None:
    if value and not SECRET_KEY.fullmatch(value):
        raise ValueError("must be 32 to 512 printable ASCII characters without blanks")
    return value or None


def _broker_name(value: str) -> str | None:
    if value and not _BROKER_NAME.fullmatch(value):
        raise ValueError("must be 1 to 128 printable ASCII characters")
    return value or None


def _broker_url(value: str) -> str:
    if not _BROKER_URL.fullmatch(value):
        raise ValueError("must be https://HOST, or http://127.0.0.1:PORT on this machine")
    return value.rstrip("/")


def _hosts(value: str) -> tuple[str, ...]:
    hosts = tuple(each.strip().lower() for each in value.split(",") if each.strip())
    if not all(map(_HOST.fullmatch, hosts)):
        raise ValueError("must be names of hosts or addresses, with commas between them")
    return hosts


def _networks(value: str) -> tuple[str, ...]:
    try:
        found = [ip_network(each.strip()) for each in value.split(",")]
    except ValueError as error:
        raise ValueError("must be addresses or networks, with commas between them") from error
    if not all(each.prefixlen for each in found):
        raise ValueError("must not be everybody: name the addresses of your proxies")
    return tuple(map(str, found))


def _webhook_urls(value: str) -> tuple[str, ...]:
    urls = tuple(each.strip() for each in value.split(",") if each.strip())
    if len(urls) > _WEBHOOKS_MAX or not all(map(_WEBHOOK_URL.fullmatch, urls)):
        # The value itself may hold a secret, so it is not told.
        raise ValueError(f"must be https://… or http://…, at most {_WEBHOOKS_MAX} with commas")
    return urls


def _account_id(value: str) -> str | None:
    if value and not _ACCOUNT_ID.fullmatch(value):
        raise ValueError("must be 1 to 128 printable ASCII characters without '/'")
    return value or None


def _zone(value: str) -> str:
    if value not in pytz.all_timezones_set:
        raise ValueError(f"must be an IANA time zone, such as America/Chicago (got {value!r})")
    return value


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)} (got {value!r})")
        return value

    return parse


def _between(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.isdecimal() or not lowest <= int(value) <= highest:
            raise ValueError(f"must be a number from {lowest} to {highest} (got {value!r})")
        return int(value)

    return parse
