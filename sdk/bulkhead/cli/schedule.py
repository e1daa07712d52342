# SPDX-License-Identifier: Apache-2.0
"""`bulkhead schedule`"""

from __future__ import annotations

import sys

import click

from bulkhead.cli.findings import print_json
from bulkhead.cli.main import Context


@click.command(short_help="Who runs when on each CPU, what is left, and which deadlines hold.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "svg"]),
    default="text",
    show_default=True,
    help="Text for people, a versioned JSON document, or a picture of the frames.",
)
@click.option(
    "--set",
    "changes",
    metavar="SYMBOL=VALUE",
    multiple=True,
    help="What if: with that symbol changed. Nothing is written. May be repeated.",
)
@click.pass_obj
def command(ctx: Context, output: str, changes: tuple[str, ...]) -> None:
    """Who runs when on each CPU, what is left, and which deadlines hold.

    Works on a faulty configuration too; what is wrong with it is told behind. Exit code 2 where a
    deadline or a budget is not guaranteed, or anything else is an error.
    """
    from bulkhead.check import check
    from bulkhead.diag import has_errors
    from bulkhead.diag.errors import print_diagnostics
    from bulkhead.elaborate.project import open_project
    from bulkhead.emit.schedule_svg import emit_schedule_svg
    from bulkhead.emit.schedule_text import emit_schedule, schedule_object
    from bulkhead.kconfig.edit import set_symbols, symbol_of

    project = open_project(ctx.root, ctx.build_dir, [symbol_of(change) for change in changes])
    set_symbols(project.config.engine, changes)
    made = project.elaborate()
    findings = [*made.diags, *check(made.plan)]
    if output == "svg":
        click.echo(emit_schedule_svg(made.plan), nl=False)
    elif output == "json":
        print_json(schedule_object(made.plan))
    else:
        click.echo(emit_schedule(made.plan), nl=False)
    print_diagnostics(findings)
    sys.exit(2 if has_errors(findings) else 0)
