# SPDX-License-Identifier: Apache-2.0
"""`bulkhead bench`"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from bulkhead.cli.main import Context

if TYPE_CHECKING:
    from bulkhead.lab.bench import Measured


@click.command(short_help="Instruction counts of the hypervisor's paths beside the reference.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--update", is_flag=True, help="Make what was measured the new baseline.")
@click.pass_obj
def command(ctx: Context, output: str, update: bool) -> None:
    """Instruction counts of the hypervisor's paths beside the reference.

    The guests `probe` and `rtos-bench` run under Bulkhead and on bare QEMU, one instruction per
    nanosecond. These are counts on a functional model, not time on silicon. Exit code 1 when a path
    costs more than 2 % (and one instruction) over hil-tests/bench/baseline.json, or grows with the
    number of interrupts that the partition owns.
    """
    from bulkhead.cli.prepare import prepare
    from bulkhead.lab import bench, history
    from bulkhead.lab.image import read_image

    runs: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
    for name, (system, guest, cpus) in bench.SYSTEMS.items():
        folder = prepare(ctx, system, f"bench/{name}")
        image = read_image(folder)
        elf = folder / "guests" / guest / f"{guest}.elf"
        tree = folder / "dtb" / f"{guest}.dtb" if "gicv2" in name else None
        bare = bench.run_probe(ctx.root, elf, image.board, cpus, folder / "bare", bare=True, tree=tree)
        own = bench.run_probe(ctx.root, image.path, image.board, image.cpus, folder / "run", bare=False)
        runs[name] = (bare, own | bench.plan_rows(image))
    table = bench.combine(bench.read_reference(ctx.root), runs)
    worse: list[str] = []
    if not bench.is_exact(runs["alone"][1]):
        click.echo(
            "this QEMU has no 1 GHz counter: values are not exact and not compared",
            err=True,
        )
    elif update:
        bench.write_baseline(ctx.root, table)
        worse = bench.grown(table)
    else:
        worse = bench.regressions(table, bench.read_baseline(ctx.root)) + bench.grown(table)
    if bench.is_exact(own):
        counts = {row.path.name: row.bulkhead for row in table if row.bulkhead is not None}
        history.History(ctx.root / history.FILE).add_bench(history.revision_of(ctx.root), counts)
    if output == "json":
        click.echo(json.dumps({"version": 1, "paths": [row.to_json() for row in table]}, indent=2))
    else:
        print_table(table)
    for sentence in worse:
        click.echo(f"worse than the baseline: {sentence}", err=True)
    sys.exit(1 if worse else 0)


def print_table(table: list[Measured]) -> None:
    from rich.console import Console as Screen
    from rich.table import Table

    drawn = Table(title="executed instructions (bytes where it says so)", title_justify="left")
    drawn.add_column("path", overflow="fold")
    for name in ("bare", "Bulkhead", "added", "target", "aim", "reached", "Bao", "Xen 4.20"):
        drawn.add_column(name, justify="right")
    for row in table:
        path = row.path
        values = (row.bare, row.bulkhead, row.added, path.target, path.aim)
        drawn.add_row(path.what, *map(_number, values), row.grade, _number(path.bao), _number(path.xen))
    screen = Screen(markup=False, highlight=False)
    if not screen.is_terminal:
        screen.width = 150
    screen.print(drawn)
    click.echo(
        "Counts on a functional model: no caches, no TLB, no cost of exception entry. Not time on silicon."
    )


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value}"
