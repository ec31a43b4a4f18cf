"""Rules and dashboard read metrics that there are, and Prometheus takes them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.demo_gateway.gateway import Gateway
from app.services import backups
from app.services.sync_lease import Lease
from tests.blueprints.calls import get
from tests.blueprints.test_sync_status import caller as _caller
from tests.broker.gateways import COMBINE, SATURDAY, Clock
from tests.conftest import Client
from tests.deploy.monitoring import (
    DASHBOARD,
    GRAFANA,
    PROMETHEUS,
    RULES,
    panel_expressions,
    selectors,
)
from tests.deploy.rule_cases import CASES, Case
from tests.exposition import Samples, samples
from tests.service import ROOT
from tests.services.broker_syncs import Scene, scene

# What Prometheus makes itself.
OWN = {"up": {"job"}, "ALERTS": {"alertname", "alertstate"}}
caller = _caller


@pytest.fixture
def at(memory_url: str) -> Iterator[Scene]:
    with scene(Gateway(7, days=3, now_us=Clock(SATURDAY)), memory_url) as found:
        yield found


@pytest.fixture
def scraped(at: Scene, caller: Client, tmp_path: Path) -> Samples:
    """What a service tells that is synced, held to limits, backed up and asked something."""
    at.make_pass()
    Lease(at.db, at.clock, "process 1 on a").take()
    backups.make(at.res, tmp_path)
    terms = {"risk": {"daily_loss_limit": "1000", "max_loss_limit": "2000"}}
    assert caller.send("PUT", f"/api/accounts/{COMBINE}", terms)[0] == 200
    assert get(caller, "/api/performance/daily", account_id=str(COMBINE)).status_code == 200
    return samples(get(caller, "/metrics").text)


def missing(found: Samples, expression: str) -> list[str]:
    """What an expression reads that is not there."""
    labels: dict[str, set[str]] = {name: set(some) for name, some in OWN.items()}
    values: set[tuple[str, str, str]] = set()
    for name, own in found:
        labels.setdefault(name, {"job", "instance"}).update(key for key, _ in own)
        values |= {(name, *pair) for pair in own}
    return [
        *(each.metric for each in selectors(expression) if each.metric not in labels),
        *(f"{each.metric}{{{label}}}" for each in selectors(expression)
          for label in each.labels - labels.get(each.metric, set())),
        *(f"{each.metric}{{{label}={value}}}" for each in selectors(expression)
          for label, value in each.equals
          if each.metric not in OWN and (each.metric, label, value) not in values),
    ]  # fmt: skip


def test_every_metric_label_and_value_of_rules_and_dashboard_is_in_a_scrape(
    scraped: Samples,
) -> None:
    every = [*(rule["expr"] for rule in RULES), *panel_expressions()]
    assert len(every) > 40
    assert [gone for each in every for gone in missing(scraped, each)] == []
    assert missing(scraped, "rate(tpa_nothing[5m])") == ["tpa_nothing"]
    assert missing(scraped, 'tpa_sockets{paths="/ws"}')[0] == "tpa_sockets{paths}"
    assert missing(scraped, 'tpa_sockets{path="/w"}') == ["tpa_sockets{path=/w}"]
    assert missing(scraped, 'tpa_sockets{path=~"/ws|/w"}') == ["tpa_sockets{path=/w}"]


def test_every_metric_is_on_the_dashboard(scraped: Samples) -> None:
    shown = {each.metric for told in panel_expressions() for each in selectors(told)}
    told = {name for name, _ in scraped if not name.endswith(("_sum", "_count"))}
    assert told - shown == {"tpa_last_change_timestamp_seconds"}


def test_an_expression_that_is_wrong_is_refused() -> None:
    with pytest.raises(ValueError, match="unclosed"):
        selectors("rate(tpa_requests_total[5m]")


# --- Prometheus itself ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def promtool() -> str:
    """Prometheus' own checker."""
    found = shutil.which("promtool")
    if found is None:
        missing = "promtool is not here: it comes with Prometheus"
        if os.environ.get("REQUIRE_PROMTOOL") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def checked(promtool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False)


