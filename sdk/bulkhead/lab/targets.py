# SPDX-License-Identifier: Apache-2.0
"""`targets.yaml`: the named places where an image can run, each value checked with its line."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bulkhead.diag import Diagnostic, Span, UserError, error
from bulkhead.diag.paths import shown
from bulkhead.kconfig.boards import base_of
from bulkhead.runners.boards import read_qemu_machine

VERSION = 1
DEFAULT_TARGET = "qemu"
SHIPPED = Path("hil-tests") / "targets.yaml"
KINDS = ("qemu", "serial", "lab")
TRANSPORTS = ("socket", "pty")
FIRMWARE = "u-boot"  # what `fetch u-boot` brings
FLASH_METHODS = ("none", "command")
BOOT_SECONDS = 30.0
ANY_PLACE = "lab:board="  # a target without an entry: whichever place has that board


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Commands that switch the target; an empty one means "cannot"."""

    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    cycle: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """How the image gets onto the board. `{image}` in a command is the image's path."""

    method: str = "none"
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    name: str
    kind: str  # one of KINDS
    board: str
    where: Span
    console_url: str = ""  # of a serial target
    baud: int = 115200
    transport: str = "socket"  # of a QEMU target
    exact_time: bool = False
    firmware: str = ""  # of a QEMU target: FIRMWARE or a file; it starts instead of the image
    storage: bool = False  # of a QEMU target: a disk and flash that keep what is written, in the build folder
    power: Power = field(default=Power())
    flash: Flash = field(default=Flash())
    capabilities: tuple[str, ...] = ()
    lab_place: str = ""
    boot_seconds: float = BOOT_SECONDS
    stand_ins: tuple[str, ...] = ()  # targets on which to try again what the lab spoiled here


def read_targets(root: Path, own: Path | None = None) -> dict[str, Target]:
    """Every target by name: the shipped ones, then those of `own` or of $BULKHEAD_TARGETS."""
    found = _read(root / SHIPPED)
    if own is None and os.environ.get("BULKHEAD_TARGETS"):
        own = Path(os.environ["BULKHEAD_TARGETS"])
    if own is not None:
        found |= _read(own)
    return found


def find_target(root: Path, name: str, own: Path | None = None) -> Target:
    """The target called `name`. Raises UserError(BH-LAB-002)."""
    targets = read_targets(root, own)
    if name.startswith(ANY_PLACE):
        return _any_place(targets, name.removeprefix(ANY_PLACE))
    if name not in targets:
        close = difflib.get_close_matches(name, targets, n=1)
        hint = f"Did you mean '{close[0]}'?" if close else f"There are: {', '.join(sorted(targets))}."
        where = Span(shown(own if own is not None else root / SHIPPED))
        raise UserError([error("BH-LAB-002", f"there is no target '{name}'", where, help=hint)])
    return targets[name]


def _any_place(targets: Mapping[str, Target], board: str) -> Target:
    """`lab:board=NAME`: the settings of the entry of kind `lab` for that board, where there is one, on
    any place.
    """
    like = next((t for t in targets.values() if t.kind == "lab" and t.board == board), None)
    if like is None:
        return Target(name=f"lab-{board}", kind="lab", board=board, where=Span("--target"))
    return replace(like, name=f"lab-{board}", lab_place="")


def require_usable(root: Path, target: Target, board: str) -> None:
    """This version must be able to drive the target, and it must be a `board`. Raises UserError.

    QEMU without a board of its own is any board that has `qemu:`; with one, every variant of it, too.
    """
    if target.kind == "lab":
        text = f"target '{target.name}' is a place of a lab, which only `hil` can reserve for a run"
        help = "`./bulkhead lab reserve` holds a place for a person, `./bulkhead lab console` shows it."
        raise UserError([error("BH-LAB-004", text, target.where, help=help)])
    if target.kind == "qemu" and not target.board:
        read_qemu_machine(root, board)
        return
    fitting = {board, base_of(root, board)} if target.kind == "qemu" else {board}
    if target.board not in fitting:
        text = f"target '{target.name}' is a {target.board}, the system is for {board}"
        help = "`./bulkhead list` names the targets and their boards."
        raise UserError([error("BH-LAB-005", text, target.where, help=help)])


def _read(path: Path) -> dict[str, Target]:
    reader = _Reader(path)
    found = reader.targets()
    if reader.diags:
        raise UserError(reader.diags)
    return found


