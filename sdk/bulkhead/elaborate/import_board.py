# SPDX-License-Identifier: Apache-2.0
"""A vendor's devicetree -> what Bulkhead understands of it, and what a person must decide.

Each part is read for itself, so that one which cannot be used does not hide the others. What is
malformed about a device is taken out of the tree, and the device disabled: the rest of the board can
be used meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bulkhead.diag import UserError
from bulkhead.dts.address import BadCells, cpu_regions, dma_limit
from bulkhead.dts.bindings import read_bindings
from bulkhead.dts.blob import is_blob
from bulkhead.dts.interrupts import gic_interrupts, interrupt_parent
from bulkhead.dts.read import read_tree
from bulkhead.dts.tree import Node, Property, Tree
from bulkhead.dts.wellformed import RULES, STATUS
from bulkhead.elaborate.board import GICS, BoardReader
from bulkhead.elaborate.board_yaml import BoardFile
from bulkhead.elaborate.devices import read_devices
from bulkhead.model.board import BootLoad, Cpu, Device, Gic, Region, spin_tables
from bulkhead.model.sizes import BLOCK

T = TypeVar("T")
PARTS = ("memory", "cpus", "gic", "timer", "uarts", "devices")
_UART_NAMES = ("serial", "uart")
_IMAGE_ROOM = 16 << 20
_LICENCE = re.compile(r"SPDX-License-Identifier:[^\n*]*")
_FILLED_IN = "The boot loader fills it in: give it with --memory BASE:SIZE."


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUart:
    """A UART of the board. `driver` is the hypervisor's, "" where it has none."""

    path: str
    compatible: str
    base: int
    driver: str
    enabled: bool
    console: bool
    why_not: str  # why it cannot be the console; "" where it can


@dataclass(slots=True, kw_only=True)
class Survey:
    """What was understood. A part of PARTS that is not usable has its reason in `reasons`."""

    tree: Tree
    licence: str  # the source's SPDX line; "" where it has none
    memory: tuple[Region, ...] = ()
    reserved: tuple[Region, ...] = ()
    cpus: tuple[Cpu, ...] = ()
    gic: Gic | None = None
    timer: tuple[int, ...] = ()
    uarts: tuple[FoundUart, ...] = ()
    devices: tuple[Device, ...] = ()
    image: int = 0  # a proposal: where the boot loader could put the image
    reasons: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)  # by path: what was changed in the node

    @property
    def model(self) -> str:
        return self.tree.root.string("model") or self.tree.root.string("compatible")

    @property
    def decisions(self) -> list[str]:
        """What a person must look at before the board is used."""
        found = [f"{part}: {self.reasons[part]}" for part in PARTS if part in self.reasons]
        if self.memory:
            found.append(f"boot.image: {self.image:#x} is a proposal; what does the boot loader do?")
        found.append("boot.areas: what else the boot loader leaves in RAM")
        if not any(u.console and not u.why_not for u in self.uarts) and "uarts" not in self.reasons:
            can = [u.path for u in self.uarts if not u.why_not]
            which = f"one of {', '.join(can)}" if can else "none of its UARTs can be it yet"
            found.append(f"console: /chosen/stdout-path must name a UART with a driver: {which}")
        if self.notes:
            found.append(f"{len(self.notes)} nodes were changed; each has a comment that says why")
        return found


def survey(path: Path, bindings: Path, memory: tuple[tuple[int, int], ...] = ()) -> Survey:
    """`memory` (base, size) is what the boot loader would fill in. Raises UserError for what is no tree."""
    tree = read_tree(path, (), (path.parent, path.parent / "include"))
    found = Survey(tree=tree, licence=_licence(path))
    if memory:
        _set_memory(tree, memory)
    where = tree.root.where
    file = BoardFile(
        name=path.stem, description="", dts=path, include=(), boot=BootLoad(image=0, where=where), where=where
    )
    reader = BoardReader(tree, file, bindings)
    gic = _part(found, "gic", lambda: reader.only("interrupt controller", GICS))
    found.cpus = _part(found, "cpus", reader.cpus) or ()
    found.memory = _part(found, "memory", lambda: _usable(reader.memory())) or ()
    if gic is None:
        found.reasons["gic"] = _other_controller(tree, found.reasons.get("gic", ""))
        for part in ("timer", "uarts", "devices"):
            found.reasons[part] = "not read: its interrupts go to no GIC"
        return found
    _repair(found, gic)
    found.gic = _part(found, "gic", lambda: reader.gic(gic))
    found.timer = _part(found, "timer", lambda: reader.timer(reader.timer_node(), gic)) or ()
    found.reserved = _part(found, "memory", reader.reserved) or ()
    found.uarts = tuple(_uarts(reader, gic))
    if not found.uarts:
        found.reasons["uarts"] = "no UART whose registers the CPU reaches"
    console = next((tree.at(u.path) for u in found.uarts if u.console), None)
    found.devices, _ = read_devices(tree, gic, console, read_bindings(bindings))
    if not any(d.enabled and not d.hypervisor_only for d in found.devices):
        found.reasons["devices"] = "no device that a partition could own"
    found.image = _proposed_image(found)
    return found


def _part(found: Survey, part: str, read: Callable[[], T]) -> T | None:
    """What `read` finds; what is wrong becomes the part's reason."""
    try:
        return read()
    except BadCells as bad:
        reason = f"{bad.node.path}: `{bad.name}` {bad}"
    except UserError as problem:
        reason = problem.diags[0].text.removeprefix("the devicetree has ") if problem.diags else str(problem)
        if part == "memory" and problem.diags:
            reason += f". {_FILLED_IN}"
    found.reasons.setdefault(part, reason)
    return None


