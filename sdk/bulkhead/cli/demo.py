# SPDX-License-Identifier: Apache-2.0
"""`bulkhead demo`"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

import click

from bulkhead.cli.main import Context

if TYPE_CHECKING:
    from bulkhead.lab.demo import Verdict


@click.command(short_help="Configure, build and boot a system; watch the attacks being contained.")
@click.argument("system", metavar="[BOARD/SYSTEM]", default="qemu_virt/demo")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(ctx: Context, system: str, output: str) -> None:
    """Configure, build and boot a system; watch the attacks being contained.

    Partition `rogue` tries everything it must not do while `control`, or in another system the first
    partition, keeps its deadlines. QEMU runs one instruction per nanosecond, so it would notice a
    delay of a single instruction. Ends by itself; exit code 0 only if every attack was contained,
    no deadline missed and the jitter did not grow.
    """
    from rich.console import Console as Screen

    from bulkhead.cli.prepare import prepare
    from bulkhead.lab.demo import counter_step, emulator_slack, neighbour_of, run_attacks
    from bulkhead.lab.image import read_image
    from bulkhead.lab.live import LiveView
    from bulkhead.lab.session import Session
    from bulkhead.lab.targets import find_target
    from bulkhead.runners import hosttools
    from bulkhead.runners.boards import read_qemu_machine

    began = time.monotonic()
    hosttools.require("qemu-system-aarch64", "the demo")
    slack = emulator_slack(hosttools.qemu_version())
    if slack:
        click.echo(
            f"this QEMU is older than 8.1: it adds up to {slack} instructions of jitter itself", err=True
        )
    screen = Screen(stderr=output == "json", highlight=False, markup=False, soft_wrap=True)
    build_dir = prepare(ctx, system, "demo")
    image = read_image(build_dir)
    neighbour = neighbour_of(image.partitions)
    slack = max(slack, counter_step(read_qemu_machine(ctx.root, image.board)))
    target = find_target(ctx.root, "qemu")
    styles = {"hv": "bold cyan", neighbour: "green", "rogue": "yellow"}
    tags = max(map(len, [*image.partitions, "hv"]))

    def show(speaker: str, text: str) -> None:
        screen.print(f"{speaker:>{tags}}| ", style=styles.get(speaker), end="")
        screen.print(text)

    with (
        Session.open(ctx.root, target, image, build_dir / "run", exact_time=True) as session,
        LiveView(session.console.transcript, show, "attack "),
    ):
        session.boot()
        verdicts = list(run_attacks(session, slack))
    seconds = time.monotonic() - began
    if output == "json":
        click.echo(json.dumps(as_json(verdicts, seconds), indent=2))
    else:
        print_table(verdicts, seconds, neighbour)
    sys.exit(0 if all(v.is_good for v in verdicts) else 1)


def as_json(verdicts: list[Verdict], seconds: float) -> dict[str, object]:
    rows = [
        {
            "attack": v.outcome.attack, "verdict": v.outcome.verdict, "hypervisor": v.outcome.hypervisor,
            "jitter_before_ns": v.outcome.before.jitter_ns, "jitter_during_ns": v.outcome.during.jitter_ns,
            "missed": v.outcome.during.missed, "contained": v.is_good, "tries": v.tries,
            "problems": list(v.problems),
        }
        for v in verdicts
    ]  # fmt: skip
    return {"version": 1, "seconds": round(seconds, 1), "attacks": rows}


def print_table(verdicts: list[Verdict], seconds: float, neighbour: str) -> None:
    """Each attack, what became of it, what the neighbour saw."""
    from rich.console import Console as Screen
    from rich.table import Table

    from bulkhead.lab.demo import neighbour_text

    table = Table(title=f"what rogue tried, and what {neighbour} noticed", title_justify="left")
    for name in (
        "attack",
        "what became of it",
        "the hypervisor reported",
        f"{neighbour}'s jitter, before -> during",
        "",
    ):
        table.add_column(name, overflow="fold")
    for verdict in verdicts:
        outcome = verdict.outcome
        again = f" (run {verdict.tries} times)" if verdict.tries > 1 else ""
        end = f"contained{again}" if verdict.is_good else "NOT CONTAINED: " + "; ".join(verdict.problems)
        style = None if verdict.is_good else "bold red"
        table.add_row(
            outcome.attack, outcome.verdict, outcome.hypervisor or "-",
            neighbour_text(outcome.before, outcome.during), end, style=style,
        )  # fmt: skip
    screen = Screen(markup=False, highlight=False)
    if not screen.is_terminal:
        screen.width = 140
    screen.print(table)
    bad = sum(not v.is_good for v in verdicts)
    missed = sum(v.outcome.during.missed for v in verdicts)
    contained = f"{len(verdicts) - bad} of {len(verdicts)} attacks contained"
    click.echo(
        f"{contained}, {missed} deadlines missed, {seconds:.0f} s. Times are instruction counts, not silicon."
    )
