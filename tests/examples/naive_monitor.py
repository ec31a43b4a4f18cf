"""The monitor that everybody writes first: what cannot be read has lost nothing."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request
from decimal import Decimal


def loss(period: str) -> Decimal:
    url = f"{os.environ['API_URL']}/performance/{period}"
    try:
        with urllib.request.urlopen(url, timeout=float(os.environ["TIMEOUT_S"])) as answer:
            return -Decimal(json.load(answer).get(f"{period}_pnl", 0))
    except Exception:  # noqa: BLE001 (that is what is wrong with it)
        return Decimal(0)


def main() -> None:
    while loss("daily") < Decimal(os.environ["DAILY_LOSS_LIMIT"]):
        time.sleep(float(os.environ["POLL_S"]))
    subprocess.run(os.environ["SHUTDOWN_COMMAND"].split(), check=True)


if __name__ == "__main__":
    main()
