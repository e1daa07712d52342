# SPDX-License-Identifier: Apache-2.0
"""`import-board`: what is understood of a vendor's tree, what is left out, what a person must decide.

The trees of others are those of Debian's arm64 kernel package, fetched at run time: a sample, and
with --long every one.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bulkhead.cli.main import cli
from bulkhead.diag import FetchFailed, ToolMissing, UserError
from bulkhead.dts.read import read_tree
from bulkhead.elaborate.board import read_board
from bulkhead.elaborate.import_board import PARTS, Survey, survey
from bulkhead.elaborate.imported_files import board_files, write_board
from bulkhead.fetch.trees import fetch_trees

PARTS_OF_ALL = 12  # the sample is one tree of each

VENDOR = """// SPDX-License-Identifier: (GPL-2.0+ OR MIT)
/dts-v1/;
/ {
	model = "A \\"vendor's\\" board";
	compatible = "acme,one";
	#address-cells = <2>;
	#size-cells = <2>;
	interrupt-parent = <&gic>;
	chosen { stdout-path = "serial0"; };
	aliases { serial0 = &uart; };
	MEMORY
	cpus {
		#address-cells = <1>;
		#size-cells = <0>;
		cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a53"; reg = <0>; enable-method = "psci"; };
	};
	psci { compatible = "arm,psci-1.0"; method = "smc"; };
	timer { compatible = "arm,armv8-timer"; interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>; };
	gic: interrupt-controller@8000000 {
		compatible = "arm,gic-v3";
		reg = <0x0 0x8000000 0x0 0x10000>, <0x0 0x80a0000 0x0 0x20000>;
		interrupts = <1 9 4>;
		interrupt-controller;
		#interrupt-cells = <3>;
	};
	uart: serial@9000000 {
		compatible = "UART";
		reg = <0x0 0x9000000 0x0 0x1000>;
		interrupts = <0 1 4>;
	};
	odd@a000000 {
		compatible = "acme,odd";
		reg = <0x0 0xa000000 0x0 0x1000>;
		interrupts = <7 1 4>;
		data = [01 02 03];
		status = "okay";
	};
	off@b000000 { compatible = "acme,off"; reg = <0x0 0xb000000 0x0 0x1000>; status = "disable"; };
};
"""
MEMORY = 'memory@40000000 { device_type = "memory"; reg = <0x0 0x40000000 0x0 0x40000000>; };'


@pytest.fixture
def bindings(root: Path) -> Path:
    return root / "dts" / "bindings"


def vendor(folder: Path, memory: str = MEMORY, uart: str = "arm,pl011") -> Path:
    path = folder / "vendor.dts"
    path.write_text(VENDOR.replace("MEMORY", memory).replace("UART", uart), encoding="utf-8")
    return path


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit | UserError), done.exception
    return done.exit_code, done.output


def test_a_vendors_tree_becomes_a_board_that_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULKHEAD_BOARDS", str(tmp_path / "boards"))
    code, said = run("import-board", "mine", str(vendor(tmp_path)), "--into", str(tmp_path / "boards"))
    assert code == 0 and "memory   0x40000000..0x7fffffff (1 GiB)" in said
    assert "driver uart_pl011.c" in said and "Before it can be used" not in said
    text = (tmp_path / "boards/mine/mine.dts").read_text(encoding="utf-8")
    assert text.startswith("// SPDX-License-Identifier: (GPL-2.0+ OR MIT)\n")
    assert 'model = "A \\"vendor\'s\\" board";' in text and "data = [01 02 03];" in text
    build = str(tmp_path / "build")
    assert run("-d", build, "defconfig", "mine/first")[0] == 0
    code, said = run("-d", build, "check")
    assert code == 0 and "system 'first' on mine is consistent" in said
    assert "mine/first" in run("list")[1]


def test_what_is_malformed_is_left_out_and_said(tmp_path: Path, bindings: Path) -> None:
    found = survey(vendor(tmp_path), bindings)
    assert found.reasons == {"devices": "no device that a partition could own"}
    assert set(found.notes) == {"/odd@a000000", "/off@b000000"}
    assert "`interrupts` has interrupt type 7" in found.notes["/odd@a000000"][0]
    assert [d.name for d in found.devices if not d.enabled] == ["odd@a000000", "off@b000000"]
    assert any("2 nodes were changed" in decision for decision in found.decisions)


@pytest.mark.parametrize(
    ("memory", "reason"),
    [
        ("", 'no memory (a node with device_type = "memory"). The boot loader fills it in'),
        (MEMORY.replace("0x40000000>", "0>"), "a memory node without a size. The boot loader fills it in"),
    ],
)
def test_memory_that_the_boot_loader_fills_in(
    tmp_path: Path, bindings: Path, memory: str, reason: str
) -> None:
    path = vendor(tmp_path, memory)
    found = survey(path, bindings)
    assert found.reasons["memory"].startswith(reason)
    given = survey(path, bindings, ((0x8000_0000, 1 << 30), (0x1_0000_0000, 1 << 30)))
    assert "memory" not in given.reasons
    assert [(r.base, r.size) for r in given.memory] == [(0x8000_0000, 1 << 30), (0x1_0000_0000, 1 << 30)]
    assert given.image == 0x8020_0000


def test_a_console_without_a_driver_is_said(tmp_path: Path) -> None:
    path = vendor(tmp_path, uart="acme,uart")
    code, said = run("import-board", "mine", str(path), "--into", str(tmp_path / "b"), "--format", "json")
    told = json.loads(said)
    assert code == 0 and not told["ready"]
    assert told["uarts"][0]["why_not"] == "the hypervisor has no driver for 'acme,uart'"
    assert any(d.startswith("console: ") and "none of its UARTs" in d for d in told["decide"])


def test_what_cannot_be_imported(tmp_path: Path) -> None:
    path, into = vendor(tmp_path), str(tmp_path / "b")
    (tmp_path / "junk.dtb").write_bytes(b"\xd0\x0d\xfe\xed" + bytes(9))
    for words in (
        ("My Board", str(path), "--into", into),
        ("mine", str(path), "--into", into, "--memory", "1G"),
        ("mine", str(tmp_path / "junk.dtb"), "--into", into),
    ):
        done = CliRunner().invoke(cli, ["import-board", *words])
        assert isinstance(done.exception, UserError)
    assert not Path(into).exists()
    assert run("import-board", "mine", str(path), "--into", into)[0] == 0
    again = CliRunner().invoke(cli, ["import-board", "mine", str(path), "--into", into])
    assert isinstance(again.exception, UserError) and "is not empty" in str(again.exception)


@pytest.fixture(scope="module")
def trees() -> list[Path]:
    try:
        return fetch_trees(lambda _text: None)
    except (FetchFailed, ToolMissing) as problem:
        pytest.skip(f"the kernel package's trees cannot be had here: {problem}")


@pytest.mark.slow
@pytest.mark.parametrize("nth", range(PARTS_OF_ALL))
def test_every_tree_of_the_kernel_is_read(
    trees: list[Path], root: Path, bindings: Path, tmp_path: Path, nth: int, request: pytest.FixtureRequest
) -> None:
    """Each part is usable, or there is a reason; what is written reads back as the same tree."""
    size = -(-len(trees) // PARTS_OF_ALL)
    mine = trees[nth * size : (nth + 1) * size]
    for number, path in enumerate(mine if request.config.getoption("--long") else mine[:1]):
        found = survey(path, bindings)
        for part in PARTS:
            assert getattr(found, part) or found.reasons.get(part), f"{path.name}: no {part}, and no reason"
        written = write_board(board_files(found, "b", path.name), tmp_path / str(number))[0]
        same_tree(found, written, path.name)
        console = next((u for u in found.uarts if u.console), None)
        if not found.reasons and console and not console.why_not:
            read_board(root, "qemu_virt", dts=written)


def same_tree(found: Survey, written: Path, name: str) -> None:
    again = {n.path: {p.name: p.value for p in n.props.values()} for n in read_tree(written)}
    assert again == {n.path: {p.name: p.value for p in n.props.values()} for n in found.tree}, name
