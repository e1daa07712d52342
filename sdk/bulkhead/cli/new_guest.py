# SPDX-License-Identifier: Apache-2.0
"""`bulkhead new-guest`"""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from bulkhead.cli.main import Context


@click.command(short_help="Make a guest of your own under the guests' kernel, with a system and a suite.")
@click.argument("path", type=click.Path(file_okay=False, path_type=Path))
@click.option("--board", default="qemu_virt", show_default=True, help="The board it is for.")
@click.option("--smp", default=1, show_default=True, type=click.IntRange(1), help="How many vCPUs it uses.")
@click.pass_obj
def command(ctx: Context, path: Path, board: str, smp: int) -> None:
    """Make a guest of your own under the guests' kernel, with a system and a suite.

    The folder PATH, anywhere, gets the guest's source, a system in which it runs beside `control`,
    a Robot suite and a README. The guest is called as the folder.
    """
    from bulkhead.diag.paths import shown
    from bulkhead.elaborate.new_guest import make_guest

    for file in make_guest(ctx.root, path, board, smp):
        click.echo(f"{shown(file)} written")
    steps = (f"defconfig {shlex.quote(shown(path))}", "build", "run")
    click.echo("Next: " + " && ".join(map(ctx.call, steps)))
