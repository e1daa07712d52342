# SPDX-License-Identifier: Apache-2.0
"""`bulkhead console`"""

from __future__ import annotations

import sys

import click

from bulkhead.cli.main import Context


@click.command(short_help="Attach to a running target's console, or show one partition of it.")
@click.argument("name", required=False)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    help="End after this many seconds (at once without a terminal).",
)
@click.pass_obj
def command(ctx: Context, name: str | None, timeout: float | None) -> None:
    """Attach to the console of the target that `./bulkhead run --detach` started.

    First comes everything it said so far. With NAME only that partition (or `hv`), without
    tags, and what is typed goes to it. Ctrl-] leaves; the target runs on.
    """
    from bulkhead.lab import launch

    has_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if timeout is None and not has_terminal:
        timeout = 0.0
    launch.attach(ctx.build_dir, name, timeout, keyboard=has_terminal)
