# SPDX-License-Identifier: Apache-2.0
"""`bulkhead sim`"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bulkhead.cli.main import Context


@click.group(name="sim", short_help="Simulate hardware: the interrupt controller's RTL.")
def command() -> None:
    """Simulate hardware in RTL under cocotb. docs/gic-model.md tells what is simulated and how."""


@command.command()
@click.option(
    "--top", type=click.Choice(["v3", "v2", "all"]), default="all", show_default=True, help="GIC version."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the random operations."
)
@click.option("--ops", type=click.IntRange(min=1), default=None, help="Random operations (default: 20000).")
@click.option(
    "-k", "expression", default="", metavar="EXPR", help="Only tests whose names fit, as pytest's -k."
)
@click.option("--waves", is_flag=True, help="Record waves: waves.fst in the folder of the results.")
@click.option(
    "--simulator", type=click.Choice(["verilator", "icarus"]), default="verilator", show_default=True,
    help="Icarus runs what it can, and says of the rest why it cannot.",
)  # fmt: skip
@click.option("--coverage", is_flag=True, help="Lines and toggles too, in the report.")
@click.option(
    "--lockstep",
    "players",
    is_flag=False,
    flag_value="all",
    metavar="[PLAYERS]",
    help="Only lockstep: random operations to rtl, qemu, vgic (default all), each beside the model.",
)
@click.option(
    "--replay",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With --lockstep: the operations of a file instead, as a failure saved them.",
)
@click.option(
    "--life",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Only draw the life of one interrupt, from its line to its end, as an SVG.",
)
@click.option("--long", "long_", is_flag=True, help="Everything in its full size, and a large configuration.")
@click.pass_obj
def gic(
    ctx: Context,
    top: str,
    seed: int,
    ops: int | None,
    expression: str,
    waves: bool,
    simulator: str,
    coverage: bool,
    players: str | None,
    replay: Path | None,
    life: Path | None,
    long_: bool,
) -> None:
    """Run the interrupt controller's RTL against its reference model.

    The first call sets up the simulator. Results are in sim/ of the build folder: junit.xml, and for each
    top level a log and the results of its process. Exit code 1 when a test failed.
    """
    from bulkhead.cli.prepare import prepare
    from bulkhead.diag.paths import shown
    from bulkhead.lab.cases import FAIL, SKIP, closing_line, is_selected, write_junit
    from bulkhead.lab.image import read_image
    from bulkhead.sim import gic as sim
    from bulkhead.sim import lockstep
    from bulkhead.sim.design import TOPS
    from bulkhead.sim.life import write_life
    from bulkhead.sim.options import Options

    out = ctx.build_dir / "sim"
    options = Options(
        root=ctx.root, out=out, say=lambda text: click.echo(text, err=True),
        tops=tuple(TOPS) if top == "all" else (top,), seed=seed, ops=ops, waves=waves, coverage=coverage,
        long=long_, simulator=simulator,
        prepare=lambda system, folder: read_image(prepare(ctx, system, folder, quiet=True)),
        selects=lambda name: is_selected(expression, name),
    )  # fmt: skip
    if life is not None:
        write_life(options, life)
        click.echo(shown(life))
        return
    if players is None and not sim.any_selected(options):
        raise click.UsageError(f"No test of the simulation fits '{expression}'.")
    if players is None:
        if replay:
            raise click.UsageError("--replay needs --lockstep.")
        cases = sim.run_gic(options)
    else:
        cases = lockstep.run_lockstep(options, _chosen(players, lockstep.PLAYERS), replay)
    for case in cases:
        click.echo(f"{case.status} {case.suite}.{case.name} ({case.seconds:.1f} s)")
        if case.status in (FAIL, SKIP):
            click.echo("  " + case.message.strip().replace("\n", "\n  "))
    write_junit(cases, out / "junit.xml", {"seed": str(seed)})
    click.echo(f"results: {shown(out / 'junit.xml')}")
    click.echo(closing_line(cases))
    sys.exit(1 if any(case.status == FAIL for case in cases) else 0)


def _chosen(players: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Of a list with commas."""
    chosen = known if players == "all" else tuple(players.split(","))
    for player in chosen:
        if player not in known:
            raise click.UsageError(f"There is no player '{player}'; there are: {', '.join(known)}.")
    return chosen
