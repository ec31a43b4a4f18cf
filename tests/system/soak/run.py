"""The soak itself: a service with Redis, its callers, and a sample now and then."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

from tests.service import Service
from tests.system.soak import listeners, samples
from tests.system.soak.caller import Caller, Notes
from tests.system.soak.past import Past
from tests.system.soak.samples import Sample, Sampler
from tests.system.soak.trader import Trader

ACCOUNTS = ("S1", "S2", "S3", "S4")
BACKUP_EVERY_S = 900
# So many in a short run, and no fewer than one a minute in a long one.
SAMPLES = 40
SAMPLE_MIN_S, SAMPLE_MAX_S = 0.1, 60.0
JOIN_S = 90


class Outcome(NamedTuple):
    """What was seen of the service and of its answers."""

    series: list[Sample]
    notes: Notes


def soak(
    service: Service, out: Path, *, for_s: float, rate: float, seed: int, days: int
) -> Outcome:
    """Use a service with a past of so many days for so long, at so many requests a second of those
    who do not wait.
    """
    notes, until = Notes(), Event()
    past = Past(Caller(service, notes), seed, days)
    past.begin()
    traders = [Trader(Caller(service, notes), name, seed) for name in ACCOUNTS]
    for trader in traders:
        trader.begin()
    threads = [_thread(notes, trader.trade, rate / len(traders), until) for trader in traders]
    for trader in traders:
        caller = Caller(service, notes)
        threads += [
            _thread(notes, listeners.hold, caller, trader.book, until),
            _thread(notes, listeners.listen, caller, trader.book, service, until),
        ]
    threads.append(_thread(notes, past.look_back, until))
    threads.append(_thread(notes, _back_up, notes, service, until))
    try:
        series = _watched(service, out, notes, for_s)
    finally:
        until.set()
        for thread in threads:
            thread.join(JOIN_S)
    return Outcome(series, notes)


def _watched(service: Service, out: Path, notes: Notes, for_s: float) -> list[Sample]:
    sampler, series = Sampler(service, notes), []
    every_s = max(SAMPLE_MIN_S, min(SAMPLE_MAX_S, for_s / SAMPLES))
    ends_s = time.monotonic() + for_s
    while time.monotonic() < ends_s:
        time.sleep(every_s)
        series.append(sampler.take())
        samples.write(out / "samples.csv", series)
        told = [f"{what}: {count}" for what, count in sorted(notes.checked.items())]
        (out / "notes.txt").write_text("\n".join([*told, "", *notes.faults, ""]))
    return series


def _thread(notes: Notes, work: Callable[..., None], *arguments: object) -> Thread:
    def run() -> None:
        try:
            work(*arguments)
        except Exception as error:  # noqa: BLE001 (a caller that ends is a fault of the soak)
            notes.fault(f"a caller ended: {error!r}")

    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread


def _back_up(notes: Notes, service: Service, until: Event) -> None:
    folder = service.data_dir.parent / "backups"
    folder.mkdir(exist_ok=True)
    while not until.wait(BACKUP_EVERY_S):
        made: subprocess.CompletedProcess[str] = service.flask("backup", str(folder))
        notes.right("backup", made.returncode, 0)
