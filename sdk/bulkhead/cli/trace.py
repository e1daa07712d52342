# SPDX-License-Identifier: Apache-2.0
"""`bulkhead trace`"""

from __future__ import annotations

import json
from pathlib import Path

import click

from bulkhead.cli.main import Context

RAW = "trace.bin"  # the rings as they were
FILES = {"perfetto": "trace.json", "csv": "trace.csv", "html": "trace.html"}


@click.command(short_help="What the hypervisor did: run the system, read its trace, draw it.")
@click.option("--target", default="qemu", show_default=True, help="A QEMU target of targets.yaml.")
@click.option(
    "--targets", type=click.Path(path_type=Path, dir_okay=False), help="A targets.yaml of your own."
)
@click.option("--seconds", type=click.FloatRange(min=0.0), default=3.0, show_default=True,
              help="How long it runs before the trace is read, in time of this host.")  # fmt: skip
@click.option(
    "--raw", type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Rings that were read out before (trace.bin), instead of a run.",
)  # fmt: skip
@click.option(
    "--write", "outputs", type=click.Choice(list(FILES)), multiple=True, default=tuple(FILES),
    help="Which files; may be repeated. All of them unless told otherwise.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The folder for the files.")
@click.option("--no-build", is_flag=True, help="Run what is in the build folder as it is.")
@click.pass_obj
def command(
    ctx: Context, target: str, targets: Path | None, seconds: float, raw: Path | None,
    outputs: tuple[str, ...], out: Path | None, no_build: bool,
) -> None:  # fmt: skip
    """What the hypervisor did: run the system, read its trace, draw it.

    The system must be built with CONFIG_TRACE. Figures are printed: shares of time beside the planned
    ones, how exactly windows began, events by kind. The files are for Perfetto (or chrome://tracing),
    for a table, and a page that opens by itself.
    """
    from bulkhead.diag import UserError
    from bulkhead.diag.paths import shown, write_atomically
    from bulkhead.lab import launch
    from bulkhead.lab.image import read_image
    from bulkhead.lab.tracing import record
    from bulkhead.trace.perfetto import trace_object
    from bulkhead.trace.record import BadTrace, read_rings
    from bulkhead.trace.report import emit_csv, emit_figures, emit_page
    from bulkhead.trace.timeline import names_of

    folder = out or ctx.build_dir / "trace"
    if raw is not None:
        image, kept = read_image(ctx.build_dir), raw
    else:
        chosen = launch.choose(ctx.root, ctx.build_dir, target, targets, build=not no_build, dry=False)
        image = chosen.image
        kept = folder / RAW
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(record(ctx.root, chosen.target, image, folder, seconds))
    try:
        rings = read_rings(kept.read_bytes())
    except BadTrace as problem:
        raise UserError(f"{shown(kept)}: {problem}") from problem
    names = names_of(image.plan)
    made = {
        "perfetto": lambda: json.dumps(trace_object(rings, names)) + "\n",
        "csv": lambda: emit_csv(rings, names),
        "html": lambda: emit_page(rings, names, image.system),
    }
    click.echo(emit_figures(rings, names), nl=False)
    folder.mkdir(parents=True, exist_ok=True)
    for kind in dict.fromkeys(outputs):
        path = folder / FILES[kind]
        write_atomically(path, made[kind]())
        click.echo(shown(path))
