"""Fuzzing by coverage: `python -m tests.fuzz.guided TARGET SECONDS FOLDER`.

What is found and what led to it is kept in the folder; a finding that is repaired belongs into
`tests/fuzz/corpus`. It needs requirements-torture.txt.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import atheris

# What reads; to watch all that is behind it would only take longer.
READERS = [
    *("app.domain.fixed", "app.domain.instants", "app.importers", "app.realtime.sockets"),
    *("app.blueprints.document", "app.blueprints.typed", "app.services.cursors"),
]

with atheris.instrument_imports(include=READERS):
    from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
# Watching the code makes it many times slower.
KIB_MAX_S = 1.0
SIZE_MAX = 8_192


def main(name: str, seconds: str, folder: str) -> None:
    """Fuzz a target for some time."""
    target = TARGETS[name]
    for each in (CORPUS / name).iterdir():
        target(each.read_bytes())

    def try_out(sent: bytes) -> None:
        began_s = time.thread_time()
        target(sent)
        took_s = time.thread_time() - began_s
        if took_s > KIB_MAX_S * max(1.0, len(sent) / 1024):
            raise TimeoutError(f"{took_s:.1f} s for {len(sent)} bytes")

    options = [f"-max_total_time={seconds}", f"-max_len={SIZE_MAX}", f"-artifact_prefix={folder}/"]
    found = Path(folder) / "found"
    found.mkdir(exist_ok=True)
    arguments = [sys.argv[0], *options, "-print_final_stats=1", str(found), str(CORPUS / name)]
    atheris.Setup(arguments, try_out)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
