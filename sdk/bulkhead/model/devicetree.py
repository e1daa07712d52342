# SPDX-License-Identifier: Apache-2.0
"""A devicetree to be written, for a guest: nodes in order, values as bytes. Knows no binding."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field


def cells(*values: int) -> bytes:
    """32-bit cells."""
    return struct.pack(f">{len(values)}I", *values)


def wide(*values: int) -> bytes:
    """64-bit values, two cells each: addresses and sizes under #address-cells = 2."""
    return struct.pack(f">{len(values)}Q", *values)


def strings(*values: str) -> bytes:
    """A string, or a list of strings."""
    return b"".join(value.encode() + b"\0" for value in values)


@dataclass(slots=True)
class Node:
    """A node; properties and children are written in the order they were added."""

    name: str
    properties: dict[str, bytes] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    labels: tuple[str, ...] = ()  # by which an overlay names it; not written

    def __iter__(self) -> Iterator[Node]:
        """This node and everything below it, in order."""
        yield self
        for child in self.children:
            yield from child

    def child(self, name: str, **properties: bytes) -> Node:
        """Add a child; `_` in a keyword stands for `-`. Names that need more use set()."""
        node = Node(name)
        for key, value in properties.items():
            node.properties[key.replace("_", "-")] = value
        self.children.append(node)
        return node

    def set(self, name: str, value: bytes = b"") -> Node:
        self.properties[name] = value
        return self
