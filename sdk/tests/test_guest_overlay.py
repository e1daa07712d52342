# SPDX-License-Identifier: Apache-2.0
"""A user's overlay over a guest's devicetree: merged, and its mistakes told with their lines."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from test_emit_guest_dtb import Tree, cell_list, read
from toolbox import needs_dtc

from bulkhead.check import check
from bulkhead.diag import render_text
from bulkhead.elaborate.board import read_board
from bulkhead.elaborate.project import Project, with_board
from bulkhead.emit.guest_dtb import emit_guest_dtb
from bulkhead.kconfig.system import System

CONFIG = """\
CONFIG_PART_1_ENABLE=y
CONFIG_PART_1_NAME="one"
CONFIG_PART_1_OVERLAY="guest.dts"
CONFIG_OWNER_RTC_9010000_PART_1=y
CONFIG_PART_2_ENABLE=y
CONFIG_PART_2_NAME="two"
"""
GOOD = """\
#include <dt-bindings/interrupt-controller/arm-gic.h>
/ {
	aliases { serial0 = &uart; };
	supply: supply { compatible = "regulator-fixed"; regulator-name = "supply"; };
};
&{/rtc@9010000} { vcc-supply = <&supply>; interrupts = <GIC_SPI 2 IRQ_TYPE_LEVEL_HIGH>; };
&uart { current-speed = <115200>; /delete-property/ clock-names; };
/delete-node/ &{/psci};
"""


def project(root: Path, folder: Path, overlay: str | None) -> Project:
    (folder / "system.defconfig").write_text(CONFIG)
    if overlay is not None:
        (folder / "guest.dts").write_text(overlay)
    board = read_board(root, "qemu_virt")
    system = System("qemu_virt", "mine", folder)
    return with_board(root, folder / "build", system, board, folder / "system.defconfig")


def tree(root: Path, folder: Path, overlay: str, index: int = 0) -> Tree:
    made = project(root, folder, overlay).elaborate()
    assert render_text([*made.diags, *check(made.plan)]) == ""
    return read(emit_guest_dtb(made.plan, made.plan.partitions[index]))


def test_what_it_adds_changes_and_deletes(root: Path, tmp_path: Path) -> None:
    merged = tree(root, tmp_path, GOOD)
    assert merged["/rtc@9010000"]["vcc-supply"] == merged["/supply"]["phandle"]
    assert cell_list(merged["/pl011@9000000"]["current-speed"]) == [115200]
    assert "clock-names" not in merged["/pl011@9000000"] and "/psci" not in merged
    assert merged["/aliases"]["serial0"] == b"/pl011@9000000\0"
    phandles = [node["phandle"] for node in merged.values() if "phandle" in node]
    assert len(phandles) == len(set(phandles))
    assert cell_list(merged["/"]["interrupt-parent"]) == cell_list(merged["/intc@8000000"]["phandle"])


def test_the_neighbours_tree_is_as_it_was(root: Path, tmp_path: Path) -> None:
    assert "/psci" in tree(root, tmp_path, GOOD, 1)


def test_an_overlay_with_fragments(root: Path, tmp_path: Path) -> None:
    text = '/dts-v1/;\n/plugin/;\n/ { a { target-path = "/"; __overlay__ { mine { x = <1>; }; }; }; };\n'
    assert cell_list(tree(root, tmp_path, text)["/mine"]["x"]) == [1]


@needs_dtc
def test_dtc_has_nothing_to_say(root: Path, tmp_path: Path) -> None:
    made = project(root, tmp_path, GOOD).elaborate()
    blob = tmp_path / "one.dtb"
    blob.write_bytes(emit_guest_dtb(made.plan, made.plan.partitions[0]))
    command = ["dtc", "-I", "dtb", "-O", "dts", "-W", "unique_unit_address_if_enabled", str(blob)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        ("/ {\n\tx = <1>;\n};\n&nowhere { };\n", "guest.dts:4:1: error[BH-DTS-005]: "),
        ("/ {\n\tx = <1;\n};\n", "guest.dts:2:8: error[BH-DTS-002]: "),
        ("/ {\n\tmine {\n\t\tclocks = <&uart>;\n\t};\n};\n", "guest.dts:3:3: warning[BH-DTS-005]: "),
        ('#include "other.h"\n', "guest.dts:1:10: error[BH-DTS-001]: "),
        (None, "system.defconfig:3:23: error[BH-DTS-001]: there is no file 'guest.dts'"),
    ],
)
def test_a_mistake_has_its_line(root: Path, tmp_path: Path, overlay: str | None, message: str) -> None:
    made = project(root, tmp_path, overlay).elaborate()
    text = render_text(made.diags).replace(f"{tmp_path}/", "")
    assert text.startswith(message), text
    emit_guest_dtb(made.plan, made.plan.partitions[0])  # the plan can still be looked at
