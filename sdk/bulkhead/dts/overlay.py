# SPDX-License-Identifier: Apache-2.0
"""Fragments of overlays, applied to the board's tree (the kernel's overlay-notes, and dtc's)."""

from __future__ import annotations

from bulkhead.diag import Diagnostic, error
from bulkhead.dts.raw import RawNode, RawTree, Reference

_META = {"__overrides__", "__symbols__", "__fixups__", "__local_fixups__"}  # of tools, not of hardware


def apply_overlays(tree: RawTree) -> None:
    """Merge every fragment into its target, whether it stands in a /plugin/ or in a plain overlay."""
    for root in tree.pending:
        for child in list(root.children.values()):
            if "__overlay__" in child.children:
                _apply(tree, child)
            elif child.name not in _META:
                tree.diags.append(_no_fragment(child))
    tree.pending.clear()
    for child in list(tree.root.children.values() if tree.root else ()):
        if "__overlay__" in child.children:
            _apply(tree, child)


def _apply(tree: RawTree, fragment: RawNode) -> None:
    target = _target(tree, fragment)
    if fragment.parent is not None:
        fragment.parent.children.pop(fragment.name, None)
    if isinstance(target, Diagnostic):
        tree.diags.append(target)
    else:
        _merge(tree, target, fragment.children["__overlay__"])


def _target(tree: RawTree, fragment: RawNode) -> RawNode | Diagnostic:
    if "target" in fragment.props:
        prop = fragment.props["target"]
        for reference in prop.references:
            return tree.find(reference.target) or tree.nowhere(reference)
        phandle = prop.data
        for node in tree.root or ():
            own = node.props.get("phandle")
            if own and phandle and own.data == phandle:
                return node
        return error("BH-DTS-005", f"{fragment.name}: no node has the phandle of `target`", prop.where)
    for name in ("target-path", "target-label"):
        if name in fragment.props:
            prop = fragment.props[name]
            path = prop.data.rstrip(b"\0").decode("utf-8", "replace")
            reference = next(iter(prop.references), Reference(path, prop.where, False))
            return tree.find(reference.target) or tree.nowhere(Reference(reference.target, prop.where, False))
    help = 'Write target = <&label>; or target-path = "/path"; beside __overlay__.'
    return error("BH-DTS-005", f"{fragment.name} says no target", fragment.where, help=help)


def _merge(tree: RawTree, target: RawNode, source: RawNode) -> None:
    target.also.append(source.where)
    for name in source.deleted:
        target.props.pop(name, None)
        if name in target.children:
            tree.remove(target.children[name])
    target.props.update(source.props)
    for label in source.labels:
        where = tree.labels[label][1] if label in tree.labels else source.where
        tree.labels[label] = (target, where)
        target.labels.append(label)
    for name, child in source.children.items():
        if name in target.children:
            _merge(tree, target.children[name], child)
        else:
            child.parent = target
            target.children[name] = child


def _no_fragment(node: RawNode) -> Diagnostic:
    help = "Write `&{/} { ... };` for the root, `&label { ... };` for a node; or remove /plugin/."
    return error(
        "BH-DTS-005", f"'{node.name}' stands in a /plugin/ but not in a fragment, so nothing gets it",
        node.where, help=help,
    )  # fmt: skip
