# SPDX-License-Identifier: Apache-2.0
"""The board's tree -> `TreeNode`s: what a guest's devicetree may copy, and what each value refers to."""

from __future__ import annotations

from bulkhead.dts.phandles import links
from bulkhead.dts.tree import Node, Tree
from bulkhead.model.board import NodeProperty, TreeNode


def described(tree: Tree) -> dict[str, TreeNode]:
    """Every node, by path."""
    return {node.path: _described(tree, node) for node in tree}


def _described(tree: Tree, node: Node) -> TreeNode:
    properties = []
    for prop in node.props.values():
        found = links(tree, prop)
        if prop.refers and not found:
            found = None  # a path, or a phandle nobody knows the place of
        properties.append(NodeProperty(name=prop.name, value=prop.value, links=found))
    return TreeNode(
        name=node.name,
        path=node.path,
        labels=node.labels,
        properties=tuple(properties),
        children=tuple(child.path for child in node.children.values()),
    )
