# SPDX-License-Identifier: Apache-2.0
"""References become phandles and paths, and the tree its final form."""

from __future__ import annotations

from collections.abc import Iterator

from bulkhead.diag import Span, error
from bulkhead.dts.phandles import holds_phandles
from bulkhead.dts.raw import Piece, RawNode, RawProperty, RawTree, Reference
from bulkhead.dts.tree import Node, Property, Tree

_RESERVED = (0, 0xFFFF_FFFF)


def resolve(raw: RawTree, file: str) -> Tree:
    """Findings go to `raw.diags`; a reference to nowhere becomes zero there."""
    root = raw.root or RawNode("", Span(file))
    phandles = _Phandles(raw, root)
    _drop_unreferenced(raw, root)
    return Tree(file, _node(raw, phandles, root, None), tuple(raw.memreserves))


class _Phandles:
    """Numbers written by hand stay; every other node that is referred to gets the next free one."""

    def __init__(self, raw: RawTree, root: RawNode) -> None:
        self.raw, self.numbers = raw, dict[RawNode, int]()
        taken: dict[int, tuple[RawNode, RawProperty]] = {}
        for node in root:
            prop = node.props.get("phandle") or node.props.get("linux,phandle")
            if prop is None or prop.references:
                continue
            value = int.from_bytes(prop.data, "big")
            if len(prop.data) != 4 or value in _RESERVED:
                text = f"{node.path}: `{prop.name}` must be one cell, neither 0 nor 0xffffffff"
                raw.diags.append(error("BH-DTS-003", text, prop.where))
            elif value in taken:
                other, first = taken[value]
                text = f"{node.path} and {other.path} have the same phandle {value:#x}"
                help = "Leave `phandle` out: a label and &label are enough."
                raw.diags.append(
                    error("BH-DTS-005", text, prop.where, (first.where, "the other one"), help=help)
                )
            else:
                taken[value] = node, prop
                self.numbers[node] = value
        self.taken, self.next = taken, 1

    def of(self, node: RawNode) -> int:
        if node not in self.numbers:
            while self.next in self.taken:
                self.next += 1
            self.numbers[node] = self.next
            self.next += 1
        return self.numbers[node]


def _drop_unreferenced(raw: RawTree, root: RawNode) -> None:
    marked = [n for n in root if n.omit_if_no_ref]
    if marked:
        used = {raw.find(r.target) for n in root for p in n.props.values() for r in p.references}
        for node in marked:
            if node not in used:
                raw.remove(node)


def _node(raw: RawTree, phandles: _Phandles, source: RawNode, parent: Node | None) -> Node:
    made = _shape(raw, phandles, source, parent)
    waiting = [(source, made)]
    while waiting:  # first every value, since a reference can name any node; then the phandles
        old, new = waiting.pop()
        for name, child in old.children.items():
            new.children[name] = _shape(raw, phandles, child, new)
            waiting.append((child, new.children[name]))
    waiting = [(source, made)]
    while waiting:
        old, new = waiting.pop()
        number = phandles.numbers.get(old)
        if number is not None:
            where = old.props["phandle"].where if "phandle" in old.props else old.where
            new.props["phandle"] = Property("phandle", number.to_bytes(4, "big"), where)
        waiting += [(child, new.children[name]) for name, child in old.children.items()]
    return made


def _shape(raw: RawTree, phandles: _Phandles, source: RawNode, parent: Node | None) -> Node:
    path = "/" if parent is None else f"{parent.path.rstrip('/')}/{source.name}"
    node = Node(source.name or "/", path, parent, source.where, tuple(source.also), tuple(source.labels))
    for name, prop in source.props.items():
        pieces, refers = prop.pieces, holds_phandles(name)
        links: tuple[tuple[int, str], ...] = ()
        if len(pieces) == 1 and isinstance(pieces[0], bytes):
            value = pieces[0]
        else:
            values = [_bytes(raw, phandles, p) for p in pieces]
            value = b"".join(values)
            refers = refers or bool(prop.references)
            links = tuple(_links(raw, pieces, values))
        node.props[name] = Property(name, value, prop.where, refers, links)
    return node


def _links(raw: RawTree, pieces: list[Piece], values: list[bytes]) -> Iterator[tuple[int, str]]:
    offset = 0
    for piece, value in zip(pieces, values, strict=True):
        target = raw.find(piece.target) if isinstance(piece, Reference) and piece.phandle else None
        if target is not None:
            yield offset, target.path
        offset += len(value)


def _bytes(raw: RawTree, phandles: _Phandles, piece: bytes | Reference) -> bytes:
    if isinstance(piece, bytes):
        return piece
    node = raw.find(piece.target)
    if node is None:
        raw.diags.append(raw.nowhere(piece))
        return bytes(4) if piece.phandle else b"\0"
    return phandles.of(node).to_bytes(4, "big") if piece.phandle else node.path.encode() + b"\0"
