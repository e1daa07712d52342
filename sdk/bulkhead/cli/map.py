# SPDX-License-Identifier: Apache-2.0
"""`bulkhead map`"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bulkhead.cli.findings import print_json
from bulkhead.cli.main import Context

if TYPE_CHECKING:
    from bulkhead.elaborate.guests import Guest
    from bulkhead.model.sizes import HvSizes
    from bulkhead.model.system import Payload


@click.command(short_help="Who owns which memory, device and interrupt.")
@click.option("--all", "everything", is_flag=True, help="Also list the devices that nobody owns.")
@click.option("--cost", is_flag=True, help="What each part costs the hypervisor, in bytes.")
@click.option(
    "--compare",
    "old",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare the last build with this plan.json of an earlier one.",
)
@click.option("--max-growth", type=int, metavar="BYTES", help="With --compare: exit code 1 beyond this.")
@click.option("--pin", is_flag=True, help="Fix every partition's RAM where the last build put it.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "svg"]),
    default="text",
    show_default=True,
    help="Text for people, a versioned JSON document, or a picture of the memory.",
)
@click.pass_obj
def command(
    ctx: Context,
    everything: bool,
    cost: bool,
    old: Path | None,
    max_growth: int | None,
    pin: bool,
    output: str,
) -> None:
    """Who owns which memory, CPU, device and interrupt.

    Works on a faulty configuration too, so that it can be looked at. The hypervisor's sizes are
    those of the last build, or generous guesses before the first.
    """
    if old is not None:
        sys.exit(_compare(ctx.build_dir, old, max_growth, output))
    if pin:
        _pin(ctx)
        return
    from bulkhead.build.rooms import room_costs
    from bulkhead.check import check
    from bulkhead.diag import has_errors
    from bulkhead.diag.errors import print_diagnostics
    from bulkhead.elaborate.project import open_project
    from bulkhead.emit.cost import costs, costs_object, emit_costs
    from bulkhead.emit.map import emit_map, map_object
    from bulkhead.emit.map_svg import emit_map_svg

    project = open_project(ctx.root, ctx.build_dir)
    made = project.elaborate(built_guests(ctx.build_dir, project.guests), built_sizes(ctx.build_dir))
    findings = [*made.diags, *check(made.plan)]
    known = [] if has_errors(findings) else costs(made.plan)  # no tables can be made of a faulty plan
    if output == "svg":
        click.echo(emit_map_svg(made.plan), nl=False)
    elif output == "json":
        print_json({**map_object(made.plan), **costs_object(known, room_costs(ctx.build_dir))})
    elif cost:
        click.echo(emit_costs(known, room_costs(ctx.build_dir)), nl=False)
    else:
        click.echo(emit_map(made.plan, everything), nl=False)
    print_diagnostics(findings)


def built_sizes(build_dir: Path) -> HvSizes | None:
    """What the boxes of the last build hold, as its plan.json says; None without one."""
    from bulkhead.model.sizes import HvSizes

    try:
        boxes = json.loads((build_dir / "plan.json").read_text(encoding="utf-8"))["boxes"]
        used = {box["name"]: int(box["used"]) for box in boxes}
        names = ("text", "rodata", "tables", "store", "data")
        return HvSizes(**{name: used[name] for name in names})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def built_guests(build_dir: Path, guests: Mapping[str, Guest]) -> dict[str, Payload]:
    """The guests of the last build, by their configured names."""
    from bulkhead.elaborate.payload import BadPayload, load_payload

    found = {}
    for name, guest in guests.items():
        with contextlib.suppress(OSError, BadPayload):
            if guest.folder is not None:
                found[name] = load_payload((build_dir / guest.elf).read_bytes(), guest.elf)
    return found


def _pin(ctx: Context) -> None:
    """Write the addresses of the last plan into the configuration; 0 lets the SDK choose again."""
    from bulkhead.elaborate.project import open_project
    from bulkhead.kconfig.edit import set_symbol

    config = open_project(ctx.root, ctx.build_dir).config
    pinned = []
    for p in _read_plan(ctx.build_dir / "plan.json")["partitions"]:
        stem = f"PART_{p['slot']}"
        if config.get(f"{stem}_NAME") == p["name"] and config.number(f"{stem}_RAM_BASE") != p["ram"]["pa"]:
            pinned.append(f"CONFIG_{stem}_RAM_BASE={p['ram']['pa']:#x}  ('{p['name']}')")
            set_symbol(config.engine, f"{stem}_RAM_BASE", f"{p['ram']['pa']:#x}")
    config.engine.write_config(str(config.path))
    click.echo("\n".join(pinned) or "every address is pinned already", err=True)


def _compare(build_dir: Path, old: Path, max_growth: int | None, output: str) -> int:
    """The exit code: 1 where the hypervisor grew by more than `max_growth` bytes."""
    from bulkhead.emit.compare import compare, comparison_object, emit_comparison

    now = build_dir / "plan.json"
    found = compare(_read_plan(old), _read_plan(now))
    if output == "json":
        print_json(comparison_object(found))
    else:
        click.echo(emit_comparison(found), nl=False)
    if max_growth is None or found.growth <= max_growth:
        return 0
    click.echo(f"the hypervisor grew by {found.growth} bytes; {max_growth} are allowed", err=True)
    return 1


def _read_plan(path: Path) -> dict[str, Any]:
    from bulkhead.diag import UserError
    from bulkhead.diag.paths import shown
    from bulkhead.model.system import PLAN_VERSION

    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
        if plan["version"] == PLAN_VERSION and plan["boxes"] and plan["partitions"]:
            return dict(plan)
        reason = f"it has version {plan['version']}, not {PLAN_VERSION}"
    except FileNotFoundError:
        reason = "it is not there; run `./bulkhead build`"
    except (OSError, ValueError, KeyError, TypeError) as problem:
        reason = getattr(problem, "strerror", None) or "it is not a plan.json of `./bulkhead build`"
    raise UserError(f"{shown(path)} cannot be compared: {reason}")
