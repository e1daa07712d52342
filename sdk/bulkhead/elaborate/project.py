# SPDX-License-Identifier: Apache-2.0
"""A build folder as configured: its system, board, configuration and guests. The one that reads files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bulkhead.diag import Diagnostic, Span
from bulkhead.elaborate.board import read_board
from bulkhead.elaborate.guest_tree import guest_tree
from bulkhead.elaborate.guests import (
    Guest,
    GuestFiles,
    find_guests,
    load_files,
    load_initrds,
    load_overlays,
)
from bulkhead.elaborate.partitions import enabled_slots
from bulkhead.elaborate.system import Elaborated, elaborate
from bulkhead.kconfig.lines import read_lines
from bulkhead.kconfig.load import Config, load
from bulkhead.kconfig.system import System, config_path, recall
from bulkhead.model.board import Board
from bulkhead.model.sizes import HvSizes
from bulkhead.model.system import Payload


@dataclass(frozen=True, slots=True)
class Project:
    """`guests` by configured name; `files` has the payloads of those that are files, and what goes
    with them; `read` are the files that are not guests: initrds and overlays."""

    root: Path
    build_dir: Path
    system: System
    board: Board
    config: Config
    guests: Mapping[str, Guest]
    files: GuestFiles
    read: tuple[Path, ...]
    diags: tuple[Diagnostic, ...]

    def elaborate(
        self, built: Mapping[str, Payload] | None = None, sizes: HvSizes | None = None
    ) -> Elaborated:
        """The plan, with the payloads of guests that were built. Findings include the project's."""
        files = replace(self.files, payloads={**self.files.payloads, **(built or {})})
        found = elaborate(self.board, self.config, files, sizes, self.system.name)
        overlays = [d for p in found.plan.partitions if p.overlay for d in guest_tree(found.plan, p)[1]]
        return Elaborated(found.plan, (*found.diags, *self.diags, *overlays))

    def guest_span(self, name: str) -> Span:
        """Where the configuration names a guest; the first place, if there are several."""
        named = _named(self.config, enabled_slots(self.config), "GUEST")
        return next(where for guest, where in named if guest == name)


def open_project(root: Path, build_dir: Path, also: Iterable[str] = ()) -> Project:
    """Read what `defconfig` and `menuconfig` left in the build folder.

    `also` are symbols that are asked for besides what the configuration speaks of.
    Raises UserError where there is no configuration or no board to read.
    """
    return read_project(root, build_dir, recall(root, build_dir), config_path(build_dir), also)


def read_project(
    root: Path, build_dir: Path, system: System, config_file: Path, also: Iterable[str] = ()
) -> Project:
    line = read_lines(config_file).last("BOARD")
    board = read_board(root, system.board, system.overlays, named=line.where if line else None)
    return with_board(root, build_dir, system, board, config_file, also)


def with_board(
    root: Path,
    build_dir: Path,
    system: System,
    board: Board,
    config_file: Path,
    also: Iterable[str] = (),
) -> Project:
    config = load(root, board, config_file, build_dir, also)
    wanted = _named(config, enabled_slots(config), "GUEST")
    guests, missing = find_guests(root, system.folder, wanted)
    payloads, bad = load_files(guests.values(), dict(wanted))
    slots = enabled_slots(config)
    linux = [n for n in slots if config.is_set(f"PART_{n}_KIND_LINUX")]
    initrds, initrd_files, odd = load_initrds(system.folder, _named(config, linux, "INITRD"))
    folders = [root / "dts", root / "dts" / "include"]
    overlays, overlay_files, wrong = load_overlays(system.folder, _named(config, slots, "OVERLAY"), folders)
    files = GuestFiles(payloads, initrds, overlays)
    read, diags = (*initrd_files, *overlay_files), (*missing, *bad, *odd, *wrong)
    return Project(root, build_dir, system, board, config, guests, files, read, diags)


def _named(config: Config, slots: Iterable[int], field: str) -> list[tuple[str, Span]]:
    symbols = [f"PART_{n}_{field}" for n in slots]
    return [(config.get(s), config.span(s)) for s in symbols]
