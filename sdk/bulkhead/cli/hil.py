# SPDX-License-Identifier: Apache-2.0
"""`bulkhead hil`"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from bulkhead.cli.main import Context


@click.command(short_help="Run Robot Framework suites on a target.")
@click.argument("suites", nargs=-1, metavar="[SUITE]...")
@click.option(
    "--target", "names", multiple=True, help="A name of targets.yaml (default: qemu); may be repeated."
)
@click.option(
    "--targets", type=click.Path(path_type=Path, dir_okay=False), help="A targets.yaml of your own."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the reports go (default: hil/TARGET in the build folder).",
)
@click.option("--no-build", is_flag=True, help="Test what is in the build folder as it is.")
@click.option(
    "--include", multiple=True, metavar="TAG", help="Only tests with this tag, such as req:ISO-EL2."
)
@click.option("--exclude", multiple=True, metavar="TAG", help="No tests with this tag, such as length:long.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Robot processes at once (default: one a target).")
@click.option("--repeat", type=click.IntRange(1), default=1, show_default=True, help="Rounds of all of it.")
@click.option("--until-fail", is_flag=True, help="End after the first round in which something failed.")
@click.option("--shuffle", is_flag=True, help="Suites and tests in another order each round.")
@click.option("--seed", type=click.IntRange(0), help="Of --shuffle; told, so that an order can be had again.")
@click.option("--rerun-failed", is_flag=True, help="Only what failed in the last run into the same folder.")
@click.option(
    "--history", type=click.Path(path_type=Path, dir_okay=False),
    help="Where results are kept (default: .bulkhead/history.sqlite of the checkout).",
)  # fmt: skip
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(
    ctx: Context, suites: tuple[str, ...], names: tuple[str, ...], targets: Path | None, out: Path | None,
    no_build: bool, include: tuple[str, ...], exclude: tuple[str, ...], jobs: int | None, repeat: int,
    until_fail: bool, shuffle: bool, seed: int | None, rerun_failed: bool, history: Path | None, output: str,
) -> None:  # fmt: skip
    """Run Robot Framework suites on targets: all of them, or those named.

    log.html, report.html, output.xml, junit.xml and the consoles with timestamps are written.
    Exit code 1: a test failed; 3: the build did; 4: the board or the lab did.
    """
    from bulkhead.lab import hil

    asked = hil.Asked(
        suites=suites, names=names or ("qemu",), targets=targets, out=out, build=not no_build,
        include=include,
        exclude=exclude, jobs=jobs, repeat=repeat, until_fail=until_fail, shuffle=shuffle, seed=seed,
        rerun_failed=rerun_failed, history=history,
    )  # fmt: skip
    done = hil.run(ctx.root, ctx.build_dir, asked)
    if output == "json":
        click.echo(json.dumps(done.to_json(), indent=2))
    else:
        click.echo("\n".join(done.summary()))
    sys.exit(done.exit_code)
