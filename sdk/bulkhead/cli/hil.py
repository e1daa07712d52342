# SPDX-License-Identifier: Apache-2.0
"""`bulkhead hil`"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import click

from bulkhead.cli.main import Context


@click.command(short_help="Run Robot Framework suites on a target.")
@click.argument("suites", nargs=-1, metavar="[SUITE]...")
@click.option("--target", default="qemu", show_default=True, help="A name of targets.yaml.")
@click.option(
    "--targets", type=click.Path(path_type=Path, dir_okay=False), help="A targets.yaml of your own."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the reports go (default: hil/TARGET in the build folder).",
)
@click.option("--no-build", is_flag=True, help="Test what is in the build folder as it is.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(
    ctx: Context, suites: tuple[str, ...], target: str, targets: Path | None,
    out: Path | None, no_build: bool, output: str,
) -> None:  # fmt: skip
    """Run Robot Framework suites on a target: all of them, or those named.

    log.html, report.html, output.xml, junit.xml and the consoles with timestamps are written.
    Exit code 1: a test failed; 3: the build did; 4: the board or the lab did.
    """
    from bulkhead.diag.paths import shown
    from bulkhead.kconfig.system import config_path, recall
    from bulkhead.lab.cases import FAIL, closing_line, write_junit
    from bulkhead.lab.launch import choose
    from bulkhead.lab.suites import find_suites, run_suites

    chosen = choose(ctx.root, ctx.build_dir, target, targets, build=not no_build)
    own = recall(ctx.root, ctx.build_dir).suites if config_path(ctx.build_dir).is_file() else None
    found = find_suites(ctx.root, suites, own)
    folder = (out or ctx.build_dir / "hil" / target).absolute()
    result = run_suites(ctx.root, ctx.build_dir, chosen.target, targets, found, folder)
    about = {"target": target, "board": chosen.target.board, "build": result.build_id}
    write_junit(result.cases, folder / "junit.xml", about)
    if output == "json":
        rows = [
            {
                "suite": c.suite,
                "name": c.name,
                "status": c.status,
                "stage": c.stage,
                "message": c.message,
                "seconds": round(c.seconds, 3),
            }
            for c in result.cases
        ]
        click.echo(
            json.dumps(
                {
                    "version": 1,
                    "target": target,
                    "build_id": result.build_id,
                    "out": str(folder),
                    "cases": rows,
                },
                indent=2,
            )
        )
    else:
        unknown = Counter((c.stage, c.suite) for c in result.cases if c.status == FAIL and c.stage != "test")
        for (stage, suite), number in unknown.items():
            click.echo(f"{stage.upper()} failed, nothing is known about {number} tests of {suite}")
        click.echo(f"{shown(folder / 'log.html')}")
        click.echo(closing_line(result.cases))
    sys.exit(result.exit_code)
