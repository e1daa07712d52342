# SPDX-License-Identifier: Apache-2.0
"""`bulkhead diffconfig`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulkhead.cli.findings import format_option, print_json
from bulkhead.cli.main import Context

if TYPE_CHECKING:
    from bulkhead.emit.snapshot import Snapshot


@click.command(short_help="What differs between two configurations or two plans, in words.")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B", required=False)
@format_option
@click.pass_obj
def command(ctx: Context, old: str, new: str | None, output: str) -> None:
    """What differs from A to B, in words.

    Each is a plan.json, a .config or defconfig, a folder that has one of them, or BOARD/SYSTEM. Without B:
    from A to the configuration in use.
    """
    from bulkhead.emit.difference import changes_object, differences, render_changes
    from bulkhead.kconfig.system import config_path

    changes = differences(_read(ctx, old), _read(ctx, new or str(config_path(ctx.build_dir))))
    if output == "json":
        print_json(changes_object(changes))
    else:
        click.echo(render_changes(changes) or "nothing differs\n", nl=False)


def _read(ctx: Context, name: str) -> Snapshot:
    from bulkhead.elaborate.project import read_project
    from bulkhead.emit.snapshot import of_plan
    from bulkhead.kconfig.lines import read_lines
    from bulkhead.kconfig.system import DEFCONFIG, System, find_system, recall

    path = Path(name)
    if path.is_dir():
        path = next((path / n for n in (DEFCONFIG, "plan.json", ".config") if (path / n).is_file()), path)
    if path.suffix == ".json":
        return _read_plan(path)
    if path.is_file() and path.name != DEFCONFIG:
        line = read_lines(path).last("BOARD")
        system = recall(ctx.root, path.parent if path.name == ".config" and line else ctx.build_dir)
        if line and line.value != system.board:
            system = System(line.value, system.name, None)
    else:
        system = find_system(ctx.root, name)
        assert system.folder is not None
        path = system.folder / DEFCONFIG
    return of_plan(read_project(ctx.root, ctx.build_dir, system, path).elaborate().plan)


def _read_plan(path: Path) -> Snapshot:
    import json

    from bulkhead.diag import UserError
    from bulkhead.emit.snapshot import of_json

    try:
        return of_json(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as problem:
        raise UserError(f"{path} is not the plan.json of a build") from problem
