"""What was counted, in all processes of the service together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.metrics import folder
from app.metrics.counts import REGISTRY


def counted() -> Sequence[Metric]:
    """Every metric with its values, added up over the workers, those that have ended among them."""
    shared = folder.current()
    return list(REGISTRY.collect()) if shared is None else _added_up(shared)


def text(metrics: Iterable[Metric]) -> bytes:
    """Metrics in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Ready(metrics))
    return generate_latest(registry)


class _Ready(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _added_up(shared: Path) -> Sequence[Metric]:
    with folder.at_rest(shared):
        files = [str(each) for each in folder.files(shared)]
        return list(MultiProcessCollector.merge(files))
