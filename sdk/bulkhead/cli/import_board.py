# SPDX-License-Identifier: Apache-2.0
"""`bulkhead import-board`"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulkhead.cli.main import Context

if TYPE_CHECKING:
    from bulkhead.elaborate.import_board import Survey


@click.command(short_help="Make a board of a vendor's devicetree, and say what is left to decide.")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder of boards."
)
@click.option(
    "--memory",
    multiple=True,
    metavar="BASE:SIZE",
    help="RAM, where the boot loader would fill it in; repeatable.",
)
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(ctx: Context, name: str, file: Path, into: Path, memory: tuple[str, ...], output: str) -> None:
    """Make a board of a vendor's devicetree, and say what is left to decide.

    FILE is source (.dts) or compiled (.dtb). INTO/NAME gets the tree as source text, with the licence
    line of FILE, a board.yaml and a first system. What is malformed about a device is left out, and the
    device disabled. Set BULKHEAD_BOARDS to INTO where that is not the checkout's boards/.
    """
    from bulkhead.diag import UserError, render_text
    from bulkhead.diag.paths import shown
    from bulkhead.elaborate.board import read_board
    from bulkhead.elaborate.import_board import survey
    from bulkhead.elaborate.imported_files import board_files, write_board

    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise UserError(f"'{name}' cannot name a board: it is made of a-z, 0-9, _ and -")
    found = survey(file, ctx.root / "dts" / "bindings", tuple(map(_bank, memory)))
    made = write_board(board_files(found, name, file.name), into / name)
    left = ""
    try:
        read_board(ctx.root, "qemu_virt", dts=made[0])
    except UserError as problem:
        left = render_text(problem.diags)
    if output == "json":
        click.echo(json.dumps({"version": 1, "name": name, **as_json(found), "ready": not left}, indent=2))
        return
    print_report(name, found)
    for path in made:
        click.echo(f"{shown(path)} written")
    if left:
        click.echo("Before it can be used:")
        click.echo(left.rstrip())


def _bank(text: str) -> tuple[int, int]:
    from bulkhead.diag import UserError

    base, _, size = text.partition(":")
    units = {"K": 10, "M": 20, "G": 30}
    try:
        shift = units.get(size[-1:].upper(), 0)
        bank = int(base, 0), int(size[:-1] if shift else size, 0) << shift
    except ValueError:
        bank = 0, 0
    if bank[1] <= 0 or bank[0] < 0:
        raise UserError(f"--memory {text}: a base and a size are expected, as in 0x40000000:2G")
    return bank


def as_json(found: Survey) -> dict[str, object]:
    return {
        "model": found.model,
        "licence": found.licence,
        "memory": [{"base": r.base, "size": r.size} for r in found.memory],
        "reserved": [{"base": r.base, "size": r.size} for r in found.reserved],
        "cpus": [
            {"compatible": c.compatible, "mpidr": c.mpidr, "enable_method": c.enable_method}
            for c in found.cpus
        ],
        "gic": found.gic.version if found.gic else None,
        "timer_intids": list(found.timer),
        "uarts": [
            {
                "path": u.path, "compatible": u.compatible, "base": u.base, "driver": u.driver,
                "enabled": u.enabled, "console": u.console, "why_not": u.why_not,
            }
            for u in found.uarts
        ],
        "devices": [d.name for d in found.devices if d.enabled and not d.hypervisor_only],
        "reasons": found.reasons,
        "changed": found.notes,
        "decide": found.decisions,
    }  # fmt: skip


def print_report(name: str, found: Survey) -> None:
    from bulkhead.model.sizes import addresses, words

    click.echo(f"{name}: {found.model or 'a board without a name'}")
    kinds = sorted({c.compatible for c in found.cpus})
    methods = sorted({c.enable_method for c in found.cpus})
    usable = [d for d in found.devices if d.enabled and not d.hypervisor_only]
    rows = [
        ("memory", ", ".join(f"{addresses(r.base, r.end)} ({words(r.size)})" for r in found.memory)),
        ("cpus", f"{len(found.cpus)}: {', '.join(kinds)} by {' and '.join(methods)}" if found.cpus else ""),
        (
            "gic",
            f"version {found.gic.version}, distributor {found.gic.distributor.base:#x}" if found.gic else "",
        ),
        ("timer", f"INTIDs {', '.join(map(str, found.timer))}" if found.timer else ""),
        ("devices", f"{len(usable)} that a partition can own" if usable else ""),
    ]
    for part, text in rows:
        click.echo(f"  {part:<9}{text or 'NOT USABLE: ' + found.reasons.get(part, 'unknown')}")
    for uart in found.uarts:
        what = f"driver uart_{uart.driver}.c" if not uart.why_not else uart.why_not
        state = ", console" if uart.console else "" if uart.enabled else ", disabled"
        click.echo(f"  uart     {uart.base:#x} {uart.path} ({uart.compatible}{state}): {what}")
    if not found.uarts:
        click.echo(f"  uart     NOT USABLE: {found.reasons.get('uarts', 'there is none')}")
    for path, notes in found.notes.items():
        for note in notes:
            click.echo(f"  changed  {path}: {note.removeprefix('import-board: ')}")
    for decision in found.decisions:
        click.echo(f"  decide   {decision}")
