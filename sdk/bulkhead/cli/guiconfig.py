# SPDX-License-Identifier: Apache-2.0
"""`bulkhead guiconfig`"""

from __future__ import annotations

import click

from bulkhead.cli.main import Context


@click.command(short_help="Edit the configuration in a window.")
@click.pass_obj
def command(ctx: Context) -> None:
    """Edit the configuration in a window, where Python has Tk and there is a display."""
    import os

    from bulkhead.cli.menuconfig import open_editor, say_what_is_wrong
    from bulkhead.diag import UserError
    from bulkhead.kconfig.editor import edit_in_window

    instead = "use `./bulkhead menuconfig` in a terminal"
    try:
        import tkinter
    except ImportError as problem:
        raise UserError(f"this Python has no Tk (Debian: apt-get install python3-tk); {instead}") from problem
    if not os.environ.get("DISPLAY"):
        raise UserError(f"there is no display for a window; {instead}")
    engine, _, path = open_editor(ctx)
    try:
        edit_in_window(engine, path)
    except tkinter.TclError as problem:
        raise UserError(f"the window cannot be opened ({problem}); {instead}") from problem
    say_what_is_wrong(ctx)
