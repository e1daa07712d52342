# SPDX-License-Identifier: Apache-2.0
"""A second opinion on trees that are right: the `devicetree` package's dtlib reads them as we do.

It stops at the first mistake and keeps no places, which is why it is not the reader of the SDK.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from devicetree import dtlib

from bulkhead.dts.read import read_tree
from bulkhead.dts.tree import Node

CASES = Path(__file__).parent / "cases"
OVERLAYS = sorted(CASES.glob("*/good.overlay.dts"))


def contents(props: dict[str, bytes], paths: dict[int, str]) -> dict[str, object]:
    """Cells with phandles by the path they lead to: the numbers are each reader's own."""
    found: dict[str, object] = {}
    for name, value in props.items():
        if name == "phandle":
            continue
        cells = [int.from_bytes(value[i : i + 4], "big") for i in range(0, len(value), 4)]
        found[name] = [paths.get(c, c) for c in cells] if len(value) % 4 == 0 else value
    return found


def ours(root: Node) -> dict[str, object]:
    paths = {n.cell("phandle", 0): n.path for n in root if "phandle" in n.props}
    return {n.path: contents({p.name: p.value for p in n.props.values()}, paths) for n in root}


def theirs(tree: Any) -> dict[str, object]:
    paths = {number: node.path for number, node in tree.phandle2node.items()}
    return {n.path: contents({p.name: p.value for p in n.props.values()}, paths) for n in tree.node_iter()}


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda p: p.parent.name)
def test_dtlib_agrees_on_overlays(root: Path, tmp_path: Path, overlay: Path) -> None:
    board = root / "dts" / "qemu_virt.dts"
    whole = tmp_path / "whole.dts"  # to dtlib an overlay is more of the same file
    whole.write_text(board.read_text() + overlay.read_text())
    assert ours(read_tree(board, [overlay]).root) == theirs(dtlib.DT(str(whole)))


def test_dtlib_agrees_on_the_shipped_board(root: Path) -> None:
    board = root / "dts" / "qemu_virt.dts"
    assert ours(read_tree(board).root) == theirs(dtlib.DT(str(board)))
