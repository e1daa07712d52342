# SPDX-License-Identifier: Apache-2.0
"""A user's overlay over the devicetree that was made for a guest.

It is read like any devicetree source, so a mistake in it has its line. It may name nodes by path, or by
label: `gic`, `uart`, `uart_clock`, and those that the board's own tree gives to what was passed through.
"""

from __future__ import annotations

from pathlib import Path

from bulkhead.diag import Diagnostic, Span, has_errors
from bulkhead.dts import tree as dts
from bulkhead.dts.overlay import apply_overlays
from bulkhead.dts.parse import parse
from bulkhead.dts.raw import RawNode, RawProperty, RawTree
from bulkhead.dts.resolve import resolve
from bulkhead.dts.source import Source
from bulkhead.dts.wellformed import wellformed
from bulkhead.model.devicetree import Node
from bulkhead.model.system import OverlayText


def merge(root: Node, overlay: OverlayText, partition: str) -> tuple[Node, list[Diagnostic]]:
    """`root` with the overlay merged, or as it is where that has errors; and every finding."""
    where = Span(f"dtb/{partition}.dtb")
    raw = RawTree()
    raw.root = _raw(raw, root, None, where)
    parse(Source(Path(overlay.path), overlay.text), raw, overlay=True)
    apply_overlays(raw)
    tree = resolve(raw, where.file)
    found = list(raw.diags)
    if not has_errors(found):
        found += [d for d in wellformed(tree) if d.where.file != where.file]
    return (root if has_errors(found) else _node(tree.root, ""), found)


def _raw(raw: RawTree, node: Node, parent: RawNode | None, where: Span) -> RawNode:
    made = RawNode(node.name, where, parent)
    for name, value in node.properties.items():
        made.props[name] = RawProperty(name, where, [value])
    for label in node.labels:
        if label not in raw.labels:  # ours come first
            raw.label(made, label, where)
    for child in node.children:
        made.children[child.name] = _raw(raw, child, made, where)
    return made


def _node(node: dts.Node, name: str) -> Node:
    made = Node(name, {p.name: p.value for p in node.props.values()})
    made.children = [_node(child, child.name) for child in node.children.values()]
    return made
