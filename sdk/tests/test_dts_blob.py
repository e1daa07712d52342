# SPDX-License-Identifier: Apache-2.0
"""Compiled trees: QEMU's own dump as a board, and the blobs we write read by others and by us."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import libfdt_reader
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import make_plan
from toolbox import ROOT

from bulkhead.diag import UserError
from bulkhead.dts.blob import read_blob
from bulkhead.dts.raw import RawNode
from bulkhead.dts.read import read_tree
from bulkhead.elaborate.board import read_board
from bulkhead.emit import fdt
from bulkhead.emit.guest_dtb import emit_guest_dtb
from bulkhead.model.board import Board
from bulkhead.model.devicetree import Node, cells, strings, wide

QEMU = shutil.which("qemu-system-aarch64")
needs_libfdt = pytest.mark.skipif(libfdt_reader.find() is None, reason="libfdt is not installed")
MACHINE = "virt,virtualization=on,gic-version=3,dumpdtb="
# Property names and node names as the specification allows them (2.2.1, 2.2.4).
_NAMES = st.text("abcxyz019,._+-", min_size=1, max_size=12)
_PROPERTIES = st.dictionaries(_NAMES, st.binary(max_size=20), max_size=4)
_TREES = st.recursive(
    _PROPERTIES.map(lambda p: (p, {})),
    lambda child: st.tuples(_PROPERTIES, st.dictionaries(_NAMES, child, max_size=3)),
    max_leaves=12,
)

Shape = tuple[dict[str, bytes], dict[str, "Shape"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("blobs")


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if QEMU is None:
        pytest.skip("no qemu-system-aarch64")
    file = tmp_path_factory.mktemp("dump") / "virt.dtb"
    options = ["-nic", "none", "-cpu", "cortex-a53", "-m", "1G", "-smp", "4"]
    subprocess.run([QEMU, "-M", f"{MACHINE}{file}", *options], check=True, timeout=30, capture_output=True)
    return file


def checkout_with(dump: Path, folder: Path) -> Path:
    """A checkout whose board qemu_virt is described by the dump."""
    for name in ("dts", "Kconfig", "sdk", "hv-arm64", "rtos-guests"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "boards", folder / "boards")
    board = folder / "boards" / "qemu_virt"
    shutil.copyfile(dump, board / "virt.dtb")
    text = (board / "board.yaml").read_text(encoding="utf-8")
    text = text.replace("dts: dts/qemu_virt.dts ", "dtb: boards/qemu_virt/virt.dtb ")
    (board / "board.yaml").write_text(text, encoding="utf-8")
    return folder


def essentials(board: Board) -> list[object]:
    """What a system is built on: everything but names and places."""
    gic, uart = board.gic, board.uart
    frames = (gic.distributor, gic.redistributors)
    return [
        [(r.base, r.size) for r in board.memory],
        [(c.mpidr, c.compatible, c.enable_method) for c in board.cpus],
        (gic.version, gic.maintenance_intid, [(r.base, r.size) for r in frames if r]),
        (uart.region.base, uart.region.size, uart.irq.intid, uart.clock_hz),
        (board.timer_intids, board.psci_method),
    ]


def wiring(board: Board) -> dict[int, object]:
    return {
        d.regions[0].base: ([(r.base, r.size) for r in d.regions], [(i.intid, i.edge) for i in d.irqs], d.dma)
        for d in board.devices
    }


def test_the_dump_is_the_shipped_board(dump: Path, tmp_path: Path) -> None:  # answers bao-demos#71
    read, shipped = read_board(checkout_with(dump, tmp_path), "qemu_virt"), read_board(ROOT, "qemu_virt")
    assert essentials(read) == essentials(shipped)
    ours, theirs = wiring(shipped), wiring(read)
    common = set(ours) & set(theirs)
    assert len(common) >= len(ours) - 2  # older versions of QEMU have no second PL011
    assert {base: ours[base] for base in common} == {base: theirs[base] for base in common}
    assert str(read.memory[0].where).endswith("virt.dtb(/memory@40000000:reg)")


@pytest.mark.slow
def test_the_demo_builds_with_the_dump(dump: Path, tmp_path: Path) -> None:
    from bulkhead.build import build
    from bulkhead.kconfig.system import find_system, remember

    root, build_dir = checkout_with(dump, tmp_path), tmp_path / "build"
    build_dir.mkdir()
    demo = root / "boards" / "qemu_virt" / "systems" / "demo" / "system.defconfig"
    text = demo.read_text(encoding="utf-8").replace("OWNER_RTC_", "OWNER_PL031_")
    (build_dir / ".config").write_text(text, encoding="utf-8")
    remember(root, build_dir, find_system(root, "qemu_virt/demo"))
    build(root, build_dir)
    assert (build_dir / "bulkhead.img").is_file()


def test_labels_of_a_compiled_tree(tmp_path: Path) -> None:
    root = Node("")
    root.child("uart@0", status=strings("okay"))
    board, overlay = tmp_path / "a.dtb", tmp_path / "o.dts"
    board.write_bytes(fdt.write(root))
    overlay.write_text('&u {\n\tstatus = "disabled";\n};\n')
    with pytest.raises(UserError) as caught:
        read_tree(board, [overlay])
    assert "dtc -@" in caught.value.diags[0].help
    root.child("__symbols__", u=strings("/uart@0"))
    board.write_bytes(fdt.write(root))
    tree = read_tree(board, [overlay])
    found = tree.at("/uart@0")
    assert found is not None and not found.enabled
    assert str(found.span("status")).endswith("o.dts:2:2")
    assert tree.at("/__symbols__") is None


@given(_TREES)
def test_what_is_written_is_read(folder: Path, shape: Shape) -> None:
    file = folder / "a.dtb"
    file.write_bytes(fdt.write(as_node("", shape)))
    root = read_blob(file).root
    assert root is not None
    assert as_shape(root) == shape


# answers edk2#13009, snagboot#99 and #31: a Python binding of libfdt that does not build is not needed
@needs_libfdt
@given(_TREES)
def test_libfdt_reads_the_same(shape: Shape) -> None:
    assert libfdt_reader.Blob(fdt.write(as_node("", shape))).shape() == shape


@needs_libfdt
def test_libfdt_refuses_what_is_damaged() -> None:
    good = fdt.write(as_node("", ({"a": b"text\0"}, {"b": ({}, {})})))
    with pytest.raises(ValueError, match="FDT_ERR_"):
        libfdt_reader.Blob(good[:-8])


@needs_libfdt
def test_libfdt_reads_every_guests_tree() -> None:
    plan = make_plan()
    for p in plan.partitions:
        properties, nodes = libfdt_reader.Blob(emit_guest_dtb(plan, p)).shape()
        assert properties["#address-cells"] == cells(2)
        assert nodes["memory@40000000"][0]["reg"] == wide(0x4000_0000, p.ram_size)
        assert {n for n in nodes if n.startswith("rtc@")} == {n for n in p.devices if n.startswith("rtc@")}


@pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is the second opinion")
@pytest.mark.campaign
def test_dtc_reads_the_same(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    long = request.config.getoption("--long")
    for seed in range(2000 if long else 15):
        shape = random_shape(random.Random(seed), 3)
        (tmp_path / "a.dtb").write_bytes(fdt.write(as_node("", shape)))
        command = ["dtc", "-q", "-f", "-I", "dtb", "-O", "dts", "-o", "a.dts", "a.dtb"]
        subprocess.run(command, cwd=tmp_path, check=True, timeout=30)
        again = read_tree(tmp_path / "a.dts").root
        assert (again.name, as_values(again)) == ("/", shape), seed


@pytest.mark.campaign
def test_damaged_blobs_are_refused_or_read(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never anything but a tree or a UserError."""
    shape = random_shape(random.Random(7), 4)
    good, file = fdt.write(as_node("", shape)), tmp_path / "a.dtb"
    count = 100_000 if request.config.getoption("--long") else 1500
    refused = 0
    for seed in range(count):
        rng = random.Random(seed)
        blob = bytearray(good)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(4, len(blob))
            blob[at] = rng.choice([0, 1, 2, 3, 9, 0xFF, rng.randrange(256)])
        file.write_bytes(blob[: rng.randrange(len(blob))] if rng.random() < 0.2 else blob)
        try:
            read_blob(file)
        except UserError as problem:
            refused += 1
            assert problem.diags[0].code == "BH-DTS-001", seed
    assert 0 < refused < count


