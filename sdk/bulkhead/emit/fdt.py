# SPDX-License-Identifier: Apache-2.0
"""A flattened devicetree writer, format version 17 (Devicetree Specification v0.4, chapter 5).

Writes what it is given; knows no binding. Tested against dtc.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

MAGIC = 0xD00DFEED
VERSION = 17
LAST_COMPATIBLE = 16
HEADER_SIZE = 40
BEGIN_NODE, END_NODE, PROP, END = 1, 2, 3, 9


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


def write(root: Node, boot_cpu: int = 0) -> bytes:
    """The blob: header, empty reservation map, structure, strings."""
    names = _Names()
    structure = _node(root, names) + cells(END)
    reservations = bytes(16)
    at_structure = HEADER_SIZE + len(reservations)
    at_strings = at_structure + len(structure)
    total = at_strings + len(names.block)
    padded = -(-total // 8) * 8
    header = cells(
        MAGIC,
        padded,
        at_structure,
        at_strings,
        HEADER_SIZE,
        VERSION,
        LAST_COMPATIBLE,
        boot_cpu,
        len(names.block),
        len(structure),
    )
    return header + reservations + structure + bytes(names.block) + bytes(padded - total)


class _Names:
    """The strings block: each property name once."""

    def __init__(self) -> None:
        self.block = bytearray()
        self._offsets: dict[str, int] = {}

    def offset(self, name: str) -> int:
        if name not in self._offsets:
            self._offsets[name] = len(self.block)
            self.block += strings(name)
        return self._offsets[name]


def _node(node: Node, names: _Names) -> bytes:
    out = [cells(BEGIN_NODE), _aligned(strings(node.name))]
    for name, value in node.properties.items():
        out += [cells(PROP, len(value), names.offset(name)), _aligned(value)]
    out += [_node(child, names) for child in node.children]
    out.append(cells(END_NODE))
    return b"".join(out)


def _aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
