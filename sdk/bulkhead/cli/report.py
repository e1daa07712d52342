# SPDX-License-Identifier: Apache-2.0
"""`bulkhead report`"""

from __future__ import annotations

from pathlib import Path

import click

from bulkhead.cli.main import Context


@click.command(short_help="One HTML page about the last run of the suites.")
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The page (default: summary.html in FOLDER).",
)
@click.option(
    "--history", "file", type=click.Path(path_type=Path, dir_okay=False),
    help="What to compare with (default: .bulkhead/history.sqlite of the checkout).",
)  # fmt: skip
@click.pass_obj
def command(ctx: Context, folder: Path | None, out: Path | None, file: Path | None) -> None:
    """One HTML page about the last run of `hil`, or the one whose results are in FOLDER.

    It needs nothing but itself: verdict, what changed, suites, memory, owners, schedule, consoles,
    instruction counts, proof.
    """
    from bulkhead.diag.paths import shown
    from bulkhead.lab import history, report

    found = folder or report.newest_results(ctx.build_dir)
    kept = history.History(file or ctx.root / history.FILE)
    page = out or found / "summary.html"
    page.write_text(report.make_page(ctx.root, ctx.build_dir, found, kept), encoding="utf-8")
    click.echo(shown(page))
