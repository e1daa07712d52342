# SPDX-License-Identifier: Apache-2.0
"""Which system a build folder is configured for: its folder, remembered in `system.json`.

A system is a folder with `system.defconfig`, optional `overlay.dts`, `guests/` and `suites/`,
under `boards/<board>/systems/` or anywhere else.
"""

from __future__ import annotations

import difflib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from bulkhead.diag import Diagnostic, Span, UserError, error
from bulkhead.diag.paths import shown, write_atomically
from bulkhead.kconfig.boards import board_folder, board_folders, board_names, lender_of
from bulkhead.kconfig.lines import read_lines

DEFCONFIG = "system.defconfig"
_FILE = "system.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class System:
    """`folder` is None for a `.config` that came from no system."""

    board: str
    name: str
    folder: Path | None

    @property
    def overlays(self) -> tuple[Path, ...]:
        overlay = self.folder / "overlay.dts" if self.folder else None
        return (overlay,) if overlay is not None and overlay.is_file() else ()

    @property
    def suites(self) -> Path | None:
        suites = self.folder / "suites" if self.folder else None
        return suites if suites is not None and suites.is_dir() else None


def config_path(build_dir: Path) -> Path:
    """The `.config` in use: KCONFIG_CONFIG, else the build folder's."""
    given = os.environ.get("KCONFIG_CONFIG")
    return Path(given).absolute() if given else build_dir / ".config"


def system_names(root: Path) -> list[str]:
    """`BOARD/SYSTEM` of all that are shipped; those of a variant's base are left out."""
    found = [p for folder in board_folders(root) for p in folder.glob(f"*/systems/*/{DEFCONFIG}")]
    return sorted({f"{p.parents[2].name}/{p.parent.name}" for p in found})


def _shipped(root: Path, board: str, system: str) -> Path | None:
    """The folder of BOARD/SYSTEM: the board's own, or that of the board it has systems from."""
    for owner in (board, lender_of(root, board)) if board in board_names(root) else ():
        folder = board_folder(root, owner) / "systems" / system
        if owner and (folder / DEFCONFIG).is_file():
            return folder
    return None


def find_system(root: Path, name: str) -> System:
    """`BOARD/SYSTEM`, or the path of a system's folder or of its defconfig.

    Raises UserError(BH-KCFG-008) where there is none.
    """
    board, _, system = name.partition("/")
    shipped = _shipped(root, board, system) if system else None
    if shipped is not None:
        return System(board, system, shipped)
    path = Path(name).absolute()
    folder = path.parent if path.is_file() else path
    if (folder / DEFCONFIG).is_file():
        return System(_board_of(root, folder), folder.name, folder)
    raise UserError([_no_system(root, name, folder)])


def describe(system: System) -> str:
    """The first sentence of the comment at the top of a system's defconfig."""
    path = system.folder / DEFCONFIG if system.folder else None
    if path is None or not path.is_file():
        return ""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.startswith("#"):
            break
        if "SPDX" not in line:
            return line.strip("# ")
    return ""


def remember(root: Path, build_dir: Path, system: System) -> None:
    folder = system.folder
    if folder is not None and folder.is_relative_to(root):
        folder = folder.relative_to(root)  # so that a checkout can be moved
    record = {
        "version": _VERSION,
        "board": system.board,
        "system": system.name,
        "folder": folder.as_posix() if folder else None,
    }
    write_atomically(build_dir / _FILE, json.dumps(record, indent=2) + "\n")


def recall(root: Path, build_dir: Path) -> System:
    """What `defconfig` remembered; for a `.config` that was put there by hand, its board alone."""
    board = _assigned_board(config_path(build_dir))
    try:
        record = json.loads((build_dir / _FILE).read_text(encoding="utf-8"))
        folder = record["folder"]
        found = System(record["board"], record["system"], root / folder if folder else None)
    except (OSError, ValueError, KeyError, TypeError):
        found = System(board, "unnamed", None)
    if board not in ("", found.board):
        return System(board, "unnamed", None)
    if found.folder is not None and not found.folder.is_dir():
        text = f"the folder of system '{found.name}' is gone, with its guests"
        help = "Put it back, or choose a system with `./bulkhead defconfig`; your .config is still there."
        raise UserError([error("BH-KCFG-008", text, Span(shown(found.folder)), help=help)])
    return found


def _assigned_board(path: Path) -> str:
    line = read_lines(path).last("BOARD")
    return line.value if line else ""


def _board_of(root: Path, folder: Path) -> str:
    board = _assigned_board(folder / DEFCONFIG)
    for boards in board_folders(root):
        if not board and folder.is_relative_to(boards):
            board = folder.relative_to(boards).parts[0]
    if not board:
        where = Span(shown(folder / DEFCONFIG))
        help = 'Add the line CONFIG_BOARD="qemu_virt".'
        raise UserError(
            [error("BH-KCFG-008", "this system does not say which board it is for", where, help=help)]
        )
    return board


def _no_system(root: Path, name: str, folder: Path) -> Diagnostic:
    names = system_names(root)
    close = difflib.get_close_matches(name, names, n=1)
    if folder.is_dir() and "/" in name:
        text, help = (
            f"{shown(folder)} has no {DEFCONFIG}",
            "`./bulkhead new-system PATH` makes such a folder.",
        )
    else:
        text = f"there is no system '{name}'"
        help = (
            f"Did you mean '{close[0]}'?" if close else f"Systems: {', '.join(names) or 'none'}; or a path."
        )
    return error("BH-KCFG-008", text, Span(name), help=help)
