# SPDX-License-Identifier: Apache-2.0
"""`bulkhead build`"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from bulkhead.cli.main import Context

if TYPE_CHECKING:
    from bulkhead.build.result import BuildResult


@click.command(short_help="Build bulkhead.elf, bulkhead.img, plan.json and the guests.")
@click.option("-v", "--verbose", is_flag=True, help="Show every command that is run.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(ctx: Context, verbose: bool, output: str) -> None:
    """Build bulkhead.elf, bulkhead.img, plan.json, the guests and their devicetrees.

    What did not change is not built again.
    """
    from bulkhead.build import build

    result = build(ctx.root, ctx.build_dir, verbose=verbose)
    sys.stderr.write(result.warnings)
    for sentence in result.moved:
        click.echo(f"note: {sentence}; `./bulkhead map --pin` keeps addresses", err=True)
    if output == "json":
        click.echo(json.dumps(result.to_json(), indent=2))
    else:
        _print(result)


def _print(result: BuildResult) -> None:
    from bulkhead.diag.paths import shown

    click.echo(f"{'box':<8}{'address':>12}{'reserved':>11}{'used':>11}")
    for box in result.boxes:
        click.echo(f"{box.name:<8}{box.base:>#12x}{_size(box.size):>11}{_size(box.used):>11}")
    state = "" if result.fresh else " (nothing changed)"
    click.echo(f"{shown(result.image)}  {_size(result.image_bytes)}{state}")
    click.echo(f"{result.board}/{result.system}  build id {result.build_id}")


def _size(size: int) -> str:
    return f"{size / 1024:.1f} KiB"
