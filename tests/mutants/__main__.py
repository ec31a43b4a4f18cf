"""Tries the mutants of all modules, or of those that are named: `python -m tests.mutants risk`."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from tests.mutants import kept, made, told

# What makes the longest tests short: what they find, they find early.
FIGURES = {"POSITION_STREAMS": "160", "POSITION_STREAMS_WITH_A_FAULT": "60", "CLOCK_ROUNDS": "150"}
TESTS = ("tests/domain", "tests/cache", "-k", "not postgres")
# Nobody reads why a test failed; to say it well takes longer than to fail.
CURT = ("-q", "--assert=plain", "--tb=native")


@click.command(help=__doc__)
@click.argument("modules", nargs=-1)
@click.option("--tell", is_flag=True, help="Tell what was found before, and try nothing.")
def main(modules: tuple[str, ...], *, tell: bool) -> None:
    """Make the mutants, ask the types, then the tests, and print what was found."""
    named = " ".join(modules)
    if not tell:
        made.make()
        made.ask_types()
        command = [sys.executable, "-m", "pytest", "-p", "tests.mutants.trial", *CURT, *TESTS]
        subprocess.run(
            [*command, f"--mutants-of={named}"],
            cwd=kept.FOLDER,
            env=FIGURES | os.environ,
            check=True,
        )
    click.echo("\n".join(told.table(named)))
    for path in kept.modules(kept.FOLDER, named):
        click.echo("\n".join(told.survivors(path)))


if __name__ == "__main__":
    main()
