# SPDX-License-Identifier: Apache-2.0
"""Interrupts of a node, followed up the interrupt tree to the GIC (Devicetree spec v0.4, 2.4).

A GIC interrupt is `<type number flags>` (kernel binding arm,gic-v3): type 0 is an SPI, 1 a PPI.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bulkhead.dts.address import BadCells
from bulkhead.dts.tree import Node, Tree

SPI, PPI = 0, 1
_GIC_ENTRY = "An interrupt of a GIC is <type number flags>."
_EDGE = 0x3  # IRQ_TYPE_EDGE_RISING | IRQ_TYPE_EDGE_FALLING
_LIMITS = {SPI: 988, PPI: 16}
_MAX_STEPS = 16  # of nexus nodes on the way up

Cells = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GicInterrupt:
    intid: int
    edge: bool


def gic_interrupts(tree: Tree, node: Node, gic: Node) -> list[GicInterrupt]:
    """The interrupts of `node` that reach `gic`; others (of a GPIO controller) are left out."""
    width = interrupt_cells(gic)
    if not 3 <= width <= 4:
        raise BadCells(gic, "#interrupt-cells", f"is {width}; a GIC has 3 cells per interrupt")
    found = []
    for name, parent, specifier in _specifiers(tree, node):
        reached = _follow(tree, node, name, parent, specifier)
        if reached is not None and reached[0] is gic:
            found.append(_decode(node, name, reached[1]))
    return found


def interrupt_cells(node: Node) -> int:
    value = node.cell("#interrupt-cells", 1)
    if value > 8:
        raise BadCells(node, "#interrupt-cells", f"is {value}, which is too much")
    return value


def map_rows(tree: Tree, nexus: Node) -> Iterator[tuple[Cells, Node, Cells]]:
    """`interrupt-map`: child address and specifier, parent, its specifier."""
    name, cells, at = "interrupt-map", nexus.cells("interrupt-map"), 0
    own = nexus.cell("#address-cells", 2) + interrupt_cells(nexus)
    while at < len(cells):
        if at + own >= len(cells):
            raise BadCells(nexus, name, f"ends in the middle of a row (cell {len(cells)})")
        parent = tree.by_phandle(cells[at + own])
        if parent is None:
            raise BadCells(nexus, name, f"names a controller that does not exist ({cells[at + own]:#x})")
        address = parent.cell("#address-cells", 0)  # none means 0 here, not 2 (2.4.3.1)
        end = at + own + 1 + address + interrupt_cells(parent)
        if end > len(cells):
            raise BadCells(nexus, name, f"ends in the middle of a row for {parent.path}")
        yield cells[at : at + own], parent, cells[at + own + 1 + address : end]
        at = end


def _specifiers(tree: Tree, node: Node) -> Iterator[tuple[str, Node, Cells]]:
    """Property, interrupt parent and cells of each interrupt; `interrupts-extended` has precedence."""
    name = "interrupts-extended"
    if name in node.props:
        cells, at = node.cells(name), 0
        while at < len(cells):
            parent = tree.by_phandle(cells[at])
            if parent is None:
                raise BadCells(node, name, f"names a controller that does not exist ({cells[at]:#x})")
            end = at + 1 + interrupt_cells(parent)
            if end > len(cells):
                raise BadCells(node, name, f"ends in the middle of an interrupt of {parent.path}")
            yield name, parent, cells[at + 1 : end]
            at = end
    elif "interrupts" in node.props:
        parent = interrupt_parent(tree, node)
        if parent is None:
            return
        width, cells = interrupt_cells(parent), node.cells("interrupts")
        if not cells or not width or len(cells) % width or len(node.props["interrupts"].value) % 4:
            note = (parent.span("#interrupt-cells"), f"{parent.path}: #interrupt-cells is {width}")
            why = f"has {len(cells)} cell{'s' * (len(cells) != 1)}, not a multiple of {width}"
            help = _GIC_ENTRY if width == 3 else ""
            raise BadCells(node, "interrupts", why, note, help=help)
        for at in range(0, len(cells), width):
            yield "interrupts", parent, cells[at : at + width]


def interrupt_parent(tree: Tree, node: Node) -> Node | None:
    """The nearest `interrupt-parent`, own or of a node above; else the nearest node above that is
    an interrupt controller or nexus."""
    step: Node | None = node
    while step is not None:
        if "interrupt-parent" in step.props:
            phandle = step.cell("interrupt-parent", 0)
            found = tree.by_phandle(phandle)
            if found is None:
                raise BadCells(step, "interrupt-parent", f"names a node that does not exist ({phandle:#x})")
            return found
        step = step.parent
        if step is not None and "#interrupt-cells" in step.props:
            return step
    return None


def _follow(tree: Tree, node: Node, name: str, parent: Node, cells: Cells) -> tuple[Node, Cells] | None:
    """Through every `interrupt-map` up to a controller; None where none is there."""
    address: Cells = node.cells("reg")
    for _ in range(_MAX_STEPS):
        if "interrupt-map" not in parent.props:
            return (parent, cells) if "interrupt-controller" in parent.props else None
        width = parent.cell("#address-cells", 2)
        unit = (*address[:width], *[0] * (width - len(address)), *cells)
        mask = parent.cells("interrupt-map-mask") or (0xFFFF_FFFF,) * len(unit)
        if len(mask) != len(unit):
            raise BadCells(parent, "interrupt-map-mask", f"has {len(mask)} cells, not {len(unit)}")
        wanted = tuple(u & m for u, m in zip(unit, mask, strict=True))
        for child, above, specifier in map_rows(tree, parent):
            if tuple(c & m for c, m in zip(child, mask, strict=True)) == wanted:
                address, cells, nexus, parent = parent.cells("reg"), specifier, parent, above
                if parent is nexus:
                    return parent, cells
                break
        else:
            shown = " ".join(f"{c:#x}" for c in unit)
            note = (parent.span("interrupt-map"), "the map")
            raise BadCells(node, name, f"has no row in the interrupt-map of {parent.path} (<{shown}>)", note)
    raise BadCells(node, name, "goes round in a circle of interrupt-maps")


def _decode(node: Node, name: str, row: Cells) -> GicInterrupt:
    kind, number, flags = row[0], row[1], row[2]
    limit = _LIMITS.get(kind)
    if limit is None:
        help = _GIC_ENTRY
        if 16 <= kind < 1020:
            help += f" INTID {kind} is {_cells_of(kind)}."
        why = f"has interrupt type {kind}; the GIC knows 0 (SPI) and 1 (PPI)"
        raise BadCells(node, name, why, help=help)
    what, first = ("SPI", 32) if kind == SPI else ("PPI", 16)
    if number >= limit:
        last = f"{what} {limit - 1} (INTID {limit - 1 + first})"
        why = f"has {what} {number} (INTID {number + first}), but the last one is {last}"
        help = f"{what}s are numbered from 0: the INTID less {first}."
        help = f"Was INTID {number} meant? That is {_cells_of(number)}." if number < 1020 else help
        raise BadCells(node, name, why, help=help)
    return GicInterrupt(number + first, bool(flags & _EDGE))


def _cells_of(intid: int) -> str:
    """How an INTID is written in a devicetree; the numbers of SPIs begin again at 0."""
    if intid >= 32:
        return f"SPI {intid - 32} (INTID {intid}): <0 {intid - 32} ...>"
    return f"PPI {intid - 16} (INTID {intid}): <1 {intid - 16} ...>"
