"""Figures of a part of a run: how they are summed up, kept as JSON and read again."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.db.engines import SQLITE_VERSION

Row = dict[str, Any]
_PERCENT = 100


def p50_p99_ms(waits_s: Sequence[float]) -> Row:
    """Median and 99th percentile in milliseconds."""
    cuts = statistics.quantiles(waits_s, n=_PERCENT, method="inclusive")
    return {"p50_ms": round(cuts[49] * 1000, 3), "p99_ms": round(cuts[98] * 1000, 3)}


def keep(folder: Path, part: str, rows: list[Row], **more: Any) -> None:
    """Write the figures of one part, with what they were measured on."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": machine(), **more, "rows": rows}, indent=1)
    (folder / f"{part}.json").write_text(text + "\n", "utf-8")


def kept(folder: Path, part: str) -> Row | None:
    """The figures of one part; None where it was not measured."""
    path = folder / f"{part}.json"
    if not path.exists():
        return None
    figures: Row = json.loads(path.read_text("utf-8"))
    return figures


def machine() -> Row:
    """What a run depends on beside the code; the load is that of the last minute."""
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "sqlite": ".".join(map(str, SQLITE_VERSION)),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
