"""Grafana's own model of a dashboard knows all that ours says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.deploy.monitoring import DASHBOARD

# Of the data source, which reads an annotation's own fields by itself.
ITS_OWN = {"annotations.list.titleFormat"}


@pytest.fixture(scope="module", autouse=True)
def _kinds_of_panels() -> None:
    plugins.register_default_plugins()


def unknown(said: dict[str, Any]) -> set[str]:
    """The fields of a dashboard that Grafana would take and do nothing with."""
    understood = json.loads(JSONEncoder().encode(Dashboard.from_json(said)))
    return set(_lost(said, understood, ()))


def _lost(said: Any, understood: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(said, dict):
        for name, value in said.items():
            if name in understood:
                yield from _lost(value, understood[name], (*path, name))
            else:
                yield ".".join((*path, name))
    elif isinstance(said, list):
        for one, other in zip(said, understood, strict=True):
            yield from _lost(one, other, path)
    else:
        assert said == understood, path


def test_grafana_knows_every_field_of_the_dashboard() -> None:
    assert unknown(DASHBOARD) == ITS_OWN


@pytest.mark.parametrize("place", [(), ("gridPos",), ("fieldConfig", "defaults"), ("options",)])
def test_a_field_that_nobody_knows_is_found(place: tuple[str, ...]) -> None:
    made = deepcopy(DASHBOARD)
    within = made["panels"][1]
    for name in place:
        within = within[name]
    within["colour"] = "red"
    assert unknown(made) - ITS_OWN == {".".join(("panels", *place, "colour"))}
