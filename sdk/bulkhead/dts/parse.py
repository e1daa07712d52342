# SPDX-License-Identifier: Apache-2.0
"""Devicetree source -> `RawTree` (Devicetree Specification v0.4, chapter 6, and what dtc adds).

What can be understood in spite of a mistake is read on, so that one run tells all; where that
is not safe, the first mistake is the last one of its file.
"""

from __future__ import annotations

import difflib
import re

from bulkhead.diag import Diagnostic, Span, error
from bulkhead.dts.raw import MAX_DEPTH, RawNode, RawProperty, RawTree
from bulkhead.dts.source import Source
from bulkhead.dts.values import Malformed, ValueReader

_NAME = re.compile(r"\\?[A-Za-z0-9,._+*#?@-]+")
_LABEL = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)[ \t]*:")
_DIRECTIVE = re.compile(r"/([A-Za-z][A-Za-z0-9-]*)/")
_KNOWN = (
    "dts-v1", "plugin", "memreserve", "include", "incbin", "bits", "delete-node", "delete-property",
    "omit-if-no-ref",
)  # fmt: skip
_MAX_FINDINGS = 50


def parse(source: Source, tree: RawTree, overlay: bool = False) -> None:
    """Add a file to `tree`; findings go to `tree.diags`. An overlay needs no /dts-v1/."""
    reader = _Parser(source, tree, overlay)
    try:
        reader.file()
    except Malformed as problem:
        tree.diags.append(problem.diag)
    if reader.fragments is not None:
        tree.pending.append(reader.fragments)


