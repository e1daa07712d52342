# SPDX-License-Identifier: Apache-2.0
"""`bulkhead prove`"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from bulkhead.cli.findings import format_option, print_json
from bulkhead.cli.main import Context


@click.command(short_help="What each partition can reach, read back from the finished image.")
@click.option(
    "--elf",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A bulkhead.elf elsewhere, with the plan.json of its build beside it.",
)
@format_option
@click.pass_obj
def command(ctx: Context, elf: Path | None, output: str) -> None:
    """What each partition can reach, read back from the finished image, and what is proved of it.

    `build` proves every image before it writes it; this shows the proof. Exit code 3 when a statement
    does not hold.
    """
    from bulkhead.build.result import ELF, PLAN
    from bulkhead.diag import UserError
    from bulkhead.diag.paths import shown
    from bulkhead.prove.image import Unreadable
    from bulkhead.prove.proof import look
    from bulkhead.prove.report import proof_object, report
    from bulkhead.prove.statements import contradictions
    from bulkhead.prove.walk import Malformed

    elf = elf or ctx.build_dir / ELF
    plan = elf.parent / PLAN
    for path in (elf, plan):
        if not path.is_file():
            raise UserError(f"{shown(path)} is not there; run `./bulkhead build`")
    try:
        document = json.loads(plan.read_text(encoding="utf-8"))
        proof = look(elf.read_bytes(), document)
    except (ValueError, KeyError, TypeError) as problem:
        raise UserError(f"{shown(plan)} is no plan.json of this version: {problem!r}") from None
    except (Unreadable, Malformed) as problem:
        raise UserError(f"BH-PROVE-001: {shown(elf)} cannot be read back: {problem}") from None
    if document["build_id"] != proof.header["build_id"]:
        raise UserError(f"{shown(elf)} and {shown(plan)} are of different builds; run `./bulkhead build`")
    if output == "json":
        print_json(proof_object(proof))
    else:
        click.echo(report(proof), nl=False)
    sys.exit(3 if any(contradictions(proof).values()) else 0)
