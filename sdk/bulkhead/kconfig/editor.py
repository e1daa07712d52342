# SPDX-License-Identifier: Apache-2.0
"""kconfiglib's editors, opened on whatever there is, with the budget in the title.

Functions of `menuconfig` and `guiconfig` that are not their interface are wrapped: `_draw_main`,
`_needs_save` and `_try_save`. kconfiglib is pinned, and tests in a terminal see them work.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from bulkhead.diag.paths import shown
from bulkhead.kconfig.budget import budget
from bulkhead.kconfig.engine import Engine, environment, open_engine, parse_kconfig
from bulkhead.kconfig.lines import ConfigLines, parse_lines
from bulkhead.kconfig.losses import losses
from bulkhead.model.board import Board

_ROWS, _WIDTH = 12, 90  # so many lines fit the dialog, and such ones a window
_TITLE = "Saving loses this"
_DEVICE = re.compile(r"^config (OWNER_\w+_NONE)$", re.M)


def open_for_editing(root: Path, board: Board | None, build_dir: Path) -> Engine | None:
    """With every slot and owner. Without a board: as its tree was when it could last be read;
    None where it never could."""
    if board is not None:
        return open_engine(root, board, build_dir)
    folder = last_good(build_dir)
    return parse_kconfig(root, folder) if folder else None


def last_good(build_dir: Path) -> Path | None:
    """The full menus, unless the tree has changed since they were made; else the short ones."""
    short, full = build_dir / "kconfig", build_dir / "kconfig" / "all"
    known = [f for f in (short, full) if (f / "Kconfig.slots").is_file()]
    if len(known) == 2 and _devices(short) == _devices(full):
        return full
    return known[0] if known else None


def read_leniently(path: Path) -> ConfigLines:
    """Whatever can be read of the file; nothing where there is none."""
    text = path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
    return parse_lines(text, path)


def edit_in_terminal(engine: Engine, board: Board | None, path: Path) -> None:
    import menuconfig

    def agreed(lost: list[str]) -> bool:
        text = _fitting(lost, shown(path), menuconfig._width(menuconfig._stdscr) - 8)
        text += "\n\n        (S)ave all the same    (C)ancel"
        return bool(menuconfig._key_dialog(_TITLE, text, "sc") == "s")

    _wrap(menuconfig, "_draw_main", lambda draw: _titled(draw, engine, board))
    _wrap_saving(menuconfig, engine, path, agreed)
    with environment({"KCONFIG_CONFIG": str(path)}):
        menuconfig.menuconfig(engine)


def edit_in_window(engine: Engine, path: Path) -> None:
    """Raises ImportError where Python has no Tk, and its TclError where there is no display."""
    from tkinter import messagebox

    import guiconfig

    def agreed(lost: list[str]) -> bool:
        text = f"{_TITLE}:\n\n{_fitting(lost, shown(path), _WIDTH)}"
        return messagebox.askokcancel("Save", text, default="cancel")

    _wrap_saving(guiconfig, engine, path, agreed)
    with environment({"KCONFIG_CONFIG": str(path)}):
        guiconfig.menuconfig(engine)


def title(engine: Engine, board: Board | None) -> str:
    if board is None:
        return "Bulkhead   devices as they were when the devicetree could last be read"
    return f"Bulkhead   {budget(engine, board)}"


def _devices(folder: Path) -> list[str]:
    return _DEVICE.findall((folder / "Kconfig.devices").read_text(encoding="utf-8"))


def _wrap(module: ModuleType, name: str, wrapped: Callable[[Any], Any]) -> None:
    setattr(module, name, wrapped(getattr(module, name)))


def _titled(draw: Callable[[], None], engine: Engine, board: Board | None) -> Callable[[], None]:
    def draw_with_title() -> None:
        engine.top_node.prompt = (title(engine, board), engine.y)
        draw()

    return draw_with_title


def _wrap_saving(editor: ModuleType, engine: Engine, path: Path, agreed: Callable[[list[str]], bool]) -> None:
    """What would be lost is `agreed` to before saving; where nothing is, and nothing was changed,
    there is nothing to save: that the file leaves out what has its default is no reason to ask."""

    def lost() -> list[str]:
        return losses(engine, read_leniently(path))

    def asking(save: Callable[..., Any]) -> Callable[..., Any]:
        def ask_and_save(save_fn: Any, filename: str, description: str) -> Any:
            told = lost() if description == "configuration" else []
            return save(save_fn, filename, description) if not told or agreed(told) else None

        return ask_and_save

    _wrap(editor, "_try_save", asking)
    _wrap(editor, "_needs_save", lambda _: lambda: bool(lost()))


def _fitting(lost: list[str], file: str, width: int) -> str:
    """For the dialog, which cuts what is too long: without the file's name, in lines of `width`."""
    lines: list[str] = []
    for sentence in lost:
        short = sentence.replace(f"{file}:", "line ", 1)
        lines += textwrap.wrap(short, max(width, 20), subsequent_indent="  ")
    more = [f"and {len(lines) - _ROWS} more lines"] if len(lines) > _ROWS else []
    return "\n".join([*lines[:_ROWS], *more])
