"""What the models of `topstep-sdk` make of a gateway's answers, where the client cannot run.

It reads `{model: answer}` and prints how many rows each model found; one that does not fit fails.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from types import ModuleType

import msgspec


def main() -> None:
    """Decode the answers on standard input."""
    spec = importlib.util.find_spec("topstep_sdk")
    assert spec
    # Its own beginning is written for a later Python; the models are not.
    package = ModuleType("topstep_sdk")
    package.__path__ = list(spec.submodule_search_locations or ())
    sys.modules["topstep_sdk"] = package
    models = importlib.import_module("topstep_sdk.models")
    counts = {}
    for name, answer in json.load(sys.stdin).items():
        read = msgspec.json.decode(answer.encode(), type=getattr(models, name))
        assert read.success, name
        rows = getattr(read, read.__struct_fields__[-1])
        counts[name] = len(rows)
    print(json.dumps(counts))  # noqa: T201


if __name__ == "__main__":
    main()