def as_node(name: str, shape: Shape) -> Node:
    node = Node(name, dict(shape[0]))
    node.children = [as_node(child, below) for child, below in shape[1].items()]
    return node


def as_shape(node: RawNode) -> Shape:
    return {p.name: p.data for p in node.props.values()}, {n: as_shape(c) for n, c in node.children.items()}


def as_values(node: object) -> Shape:
    from bulkhead.dts.tree import Node

    assert isinstance(node, Node)
    return {p.name: p.value for p in node.props.values()}, {n: as_values(c) for n, c in node.children.items()}


def random_shape(rng: random.Random, depth: int) -> Shape:
    def name() -> str:
        return "n" + "".join(rng.choice("abcxyz019,._+-") for _ in range(rng.randint(0, 8)))

    values = [b"", b"text\0", b"two\0texts\0", b"\0\0\0\7", bytes(range(9)), b"\xff" * 8, b'q"\\\n\0']
    props = {name(): rng.choice(values) for _ in range(rng.randint(0, 4))}
    below = {name(): random_shape(rng, depth - 1) for _ in range(rng.randint(0, 3))} if depth else {}
    return props, {n: s for n, s in below.items() if n not in props}


def test_a_vendors_source_as_board(tmp_path: Path) -> None:
    """Its headers lie in a folder that board.yaml names; `dma-ranges` of a bus limit its DMA."""
    root = checkout_with(ROOT / "dts" / "qemu_virt.dts", tmp_path)
    vendor = root / "vendor" / "include"
    vendor.mkdir(parents=True)
    (vendor / "soc.dtsi").write_text(
        "#include <dt-bindings/interrupt-controller/arm-gic.h>\n"
        "/ {\n\tsoc {\n\t\t#address-cells = <1>;\n\t\t#size-cells = <1>;\n"
        "\t\tranges = <0x0 0x0 0x0 0xffffffff>;\n"
        "\t\tdma-ranges = <0x0 0x0 0x40000000 0x20000000>;\n\n\t\tdma@a800000 {\n"
        '\t\t\tcompatible = "vendor,dma";\n\t\t\treg = <0xa800000 0x1000>;\n'
        "\t\t\tinterrupts = <GIC_SPI 60 IRQ_TYPE_EDGE_RISING>;\n\t\t};\n\t};\n};\n"
    )
    board = root / "boards" / "qemu_virt"
    text = (ROOT / "dts" / "qemu_virt.dts").read_text(encoding="utf-8")
    (board / "vendor.dts").write_text(text + "#include <soc.dtsi>\n", encoding="utf-8")
    yaml = (board / "board.yaml").read_text(encoding="utf-8")
    yaml = yaml.replace("dtb: boards/qemu_virt/virt.dtb ", "dts: boards/qemu_virt/vendor.dts ")
    (board / "board.yaml").write_text(yaml + "\ninclude: [vendor/include]\n", encoding="utf-8")
    found = {d.name: d for d in read_board(root, "qemu_virt").devices}["dma@a800000"]
    assert ([i.text for i in found.irqs], found.irqs[0].edge) == (["SPI 60 (INTID 92)"], True)
    assert (found.dma, found.dma_limit) == (True, 0x6000_0000)
    assert str(found.where).endswith("soc.dtsi:9:3")