class _Reader:
    """Walks the YAML nodes, so that each complaint has a line; collects all of them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.diags: list[Diagnostic] = []

    def targets(self) -> dict[str, Target]:
        import yaml

        try:
            top = yaml.compose(self._path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except yaml.YAMLError as problem:
            mark = getattr(problem, "problem_mark", None)
            where = (
                Span(shown(self._path), mark.line + 1, mark.column + 1) if mark else Span(shown(self._path))
            )
            self.diags.append(error("BH-LAB-001", str(getattr(problem, "problem", problem)), where))
            return {}
        except UnicodeDecodeError:
            self.diags.append(error("BH-LAB-001", "this is not UTF-8 text", Span(shown(self._path))))
            return {}
        fields = self._mapping(top, "the file", {"version", "targets"}, {"version", "targets"})
        version = self._number(fields.get("version"), VERSION)
        if version != VERSION:
            self._complain(fields["version"], f"version {version:g} is not known; this SDK reads {VERSION}")
            return {}
        return {
            name: target
            for name, node in self._mapping(fields.get("targets"), "targets").items()
            if (target := self._target(name, node))
        }

    def _target(self, name: str, node: Any) -> Target | None:
        before = len(self.diags)
        common = {"kind", "board", "capabilities", "boot_seconds", "stand_ins"}
        kind_node = self._mapping(node, f"target '{name}'").get("kind")
        kind = self._choice(kind_node, KINDS, "")
        known = common | {
            "qemu": {"transport", "exact_time", "firmware", "storage"},
            "serial": {"console", "power", "flash", "lab"},
            "lab": {"console", "power", "flash", "lab"},
        }.get(kind, set())
        more = {"qemu": set[str](), "lab": {"board", "lab"}}
        required = {"kind"} | more.get(kind, {"board", "console"})
        if not kind and kind_node is not None:
            return None  # what else it may have depends on the kind
        fields = self._mapping(node, f"target '{name}'", known, required)
        console = self._mapping(fields.get("console"), "console", {"url", "baud"}, {"url"})
        power = self._mapping(fields.get("power"), "power", {"on", "off", "cycle"})
        flash = self._mapping(fields.get("flash"), "flash", {"method", "command"}, {"method"})
        lab = self._mapping(fields.get("lab"), "lab", {"place"}, {"place"})
        method = self._choice(flash.get("method"), FLASH_METHODS, "none")
        if method == "command" and "command" not in flash:
            self._complain(fields["flash"], "flash by command needs `command:`")
        target = Target(
            name=name,
            kind=kind,
            board=self._text(fields.get("board")),
            where=self._span(node),
            console_url=self._text(console.get("url")),
            baud=int(self._number(console.get("baud"), 115200)),
            transport=self._choice(fields.get("transport"), TRANSPORTS, "socket"),
            exact_time=self._flag(fields.get("exact_time")),
            firmware=self._text(fields.get("firmware")),
            storage=self._flag(fields.get("storage")),
            power=Power(
                **{
                    verb: self._words(words)
                    for verb, words in power.items()
                    if verb in ("on", "off", "cycle")
                }
            ),
            flash=Flash(method=method, command=self._words(flash.get("command"))),
            capabilities=self._words(fields.get("capabilities")),
            lab_place=self._text(lab.get("place")),
            boot_seconds=self._number(fields.get("boot_seconds"), BOOT_SECONDS),
            stand_ins=self._words(fields.get("stand_ins")),
        )
        return target if len(self.diags) == before else None

    def _mapping(
        self,
        node: Any,
        what: str,
        known: AbstractSet[str] | None = None,
        required: AbstractSet[str] = frozenset(),
    ) -> Mapping[str, Any]:
        """A mapping's values by name; unknown, repeated and missing names are complained about."""
        if node is None:
            return {}
        if node.id != "mapping":
            self._complain(node, f"{what} must have the form `name: value`")
            return {}
        fields: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in fields:
                self._complain(key, f"`{name}:` stands twice in {what}")
            elif known is not None and name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                hint = f"Did you mean '{close[0]}'?" if close else f"It may have: {', '.join(sorted(known))}."
                self._complain(key, f"{what} has no field '{name}'", hint)
            else:
                fields[name] = value
        for name in sorted(required - fields.keys()):
            self._complain(node, f"{what} needs `{name}:`")
        return fields

    def _text(self, node: Any) -> str:
        if node is None:
            return ""
        if node.id != "scalar" or not node.value:
            self._complain(node, "a text is expected here")
            return ""
        return str(node.value)

    def _words(self, node: Any) -> tuple[str, ...]:
        if node is None:
            return ()
        if node.id != "sequence":
            self._complain(node, "a list is expected here, like [program, argument]")
            return ()
        return tuple(self._text(item) for item in node.value)

    def _number(self, node: Any, default: float) -> float:
        if node is None:
            return default
        try:
            number = float(node.value)
            if number > 0:
                return number
        except (ValueError, TypeError):
            pass
        self._complain(node, f"a number above 0 is expected here, not '{node.value}'")
        return default

    def _flag(self, node: Any) -> bool:
        if node is None:
            return False
        if node.value not in ("true", "false"):
            self._complain(node, "true or false is expected here")
        return bool(node.value == "true")

    def _choice(self, node: Any, choices: tuple[str, ...], default: str) -> str:
        text = self._text(node)
        if node is None or text in choices:
            return text or default
        self._complain(node, f"'{text}' is not one of {', '.join(choices)}")
        return default

    def _span(self, node: Any) -> Span:
        return Span(shown(self._path), node.start_mark.line + 1, node.start_mark.column + 1)

    def _complain(self, node: Any, text: str, help: str = "") -> None:
        finding = error("BH-LAB-001", text, self._span(node), help=help)
        if finding not in self.diags:
            self.diags.append(finding)
