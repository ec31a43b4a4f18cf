"""What a running service takes, minute by minute."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import requests

from tests.exposition import samples, total
from tests.service import Service
from tests.system.soak.caller import Notes

KIB = 1024


class Worker(NamedTuple):
    """One process."""

    pid: int
    rss_kib: int
    pss_kib: int
    private_kib: int
    descriptors: int


class Sample(NamedTuple):
    """One moment, and what was asked since the one before."""

    at_s: float
    workers: tuple[Worker, ...]
    wal_bytes: int
    database_bytes: int
    requests: int
    cpu_ms_a_request: float
    p50_ms: float
    p99_ms: float
    cache_bytes: int


class Sampler:
    """Takes samples of a service, and the counts of its callers with each."""

    def __init__(self, service: Service, notes: Notes) -> None:
        self._service = service
        self._notes = notes
        self._began_s = time.monotonic()
        self._cpu_s = self._cpu()
        notes.taken()

    def take(self) -> Sample:
        """How things stand now."""
        cpu_s = self._cpu()
        asked, waits_ms = self._notes.taken()
        used_ms, self._cpu_s = (cpu_s - self._cpu_s) * 1000, cpu_s
        file = self._service.data_dir / "trader.db"
        return Sample(
            at_s=time.monotonic() - self._began_s,
            workers=tuple(_worker(pid) for pid in self._service.workers()),
            wal_bytes=_size(file.with_name("trader.db-wal")),
            database_bytes=_size(file),
            requests=asked,
            cpu_ms_a_request=used_ms / max(asked, 1),
            p50_ms=_share(waits_ms, 0.5),
            p99_ms=_share(waits_ms, 0.99),
            cache_bytes=self._cache_bytes(),
        )

    def _cpu(self) -> float:
        return sum(_cpu_s(pid) for pid in self._service.workers())

    def _cache_bytes(self) -> int:
        said = requests.get(f"{self._service.url}/metrics", timeout=30).text
        return int(total(samples(said), "tpa_cache_bytes"))


def write(file: Path, every: Iterable[Sample]) -> None:
    """Samples as CSV, a line each, the workers side by side."""
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        for number, each in enumerate(every):
            plain = {name: value for name, value in each._asdict().items() if name != "workers"}
            for worker, used in enumerate(each.workers):
                plain |= {f"{name}_{worker}": value for name, value in used._asdict().items()}
            if number == 0:
                rows.writerow(plain)
            values = plain.values()
            rows.writerow(round(v, 3) if isinstance(v, float) else v for v in values)


def _worker(pid: int) -> Worker:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    said = {name: int(rest.split()[0]) for name, rest in (line.split(":") for line in lines)}
    private = said["Private_Clean"] + said["Private_Dirty"]
    descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Worker(pid, said["Rss"], said["Pss"], private, descriptors)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
