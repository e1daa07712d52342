# SPDX-License-Identifier: Apache-2.0
"""A compiled devicetree (.dtb) -> `RawTree` (Devicetree Specification v0.4, chapter 5).

It has no lines: a place in it is the path of a node or property. Every offset is checked, since
the file may come from anywhere.
"""

from __future__ import annotations

import struct
from pathlib import Path

from bulkhead.diag import Span, UserError, error
from bulkhead.diag.paths import shown
from bulkhead.dts.raw import MAX_DEPTH, RawNode, RawProperty, RawTree

MAGIC = b"\xd0\x0d\xfe\xed"
_BEGIN_NODE, _END_NODE, _PROP, _NOP, _END = 1, 2, 3, 4, 9
_VERSION = 17
_OF_TOOLS = ("__symbols__", "__fixups__", "__local_fixups__")


def is_blob(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == MAGIC
    except OSError:
        return False


def read_blob(path: Path) -> RawTree:
    """Raises UserError(BH-DTS-001) where the file is damaged."""
    data = path.read_bytes()
    try:
        return _Blob(data, shown(path)).tree()
    except (struct.error, IndexError, _Damaged) as problem:
        reason = str(problem) if isinstance(problem, _Damaged) else "it ends too early"
        help = "Make it again with dtc, or take it from the vendor once more."
        text = f"this compiled devicetree is damaged: {reason}"
        raise UserError([error("BH-DTS-001", text, Span(shown(path)), help=help)]) from None


class _Damaged(Exception):
    pass


class _Blob:
    def __init__(self, data: bytes, file: str) -> None:
        self.file = file
        header = struct.unpack_from(">10I", data)
        self.size, at_structure, at_strings, at_memory, version, compatible = header[1:7]
        if self.size > len(data):
            raise _Damaged(f"its header says {self.size} bytes, but it has {len(data)}")
        if version < _VERSION - 1 or compatible > _VERSION:
            raise _Damaged(f"it has version {version}; {_VERSION} is read")
        self.data = data[: self.size]
        self.pos, self.at_strings, self.at_memory = at_structure, at_strings, at_memory

    def tree(self) -> RawTree:
        tree = RawTree(blob=True, memreserves=self.reservations())
        stack: list[RawNode] = []
        while (token := self.word()) != _END:
            if token == _BEGIN_NODE:
                self.begin(tree, stack)
            elif token == _PROP:
                self.prop(stack)
            elif token == _END_NODE:
                if not stack:
                    raise _Damaged("a node ends that never began")
                stack.pop()
            elif token != _NOP:
                raise _Damaged(f"{token:#x} at {self.pos - 4:#x} is no token")
        if tree.root is None or stack:
            raise _Damaged("its nodes are not closed")
        self.symbols(tree, tree.root)
        return tree

    def begin(self, tree: RawTree, stack: list[RawNode]) -> None:
        name = self.text(self.pos)
        self.pos += len(name.encode()) + 1
        self.align()
        parent = stack[-1] if stack else None
        if len(stack) >= MAX_DEPTH or (parent is None and tree.root is not None):
            raise _Damaged("it has several roots or is too deep")
        node = RawNode(name, Span(self.file), parent)
        if parent is None:
            node.name, tree.root = "", node
        elif name in parent.children or not name or "/" in name:
            raise _Damaged(f"the name '{name}' in {parent.path} is there twice or is no name")
        else:
            parent.children[name] = node
        node.where = Span(self.file, node=node.path)
        stack.append(node)

    def prop(self, stack: list[RawNode]) -> None:
        length, at = self.word(), self.word()
        name = self.text(self.at_strings + at)
        value = self.data[self.pos : self.pos + length]
        if not stack or len(value) != length:
            raise _Damaged(f"the property '{name}' stands outside of a node or beyond the end")
        self.pos += length
        self.align()
        node = stack[-1]
        where = Span(self.file, node=f"{node.path.rstrip('/')}:{name}" if node.parent else f"/:{name}")
        node.props[name] = RawProperty(name, where, [value])

    def symbols(self, tree: RawTree, root: RawNode) -> None:
        """Labels, where dtc -@ kept them."""
        known = root.children.get("__symbols__")
        for name, prop in known.props.items() if known else ():
            node = root.at(prop.data.rstrip(b"\0").decode("utf-8", "replace"))
            if node is not None:
                tree.label(node, name, prop.where)
        for name in _OF_TOOLS:
            root.children.pop(name, None)

    def reservations(self) -> list[tuple[int, int]]:
        found, at = [], self.at_memory
        while (entry := struct.unpack_from(">QQ", self.data, at)) != (0, 0):
            found.append((entry[0], entry[1]))
            at += 16
        return found

    def word(self) -> int:
        (value,) = struct.unpack_from(">I", self.data, self.pos)
        self.pos += 4
        return int(value)

    def text(self, at: int) -> str:
        end = self.data.find(b"\0", at)
        if end < 0 or at > len(self.data):
            raise _Damaged("a name is not closed")
        try:
            return self.data[at:end].decode("ascii")
        except UnicodeDecodeError:
            raise _Damaged("a name is not ASCII") from None

    def align(self) -> None:
        self.pos = -(-self.pos // 4) * 4
