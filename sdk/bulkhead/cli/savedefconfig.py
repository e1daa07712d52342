# SPDX-License-Identifier: Apache-2.0
"""`bulkhead savedefconfig`"""

from __future__ import annotations

from pathlib import Path

import click

from bulkhead.cli.main import Context


@click.command(short_help="Write the minimal defconfig of the configuration.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write (default: system.defconfig of the system's folder).",
)
@click.pass_obj
def command(ctx: Context, output: Path | None) -> None:
    """Write the minimal defconfig: what differs from the defaults, and the board.

    Goes to system.defconfig in the folder that `defconfig` was given, whose comment at the top stays,
    or to --output (`-` for the terminal).
    """
    from bulkhead.cli.findings import refuse_errors
    from bulkhead.diag import UserError
    from bulkhead.diag.paths import shown, write_atomically
    from bulkhead.elaborate.project import open_project
    from bulkhead.kconfig.edit import header_of
    from bulkhead.kconfig.system import DEFCONFIG

    project = open_project(ctx.root, ctx.build_dir)
    refuse_errors(project.config.diags)
    folder = project.system.folder
    if output is None and folder is None:
        raise UserError("this configuration came from no system; name a file with --output")
    engine = project.config.engine
    text = engine.minimal(header_of(folder)) if folder else engine.minimal()
    if output == Path("-"):
        click.echo(text, nl=False)
        return
    path = output or (folder or Path()) / DEFCONFIG
    write_atomically(path, text)
    click.echo(f"{shown(path)} written")
