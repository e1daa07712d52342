# SPDX-License-Identifier: Apache-2.0
"""kconfiglib with the board's generated part, and with files written in one step.

kconfiglib takes its surroundings from the environment; they are set while it parses.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import kconfiglib

from bulkhead.diag.paths import write_atomically
from bulkhead.kconfig.board_kconfig import emit_board_kconfig, emit_devices_kconfig, emit_pcpus_kconfig
from bulkhead.kconfig.slots import EVERYTHING, Need, emit_slots_kconfig
from bulkhead.model.board import Board

HEADER = "# Bulkhead configuration. Edit it with `./bulkhead menuconfig`.\n"
SPDX = "# SPDX-License-Identifier: Apache-2.0\n"
_OWNER_LINE = re.compile(r"CONFIG_(OWNER_[A-Z0-9_]+)=y")


class Engine(kconfiglib.Kconfig):  # type: ignore[misc]
    """Keeps the owners of devices that vanished, and writes atomically."""

    __slots__ = ("kept",)

    def __init__(self, path: Path) -> None:
        self.kept: list[str] = []  # lines of owners whose device this tree does not have
        super().__init__(str(path), warn_to_stderr=False)

    def load_config(
        self, filename: str | None = None, replace: bool = True, verbose: bool | None = None
    ) -> str:
        path = Path(filename or kconfiglib.standard_config_filename())
        if not path.is_file():
            return str(super().load_config(filename, replace, verbose))
        raw = path.read_bytes()
        text = raw.decode("utf-8", "replace")
        self.kept = [m[0] for m in _OWNER_LINE.finditer(text) if self._vanished(m[1])]
        if text.encode("utf-8") == raw:
            return str(super().load_config(filename, replace, verbose))
        self.load_text(text, replace)  # an editor of configurations opens what it can read of one
        return f"Loaded what is readable of {path}"

    def load_text(self, text: str, replace: bool = True) -> None:
        """The same from memory; kconfiglib reads only files."""
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".config") as file:
            file.write(text)
            file.flush()
            self.kept = [m[0] for m in _OWNER_LINE.finditer(text) if self._vanished(m[1])]
            super().load_config(file.name, replace)

    def write_config(
        self,
        filename: str | None = None,
        header: str | None = None,
        save_old: bool = True,
        verbose: bool | None = None,
    ) -> str:
        path = Path(filename or kconfiglib.standard_config_filename())
        contents = self._config_contents(HEADER if header is None else header)
        if self.kept:
            contents += (
                "\n# Owners of devices that the devicetree no longer has\n" + "\n".join(self.kept) + "\n"
            )
        if path.is_file() and path.read_text(encoding="utf-8", errors="replace") == contents:
            return f"No change to {path}"
        if save_old and path.is_file():
            write_atomically(path.with_name(path.name + ".old"), path.read_bytes())
        write_atomically(path, contents)
        return f"Configuration saved to {path}"

    def write_min_config(self, filename: str, header: str | None = None) -> str:
        """The editor's "save minimal config"."""
        write_atomically(Path(filename), self.minimal(SPDX if header is None else header))
        return f"Minimal configuration saved to {filename}"

    def minimal(self, header: str = SPDX) -> str:
        """The defconfig text: what differs from the defaults, and the board."""
        board = f'CONFIG_BOARD="{self.syms["BOARD"].str_value}"\n'
        contents: str = self._min_config_contents("")
        return header + board + contents + "".join(f"{line}\n" for line in self.kept)

    def _vanished(self, name: str) -> bool:
        return name not in self.syms and not name.endswith(("_NONE", "_HV"))


def write_board_kconfig(board: Board, build_dir: Path, need: Need = EVERYTHING) -> Path:
    """Generate what of Kconfig depends on the board; returns the folder it is in."""
    folder = build_dir / "kconfig" / ("all" if need is EVERYTHING else "")
    for name, text in (
        ("Kconfig.board", emit_board_kconfig(board)),
        ("Kconfig.devices", emit_devices_kconfig(board, need)),
        ("Kconfig.pcpus", emit_pcpus_kconfig(board)),
        ("Kconfig.slots", emit_slots_kconfig(need)),
    ):
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_atomically(path, text)
    return folder


def open_engine(root: Path, board: Board, build_dir: Path, need: Need = EVERYTHING) -> Engine:
    """The parsed Kconfig of the checkout for this board, with nothing set yet."""
    return parse_kconfig(root, write_board_kconfig(board, build_dir, need))


def parse_kconfig(root: Path, folder: Path) -> Engine:
    """Kconfig with the board's part as it was generated into `folder`."""
    surroundings = {
        "srctree": str(root),
        "CONFIG_": "CONFIG_",
        "BULKHEAD_BOARD_KCONFIG": str(folder / "Kconfig.board"),
        "BULKHEAD_DEVICES_KCONFIG": str(folder / "Kconfig.devices"),
        "BULKHEAD_PCPUS_KCONFIG": str(folder / "Kconfig.pcpus"),
        "BULKHEAD_SLOTS_KCONFIG": str(folder / "Kconfig.slots"),
    }
    with environment(surroundings):
        return Engine(root / "Kconfig")


@contextlib.contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Environment variables set for a while, as they were after it."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
