# SPDX-License-Identifier: Apache-2.0
"""`bulkhead clean`"""

from __future__ import annotations

import click

from bulkhead.cli.main import Context


@click.command(short_help="Delete what was built; the configuration stays.")
@click.pass_obj
def command(ctx: Context) -> None:
    """Delete what `build` made in the build folder. The configuration and results of tests stay."""
    from bulkhead.build.clean import clean
    from bulkhead.diag.paths import shown

    removed = clean(ctx.build_dir)
    what = f"{removed} entries deleted from" if removed else "nothing to delete in"
    click.echo(f"{what} {shown(ctx.build_dir)}")
