# SPDX-License-Identifier: Apache-2.0
"""The guest's devicetree: a reader of its own and dtc both accept it."""

from __future__ import annotations

import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import make_plan, region
from toolbox import needs_dtc

from bulkhead.elaborate.board import read_board
from bulkhead.emit.fdt import write
from bulkhead.emit.guest_dtb import emit_guest_dtb
from bulkhead.model.devicetree import Node, cells
from bulkhead.model.passthrough import pass_through
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
    clock = tree_of(make_plan())["/apb-pclk"]
    assert rtc["clocks"] == clock["phandle"] and clock["compatible"] == b"fixed-clock\0"
    assert not {"/rtc@9010000", "/apb-pclk"} & set(tree_of(make_plan(), 1))


BOARD = """
/ {
	clk: clock-controller@9060000 { compatible = "x,clk"; reg = <0 0x9060000 0 0x1000>; #clock-cells = <1>; };
	osc: osc { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <1000>; clocks = <&root>; };
	root: root-osc { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <7>; };
	vcc: vcc { compatible = "regulator-fixed"; regulator-name = "vcc"; x,from = <&osc 5 &root>; };
	gpio2: gpio@9061000 {
		compatible = "arm,pl061"; reg = <0 0x9061000 0 0x1000>; gpio-controller; #gpio-cells = <2>;
		interrupts = <0 42 4>; clocks = <&root>; clock-names = "apb_pclk";
	};
	i2c@9062000 {
		compatible = "x,i2c"; reg = <0 0x9062000 0 0x1000>; #address-cells = <1>; #size-cells = <0>;
		interrupts = <0 40 4>, <0 41 1>; interrupt-names = "a", "b";
		clocks = <&osc>, <&clk 3>; clock-names = "slow", "fast";
		vcc-supply = <&vcc>; reset-gpios = <&gpio2 4 0>, <0>, <&gpio2 5 1>; dma-coherent;
		sensor@48 { compatible = "x,sensor"; reg = <0x48>; vdd-supply = <&vcc>; clocks = <&osc>; };
	};
};
"""


def passed(root: Path, tmp_path: Path, text: str, names: list[str]) -> tuple[Tree, list[tuple[str, ...]]]:
    """The tree of a guest that owns these devices of a board, and what was left out of it."""
    overlay = tmp_path / "overlay.dts"
    overlay.write_text(text)
    board = read_board(root, "qemu_virt", [overlay])
    plan = make_plan()
    plan = replace(plan, board=board)
    tree = read(emit_guest_dtb(plan, replace(plan.partitions[0], devices=tuple(names))))
    left = pass_through(board, [plan.device(name) for name in names]).left_out
    return tree, [(out.node, out.name, out.target) for out in left]


def test_what_devices_refer_to_comes_along(root: Path, tmp_path: Path) -> None:
    names = ["i2c@9062000", "gpio@9061000"]
    tree, left = passed(root, tmp_path, BOARD, names)
    i2c, sensor, gpio = tree["/i2c@9062000"], tree["/i2c@9062000/sensor@48"], tree["/gpio@9061000"]
    assert left == [("/i2c@9062000", "clocks", "/clock-controller@9060000")]
    assert "clocks" not in i2c and "clock-names" not in i2c
    number = int.from_bytes(gpio["phandle"], "big")
    assert cell_list(i2c["reset-gpios"]) == [number, 4, 0, 0, number, 5, 1]
    assert i2c["vcc-supply"] == sensor["vdd-supply"] == tree["/vcc"]["phandle"]
    assert sensor["clocks"] == tree["/osc"]["phandle"] and sensor["reg"] == bytes([0, 0, 0, 0x48])
    assert tree["/osc"]["clocks"] == tree["/root-osc"]["phandle"], "and what that refers to"
    assert tree["/vcc"]["x,from"] == tree["/osc"]["phandle"] + cells(5) + tree["/root-osc"]["phandle"]
    assert cell_list(i2c["interrupts"]) == [0, 40, 4, 0, 41, 1] and i2c["interrupt-names"] == b"a\0b\0"
    phandles = [node["phandle"] for node in tree.values() if "phandle" in node]
    assert len(phandles) == len(set(phandles))


def test_another_partitions_controller_does_not(root: Path, tmp_path: Path) -> None:
    tree, left = passed(root, tmp_path, BOARD, ["i2c@9062000"])
    assert [name for _, name, _ in left] == ["clocks", "reset-gpios"] and "/gpio@9061000" not in tree
    tree, left = passed(root, tmp_path, BOARD, ["i2c@9062000", "gpio@9061000", "clock-controller@9060000"])
    assert left == []
    clocks, owned = cell_list(tree["/i2c@9062000"]["clocks"]), tree["/clock-controller@9060000"]["phandle"]
    assert clocks[1:] == [int.from_bytes(owned, "big"), 3]


def test_a_compiled_board_refers_the_same(root: Path, tmp_path: Path) -> None:
    """There references are numbers; the bindings' names tell which."""
    dtc = shutil.which("dtc")
    if dtc is None:
        pytest.skip("dtc is not installed")
    source, blob = tmp_path / "board.dts", tmp_path / "board.dtb"
    text = subprocess.run(
        ["cpp", "-nostdinc", "-P", "-undef", "-x", "assembler-with-cpp", root / "dts" / "qemu_virt.dts"],
        capture_output=True, text=True, timeout=20, check=True,
    ).stdout  # fmt: skip
    source.write_text(text + BOARD.replace(" x,from = <&osc 5 &root>;", ""))
    subprocess.run([dtc, "-q", "-I", "dts", "-O", "dtb", "-o", blob, source], check=True, timeout=20)
    plan = make_plan()
    names = ("i2c@9062000", "gpio@9061000")
    trees = []
    for board in (read_board(root, "qemu_virt", dts=source), read_board(root, "qemu_virt", dts=blob)):
        there = replace(plan, board=board)
        trees.append(read(emit_guest_dtb(there, replace(there.partitions[0], devices=names))))
    assert trees[0] == trees[1] and "vcc-supply" in trees[1]["/i2c@9062000"]


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
