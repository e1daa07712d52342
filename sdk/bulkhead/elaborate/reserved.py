# SPDX-License-Identifier: Apache-2.0
"""RAM that is kept free: /reserved-memory and /memreserve/ (Devicetree spec v0.4, 3.5 and 5.3).

A region with `reg` is kept free with `no-map` and without, since no partition is told of it. One
with `reusable` may be used until its driver wants it back, and there is no such driver; one with
`size` alone is for an operating system to choose. Both reserve nothing here.
"""

from __future__ import annotations

from bulkhead.diag import Diagnostic, Span, UserError, error, warning
from bulkhead.dts.address import address_cells, bus_regions, rows, size_cells
from bulkhead.dts.tree import Node, Tree
from bulkhead.model.board import Region


def reserved_memory(tree: Tree) -> tuple[tuple[Region, ...], list[Diagnostic]]:
    """The regions by address, and warnings. Raises BadCells, and UserError where a region would be lost."""
    top = tree.root.children.get("reserved-memory")
    found = [Region(base=b, size=s, where=Span(tree.file)) for b, s in tree.memreserves]
    remarks: list[Diagnostic] = []
    for node in top.children.values() if top and top.enabled else ():
        if not node.enabled:
            continue
        if "reg" in node.props:
            assert top is not None
            _same_addresses(tree, top)
            found += [] if "reusable" in node.props else _regions(node)
        elif "size" in node.props:
            list(rows(node, "size", (size_cells(node.parent or tree.root),), node.parent))
        else:
            text = f"{node.path} has neither `reg` nor `size`, so it reserves nothing"
            remarks.append(warning("BH-DTS-004", text, node.where))
        if "no-map" in node.props and "reusable" in node.props:
            text = f"{node.path} cannot be both `no-map` and `reusable`"
            raise UserError([error("BH-DTS-003", text, node.span("reusable"))])
    return tuple(sorted(found, key=lambda r: (r.base, r.size))), remarks


def _regions(node: Node) -> list[Region]:
    return [Region(base=b, size=s, where=node.span("reg")) for b, s in bus_regions(node)]


def _same_addresses(tree: Tree, top: Node) -> None:
    root = tree.root
    if "ranges" not in top.props:
        help = "Add `ranges;`: without it the regions would be at no address of the CPU's."
        raise UserError([error("BH-DTS-004", "/reserved-memory has no `ranges`", top.where, help=help)])
    if (address_cells(top), size_cells(top)) != (address_cells(root), size_cells(root)):
        text = "/reserved-memory must have the #address-cells and #size-cells of the root"
        raise UserError(
            [
                error(
                    "BH-DTS-003",
                    text,
                    top.span("#address-cells"),
                    (root.span("#address-cells"), "the root's"),
                )
            ]
        )
