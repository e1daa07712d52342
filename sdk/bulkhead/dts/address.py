# SPDX-License-Identifier: Apache-2.0
"""`reg`, `ranges` and `dma-ranges` as CPU addresses (Devicetree spec v0.4, 2.3.6, 2.3.8, 2.3.9)."""

from __future__ import annotations

from collections.abc import Iterator

from bulkhead.diag import Diagnostic, Span, error
from bulkhead.dts.tree import Node

_MAX_CELLS = 8


class BadCells(Exception):
    """A value whose number of cells does not fit; `name` is the property's."""

    def __init__(self, node: Node, name: str, why: str, *notes: tuple[Span, str], help: str = "") -> None:
        self.node, self.name, self.notes, self.help = node, name, notes, help
        super().__init__(why)

    @property
    def diagnostic(self) -> Diagnostic:
        text = f"{self.node.path}: `{self.name}` {self}"
        return error("BH-DTS-003", text, self.node.span(self.name), *self.notes, help=self.help)


def bus_regions(node: Node) -> list[tuple[int, int]]:
    """`reg` as (address, size) pairs in the parent's own address space."""
    parent = node.parent
    if parent is None or "reg" not in node.props:
        return []
    widths = address_cells(parent), size_cells(parent)
    return [(row[0], row[1]) for row in rows(node, "reg", widths, parent)]


def cpu_regions(node: Node) -> list[tuple[int, int]]:
    """`reg` as CPU addresses; empty where a bus on the way maps nothing to the CPU."""
    regions = bus_regions(node)
    bus = node.parent
    while bus is not None and bus.parent is not None and regions:
        if "ranges" not in bus.props:
            return []
        regions = [found for r in regions if (found := _translate(bus, *r))]
        bus = bus.parent
    return regions


def dma_limit(node: Node) -> int | None:
    """Where the physical addresses end (exclusive) that `node` can reach by DMA; None for no limit.

    By the `dma-ranges` of the buses above it, and of itself where it is a bridge.
    """
    windows: list[tuple[int, int]] | None = None  # (base, end) in the address space above `bus`
    bus: Node | None = node
    while bus is not None and bus.parent is not None:
        if "dma-ranges" in bus.props and bus.props["dma-ranges"].value:
            above = _dma_rows(bus)
            if windows is None:
                windows = [(parent, parent + length) for _, parent, length in above]
            else:
                windows = [
                    (parent + max(base, child) - child, parent + min(end, child + length) - child)
                    for base, end in windows
                    for child, parent, length in above
                    if base < child + length and child < end
                ]
        bus = bus.parent
    return None if windows is None else max((end for _, end in windows), default=0)


def address_cells(node: Node) -> int:
    return _cell_count(node, "#address-cells", 2)


def size_cells(node: Node) -> int:
    return _cell_count(node, "#size-cells", 1)


def rows(node: Node, name: str, widths: tuple[int, ...], counted: Node | None = None) -> Iterator[list[int]]:
    """The cells of a property in rows of numbers, `widths` cells each; `counted` says how many."""
    cells, step = node.cells(name), sum(widths)
    if step == 0 or len(cells) % step or 4 * len(cells) != len(node.props[name].value):
        why, notes = _why(node, name, widths), _cells_from(counted or node, name)
        raise BadCells(node, name, why, *notes, help=_entry(widths))
    for start in range(0, len(cells), step):
        row, at = [], start
        for width in widths:
            number = 0
            for cell in cells[at : at + width]:
                number = number << 32 | cell
            row.append(number)
            at += width
        yield row


def _translate(bus: Node, base: int, size: int) -> tuple[int, int] | None:
    if not bus.props["ranges"].value:
        return base, size  # an empty `ranges`: the same addresses on both sides
    for child, parent, length in _range_rows(bus, "ranges"):
        if child <= base and base + size <= child + length:
            return parent + base - child, size
    return None


def _range_rows(bus: Node, name: str) -> Iterator[list[int]]:
    assert bus.parent is not None
    return rows(bus, name, (address_cells(bus), address_cells(bus.parent), size_cells(bus)))


def _dma_rows(bus: Node) -> list[tuple[int, int, int]]:
    # PCI addresses have a first cell of flags (IEEE 1275 PCI binding); the rest is the address.
    mask = (1 << 64) - 1
    return [(child & mask, parent & mask, length) for child, parent, length in _range_rows(bus, "dma-ranges")]


def _cell_count(node: Node, name: str, default: int) -> int:
    if name not in node.props:
        return default
    value = node.cells(name)
    if len(value) != 1 or len(node.props[name].value) != 4 or value[0] > _MAX_CELLS:
        raise BadCells(node, name, f"must be one number from 0 to {_MAX_CELLS}")
    return value[0]


def _why(node: Node, name: str, widths: tuple[int, ...]) -> str:
    size, step = len(node.props[name].value), sum(widths)
    if size % 4:
        return f"has {size} bytes, which are no whole cells"
    if step == 0:
        return "has cells, although #address-cells and #size-cells say none"
    parts = " + ".join(str(w) for w in widths)
    return f"has {size // 4} cell{'s' * (size != 4)}, not a multiple of {step}" + (
        f" ({parts})" if len(widths) > 1 else ""
    )


_ENTRIES = {1: ("size",), 2: ("address", "size"), 3: ("child address", "parent address", "size")}


def _entry(widths: tuple[int, ...]) -> str:
    """How one entry looks: `reg`, or `ranges` and `dma-ranges`."""
    if sum(widths) == 0:
        return ""
    cells = [
        f"{w} cell{'s' * (w != 1)} of {what}" for w, what in zip(widths, _ENTRIES[len(widths)], strict=True)
    ]
    return f"Each entry is {', '.join(cells)}; a number of 2 cells is <high low>."


def _cells_from(node: Node, name: str) -> list[tuple[Span, str]]:
    """Where the numbers of cells were set; where they are not, which ones the specification says."""
    notes = []
    for cells, default in (("#address-cells", 2), ("#size-cells", 1)):
        if cells in node.props:
            notes.append((node.span(cells), f"{node.path}: {cells} is {node.cell(cells, default)}"))
        else:
            notes.append((node.where, f"{node.path} has no {cells}: it is {default}, and never inherited"))
    return notes
