# SPDX-License-Identifier: Apache-2.0
"""`bulkhead doctor`"""

from __future__ import annotations

import json
import sys

import click

from bulkhead.cli.main import Context


@click.command(short_help="Which tools are here, which are missing, and what to do.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(ctx: Context, output: str) -> None:
    """Which tools are here, which are missing, and what to do.

    Exit code 3 when something is missing that is not installed by itself.
    """
    from bulkhead.runners.inventory import take_inventory

    rows = take_inventory(ctx.root)
    if output == "json":
        click.echo(json.dumps({"version": 1, "tools": [row.to_json() for row in rows]}, indent=2))
    else:
        widths = [
            max(len(row.name) for row in rows),
            max(len(row.version) for row in rows),
            max(len(row.purpose) for row in rows),
        ]
        for row in rows:
            mark = "ok" if row.found else "--" if row.optional else "no"
            cells = [
                text.ljust(width)
                for text, width in zip((row.name, row.version, row.purpose), widths, strict=True)
            ]
            click.echo("  ".join([mark, *cells, row.remedy]).rstrip())
    sys.exit(0 if all(row.found or row.optional for row in rows) else 3)
