# SPDX-License-Identifier: Apache-2.0
"""`bulkhead run`"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bulkhead.cli.main import Context

SECONDS_WITHOUT_TERMINAL = 60.0


@click.command(short_help="Build, and boot the image on a target, console in this terminal.")
@click.option("--target", default="qemu", show_default=True, help="A name of targets.yaml.")
@click.option(
    "--targets", type=click.Path(path_type=Path, dir_okay=False), help="A targets.yaml of your own."
)
@click.option(
    "--timeout", type=click.FloatRange(min=0), help="End after this many seconds (60 without a terminal)."
)
@click.option(
    "--exact", is_flag=True, help="QEMU: one instruction per nanosecond; time flies while all wait."
)
@click.option("--detach", is_flag=True, help="QEMU: leave it running; attach with ./bulkhead console.")
@click.option("--stop", is_flag=True, help="End the target that was left running.")
@click.option("--no-build", is_flag=True, help="Run what is in the build folder as it is.")
@click.option("--dry-run", is_flag=True, help="Print the commands that would be run.")
@click.pass_obj
def command(
    ctx: Context, target: str, targets: Path | None, timeout: float | None,
    exact: bool, detach: bool, stop: bool, no_build: bool, dry_run: bool,
) -> None:  # fmt: skip
    """Build what has changed, and boot the image on a target, console in this terminal.

    What is typed goes to the board: Ctrl-^ and a digit (or a name and Enter) chooses who gets
    it, Ctrl-] ends the run. Without a terminal the console is printed until the machine powers
    itself off or the time is over.
    """
    from bulkhead.lab import launch

    if stop:
        launch.stop_detached(ctx.build_dir)
        return
    chosen = launch.choose(ctx.root, ctx.build_dir, target, targets, build=not no_build, dry=dry_run)
    if dry_run:
        for words in launch.commands(chosen, exact=exact):
            click.echo(words)
    elif detach:
        launch.detach(chosen, exact=exact)
    else:
        has_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        if timeout is None and not has_terminal:
            timeout = SECONDS_WITHOUT_TERMINAL
        launch.attend(chosen, timeout, exact=exact, keyboard=has_terminal)
