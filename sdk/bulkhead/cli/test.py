# SPDX-License-Identifier: Apache-2.0
"""`bulkhead test`"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from bulkhead.cli.main import Context


@click.command(short_help="Run every test there is.")
@click.option("--fast", is_flag=True, help="Leave out what takes long: under 3 minutes.")
@click.option("--long", "long_", is_flag=True, help="Campaigns in their full size instead of a sample.")
@click.option(
    "-k",
    "expression",
    default="",
    metavar="EXPR",
    help="Only tests whose names fit, as pytest's -k: words with and, or, not.",
)
@click.option(
    "--record", is_flag=True, help="Write what the boards' suites came to into hil-tests/boards.json."
)
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(ctx: Context, fast: bool, long_: bool, expression: str, record: bool, output: str) -> None:
    """Run every test there is: SDK, host C tests, target tests and Robot suites in QEMU.

    The user's configuration is not touched. JUnit of all of them is written to test/junit.xml in
    the build folder. Exit code 1 when a test failed.
    """
    if fast and long_:
        raise click.UsageError("--fast and --long exclude each other.")
    from bulkhead.cli.prepare import prepare
    from bulkhead.diag.paths import shown
    from bulkhead.lab.cases import FAIL, SKIP, closing_line, write_junit
    from bulkhead.lab.image import Image, read_image
    from bulkhead.lab.testing import Plan, run_all

    def prepared(system: str, folder: str) -> Image:
        return read_image(prepare(ctx, system, folder, quiet=True))

    out = ctx.build_dir / "test"
    plan = Plan(
        root=ctx.root, out=out, fast=fast, long=long_, expression=expression, prepare=prepared,
        say=lambda text: click.echo(text, err=output == "json"),
    )  # fmt: skip
    cases = run_all(plan)
    junit: Path = out / "junit.xml"
    write_junit(cases, junit)
    if not cases:
        raise click.UsageError(f"No test fits '{expression}'.")
    if record:
        from bulkhead.kconfig.boards import board_names
        from bulkhead.lab import board_results
        from bulkhead.runners import hosttools
        from bulkhead.runners.boards import read_qemu_machine

        def qemu_of(board: str) -> str:
            wanted = read_qemu_machine(ctx.root, board).get("version", "")
            return hosttools.version(hosttools.TOOLS["qemu-system-aarch64"], hosttools.require_qemu(wanted))

        found = board_results.summarise(cases, board_names(ctx.root), qemu_of)
        board_results.record(ctx.root / board_results.FILE, found)
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
            for c in cases
        ]
        click.echo(json.dumps({"version": 1, "junit": str(junit), "cases": rows}, indent=2))
    else:
        for case in cases:
            if case.status == SKIP:
                click.echo(f"skipped: {case.suite}: {case.name}: {case.message}")
        for case in cases:
            if case.status == FAIL:
                click.echo(
                    f"FAILED: {case.suite}: {case.name}\n  " + case.message.strip().replace("\n", "\n  ")
                )
        click.echo(f"results: {shown(junit)}")
        click.echo(closing_line(cases))
    sys.exit(1 if any(case.status == FAIL for case in cases) else 0)
