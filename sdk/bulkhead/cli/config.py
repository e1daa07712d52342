# SPDX-License-Identifier: Apache-2.0
"""`bulkhead config get|set|merge`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulkhead.cli.findings import format_option, print_json
from bulkhead.cli.main import Context

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bulkhead.kconfig.engine import Engine


@click.group(short_help="Read or set symbols, or merge fragments: config get|set|merge.")
def command() -> None:
    """Read or set symbols of the configuration. The prefix CONFIG_ may be left out."""


@command.command("get", short_help="Print the value of symbols, or of all.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@format_option
@click.pass_obj
def get(ctx: Context, names: tuple[str, ...], output: str) -> None:
    """Print the value of each NAME, or NAME=VALUE of every symbol that applies."""
    from bulkhead.kconfig.edit import find_symbol

    engine = _open(ctx, names)
    if names:
        found = [find_symbol(engine, name) for name in names]
    else:
        found = [s for s in engine.unique_defined_syms if s.config_string]
    if output == "json":
        print_json({"version": 1, "symbols": {s.name: s.str_value for s in found}})
        return
    for symbol in found:
        click.echo(symbol.str_value if names else f"{symbol.name}={symbol.str_value}")


@command.command("set", short_help="Set symbols: NAME=VALUE...")
@click.argument("assignments", metavar="NAME=VALUE...", nargs=-1, required=True)
@click.pass_obj
def set_(ctx: Context, assignments: tuple[str, ...]) -> None:
    """Set symbols, in the order given. If one value does not take, nothing is written."""
    from bulkhead.kconfig.edit import set_symbols, symbol_of
    from bulkhead.kconfig.system import config_path

    engine = _open(ctx, [symbol_of(a) for a in assignments])
    set_symbols(engine, assignments)
    engine.write_config(str(config_path(ctx.build_dir)))


@command.command("merge", short_help="Take over the lines of fragments.")
@click.argument(
    "fragments",
    metavar="FRAGMENT...",
    nargs=-1,
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
)
@click.pass_obj
def merge(ctx: Context, fragments: tuple[Path, ...]) -> None:
    """Take over the lines of each FRAGMENT, in the order given.

    The later line wins; what it overrides is reported. With mistakes in a fragment nothing is written.
    """
    from bulkhead.cli.findings import refuse_errors
    from bulkhead.elaborate.board import read_board
    from bulkhead.kconfig.merge import load_merged
    from bulkhead.kconfig.system import config_path, recall

    path = config_path(ctx.build_dir)
    system = recall(ctx.root, ctx.build_dir)
    board = read_board(ctx.root, system.board, system.overlays)
    config, overridden = load_merged(ctx.root, board, [path, *fragments], ctx.build_dir)
    for override in overridden:
        click.echo(override, err=True)
    refuse_errors(config.diags)
    config.engine.write_config(str(path))


def _open(ctx: Context, names: Iterable[str]) -> Engine:
    from bulkhead.diag.errors import print_diagnostics
    from bulkhead.elaborate.project import open_project
    from bulkhead.kconfig.edit import symbol_of

    project = open_project(ctx.root, ctx.build_dir, [symbol_of(name) for name in names])
    print_diagnostics(project.config.diags)
    return project.config.engine
