# SPDX-License-Identifier: Apache-2.0
"""`bulkhead history`"""

from __future__ import annotations

import json
from pathlib import Path

import click

from bulkhead.cli.main import Context


@click.command(short_help="Pass rates, flakes, durations and counts over all runs.")
@click.option(
    "--history", "file", type=click.Path(path_type=Path, dir_okay=False),
    help="The file (default: .bulkhead/history.sqlite of the checkout).",
)  # fmt: skip
@click.option(
    "--page", type=click.Path(path_type=Path, dir_okay=False), help="Write an HTML page with plots there."
)
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(ctx: Context, file: Path | None, page: Path | None, output: str) -> None:
    """What `hil` and `bench` have seen so far: pass rate, flakes (both results on one build of a commit),
    median duration, and instruction counts over commits."""
    from bulkhead.lab import history, pages

    kept = history.History(file or ctx.root / history.FILE)
    if page:
        runs = kept.runs()
        text = pages.render(
            "history.html", runs=runs, tests=kept.tests(), bench=kept.bench(),
            durations=[run.seconds for run in reversed(runs)],
        )  # fmt: skip
        page.write_text(text, encoding="utf-8")
        click.echo(str(page), err=output == "json")
    if output == "json":
        click.echo(json.dumps(history.to_json(kept), indent=2))
    elif not page:
        _print(kept)


def _print(kept: object) -> None:
    from rich.console import Console as Screen
    from rich.table import Table

    from bulkhead.lab.history import History

    assert isinstance(kept, History)
    drawn = Table(title="tests", title_justify="left")
    for name in ("target", "suite", "test"):
        drawn.add_column(name, overflow="fold")
    for name in ("passed", "flakes", "median s"):
        drawn.add_column(name, justify="right")
    drawn.add_column("recent", overflow="fold")
    for t in kept.tests():
        passed = f"{t.passed} of {t.runs}"
        drawn.add_row(t.target, t.suite, t.name, passed, f"{t.flakes}", f"{t.median_seconds:.2f}", t.recent)
    screen = Screen(markup=False, highlight=False)
    if not screen.is_terminal:
        screen.width = 150
    screen.print(drawn)
    click.echo(f"{len(kept.runs(10**6))} runs in {kept.path}")
