# SPDX-License-Identifier: Apache-2.0
"""`bulkhead why`"""

from __future__ import annotations

import click

from bulkhead.cli.findings import format_option, print_json
from bulkhead.cli.main import Context


@click.command(short_help="Why a symbol has its value: who set it, what it needs, who reads it.")
@click.argument("name", metavar="SYMBOL")
@format_option
@click.pass_obj
def command(ctx: Context, name: str, output: str) -> None:
    """Why a symbol has its value: who set it, what it needs and which part of that fails, who reads it.

    The prefix CONFIG_ may be left out.
    """
    from bulkhead.elaborate.project import open_project
    from bulkhead.kconfig.why import explain_symbol, render_why, why_object

    plain = name.strip().removeprefix("CONFIG_")
    why = explain_symbol(open_project(ctx.root, ctx.build_dir, [plain]).config, plain)
    if output == "json":
        print_json(why_object(why))
    else:
        click.echo(render_why(why), nl=False)
