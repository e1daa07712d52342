# SPDX-License-Identifier: Apache-2.0
"""A build folder as configured: its system, board, configuration and guests. The one that reads files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bulkhead.diag import Diagnostic, Span
from bulkhead.elaborate.board import read_board
from bulkhead.elaborate.guests import Guest, find_guests, load_files
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
    """`guests` by configured name; `files` are the payloads of those that are files."""

    root: Path
    build_dir: Path
    system: System
    board: Board
    config: Config
    guests: Mapping[str, Guest]
    files: Mapping[str, Payload]
    diags: tuple[Diagnostic, ...]

    def elaborate(
        self, built: Mapping[str, Payload] | None = None, sizes: HvSizes | None = None
    ) -> Elaborated:
        """The plan, with the payloads of guests that were built. Findings include the project's."""
        found = elaborate(self.board, self.config, {**self.files, **(built or {})}, sizes, self.system.name)
        return Elaborated(found.plan, (*found.diags, *self.diags))


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
    wanted = _wanted(config)
    guests, missing = find_guests(root, system.folder, wanted)
    files, bad = load_files(guests.values(), dict(wanted))
    return Project(root, build_dir, system, board, config, guests, files, (*missing, *bad))


def _wanted(config: Config) -> list[tuple[str, Span]]:
    symbols = [f"PART_{n}_GUEST" for n in enabled_slots(config)]
    return [(config.get(s), config.span(s)) for s in symbols]
