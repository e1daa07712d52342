# SPDX-License-Identifier: Apache-2.0
"""What the specification asks of every tree, whatever the hardware: names, status, cells, phandles.

An error where the tree cannot mean what was written; a warning where it only breaks the rules,
since a vendor's tree that does is not the user's to repair.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator

from bulkhead.diag import Diagnostic, error, warning
from bulkhead.dts.address import BadCells, address_cells, bus_regions, rows, size_cells
from bulkhead.dts.interrupts import interrupt_parent, map_rows
from bulkhead.dts.phandles import CELLS_OF
from bulkhead.dts.tree import Node, Tree

STATUS = ("okay", "disabled", "reserved", "fail", "fail-sss")  # 2.3.4; "ok" is an old form
_NAME = re.compile(r"[A-Za-z0-9,._+-]+(?:@[A-Za-z0-9,._+-]+)?")
_LABELLED = ("aliases", "chosen", "__symbols__")


def wellformed(tree: Tree) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    compiled = bool(tree.root.where.node)
    for node in tree:
        for rule in RULES:
            try:
                found += rule(tree, node)
            except BadCells as bad:
                if bad.diagnostic not in found:
                    found.append(bad.diagnostic)
    return [d for d in found if d.is_error or not compiled]


def names(tree: Tree, node: Node) -> Iterator[Diagnostic]:
    """2.2.1: which characters a name has, and which names are taken."""
    if node.parent is None:
        return
    if not _NAME.fullmatch(node.name):
        help = "A name is node-name@unit-address, of letters, digits and ,._+-"
        yield error("BH-DTS-006", f"'{node.name}' cannot name a node", node.where, help=help)
    elif node.name.startswith("__"):
        help = "Choose another name; __overlay__ belongs into a fragment, beside `target`."
        yield error("BH-DTS-006", f"the name '{node.name}' is reserved for overlays", node.where, help=help)
    if "name" in node.props and node.string("name") != node.name.split("@")[0]:
        text = f"{node.path}: `name` is reserved; a node's name stands before its braces"
        yield error("BH-DTS-006", text, node.span("name"))


def property_names(tree: Tree, node: Node) -> Iterator[Diagnostic]:
    """2.2.4.1: a property has no unit address."""
    for name in node.props:
        if "@" in name:
            help = f"A node is followed by braces: `{name} {{ ... }};`."
            yield error("BH-DTS-006", f"'{name}' cannot name a property", node.span(name), help=help)


def unit_address(tree: Tree, node: Node) -> Iterator[Diagnostic]:
    """2.2.1.1: a unit address is the first address in `reg`, and there is none without it."""
    if node.parent is None or node.name.startswith("__"):
        return
    unit = node.name.partition("@")[2]
    if "reg" in node.props and not unit:
        text = f"{node.path} has `reg` but no unit address in its name"
        yield warning("BH-DTS-007", text, node.span("reg"), help=_suggest_name(node))
    elif unit and "reg" not in node.props and "ranges" not in node.props:
        text = f"{node.path} has the unit address {unit} but no `reg`"
        yield warning("BH-DTS-007", text, node.where, help="Add `reg`, or leave the @ and what follows out.")
    elif unit and re.fullmatch("[0-9a-f]+", unit) and "simple-bus" in node.parent.compatible:
        first = bus_regions(node)[:1]
        if first and first[0][0] != int(unit, 16):
            text = f"{node.path} has the unit address {unit}, but its `reg` begins at {first[0][0]:#x}"
            yield warning("BH-DTS-007", text, node.span("reg"), help=_suggest_name(node))


def _suggest_name(node: Node) -> str:
    try:
        first = bus_regions(node)[:1]
    except BadCells:
        return ""
    return f"Call it {node.name.partition('@')[0]}@{first[0][0]:x}." if first else ""


def status(tree: Tree, node: Node) -> Iterator[Diagnostic]:
    """2.3.4: a status that is none of the five counts as disabled, which is seldom meant."""
    value = node.string("status")
    text = node.props["status"].value.endswith(b"\0") if "status" in node.props else False
    if not text or value == "ok" or value in STATUS or value.startswith("fail-"):
        return
    close = difflib.get_close_matches(value, STATUS, n=1)
    if value.lower() in ("enabled", "enable", "yes", "on", "true", "1"):
        close = ["okay"]
    help = f'Did you mean "{close[0]}"?' if close else f"It is one of {', '.join(STATUS)}."
    yield error("BH-DTS-003", f'{node.path}: there is no status "{value}"', node.span("status"), help=help)


def strings(tree: Tree, node: Node) -> Iterator[Diagnostic]:
    """2.3.1 ...: these are text, not numbers."""
    for name in ("compatible", "status", "device_type", "model", "enable-method"):
        value = node.props[name].value if name in node.props else b"\0"
        if not value.endswith(b"\0") or not value.isascii():
            yield error("BH-DTS-003", f"{node.path}: `{name}` must be text in quotes", node.span(name))


def cells(tree: Tree, node: Node) -> Iterator[Diagnostic]:
    """2.3.5, 2.3.6, 2.3.8, 2.3.9: the numbers of cells, and rows that fit them."""
    here, size = address_cells(node), size_cells(node)
    if node.parent is None:
        return
    if "reg" in node.props:
        bus_regions(node)
    for name in ("ranges", "dma-ranges"):
        if name in node.props and node.props[name].value:
            list(rows(node, name, (here, address_cells(node.parent), size)))
        elif name in node.props and node.children and here != address_cells(node.parent):
            above = address_cells(node.parent)
            text = f"{node.path}: `{name}` is empty, but #address-cells is {here} here and {above} above"
            help = f"Give both the same #address-cells: an empty `{name}` changes no address. Or fill it in."
            yield warning("BH-DTS-003", text, node.span(name), help=help)


def interrupt_tree(tree: Tree, node: Node) -> Iterator[Diagnostic]:
    """2.4: parents exist, maps have whole rows."""
    yield from ()
    if "interrupt-parent" in node.props:
        interrupt_parent(tree, node)
    if "interrupt-map" in node.props:
        list(map_rows(tree, node))


def references(tree: Tree, node: Node) -> Iterator[Diagnostic]:
    """A phandle names a node, and as many cells follow as that node says."""
    for name, prop in node.props.items():
        if name not in CELLS_OF or node.name in _LABELLED or len(prop.value) % 4:
            continue
        values, at = prop.cells(), 0
        while at < len(values):
            if values[at] == 0:  # an entry left empty on purpose
                at += 1
                continue
            target = tree.by_phandle(values[at])
            if target is None:
                text = f"{node.path}: `{name}` refers to the phandle {values[at]:#x}, which no node has"
                yield warning("BH-DTS-005", text, prop.where)
                break
            count = target.cells(CELLS_OF[name])
            if not count:
                text = f"{node.path}: `{name}` refers to {target.path}, which has no {CELLS_OF[name]}"
                yield warning("BH-DTS-005", text, prop.where, (target.where, "this node"))
                break
            at += 1 + count[0]
            if at > len(values):
                wants = f"{CELLS_OF[name]} of {target.path} is {count[0]}"
                text = f"{node.path}: `{name}` ends too early: {wants}"
                note = (target.span(CELLS_OF[name]), f"{CELLS_OF[name]} is {count[0]}")
                yield error("BH-DTS-003", text, prop.where, note)


def aliases(tree: Tree, node: Node) -> Iterator[Diagnostic]:
    """3.3: an alias is the path of a node."""
    if node.path != "/aliases":
        return
    for name in node.props:
        path = node.string(name)
        if name not in ("phandle", "name") and (not path.startswith("/") or tree.at(path) is None):
            text = f"the alias '{name}' names no node ({path or 'it is empty'})"
            yield warning("BH-DTS-005", text, node.span(name), help="Write it as a reference: = &label;")


RULES: tuple[Callable[[Tree, Node], Iterator[Diagnostic]], ...] = (
    names, property_names, unit_address, status, strings, cells, interrupt_tree, references, aliases,
)  # fmt: skip
