# SPDX-License-Identifier: Apache-2.0
"""`board.yaml`: the little that a devicetree cannot say, with the line of each value."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bulkhead.diag import Diagnostic, Span, UserError, error
from bulkhead.diag.paths import shown
from bulkhead.kconfig.boards import base_of, board_folder, board_names
from bulkhead.model.board import BootLoad, Region

QEMU_FIELDS = ("machine", "cpu", "memory", "serial", "options", "counter_hz", "version")
_FIELDS = (
    "name", "description", "variant_of", "systems_of", "dts", "dtb", "include", "boot", "qemu",
    "uboot", "banks", "card", "uuu", "openocd",
)  # fmt: skip
_BANKS = ("boots", "scratch", "disk", "script", "state", "a", "b", "confirm")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFile:
    """What `elaborate` needs of it; runners read their own sections themselves."""

    name: str
    description: str
    dts: Path  # or the .dtb
    include: tuple[Path, ...]  # where #include of the tree looks first
    boot: BootLoad
    where: Span
    confirm: Region | None = None  # `banks: confirm:`, where it is in flash


def read_board_file(root: Path, board_name: str, named: Span | None = None) -> BoardFile:
    """`named` is where the user named the board.

    Raises UserError(BH-BRD-001) for an unknown board and (BH-BRD-002) for a bad file.
    """
    path = board_folder(root, board_name) / "board.yaml"
    if not board_name or not path.is_file():
        names = board_names(root)
        close = difflib.get_close_matches(board_name, names, n=1)
        hint = f"Did you mean '{close[0]}'?" if close else f"Boards: {', '.join(names)}."
        where = named or Span(shown(path))
        raise UserError([error("BH-BRD-001", f"there is no board '{board_name}'", where, help=hint)])
    return parse_board_file(root, path)


def parse_board_file(root: Path, path: Path) -> BoardFile:
    reader = _Reader(path)
    found = reader.board(root)
    if reader.diags or found is None:
        raise UserError(reader.diags)
    return found


class _Reader:
    """Walks the YAML nodes, so that each complaint has a line."""

    def __init__(self, path: Path) -> None:
        self.path, self.diags = path, list[Diagnostic]()

    def board(self, root: Path) -> BoardFile | None:
        import yaml

        try:
            top = yaml.compose(self.path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except yaml.YAMLError as problem:
            mark = getattr(problem, "problem_mark", None)
            where = Span(shown(self.path), mark.line + 1, mark.column + 1) if mark else Span(shown(self.path))
            self.complain(where, str(getattr(problem, "problem", problem)))
            return None
        base = self.base(root, top)
        fields = self.mapping(top, "the board", ("name",) if base else ("name", "boot"), _FIELDS)
        self.lender(root, fields.get("systems_of"))
        boot = self.mapping(fields.get("boot"), "boot", ("image",), ("image", "areas"))
        regions = tuple(self.area(item) for item in self.items(boot.get("areas"), "areas"))
        include = tuple(
            self.beside(root, self.text(item)) for item in self.items(fields.get("include"), "include")
        )
        self.mapping(fields.get("qemu"), "qemu", (), QEMU_FIELDS)
        self.mapping(fields.get("uboot"), "uboot", (), ("prompt", "stop_key", "autoboot"))
        confirm = self.banks(fields.get("banks"))
        self.mapping(fields.get("card"), "card", ("size", "fat", "files"), ("size", "fat", "files"))
        self.mapping(fields.get("uuu"), "uuu", ("loader",), ("loader",))
        self.mapping(fields.get("openocd"), "openocd", ("config",), ("config", "dtb"))
        has_tree = base is None or fields.keys() & {"dts", "dtb"}
        found = BoardFile(
            name=self.text(fields.get("name")),
            description=self.text(fields.get("description")),
            dts=self.beside(root, self.tree_file(fields, top)) if has_tree else Path(),
            include=include,
            boot=BootLoad(
                image=self.number(boot.get("image")), areas=regions, where=self.span(boot.get("image"))
            ),
            where=Span(shown(self.path)),
            confirm=confirm,
        )
        if base is None:
            return found
        return replace(
            found,
            dts=found.dts if has_tree else base.dts,
            include=found.include if "include" in fields else base.include,
            boot=found.boot if "boot" in fields else base.boot,
            confirm=found.confirm if "banks" in fields else base.confirm,
        )

    def banks(self, node: Any) -> Region | None:
        """The place for a confirmation. The names are checked; what they mean, flash/layout.py reads."""
        fields = self.mapping(node, "banks", ("script", "state", "a", "b", "scratch"), _BANKS)
        places = [fields[name] for name in ("a", "b", "confirm") if name in fields]
        places += [item for name in ("script", "state") for item in self.items(fields.get(name), name)]
        for place in places:
            self.mapping(place, "a place", ("in", "size"), ("in", "at", "size", "file"))
        self.mapping(fields.get("disk"), "the disk", ("in", "size", "fat"), ("in", "size", "fat"))
        place = self.mapping(fields.get("confirm"), "a place", (), ("in", "at", "size", "file"))
        if not place or self.text(place.get("in")) != "flash":
            return None
        base, size = self.number(place.get("at")), self.number(place.get("size"))
        return Region(base=base, size=size, where=self.span(fields["confirm"]))

    def base(self, root: Path, top: Any) -> BoardFile | None:
        """The board that this one is a variant of: what is not said here is said there."""
        pairs = top.value if top is not None and top.id == "mapping" else ()
        node = next((value for key, value in pairs if key.value == "variant_of"), None)
        if node is None:
            return None
        name = self.text(node)
        if name == self.path.parent.name or base_of(root, name):
            self.complain(self.span(node), f"'{name}' is a variant itself", "Name the board that it varies.")
            return None
        try:
            return read_board_file(root, name, self.span(node))
        except UserError as problem:
            self.diags += problem.diags
            return None

    def lender(self, root: Path, node: Any) -> None:
        """The board whose systems this one has, too, must be there."""
        name, names = self.text(node), board_names(root)
        if node is not None and (name not in names or name == self.path.parent.name):
            help = f"Boards: {', '.join(n for n in names if n != self.path.parent.name)}."
            self.complain(self.span(node), f"there is no other board '{name}' to have systems from", help)

    def area(self, node: Any) -> Region:
        fields = self.mapping(node, "a boot area", ("base", "size"), ("base", "size", "what"))
        base, size = self.number(fields.get("base")), self.number(fields.get("size"))
        return Region(base=base, size=size, where=self.span(node))

    def beside(self, root: Path, name: str) -> Path:
        """A file or folder beside board.yaml, or else of the checkout."""
        own = self.path.parent / name
        return own if name and own.exists() else root / name

    def tree_file(self, fields: dict[str, Any], top: Any) -> str:
        """The one of `dts:` and `dtb:` that is given."""
        given = [fields[name] for name in ("dts", "dtb") if name in fields]
        if len(given) != 1:
            where = self.span(given[-1] if given else top)
            self.complain(where, "the board needs either `dts:` or `dtb:`: its devicetree")
        return self.text(given[0]) if given else ""

    def mapping(self, node: Any, what: str, required: Sequence[str], known: Sequence[str]) -> dict[str, Any]:
        """The fields of a YAML mapping by name; missing and unknown ones are complained about."""
        if node is None:
            return {}
        if node.id != "mapping":
            self.complain(self.span(node), f"{what} must be a list of `name: value` lines")
            return {}
        fields = {str(key.value): value for key, value in node.value}
        for name in required:
            if name not in fields:
                self.complain(self.span(node), f"{what} needs `{name}:`")
        for key, _ in node.value:
            if key.value not in known:
                close = difflib.get_close_matches(str(key.value), known, n=1)
                help = f"Did you mean `{close[0]}:`?" if close else f"Known are {', '.join(known)}."
                self.complain(self.span(key), f"{what} has no field `{key.value}:`", help)
        return fields

    def items(self, node: Any, what: str) -> list[Any]:
        if node is not None and node.id != "sequence":
            self.complain(self.span(node), f"`{what}:` must be a list: each line begins with `- `")
            return []
        return list(node.value) if node is not None else []

    def text(self, node: Any) -> str:
        if node is not None and node.id != "scalar":
            self.complain(self.span(node), "this must be one value, not a list")
            return ""
        return str(node.value) if node is not None else ""

    def number(self, node: Any) -> int:
        try:
            return int(self.text(node) or "0", 0)
        except ValueError:
            self.complain(self.span(node), f"'{self.text(node)}' is not a number")
            return 0

    def span(self, node: Any) -> Span:
        if node is None:
            return Span(shown(self.path))
        return Span(shown(self.path), node.start_mark.line + 1, node.start_mark.column + 1)

    def complain(self, where: Span, text: str, help: str = "") -> None:
        self.diags.append(error("BH-BRD-002", text, where, help=help))
