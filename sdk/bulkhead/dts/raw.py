# SPDX-License-Identifier: Apache-2.0
"""A devicetree as written: values still hold references to nodes that may come later."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field

from bulkhead.diag import Diagnostic, Span, error

MAX_DEPTH = 64  # of nodes in each other; nobody's hardware is that deep


@dataclass(frozen=True, slots=True)
class Reference:
    """`&label` or `&{/path}`: a phandle inside of < >, the node's path outside."""

    target: str
    where: Span
    phandle: bool

    def __str__(self) -> str:
        return f"&{{{self.target}}}" if self.target.startswith("/") else f"&{self.target}"


Piece = bytes | Reference


@dataclass(slots=True)
class RawProperty:
    name: str
    where: Span
    pieces: list[Piece] = field(default_factory=list)

    @property
    def data(self) -> bytes:
        """The bytes, with references left out."""
        return b"".join(p for p in self.pieces if isinstance(p, bytes))

    @property
    def references(self) -> list[Reference]:
        return [p for p in self.pieces if isinstance(p, Reference)]


@dataclass(slots=True, eq=False)
class RawNode:
    """A node with every place that adds to it. What it deletes counts when an overlay is applied."""

    name: str
    where: Span
    parent: RawNode | None = None
    also: list[Span] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    props: dict[str, RawProperty] = field(default_factory=dict)
    children: dict[str, RawNode] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    omit_if_no_ref: bool = False

    def __iter__(self) -> Iterator[RawNode]:
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.children.values())

    @property
    def path(self) -> str:
        names, node = [], self
        while node.parent is not None:
            names.append(node.name)
            node = node.parent
        return "/" + "/".join(reversed(names))

    def at(self, path: str) -> RawNode | None:
        """The node at a path, unit addresses included, as dtc has it."""
        node: RawNode | None = self
        for part in filter(None, path.split("/")):
            node = node.children.get(part) if node else None
        return node


@dataclass(slots=True)
class RawTree:
    """`labels` name living nodes, and where each label stands."""

    root: RawNode | None = None
    labels: dict[str, tuple[RawNode, Span]] = field(default_factory=dict)
    memreserves: list[tuple[int, int]] = field(default_factory=list)
    diags: list[Diagnostic] = field(default_factory=list)
    pending: list[RawNode] = field(default_factory=list)  # roots of /plugin/ files, not applied yet
    blob: bool = False  # read from a .dtb

    def find(self, target: str) -> RawNode | None:
        if target.startswith("/"):
            return self.root.at(target) if self.root else None
        found = self.labels.get(target)
        return found[0] if found else None

    def label(self, node: RawNode, name: str, where: Span) -> None:
        other, first = self.labels.get(name, (node, where))
        if other is not node:
            text = f"the label '{name}' already names {other.path}"
            self.diags.append(error("BH-DTS-005", text, where, (first, "first used here")))
            return
        self.labels.setdefault(name, (node, where))
        if name not in node.labels:
            node.labels.append(name)

    def remove(self, node: RawNode) -> None:
        """Take a node out of its parent, with its labels and those below it."""
        for gone in node:
            for name in gone.labels:
                self.labels.pop(name, None)
        if node.parent is not None:
            node.parent.children.pop(node.name, None)

    def nowhere(self, reference: Reference) -> Diagnostic:
        """The finding about a reference whose node does not exist."""
        if reference.target.startswith("/"):
            text, known = f"there is no node {reference.target}", [n.path for n in self.root or ()]
        else:
            text, known = f"there is no label '{reference.target}'", list(self.labels)
        close = difflib.get_close_matches(reference.target, known, n=1)
        if close:
            sign = f"&{{{close[0]}}}" if close[0].startswith("/") else f"&{close[0]}"
            help = f"Did you mean {sign}?"
        elif self.blob and not known:
            help = "This .dtb was made without labels (dtc -@ keeps them): name the node by path, &{/...}."
        else:
            help = "A label stands before a node's name: `uart0: serial@9000000 { ... };`."
        return error("BH-DTS-005", text, reference.where, help=help)
