# SPDX-License-Identifier: Apache-2.0
"""`bulkhead ci`"""

from __future__ import annotations

import os
from pathlib import Path

import click

from bulkhead.cli.main import Context


@click.group(short_help="Pipelines for continuous integration: ci init github|gitlab.")
def command() -> None:
    """Pipelines for continuous integration."""


@command.command(short_help="Write the pipeline of a system.")
@click.argument("service", type=click.Choice(["github", "gitlab"]))
@click.option("--system", help="BOARD/SYSTEM, or a folder in the repository (default: qemu_virt/demo).")
@click.option(
    "--into", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path(),
    help="The top of the repository, in or above the checkout of Bulkhead (default: here).",
)  # fmt: skip
@click.option("--lab", "lab_target", default="", help="A target on a runner in the lab: adds the third tier.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
def init(ctx: Context, service: str, system: str | None, into: Path, lab_target: str, force: bool) -> None:
    """Write the pipeline of a system: checked and built, its suites on QEMU, and with --lab on boards.

    JUnit, the report and the consoles are kept as artifacts; the set-up is cached by its lock file.
    """
    from bulkhead.diag import UserError
    from bulkhead.diag.paths import shown
    from bulkhead.lab import ci

    top = into.resolve()
    if not ctx.root.resolve().is_relative_to(top):
        raise UserError(f"{shown(top)} is not above the checkout of Bulkhead, {shown(ctx.root)}")
    relative = os.path.relpath(ctx.root.resolve(), top)
    checkout = "" if relative == "." else f"{relative}/"
    path = top / ci.FILES[service]
    if path.exists() and not force:
        raise UserError(f"{shown(path)} is there already; --force writes over it")
    text = ci.make_pipeline(service, system or "qemu_virt/demo", checkout, lab_target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    click.echo(shown(path))
