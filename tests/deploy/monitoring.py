"""The alert rules and the dashboard as data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import promql_parser
import yaml
from promql_parser import VectorSelector

from tests.service import ROOT

PROMETHEUS = ROOT / "deploy" / "prometheus"
GRAFANA = ROOT / "deploy" / "grafana"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards" / "trader.json").read_text("utf-8"))
# What Grafana puts in its place.
INTERVAL = "$__rate_interval"


class Selector(NamedTuple):
    """A metric that an expression reads, and the values that it asks labels to be."""

    metric: str
    labels: frozenset[str]
    equals: frozenset[tuple[str, str]]


def panel_expressions() -> Iterator[str]:
    """What the dashboard asks Prometheus."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"].replace(INTERVAL, "1m")


def selectors(expression: str) -> list[Selector]:
    """Every metric that an expression reads; ValueError where Prometheus would not take it."""
    found: list[Selector] = []

    def see(node: object) -> None:
        if isinstance(node, VectorSelector):
            matchers = node.matchers.matchers
            labels = frozenset(each.name for each in matchers)
            equals = {
                (each.name, value)
                for each in matchers
                if str(each.op) in (EQUAL, ONE_OF)
                for value in each.value.split("|")
            }
            found.append(Selector(str(node.name), labels, frozenset(equals)))

    promql_parser.walk(promql_parser.parse(expression), see, lambda _: None)
    return found


EQUAL = str(promql_parser.MatchOp.Equal)
# Expressions are lists of values here.
ONE_OF = str(promql_parser.MatchOp.Re)
