"""What `.env` says reaches those whom it is about, and Prometheus all that serve."""

from __future__ import annotations

import re

import pytest
import yaml

from app import settings
from app.settings import Settings
from tests.service import ROOT
from tests.test_containers import FILE, PROJECT, SERVICES, project


@pytest.mark.parametrize("name", ["web", "replica"])
def test_what_env_says_reaches_those_who_serve(name: str) -> None:
    said = {"AUTH_MODE": "none", "AUTO_MIGRATE": "0", "WEBHOOK_URL": "https://a.example/b"}
    given = project(**said)["services"][name]["environment"]
    assert said.items() <= given.items()
    files = {f"{each}_FILE" for each in settings._SECRETS}
    left = {each.upper() for each in Settings._fields} - set(given)
    left -= {each.removesuffix("_FILE") for each in set(given) & files}
    # The place is the container's own, and the broker's key the sync's.
    assert left - {"DATABASE_URL", "SECRET_KEY"} == {
        *("BIND", "DATA_DIR"),
        *("TOPSTEPX_API_KEY", "TOPSTEPX_BASE_URL", "TOPSTEPX_USERNAME"),
    }


def test_every_variable_of_the_file_is_a_setting_or_on_the_page() -> None:
    named = set(re.findall(r"\$\{([A-Z_]+)", FILE.read_text("utf-8")))
    page = (ROOT / "docs" / "OPERATIONS.md").read_text("utf-8")
    explained = set(re.findall(r"`([A-Z_]+)`", page)) | {each.upper() for each in Settings._fields}
    assert named - explained == set()


def test_prometheus_asks_all_that_serve_and_not_who_is_before_them() -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
    [job] = config["scrape_configs"]
    [asked] = job["dns_sd_configs"]
    [shared] = set(SERVICES["prometheus"]["networks"]) - {"monitoring"}
    reached = {name for name, each in SERVICES.items() if shared in each["networks"]}
    assert reached == {"prometheus", *asked["names"]}
    assert PROJECT["networks"][shared]["internal"]
    # It starts whichever of them there are, and none of them by itself.
    assert "depends_on" not in SERVICES["prometheus"]
