# SPDX-License-Identifier: Apache-2.0
"""The guest's devicetree: a reader of its own and dtc both accept it."""

from __future__ import annotations

import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import make_plan, region
from toolbox import needs_dtc

from bulkhead.emit.fdt import Node, write
from bulkhead.emit.guest_dtb import emit_guest_dtb
from bulkhead.model.system import SystemPlan, Vcpu

Tree = dict[str, dict[str, bytes]]  # path -> properties


def read(blob: bytes) -> Tree:
    """Structure block to paths, following the specification's tokens."""
    magic, total, at, names, _, version = struct.unpack_from(">6I", blob)
    assert (magic, version) == (0xD00DFEED, 17) and total == len(blob)
    tree: Tree = {}
    path: list[str] = []
    while True:
        (token,) = struct.unpack_from(">I", blob, at)
        at += 4
        if token == 1:
            end = blob.index(0, at)
            path.append(blob[at:end].decode())
            tree["/".join(path) or "/"] = {}
            at = end + 1 + -(end + 1) % 4
        elif token == 2:
            path.pop()
        elif token == 3:
            size, name = struct.unpack_from(">II", blob, at)
            key = blob[names + name : blob.index(0, names + name)].decode()
            tree["/".join(path) or "/"][key] = blob[at + 8 : at + 8 + size]
            at += 8 + size + -size % 4
        else:
            assert token == 9 and not path
            return tree


def tree_of(plan: SystemPlan, index: int = 0) -> Tree:
    return read(emit_guest_dtb(plan, plan.partitions[index]))


def cell_list(data: bytes) -> list[int]:
    return list(struct.unpack(f">{len(data) // 4}I", data))


def test_the_machine() -> None:
    tree = tree_of(make_plan())
    assert tree["/memory@40000000"]["reg"] == struct.pack(">QQ", 0x4000_0000, 0x20_0000)
    assert tree["/memory@40000000"]["device_type"] == b"memory\0"
    assert tree["/psci"]["method"] == b"hvc\0"
    assert tree["/cpus/cpu@0"]["enable-method"] == b"psci\0"
    assert tree["/cpus/cpu@0"]["device_type"] == b"cpu\0"
    assert tree["/chosen"] == {"bootargs": b"console=ttyAMA0\0", "stdout-path": b"/pl011@9000000\0"}
    # answers camkes-vm#49: the phandle of the interrupt controller changed under its users
    assert tree["/"]["interrupt-parent"] == tree["/intc@8000000"]["phandle"]
    gic = struct.unpack(">4Q", tree["/intc@8000000"]["reg"])
    assert gic == (0x0800_0000, 0x1_0000, 0x080A_0000, 0x2_0000)
    assert cell_list(tree["/timer"]["interrupts"])[1::3] == [13, 14, 11, 10]
    assert cell_list(tree["/pl011@9000000"]["interrupts"]) == [0, 1, 4]


def test_an_owned_device_is_there_and_nobody_elses() -> None:
    rtc = tree_of(make_plan())["/rtc@9010000"]
    assert rtc["compatible"] == b"arm,pl031\0arm,primecell\0"
    assert rtc["reg"] == struct.pack(">QQ", 0x0901_0000, 0x1000)
    assert cell_list(rtc["interrupts"]) == [0, 2, 1]
    assert cell_list(rtc["clocks"]) == [2]
    assert "/rtc@9010000" not in tree_of(make_plan(), 1)


def test_no_console_no_uart() -> None:
    plan = make_plan()
    silent = replace(plan.partitions[0], console=False)
    tree = read(emit_guest_dtb(plan, silent))
    assert "/pl011@9000000" not in tree and "stdout-path" not in tree["/chosen"]


def test_redistributors_match_the_vcpus() -> None:
    plan = make_plan()
    two = replace(plan.partitions[0], vcpus=(Vcpu(id=0, index=0, pcpu=0), Vcpu(id=1, index=1, pcpu=1)))
    tree = read(emit_guest_dtb(plan, two))
    assert struct.unpack(">4Q", tree["/intc@8000000"]["reg"])[3] == 0x4_0000
    assert "/cpus/cpu@1" in tree


def test_gic_v2() -> None:
    plan = make_plan()
    board = replace(plan.board, gic=replace(plan.board.gic, version=2))
    tree = tree_of(replace(plan, board=board))
    assert struct.unpack(">4Q", tree["/intc@8000000"]["reg"])[2:] == (0x0801_0000, 0x2000)
    assert cell_list(tree["/timer"]["interrupts"])[2] == 0x104


@needs_dtc
@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("version", [2, 3])
def test_dtc_has_nothing_to_say(index: int, version: int, tmp_path: Path) -> None:
    plan = make_plan()
    gic = replace(plan.board.gic, version=version)
    device = replace(plan.board.devices[0], regions=(region(0x901_0000, 0x1000),))
    board = replace(plan.board, gic=gic, devices=(device, *plan.board.devices[1:]))
    plan = replace(plan, board=board)
    blob = tmp_path / "guest.dtb"
    blob.write_bytes(emit_guest_dtb(plan, plan.partitions[index]))
    command = ["dtc", "-I", "dtb", "-O", "dts", "-W", "unique_unit_address_if_enabled", str(blob)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")


names = st.text("abcdefghij-#,@0123456789", min_size=1, max_size=20)
trees = st.recursive(
    st.builds(Node, names, st.dictionaries(names, st.binary(max_size=20), max_size=4)),
    lambda inner: st.builds(
        Node,
        names,
        st.dictionaries(names, st.binary(max_size=20), max_size=4),
        st.lists(inner, max_size=3, unique_by=lambda n: n.name),
    ),
    max_leaves=8,
)


@given(trees)
def test_any_tree_is_read_back(tree: Node) -> None:
    def flat(node: Node, path: str) -> Tree:
        found = {path or "/": node.properties}
        for child in node.children:
            found.update(flat(child, f"{path}/{child.name}"))
        return found

    root = Node("", tree.properties, tree.children)
    assert read(write(root)) == flat(root, "")
