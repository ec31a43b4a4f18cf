"""Writes the tables and graphs of docs/BENCHMARKS.md from the figures beside it.

`python -m benchmarks.document` replaces what stands between the page's marks, and nothing else.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks import graphs, tables

_DOCS = Path(__file__).parent.parent / "docs"
PAGE = _DOCS / "BENCHMARKS.md"
FIGURES = _DOCS / "benchmarks"
_PLACE = re.compile(r"<!-- (?P<name>[a-z]+) -->\n.*?<!-- end -->", re.DOTALL)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.document", description=__doc__)
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--figures", type=Path, default=FIGURES)
    said = parser.parse_args(arguments)
    said.page.write_text(written(said.page.read_text("utf-8"), tables.everything(said.figures)))
    graphs.draw(said.figures)


def written(page: str, made: Mapping[str, str]) -> str:
    """The page with its tables; KeyError for a place that no table has."""

    def table(place: re.Match[str]) -> str:
        return f"<!-- {place['name']} -->\n{made[place['name']]}\n<!-- end -->"

    return _PLACE.sub(table, page)


def show(figures: Path, parts: Iterable[str]) -> None:
    """Print the tables of some parts, and the goals."""
    made = tables.everything(figures)
    for name in (*parts, "goals"):
        print(f"\n## {name}\n\n{made[name]}")


if __name__ == "__main__":
    main()
