# SPDX-License-Identifier: Apache-2.0
"""A flattened devicetree writer, format version 17 (Devicetree Specification v0.4, chapter 5).

Writes what it is given; knows no binding. Tested against dtc.
"""

from __future__ import annotations

from bulkhead.model.devicetree import Node, cells, strings

MAGIC = 0xD00DFEED
VERSION = 17
LAST_COMPATIBLE = 16
HEADER_SIZE = 40
BEGIN_NODE, END_NODE, PROP, END = 1, 2, 3, 9


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
