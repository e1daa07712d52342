# SPDX-License-Identifier: Apache-2.0
"""`bulkhead list`"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from bulkhead.cli.findings import format_option, print_json
from bulkhead.cli.main import Context

_TITLES = {
    "boards": "Boards",
    "systems": "Systems (./bulkhead defconfig BOARD/SYSTEM)",
    "guests": "Guests (CONFIG_PART_<n>_GUEST)",
    "targets": "Targets (./bulkhead run --target NAME)",
}


@click.command(short_help="Boards, systems, guests and targets there are.")
@format_option
@click.pass_obj
def command(ctx: Context, output: str) -> None:
    """Boards, systems, guests and targets there are."""
    found = gather(ctx)
    if output == "json":
        print_json({"version": 1, **found})
        return
    for kind, title in _TITLES.items():
        click.echo(title)
        width = max((len(item["name"]) for item in found[kind]), default=0)
        for item in found[kind]:
            click.echo(f"  {item['name']:<{width}}  {item['description']}".rstrip())


def gather(ctx: Context) -> dict[str, list[dict[str, Any]]]:
    from bulkhead.elaborate.board_yaml import read_board_file
    from bulkhead.elaborate.guests import guest_folders
    from bulkhead.kconfig.boards import board_names
    from bulkhead.kconfig.system import describe, find_system, system_names
    from bulkhead.lab.targets import read_targets

    boards = [read_board_file(ctx.root, name) for name in board_names(ctx.root)]
    systems = [(name, find_system(ctx.root, name)) for name in system_names(ctx.root)]
    targets = read_targets(ctx.root)
    return {
        "boards": [_item(b.name, b.description) for b in boards],
        "systems": [_item(name, describe(system)) for name, system in systems],
        "guests": [_item(name, _headline(f)) for name, f in guest_folders(ctx.root, _current(ctx)).items()],
        "targets": [_item(t.name, f"{t.kind}, board {t.board or 'as the system'}") for t in targets.values()],
    }


def _item(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "description": description}


def _current(ctx: Context) -> Path | None:
    """The folder of the system in use, whose guests can be named too."""
    from bulkhead.diag import UserError
    from bulkhead.kconfig.system import recall

    try:
        return recall(ctx.root, ctx.build_dir).folder
    except UserError:
        return None  # nothing is configured yet


def _headline(folder: Path) -> str:
    """What the comment at the top of a guest's main.c calls it: the first sentence after its name."""
    main = folder / "main.c"
    if not main.is_file():
        return ""
    comment = main.read_text(encoding="utf-8", errors="replace").partition("*/")[0]
    plain = " ".join(line.strip("/* \t") for line in comment.splitlines() if "SPDX" not in line)
    found = re.search(rf"(?:^|\s){re.escape(folder.name)}: (.*?[.;:!?])(?:\s|$)", plain)
    return found[1].rstrip(".;:") + "." if found else ""
