# SPDX-License-Identifier: Apache-2.0
"""`bulkhead decode`"""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO

import click

from bulkhead.cli.main import Context

JSON_VERSION = 1


@click.command(short_help="Explain a crash record.")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--elf",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The hypervisor that crashed (default: bulkhead.elf of the build folder).",
)
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(ctx: Context, file: BinaryIO, elf: Path | None, output: str) -> None:
    """Explain the crash records in FILE: a console log, or a dump of the record page; - is stdin."""
    from bulkhead.decode.explain import explain, render
    from bulkhead.decode.knowledge import gather_knowledge
    from bulkhead.decode.record import BadRecord, find_records
    from bulkhead.diag import UserError

    try:
        records = find_records(file.read())
    except BadRecord as problem:
        raise UserError(f"{file.name}: {problem}") from None
    known = gather_knowledge(ctx.root, ctx.build_dir, elf)
    found = [explain(record, known) for record in records]
    if output == "json":
        click.echo(json.dumps({"version": JSON_VERSION, "crashes": found}, indent=2))
    else:
        click.echo("\n".join(map(render, found)), nl=False)