class _Parser(ValueReader):
    def __init__(self, source: Source, tree: RawTree, overlay: bool) -> None:
        super().__init__(source)
        self.tree, self.overlay = tree, overlay
        self.misplaced: tuple[int, int] | None = None  # a node, and the first '}' that may not be its own
        self.fragments: RawNode | None = None  # the root of a /plugin/, kept apart from the board's

    # -- the top of a file

    def file(self) -> None:
        self.skip()
        if not self.overlay and not self.source.text.startswith("/dts-v1/", self.pos):
            found = _DIRECTIVE.match(self.source.text, self.pos)
            self.complain(self.pos, "a devicetree begins with `/dts-v1/;`", help="Put that line at the top.")
            if found and difflib.get_close_matches(found[1], ["dts-v1"]):
                self.pos = found.end()
                self.semicolon(f"{found[0]}")
        while True:
            self.skip()
            if self.at_end:
                return
            self.top()

    def top(self) -> None:
        text, start = self.source.text, self.pos
        directive = _DIRECTIVE.match(text, start)
        if directive:
            self.pos = directive.end()
            self.top_directive(directive[1], start)
        elif text[start] == "/":
            self.pos += 1
            self.body(self.root(self.source.span(start)), start, 1)
        else:
            labels = self.labels()
            self.skip()
            if text.startswith("/memreserve/", self.pos):
                return
            reference = self.reference(False)
            if reference is None and text.startswith("}", self.pos):
                raise self.malformed(self.pos, "this '}' closes nothing: there is one too many")
            if reference is None:
                raise self.malformed(
                    self.pos,
                    f"expected `/ {{`, or a reference such as `&uart0 {{`, not {self.what()}",
                    "Nodes and properties stand inside of `/ { ... };`.",
                )
            node = self.tree.find(reference.target)
            if node is None:
                self.tree.diags.append(self.tree.nowhere(reference))
                node = RawNode("?", reference.where)
            else:
                node.also.append(reference.where)
            for name, where in labels:
                self.tree.label(node, name, where)
            self.body(node, start, 1)

    def top_directive(self, name: str, start: int) -> None:
        if name == "include":
            return self.include(start)
        if name == "memreserve":
            if self.tree.root is not None and not self.overlay:
                self.complain(start, "/memreserve/ must stand before the first node")
            self.tree.memreserves.append((self.number(), self.number()))
        elif name == "plugin":
            if not self.overlay:
                self.complain(start, "a board's devicetree is not a /plugin/", help="Remove it.")
            elif self.fragments is None:
                self.fragments = RawNode("", self.source.span(start))
        elif name in ("delete-node", "omit-if-no-ref"):
            self.on_reference(name)
        elif name != "dts-v1":
            raise self.unknown(name, start)
        self.semicolon(f"/{name}/")

    def on_reference(self, directive: str) -> None:
        self.skip()
        reference = self.reference(False)
        if reference is None:
            raise self.malformed(self.pos, f"expected a reference such as &uart0, not {self.what()}")
        node = self.tree.find(reference.target)
        if node is None:
            self.tree.diags.append(self.tree.nowhere(reference))
        elif directive == "delete-node":
            self.tree.remove(node)
        else:
            node.omit_if_no_ref = True

    def root(self, where: Span) -> RawNode:
        if self.fragments is not None:
            return self.fragments
        if self.tree.root is None:
            self.tree.root = RawNode("", where)
        else:
            self.tree.root.also.append(where)
        return self.tree.root

    # -- nodes

    def body(self, node: RawNode, opened: int, depth: int) -> None:
        """`{ ... };` of a node whose name stands at `opened`."""
        if depth > MAX_DEPTH:
            raise self.malformed(opened, f"nodes stand more than {MAX_DEPTH} deep in each other")
        self.skip()
        if not self.take("{"):
            word = _NAME.match(self.source.text, opened + 1) if self.source.text[opened] == "/" else None
            close = difflib.get_close_matches(word[0], _KNOWN, n=1) if word else []
            help = f"Did you mean /{close[0]}/?" if close else ""
            raise self.malformed(self.pos, f"expected '{{' after {node.path}, not {self.what()}", help)
        here = _Block()
        while True:
            self.skip()
            if self.at_end:
                raise self.unclosed(node, opened)
            if self.take("}"):
                self.compare_indentation(opened)
                return self.semicolon("'}' that closes a node")
            try:
                self.statement(node, here, depth)
            except Malformed as problem:
                self.recover(problem)

    def compare_indentation(self, opened: int) -> None:
        """Where a brace is forgotten, the next one closes the wrong node, and stands elsewhere."""
        text, brace = self.source.text, self.pos - 1
        before = text[text.rfind("\n", 0, brace) + 1 : brace]
        line = text[text.rfind("\n", 0, opened) + 1 :]
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if self.misplaced is None and not before.strip() and len(before) != len(indent):
            self.misplaced = opened, brace

    def unclosed(self, node: RawNode, opened: int) -> Malformed:
        if self.misplaced is not None:
            opened, brace = self.misplaced
            note = (
                self.source.span(brace),
                "this '}' is the next one, and belongs to another by its indentation",
            )
            where = self.source.span(opened)
            return Malformed(error("BH-DTS-002", "a node is not closed: its `};` is missing", where, note))
        name = node.path if node.parent or node is self.tree.root else "this node"
        return self.malformed(opened, f"{name} is not closed: its `}};` is missing")

    def statement(self, node: RawNode, here: _Block, depth: int) -> None:
        text, start = self.source.text, self.pos
        directive = _DIRECTIVE.match(text, start)
        omit = False
        if directive:
            self.pos = directive.end()
            if directive[1] != "omit-if-no-ref":
                return self.node_directive(node, directive[1], start, here)
            omit = True
            self.skip()
        labels = self.labels()
        self.skip()
        start = self.pos
        found = _NAME.match(text, start)
        if found is None:
            raise self.malformed(start, f"expected a property, a node or '}}', not {self.what()}")
        name = found[0].removeprefix("\\")
        self.pos = found.end()
        self.skip()
        if text.startswith("{", self.pos):
            child = self.child(node, name, start, here)
            child.omit_if_no_ref |= omit
            for label, where in labels:
                self.tree.label(child, label, where)
            self.body(child, start, depth + 1)
        else:
            if omit:
                self.complain(start, "/omit-if-no-ref/ is for nodes only")
            self.property(node, name, start, found.end(), here)

    def node_directive(self, node: RawNode, name: str, start: int, here: _Block) -> None:
        if name == "include":
            return self.include(start)
        if name not in ("delete-node", "delete-property"):
            raise self.unknown(name, start)
        self.skip()
        found = _NAME.match(self.source.text, self.pos)
        if found is None:
            raise self.malformed(self.pos, f"expected the name of what to delete, not {self.what()}")
        self.pos = found.end()
        first = (here.props if name == "delete-property" else here.nodes).get(found[0])
        if first is not None:
            text = f"'{found[0]}' is deleted in the same braces that describe it"
            where = self.source.span(start)
            self.tree.diags.append(error("BH-DTS-006", text, where, (first, "described here")))
        if name == "delete-property":
            node.props.pop(found[0], None)
        elif found[0] in node.children:
            self.tree.remove(node.children[found[0]])
        node.deleted.add(found[0])
        self.semicolon(f"/{name}/ {found[0]}")

    def child(self, node: RawNode, name: str, start: int, here: _Block) -> RawNode:
        where = self.source.span(start)
        if name in here.nodes:
            text = f"{node.path.rstrip('/')}/{name} is described twice in the same node"
            note = (here.nodes[name], "first here")
            help = "Put both together, or add to the first one by label: `&label { ... };`."
            self.tree.diags.append(error("BH-DTS-006", text, where, note, help=help))
        here.nodes.setdefault(name, where)
        if name in node.children:
            node.children[name].also.append(where)
        else:
            node.children[name] = RawNode(name, where, node)
        return node.children[name]

    def property(self, node: RawNode, name: str, start: int, end: int, here: _Block) -> None:
        where = self.source.span(start)
        made = RawProperty(name, where)
        if self.take("="):
            made.pieces = self.value(name)
            end = self.pos
            self.semicolon(f"the value of `{name}`", end)
        elif not self.source.text.startswith(";", self.pos) and self.same_line(end, self.pos):
            raise self.malformed(self.pos, f"expected '=', ';' or '{{' after `{name}`, not {self.what()}")
        else:
            self.semicolon(f"`{name}`", end)
        if name in here.props:
            note = (here.props[name], "first here")
            text = f"`{name}` is set twice in the same node; the second value would count"
            self.tree.diags.append(error("BH-DTS-006", text, where, note, help="Delete one of them."))
        elif here.nodes:
            first = next(iter(here.nodes.items()))
            text = f"the property `{name}` stands after the node '{first[0]}'"
            help = "A node's own properties come before the nodes in it."
            self.tree.diags.append(error("BH-DTS-006", text, where, (first[1], "the node"), help=help))
        here.props.setdefault(name, where)
        node.props[name] = made

    # -- small parts

    def labels(self) -> list[tuple[str, Span]]:
        found = []
        while label := _LABEL.match(self.source.text, self.pos):
            found.append((label[1], self.source.span(self.pos)))
            self.pos = label.end()
            self.skip()
        return found

    def include(self, start: int) -> None:
        self.skip()
        if not self.source.text.startswith('"', self.pos):
            raise self.malformed(self.pos, f'expected a file: /include/ "file.dtsi", not {self.what()}')
        name = self.string().rstrip(b"\0").decode("utf-8", "replace")
        at = self.source.skip(self.pos)
        self.pos = at + 1 if self.source.text.startswith(";", at) else self.pos
        problem = self.source.include(self.pos, name)
        if problem:
            where = problem.where if problem.where.line == 0 else self.source.span(start)
            raise Malformed(Diagnostic(problem.code, problem.severity, problem.text, where, (), problem.help))

    def unknown(self, name: str, start: int) -> Malformed:
        close = difflib.get_close_matches(name, _KNOWN, n=1)
        known = ", ".join(f"/{k}/" for k in _KNOWN)
        help = f"Did you mean /{close[0]}/?" if close else f"There are {known}."
        text = f"there is no /{name}/"
        if name in _KNOWN:
            text, help = f"/{name}/ has no meaning here", ""
        return self.malformed(start, text, help)

    def semicolon(self, after: str, end: int | None = None) -> None:
        """The `;` after what ends at `end`. Where it is plainly forgotten, reading goes on."""
        end = self.pos if end is None else end
        self.skip()
        if self.take(";"):
            return
        problem = self.malformed(end, f"expected ';' after {after}")
        if (
            not self.at_end
            and self.same_line(end, self.pos)
            and not self.source.text.startswith("}", self.pos)
        ):
            raise problem
        self.report(problem)

    def recover(self, problem: Malformed) -> None:
        """Go on behind the statement, if it ends on its line."""
        end = self.source.text.find("\n", self.pos)
        stop = self.source.text.find(";", self.pos, end if end >= 0 else len(self.source.text))
        if stop < 0:
            raise problem
        self.report(problem)
        self.pos = stop + 1

    def report(self, problem: Malformed) -> None:
        if len(self.tree.diags) >= _MAX_FINDINGS:
            raise problem
        self.tree.diags.append(problem.diag)

    def complain(self, offset: int, text: str, help: str = "") -> None:
        self.report(self.malformed(offset, text, help))

    def same_line(self, a: int, b: int) -> bool:
        return "\n" not in self.source.text[a:b]


class _Block:
    """What one pair of braces has named so far."""

    def __init__(self) -> None:
        self.nodes: dict[str, Span] = {}
        self.props: dict[str, Span] = {}
