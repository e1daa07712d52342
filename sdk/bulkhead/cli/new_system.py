# SPDX-License-Identifier: Apache-2.0
"""`bulkhead new-system`"""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from bulkhead.cli.main import Context


@click.command(short_help="Make a system's folder of your own that builds.")
@click.argument("path", type=click.Path(file_okay=False, path_type=Path))
@click.option("--board", default="qemu_virt", show_default=True, help="The board it is for.")
@click.pass_obj
def command(ctx: Context, path: Path, board: str) -> None:
    """Make a system's folder of your own that builds: a defconfig, a guest to change, a README."""
    from bulkhead.diag.paths import shown
    from bulkhead.elaborate.new_system import make_system

    made = make_system(ctx.root, path, board)
    for file in made:
        click.echo(f"{shown(file)} written")
    steps = (f"defconfig {shlex.quote(shown(path))}", "build", "run")
    click.echo("Next: " + " && ".join(map(ctx.call, steps)))
