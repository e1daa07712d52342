# SPDX-License-Identifier: Apache-2.0
"""`bulkhead menuconfig`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bulkhead.cli.main import Context

if TYPE_CHECKING:
    from pathlib import Path

    from bulkhead.kconfig.engine import Engine
    from bulkhead.model.board import Board


@click.command(short_help="Edit the configuration in the terminal.")
@click.pass_obj
def command(ctx: Context) -> None:
    """Edit the configuration in the terminal.

    The title shows what is used of the board. Opens a faulty configuration too, or with a devicetree that
    cannot be read: it says what is wrong, then lets you repair it. What is saved replaces .config; the one
    before becomes .config.old. `/` searches, `?` explains, `q` leaves.
    """
    from bulkhead.diag import UserError
    from bulkhead.kconfig.editor import edit_in_terminal

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError("menuconfig needs a terminal; without one use `./bulkhead config set NAME=VALUE`")
    engine, board, path = open_editor(ctx)
    edit_in_terminal(engine, board, path)
    say_what_is_wrong(ctx)


def open_editor(ctx: Context) -> tuple[Engine, Board | None, Path]:
    """Say what is wrong and what saving would lose, wait for Enter if there is anything, and parse."""
    from bulkhead.diag import UserError
    from bulkhead.elaborate.board import read_board
    from bulkhead.kconfig.editor import open_for_editing, read_leniently
    from bulkhead.kconfig.losses import losses
    from bulkhead.kconfig.system import config_path, recall

    path = config_path(ctx.build_dir)
    system = recall(ctx.root, ctx.build_dir)
    wrong = say_what_is_wrong(ctx)
    try:
        board = read_board(ctx.root, system.board, system.overlays)
    except UserError:
        board = None
    engine = open_for_editing(ctx.root, board, ctx.build_dir)
    if engine is None:
        raise UserError(
            f"the devicetree of {system.board} could never be read here, so there is no device menu"
        )
    engine.load_config(str(path))
    lost = losses(engine, read_leniently(path))
    if lost:
        click.echo("Saving will lose this:\n  " + "\n  ".join(lost), err=True)
    if board is None:
        click.echo("The devices are those of the last devicetree that could be read.", err=True)
    if wrong or lost:
        click.echo("Press Enter to open the editor and repair this.", err=True)
        sys.stdin.readline()
    return engine, board, path


def say_what_is_wrong(ctx: Context) -> bool:
    from bulkhead.cli.check import find
    from bulkhead.diag import UserError
    from bulkhead.diag.errors import print_diagnostics

    try:
        _, diags = find(ctx)
    except UserError as problem:
        diags = list(problem.diags)
    print_diagnostics(diags)
    return bool(diags)
