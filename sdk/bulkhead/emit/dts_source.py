# SPDX-License-Identifier: Apache-2.0
"""A devicetree as source text that a person can read and change.

A value is written as strings where it is printable text ending in NUL, as cells where it has whole
ones, else as bytes; phandles stay numbers. What is written reads back byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bulkhead.dts.tree import Node, Property, Tree

_TEXT = re.compile(rb"[\x20-\x7e]+")


def source_text(tree: Tree, head: Sequence[str], notes: Mapping[str, Sequence[str]]) -> str:
    """`head`: the first lines, comments. `notes`: by a node's path, comments to stand in it."""
    lines = [*head, "/dts-v1/;", ""]
    lines += [f"/memreserve/ {base:#x} {size:#x};" for base, size in tree.memreserves]
    return "\n".join([*lines, *_node(tree.root, 0, notes)]) + "\n"


def _node(node: Node, depth: int, notes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    tabs = "\t" * depth
    labels = "".join(f"{label}: " for label in node.labels)
    yield f"{tabs}{labels}{node.name or '/'} {{"
    yield from (f"{tabs}\t/* {note.replace('*/', '* /')} */" for note in notes.get(node.path, ()))
    yield from (f"{tabs}\t{_property(prop)}" for prop in node.props.values())
    for child in node.children.values():
        yield ""
        yield from _node(child, depth + 1, notes)
    yield f"{tabs}}};"


def _property(prop: Property) -> str:
    return f"{prop.name} = {_value(prop.value)};" if prop.value else f"{prop.name};"


def _value(value: bytes) -> str:
    strings = value[:-1].split(b"\0")
    if value.endswith(b"\0") and all(_TEXT.fullmatch(s) for s in strings):
        return ", ".join(_quoted(s.decode("ascii")) for s in strings)
    if len(value) % 4:
        return f"[{value.hex(' ')}]"
    cells = (f"{int.from_bytes(value[at : at + 4], 'big'):#x}" for at in range(0, len(value), 4))
    return f"<{' '.join(cells)}>"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
