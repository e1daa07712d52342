# SPDX-License-Identifier: Apache-2.0
"""The devicetree reader: places through includes, overlays and the preprocessor; the board in it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bulkhead.diag import UserError
from bulkhead.dts.address import cpu_regions
from bulkhead.dts.preprocess import command
from bulkhead.dts.read import read_tree
from bulkhead.elaborate.board import read_board

HEAD = "/dts-v1/;\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")


def test_places_of_nodes_and_properties(here: Path) -> None:
    write(here, a_dts=HEAD + '/ {\n\tempty;\n\tl: node@1 {\n\t\treg = <1\n\t\t\t2>; x = "y";\n\t};\n};\n')
    tree = read_tree(Path("a.dts"))
    node = tree.at("/node@1")
    assert node is not None
    assert (str(tree.root.where), str(node.where)) == ("a.dts:2:1", "a.dts:4:5")
    assert str(tree.root.span("empty")) == "a.dts:3:2"
    assert (str(node.span("reg")), str(node.span("x"))) == ("a.dts:5:3", "a.dts:6:8")
    assert node.labels == ("l",)


def test_places_through_includes_and_preprocessor(here: Path) -> None:
    write(
        here,
        soc_dtsi="/ {\n\tsoc: soc {\n\t\tsize = <SIZE>;\n\t};\n};\n",
        size_h="/* the size */\n#define SIZE 0x10\n",
        a_dts=HEAD + '#include "size.h"\n#include "soc.dtsi"\n/include/ "more.dtsi"\n&soc { own; };\n',
        more_dtsi="/ {\n\tmore {\n\t};\n};\n",
    )
    tree = read_tree(Path("a.dts"))
    soc, more = tree.at("/soc"), tree.at("/more")
    assert soc is not None and more is not None
    assert soc.cells("size") == (0x10,)
    assert str(soc.span("size")).endswith("soc.dtsi:3:3")
    assert str(more.where) == "more.dtsi:2:2"
    assert str(soc.span("own")) == "a.dts:5:8"
    assert [str(s) for s in soc.also] == ["a.dts:5:1"]


def test_overlays_override_and_keep_their_place(here: Path) -> None:
    write(
        here,
        a_dts=HEAD + '/ { u: uart { status = "okay"; }; };\n',
        o_dts='/dts-v1/;\n/plugin/;\n&u {\n\tstatus = "disabled";\n};\n',
    )
    uart = read_tree(Path("a.dts"), [Path("o.dts")]).at("/uart")
    assert uart is not None
    assert not uart.enabled
    assert str(uart.span("status")) == "o.dts:4:2"


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("/ {\n\tnode = <1 2;\n};\n", "BH-DTS-002", "a.dts:3:"),
        ("/ {\n\tnode {\n};\n", "BH-DTS-002", "a.dts:"),
        ('#include "none.dtsi"\n', "BH-DTS-001", "a.dts:2:"),
        ('/include/ "none.dtsi"\n', "BH-DTS-001", "a.dts:2"),
        ("#error no\n", "BH-DTS-002", "a.dts:2:"),
        ("/ { a = <&none>; };\n", "BH-DTS-005", "a.dts:2:"),
        ("", "BH-DTS-002", "a.dts"),
    ],
)
def test_mistakes_are_reported_where_they_are(here: Path, text: str, code: str, where: str) -> None:
    write(here, a_dts=HEAD + text)
    with pytest.raises(UserError) as caught:
        read_tree(Path("a.dts"))
    assert [d.code for d in caught.value.diags] == [code]
    assert str(caught.value.diags[0].where).startswith(where)


def test_preprocessor_command() -> None:
    assert command(["clang"], Path("a.dts"), [Path("inc")]) == [
        "clang", "-E", "-nostdinc", "-undef", "-D__DTS__", "-x", "assembler-with-cpp", "-Iinc", "a.dts",
    ]  # fmt: skip


def test_addresses_go_through_ranges(here: Path) -> None:
    write(
        here,
        a_dts=HEAD
        + """/ { #address-cells = <2>; #size-cells = <2>;
    bus { #address-cells = <1>; #size-cells = <1>; ranges = <0x0 0x1 0x80000000 0x1000>;
        in@10 { reg = <0x10 0x10>; };
        out@2000 { reg = <0x2000 0x10>; };
        flat { #address-cells = <1>; #size-cells = <1>; ranges; deep@20 { reg = <0x20 4>; }; };
    };
    i2c { #address-cells = <1>; #size-cells = <0>; chip@50 { reg = <0x50>; }; };
};
""",
    )
    tree = read_tree(Path("a.dts"))

    def regions(path: str) -> list[tuple[int, int]]:
        node = tree.at(path)
        assert node is not None
        return cpu_regions(node)

    assert regions("/bus/in@10") == [(0x1_8000_0010, 0x10)]
    assert regions("/bus/out@2000") == []
    assert regions("/bus/flat/deep@20") == [(0x1_8000_0020, 4)]
    assert regions("/i2c/chip@50") == []


def test_the_board(root: Path) -> None:
    board = read_board(root, "qemu_virt")
    assert [(hex(r.base), hex(r.size)) for r in board.memory] == [("0x40000000", "0x40000000")]
    assert [c.mpidr for c in board.cpus] == [0, 1, 2, 3]
    assert (board.gic.version, board.gic.maintenance_intid, board.gic.intid_count) == (3, 25, 96)
    assert board.timer_intids == (29, 30, 27, 26)
    assert (board.uart.device, board.uart.irq.intid, board.uart.clock_hz) == (
        "serial@9000000",
        33,
        24_000_000,
    )
    assert (board.psci_method, board.boot.image) == ("smc", 0x4020_0000)
    rtc = next(d for d in board.devices if d.name == "rtc@9010000")
    assert (rtc.symbol, [i.text for i in rtc.irqs], rtc.dma) == ("RTC_9010000", ["SPI 2 (INTID 34)"], False)
    assert {d.symbol for d in board.devices if d.hypervisor_only} == {
        "SERIAL_9000000",
        "INTERRUPT_CONTROLLER_8000000",
    }


@pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is the second opinion")
def test_dtc_agrees(root: Path) -> None:
    done = subprocess.run(
        [
            "dtc",
            "-I",
            "dts",
            "-O",
            "dtb",
            "-o",
            "/dev/null",
            "-Wunique_unit_address_if_enabled",
            "dts/qemu_virt.dts",
        ],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stderr == ""
