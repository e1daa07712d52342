# SPDX-License-Identifier: Apache-2.0
"""`bulkhead defconfig`"""

from __future__ import annotations

from pathlib import Path

import click

from bulkhead.cli.main import Context


@click.command(short_help="Start a configuration: BOARD/SYSTEM or PATH, and fragments.")
@click.argument("system", metavar="BOARD/SYSTEM|PATH")
@click.argument(
    "fragments", metavar="[FRAGMENT]...", nargs=-1, type=click.Path(dir_okay=False, path_type=Path)
)
@click.pass_obj
def command(ctx: Context, system: str, fragments: tuple[Path, ...] = ()) -> None:
    """Start a configuration: BOARD/SYSTEM, or the PATH of a system's folder.

    Writes the build folder's .config (the one before becomes .config.old). The folder is remembered
    for its guests/, suites/ and overlay.dts. With mistakes in the defconfig nothing is written.

    A FRAGMENT is a file of a few such lines. The later line wins; what it overrides is reported.
    """
    from bulkhead.cli.findings import refuse_errors
    from bulkhead.diag.errors import print_diagnostics
    from bulkhead.diag.paths import shown
    from bulkhead.elaborate.board import read_board
    from bulkhead.elaborate.owners import impossible_owners
    from bulkhead.kconfig.lines import read_lines
    from bulkhead.kconfig.merge import load_merged
    from bulkhead.kconfig.system import DEFCONFIG, config_path, find_system, remember

    found = find_system(ctx.root, system)
    assert found.folder is not None
    line = read_lines(found.folder / DEFCONFIG).last("BOARD")
    board = read_board(ctx.root, found.board, found.overlays, named=line.where if line else None)
    paths = [found.folder / DEFCONFIG, *fragments]
    config, overridden = load_merged(ctx.root, board, paths, ctx.build_dir)
    for override in overridden:
        click.echo(override, err=True)
    refuse_errors(config.diags)
    path = config_path(ctx.build_dir)
    config.engine.write_config(str(path))
    remember(ctx.root, ctx.build_dir, found)
    print_diagnostics(list(impossible_owners(board, config)))
    click.echo(f"{shown(path)}: system '{found.name}' on board {found.board}")