def _usable(memory: tuple[Region, ...]) -> tuple[Region, ...]:
    banks = tuple(r for r in memory if r.size)
    if not banks:
        raise UserError(f"a memory node without a size. {_FILLED_IN}")
    return banks


def _set_memory(tree: Tree, banks: tuple[tuple[int, int], ...]) -> None:
    root = tree.root
    widths = root.cell("#address-cells", 2), root.cell("#size-cells", 1)
    for name in [n for n, c in root.children.items() if c.string("device_type") == "memory"]:
        del root.children[name]
    name = f"memory@{banks[0][0]:x}"
    node = Node(name, f"/{name}", root, root.where)
    reg = b"".join(n.to_bytes(4 * w, "big") for bank in banks for n, w in zip(bank, widths, strict=True))
    for key, value in (("device_type", b"memory\0"), ("reg", reg)):
        node.props[key] = Property(key, value, root.where)
    root.children[name] = node


def _other_controller(tree: Tree, reason: str) -> str:
    """What the root's interrupt controller is instead."""
    phandle = tree.root.cell("interrupt-parent", 0)
    node = tree.by_phandle(phandle) if phandle else None
    if node is None:
        return reason or "no interrupt controller"
    return (
        f"the interrupt controller {node.path} is a '{node.string('compatible')}', no GIC with virtualization"
    )


def _repair(found: Survey, gic: Node) -> None:
    """Take out what cannot be understood about devices; what the board hangs on stays, with its reason."""
    tree = found.tree
    for node in tree:
        status = node.string("status")
        if "status" in node.props and status not in (*STATUS, "ok"):
            _change(found, node, f'status was "{status}", which is none')
            _disable(node)
    kept = {id(n) for n in _essential(tree, gic)}
    for node in list(tree):
        while id(node) not in kept and (bad := _what_is_bad(tree, node, gic)) is not None:
            _take_out(found, node, bad, kept)


def _take_out(found: Survey, device: Node, bad: BadCells, kept: set[int]) -> None:
    """The property that is bad; where it is not the device's own to lose, the device's interrupts."""
    at_fault = bad.node if id(bad.node) not in kept and bad.name in bad.node.props else device
    lost = [bad.name] if bad.name in at_fault.props else ["interrupts", "interrupts-extended", "reg"]
    for name in lost:
        at_fault.props.pop(name, None)
    _disable(device)
    note = f"left out {' and '.join(f'`{name}`' for name in lost)}: {bad.node.path}: `{bad.name}` {bad}"
    _change(found, at_fault, note)


def _what_is_bad(tree: Tree, node: Node, gic: Node) -> BadCells | None:
    try:
        cpu_regions(node)
        gic_interrupts(tree, node, gic)
        dma_limit(node)
        for rule in RULES:
            list(rule(tree, node))
    except BadCells as bad:
        return bad
    return None


def _essential(tree: Tree, gic: Node) -> list[Node]:
    cpus = tree.at("/cpus")
    memory = [n for n in tree.root.children.values() if n.string("device_type") == "memory"]
    return [tree.root, gic, *(list(cpus) if cpus else []), *memory, *tree.compatible_with("arm,armv8-timer")]


def _change(found: Survey, node: Node, what: str) -> None:
    found.notes.setdefault(node.path, []).append(f"import-board: {what}")


def _disable(node: Node) -> None:
    node.props["status"] = Property("status", b"disabled\0", node.where)


def _uarts(reader: BoardReader, gic: Node) -> list[FoundUart]:
    tree = reader.tree
    chosen = tree.at("/chosen")
    path = chosen.string("stdout-path").partition(":")[0] if chosen else ""
    stdout = tree.at(path) if path else None
    found = []
    for node in tree:
        binding = next((b for c in node.compatible if (b := reader.bindings.get(c)) and b.uart), None)
        is_uart = binding is not None or (node.name.split("@")[0] in _UART_NAMES and node.compatible)
        regions = cpu_regions(node) if is_uart else []
        if not regions:
            continue
        why_not = ""
        if binding is None:
            why_not = f"the hypervisor has no driver for '{node.string('compatible')}'"
        elif not gic_interrupts(tree, node, gic):
            parent = interrupt_parent(tree, node)
            why_not = f"its interrupt goes to {parent.path if parent else 'nothing'}, which is not the GIC"
        found.append(
            FoundUart(
                path=node.path,
                compatible=node.string("compatible"),
                base=regions[0][0],
                driver=binding.uart if binding else "",
                enabled=node.enabled,
                console=node is stdout,
                why_not=why_not,
            )
        )
    return sorted(found, key=lambda uart: uart.base)


def _proposed_image(found: Survey) -> int:
    """The first 2 MiB boundary past the RAM's first with room for an image beside what is reserved."""
    taken = [*found.reserved, *spin_tables(found.cpus)]
    for bank in found.memory:
        at = -(-bank.base // BLOCK) * BLOCK + BLOCK
        while at + _IMAGE_ROOM <= bank.end:
            meets = next((r for r in taken if r.base < at + _IMAGE_ROOM and at < r.end), None)
            if meets is None:
                return at
            at = max(-(-meets.end // BLOCK) * BLOCK, at + BLOCK)
    return 0


def _licence(path: Path) -> str:
    if is_blob(path):
        return ""
    match = _LICENCE.search(path.read_bytes()[:4096].decode("utf-8", "replace"))
    return match[0].strip() if match else ""