def test_prometheus_takes_its_configuration_and_the_rules(promtool: str, tmp_path: Path) -> None:
    done = checked(promtool, "check", "config", str(PROMETHEUS / "prometheus.yml"))
    assert done.returncode == 0, done.stderr
    assert f"{len(RULES)} rules found" in done.stdout
    broken = tmp_path / "alerts.yml"
    sound = (PROMETHEUS / "alerts.yml").read_text("utf-8")
    broken.write_text(sound.replace("tpa_database_up == 0", "tpa_database_up = 0"))
    assert checked(promtool, "check", "rules", str(broken)).returncode != 0


def test_each_alert_fires_where_it_has_to_and_nowhere_else(promtool: str, tmp_path: Path) -> None:
    file = tmp_path / "tests.yml"
    file.write_text(yaml.safe_dump(rule_tests(CASES)))
    done = checked(promtool, "test", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    deaf = [case._replace(fires=case.rests) for case in CASES[:1]]
    file.write_text(yaml.safe_dump(rule_tests(deaf)))
    assert checked(promtool, "test", "rules", str(file)).returncode != 0


def rule_tests(cases: list[Case]) -> dict[str, Any]:
    """Each case as promtool has it: what fires, and what does not."""
    rules = {rule["alert"]: rule for rule in RULES}
    return {
        "rule_files": [str(PROMETHEUS / "alerts.yml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": said} for name, said in series.items()],
                "alert_rule_test": [
                    {"eval_time": case.after, "alertname": case.alert,
                     "exp_alerts": [expected(rules[case.alert], case)] if fires else []},
                ],
            }
            for case in cases
            for series, fires in ((case.fires, True), (case.rests, False))
        ],
    }  # fmt: skip


def expected(rule: dict[str, Any], case: Case) -> dict[str, Any]:
    said = rule["annotations"] | ({"summary": case.summary} if case.summary else {})
    return {"exp_labels": rule["labels"] | dict(case.labels), "exp_annotations": said}


def test_every_alert_has_a_case() -> None:
    assert {case.alert for case in CASES} == {rule["alert"] for rule in RULES}


# --- The page and the dashboard ------------------------------------------------------------------


def test_the_page_has_a_heading_for_each_alert_and_the_rules_point_there() -> None:
    page = (ROOT / "docs" / "OPERATIONS.md").read_text("utf-8")
    headings = re.findall(r"^### (Trader\w+)$", page, re.MULTILINE)
    alerts = [rule["alert"] for rule in RULES]
    assert sorted(headings) == sorted(alerts)
    assert len(set(alerts)) == len(alerts)
    for rule in RULES:
        runbook = f"docs/OPERATIONS.md#{rule['alert'].lower()}"
        assert rule["annotations"]["runbook_url"] == runbook
        assert rule["labels"]["severity"] in ("page", "warn")


def test_the_dashboard_is_of_the_source_that_is_provisioned_and_lies_where_it_is_looked_for() -> (
    None
):
    folder = GRAFANA / "provisioning"
    [source] = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    [provider] = yaml.safe_load((folder / "dashboards" / "trader.yml").read_text())["providers"]
    named = set(re.findall(r'"uid": "([\w-]+)"', (GRAFANA / "dashboards/trader.json").read_text()))
    assert named == {source["uid"], DASHBOARD["uid"]}
    assert source["type"] == "prometheus"
    mounts = compose()["grafana"]["volumes"]
    assert {"./deploy/grafana/dashboards", provider["options"]["path"]} <= parts(mounts)
    assert {"./deploy/grafana/provisioning", "/etc/grafana/provisioning"} <= parts(mounts)


def test_panels_have_what_grafana_needs_and_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}  # fmt: skip
        assert not taken & cells, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
        if panel["type"] != "row":
            assert panel["type"] in ("stat", "timeseries")
            assert panel["description"]
            refs = [target["refId"] for target in panel["targets"]]
            assert len(set(refs)) == len(refs) > 0


def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return services


def parts(mounts: list[str]) -> set[str]:
    return {part for mount in mounts for part in mount.split(":")}
