# SPDX-License-Identifier: Apache-2.0
"""A devicetree whose nodes and properties remember where they were written. No I/O here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bulkhead.diag.diagnostic import Diagnostic
from bulkhead.diag.span import Span


@dataclass(frozen=True, slots=True)
class Property:
    """A property's raw bytes, and where it was last assigned.

    `refers` says that it holds a phandle or path of another node, which means nothing elsewhere;
    `links` are the phandles that were written as references: byte offset and path of the node.
    """

    name: str
    value: bytes
    where: Span
    refers: bool = False
    links: tuple[tuple[int, str], ...] = ()

    def cells(self) -> tuple[int, ...]:
        """The value as 32-bit numbers; a rest shorter than a cell is left out."""
        whole = len(self.value) // 4
        return tuple(int.from_bytes(self.value[4 * i : 4 * i + 4], "big") for i in range(whole))

    def strings(self) -> tuple[str, ...]:
        return tuple(s.decode("utf-8", "replace") for s in self.value.split(b"\0") if s)

    def string(self) -> str:
        return next(iter(self.strings()), "")


@dataclass(slots=True, eq=False)
class Node:
    """A node: `where` is its first `{`'s name, `also` the other places that add to it."""

    name: str
    path: str
    parent: Node | None
    where: Span
    also: tuple[Span, ...] = ()
    labels: tuple[str, ...] = ()
    props: dict[str, Property] = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Node]:
        """This node and everything below it, in the order of the file."""
        yield self
        for child in self.children.values():
            yield from child

    def cells(self, name: str) -> tuple[int, ...]:
        prop = self.props.get(name)
        return prop.cells() if prop else ()

    def cell(self, name: str, default: int) -> int:
        return next(iter(self.cells(name)), default)

    def strings(self, name: str) -> tuple[str, ...]:
        prop = self.props.get(name)
        return prop.strings() if prop else ()

    def string(self, name: str) -> str:
        return next(iter(self.strings(name)), "")

    def span(self, name: str) -> Span:
        """Where property `name` was set, or the node itself where it was not."""
        prop = self.props.get(name)
        return prop.where if prop else self.where

    @property
    def compatible(self) -> tuple[str, ...]:
        return self.strings("compatible")

    @property
    def enabled(self) -> bool:
        """No `status`, or "okay", here and in every parent (Devicetree spec, 2.3.4)."""
        own = self.string("status") in ("", "okay", "ok")
        return own and (self.parent is None or self.parent.enabled)

    @property
    def status_span(self) -> Span:
        """Where the nearest `status` that disables this node stands."""
        node: Node | None = self
        while node is not None:
            if node.string("status") not in ("", "okay", "ok"):
                return node.span("status")
            node = node.parent
        return self.where


@dataclass(slots=True, eq=False)
class Tree:
    """A whole devicetree; `file` is the board's own .dts or .dtb as shown to the user."""

    file: str
    root: Node
    memreserves: tuple[tuple[int, int], ...] = ()
    remarks: tuple[Diagnostic, ...] = ()  # warnings
    _phandles: dict[int, Node] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._phandles = {}
        for node in self:
            self._phandles.setdefault(node.cell("phandle", 0), node)
        self._phandles.pop(0, None)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.root)

    def at(self, path: str) -> Node | None:
        """The node at an absolute path, or under an alias."""
        if not path.startswith("/"):
            head, _, rest = path.partition("/")
            aliases = self.root.children.get("aliases")
            target = aliases.string(head) if aliases else ""
            if not target:
                return None
            path = f"{target}/{rest}".rstrip("/")
        node = self.root
        for part in path.strip("/").split("/") if path.strip("/") else ():
            if part not in node.children:
                return None
            node = node.children[part]
        return node

    def by_phandle(self, phandle: int) -> Node | None:
        return self._phandles.get(phandle)

    def compatible_with(self, *names: str) -> tuple[Node, ...]:
        return tuple(n for n in self if set(names) & set(n.compatible))
