# SPDX-License-Identifier: Apache-2.0
"""`bulkhead lab`"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bulkhead.cli.main import Context


@click.group(short_help="Boards shared by a team: lab init|status|health|reserve|release|console.")
def command() -> None:
    """Boards shared by a team. labgrid is the coordinator, in an environment of its own."""


def at_coordinator(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--coordinator", metavar="HOST:PORT", help="Default: $LG_COORDINATOR, else port 20408 here."
    )(function)


@command.command(short_help="Write the lab's files from targets.yaml, and make its places.")
@click.option(
    "--targets", type=click.Path(path_type=Path, dir_okay=False), help="A targets.yaml of your own."
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder for the files.",
)
@click.option("--places", is_flag=True, help="Make the places at the coordinator, which must run.")
@at_coordinator
@click.pass_obj
def init(ctx: Context, targets: Path | None, into: Path, places: bool, coordinator: str | None) -> None:
    """Write exporter.yaml with each serial target that has a port, and systemd units that restart
    coordinator and exporter."""
    from bulkhead.diag.paths import shown
    from bulkhead.lab import coordinator as lab
    from bulkhead.lab.setup import files, place_matches
    from bulkhead.lab.targets import read_targets

    known = read_targets(ctx.root, targets)
    address = lab.address_of(coordinator)
    into.mkdir(parents=True, exist_ok=True)
    for name, text in files(ctx.root, known.values(), address, into.absolute()).items():
        (into / name).write_text(text, encoding="utf-8")
        click.echo(shown(into / name))
    if places:
        asked = lab.Coordinator(ctx.root, address, lab.new_holder())
        for target, match in place_matches(known.values()):
            asked.create(target.name, match, target.board)
            click.echo(f"place {target.name}: board {target.board}")


@command.command(short_help="Every place, who holds it and for how long.")
@at_coordinator
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def status(ctx: Context, coordinator: str | None, output: str) -> None:
    """Every place, who holds it and for how long. Frees those whose lease has ended, and says so."""
    from dataclasses import asdict

    from bulkhead.lab import coordinator as lab

    places, freed = lab.Coordinator(ctx.root, lab.address_of(coordinator), lab.new_holder()).places()
    for sentence in freed:
        click.echo(f"bulkhead: {sentence}", err=True)
    if output == "json":
        click.echo(json.dumps({"version": 1, "places": [asdict(place) for place in places]}, indent=2))
        return
    for place in places:
        left = f", {max(0, place.expires - int(time.time()))} s left" if place.expires else ""
        held = (
            f"held by {place.acquired}{left}" if place.acquired else "free" if place.is_there else "not there"
        )
        click.echo(f"{place.name:<20} {place.board:<12} {held}")


@command.command(short_help="Which places answer.")
@at_coordinator
@click.pass_obj
def health(ctx: Context, coordinator: str | None) -> None:
    """Try each place's console port. Exit code 4 when one is not there. Places in use are left alone."""
    from bulkhead.diag import SdkError
    from bulkhead.lab import coordinator as lab
    from bulkhead.lab.console import open_port

    bad = 0
    places, _ = lab.Coordinator(ctx.root, lab.address_of(coordinator), lab.new_holder()).places()
    for place in places:
        said = "in use" if place.acquired else "good"
        if not place.is_there:
            said = "its exporter does not offer it"
        elif not place.acquired:
            try:
                open_port(place.console_url).close()
            except SdkError as problem:
                said = str(problem)
        bad += said not in ("good", "in use")
        click.echo(f"{place.name:<20} {said}")
    sys.exit(4 if bad else 0)


@command.command(short_help="Hold a place for a while.")
@click.argument("place", required=False, default="")
@click.option("--board", default="", help="Any free place with this board.")
@click.option("--minutes", type=click.IntRange(1, 24 * 60), default=60, show_default=True)
@at_coordinator
@click.pass_obj
def reserve(ctx: Context, place: str, board: str, minutes: int, coordinator: str | None) -> None:
    """Hold a place by name or by board; `lab release` gives it back, or the end of the time does."""
    from bulkhead.diag import LabError
    from bulkhead.lab import coordinator as lab

    if not place and not board:
        raise click.UsageError("Name a place, or a --board.")
    found, remarks = lab.Coordinator(ctx.root, lab.address_of(coordinator), lab.person()).reserve(
        board, place, minutes * 60
    )
    for remark in remarks:
        click.echo(f"bulkhead: {remark}", err=True)
    if found is None:
        raise LabError("LAB: no such place is free")
    click.echo(f"{found.name} is yours for {minutes} minutes; console {found.console_url}")


@command.command(short_help="Give a place back.")
@click.argument("place")
@click.option("--force", is_flag=True, help="Also if somebody else holds it.")
@at_coordinator
@click.pass_obj
def release(ctx: Context, place: str, force: bool, coordinator: str | None) -> None:
    """Give back a place that you reserved."""
    from bulkhead.diag import LabError
    from bulkhead.lab import coordinator as lab

    asked = lab.Coordinator(ctx.root, lab.address_of(coordinator), lab.person())
    done, whose = asked.release(place, force=force)
    if not done:
        raise LabError(f"LAB: {place} is {f'held by {whose}; --force takes it' if whose else 'not held'}")
    click.echo(f"{place} is free")


@command.command(short_help="A place's console in this terminal.")
@click.argument("place")
@click.option("--timeout", type=click.FloatRange(min=0), help="End after this many seconds.")
@at_coordinator
@click.pass_obj
def console(ctx: Context, place: str, timeout: float | None, coordinator: str | None) -> None:
    """A place's console in this terminal; Ctrl-] ends it. Reserve the place first."""
    import contextlib
    import tempfile

    from bulkhead.diag import LabError
    from bulkhead.lab import coordinator as lab
    from bulkhead.lab import terminal
    from bulkhead.lab.console import open_port
    from bulkhead.lab.transcript import Transcript

    places, _ = lab.Coordinator(ctx.root, lab.address_of(coordinator), lab.person()).places()
    found = next((p for p in places if p.name == place), None)
    if found is None or not found.is_there:
        raise LabError(f"LAB: the lab has no place '{place}' that is there")
    if found.acquired != lab.person():
        whose = f"is held by {found.acquired}" if found.acquired else "is not reserved"
        raise LabError(f"LAB: {place} {whose}: ./bulkhead lab reserve {place}")
    keyboard = sys.stdin.isatty() and sys.stdout.isatty()
    with contextlib.closing(open_port(found.console_url)) as port, tempfile.TemporaryDirectory() as folder:
        source = terminal.PortSource(port, Transcript(Path(folder) / "console.raw"))
        terminal.interact(source, terminal.whole_stream, timeout, keyboard=keyboard)
