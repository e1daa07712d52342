# SPDX-License-Identifier: Apache-2.0
"""The devicetree specification (v0.4), chapter by chapter, on small trees; and the size of big ones."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from bulkhead.diag import UserError, render_text
from bulkhead.dts.address import cpu_regions, dma_limit
from bulkhead.dts.interrupts import gic_interrupts
from bulkhead.dts.numbers import BadNumber, number
from bulkhead.dts.read import read_tree
from bulkhead.dts.tree import Node, Tree
from bulkhead.elaborate.board import read_board
from bulkhead.elaborate.reserved import reserved_memory

PATIENCE = 3.0  # for a machine that does something else besides
HEAD = "/dts-v1/;\n"
GIC = "gic: gic { interrupt-controller; #interrupt-cells = <3>; #address-cells = <0>; };"
dtc = pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is the second opinion")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tree_of(text: str, *overlays: str) -> Tree:
    Path("a.dts").write_text(HEAD + text, encoding="utf-8")
    for i, overlay in enumerate(overlays):
        Path(f"o{i}.dts").write_text(overlay, encoding="utf-8")
    tree = read_tree(Path("a.dts"), [Path(f"o{i}.dts") for i in range(len(overlays))])
    assert not [d for d in tree.remarks if d.is_error], render_text(tree.remarks)
    return tree


def at(tree: Tree, path: str) -> Node:
    node = tree.at(path)
    assert node is not None, path
    return node


def intids(tree: Tree, path: str) -> list[int]:
    return [i.intid for i in gic_interrupts(tree, at(tree, path), at(tree, "/gic"))]


def test_ranges_of_several_buses() -> None:
    tree = tree_of("""/ { #address-cells = <2>; #size-cells = <1>;
  soc { #address-cells = <1>; #size-cells = <1>; ranges = <0x0 0x1 0x0 0x1000>, <0x8000 0x2 0x0 0x1000>;
    bus@8000 { #address-cells = <1>; #size-cells = <1>; ranges = <0x0 0x8000 0x100>;
      dev@10 { reg = <0x10 0x10>; }; far@200 { reg = <0x200 0x10>; }; }; };
  hidden { #address-cells = <1>; #size-cells = <1>; dev@0 { reg = <0x0 4>; }; }; };""")
    assert cpu_regions(at(tree, "/soc/bus@8000/dev@10")) == [(0x2_0000_0010, 0x10)]
    assert cpu_regions(at(tree, "/soc/bus@8000/far@200")) == []
    assert cpu_regions(at(tree, "/hidden/dev@0")) == []


def test_dma_ranges() -> None:  # answers dornerworks/xen-rpi4-builder#3
    tree = tree_of("""/ { #address-cells = <2>; #size-cells = <1>;
  soc { #address-cells = <1>; #size-cells = <1>; ranges;
    dma-ranges = <0xc0000000 0x0 0x00000000 0x40000000>; low@0 { reg = <0 1>; };
    sub { #address-cells = <1>; #size-cells = <1>; ranges; dma-ranges = <0x0 0xc0000000 0x10000000>;
      lower@0 { reg = <0 1>; }; };
    same { #address-cells = <1>; #size-cells = <1>; ranges; dma-ranges; like@0 { reg = <0 1>; }; }; };
  free { #address-cells = <1>; #size-cells = <1>; all@0 { reg = <0 1>; }; };
  bridge@0 { #address-cells = <3>; #size-cells = <2>; reg = <0x0 0x0 0x1>;
    dma-ranges = <0x2000000 0x0 0x0 0x0 0x0 0x0 0xc0000000>; }; };""")
    assert dma_limit(at(tree, "/soc/low@0")) == 0x4000_0000
    assert dma_limit(at(tree, "/soc/sub/lower@0")) == 0x1000_0000
    assert dma_limit(at(tree, "/soc/same/like@0")) == 0x4000_0000
    assert dma_limit(at(tree, "/free/all@0")) is None
    assert dma_limit(at(tree, "/bridge@0")) == 0xC000_0000


def test_interrupt_parents_are_inherited_and_named() -> None:
    tree = tree_of(f"""/ {{ interrupt-parent = <&gic>; {GIC}
  pins: pins {{ interrupt-controller; #interrupt-cells = <2>; interrupts = <0 9 4>;
    inner {{ interrupts = <1 2>; }}; }};
  a {{ interrupts = <0 1 4>, <1 2 1>; }};
  b {{ interrupt-parent = <&pins>; interrupts = <3 4>; c {{ interrupts = <5 6>; }}; }};
  d {{ interrupts-extended = <&pins 1 2>, <&gic 0 7 1>; interrupts = <0 1 4>; }}; }};""")
    assert intids(tree, "/a") == [33, 18]
    assert intids(tree, "/b") == intids(tree, "/b/c") == intids(tree, "/pins/inner") == []
    assert (intids(tree, "/pins"), intids(tree, "/d")) == ([41], [39])


def test_interrupt_map() -> None:
    tree = tree_of(f"""/ {{ #address-cells = <1>; #size-cells = <1>; interrupt-parent = <&gic>; {GIC}
  its: wide {{ interrupt-controller; #interrupt-cells = <1>; #address-cells = <2>; }};
  nexus: nexus {{ #interrupt-cells = <1>; #address-cells = <1>; #size-cells = <1>; ranges;
    interrupt-map-mask = <0xf0 0x3>;
    interrupt-map = <0x10 1 &gic 0 20 4>, <0x10 2 &its 7 8 9>, <0x20 1 &second 5>;
    one@10 {{ reg = <0x10 1>; interrupts = <1>; }}; one@1f {{ reg = <0x1f 1>; interrupts = <5>; }};
    its@10 {{ reg = <0x11 1>; interrupts = <2>; }}; far@20 {{ reg = <0x20 1>; interrupts = <1>; }}; }};
  second: second {{ #interrupt-cells = <1>; #address-cells = <0>; interrupt-map = <5 &gic 0 30 1>; }}; }};""")
    assert intids(tree, "/nexus/one@10") == intids(tree, "/nexus/one@1f") == [52]
    assert intids(tree, "/nexus/its@10") == []
    assert intids(tree, "/nexus/far@20") == [62]


def test_reserved_memory() -> None:  # answers lopper#124: dropped, since nothing refers to it
    tree = tree_of("""/memreserve/ 0x1000 0x100;
/ { #address-cells = <1>; #size-cells = <1>;
  reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;
    fw@7000 { reg = <0x7000 0x10>, <0x9000 0x10>; no-map; }; keep@5000 { reg = <0x5000 0x10>; };
    cma@6000 { reg = <0x6000 0x10>; reusable; }; pool { size = <0x100>; reusable; };
    off@2000 { reg = <0x2000 0x10>; status = "disabled"; }; }; };""")
    regions, remarks = reserved_memory(tree)
    assert [(r.base, r.size) for r in regions] == [
        (0x1000, 0x100), (0x5000, 0x10), (0x7000, 0x10), (0x9000, 0x10),
    ]  # fmt: skip
    assert remarks == []


def test_both_forms_of_overlays() -> None:
    board = '/ { a: one { status = "okay"; x; inner { }; }; b: two { }; };'
    fragments = """/dts-v1/;\n/plugin/;\n/ {\n\tcompatible = "some,board";
\tfragment@0 { target = <&a>; __overlay__ { status = "disabled"; /delete-property/ x;
\t\tnew: deep { y = <&b>; }; }; };
\tfragment@1 { target-path = "/two"; __overlay__ { z; }; };
\tfragment@2 { target-label = "b"; __overlay__ { w; }; };\n};\n&b { v; };\n"""
    tree = tree_of(board, fragments, "&new { late; };\n&{/two} { by-path; };\n/delete-node/ &{/one/inner};\n")
    assert not at(tree, "/one").enabled and "x" not in at(tree, "/one").props
    assert set(at(tree, "/two").props) == {"z", "w", "v", "by-path", "phandle"}
    assert at(tree, "/one/deep").cells("y") == at(tree, "/two").cells("phandle")
    assert "late" in at(tree, "/one/deep").props and not at(tree, "/one").children.get("inner")
    assert str(at(tree, "/one").span("status")) == "o0.dts:5:44"
    assert list(tree.root.children) == ["one", "two"]


def test_values_and_labels() -> None:
    tree = tree_of(r"""/ { al: a = "x\n\x41\101\"", "y" ; b = l: <1 m: (2 + 3 * 4) 'A' n:>, [01 0203] o:;
  c = /bits/ 64 <0x123456789abcdef0 (-1)>, /bits/ 8 <1 2>; d = &x, "t"; e = <&x &{/x}>; f; x: x { };
  aliases { n = &x; }; /omit-if-no-ref/ gone { }; };""")
    root = tree.root
    assert root.props["a"].value == b'x\nAA"\0y\0'
    assert root.props["b"].value == bytes.fromhex("00000001 0000000e 00000041 010203")
    assert root.props["c"].value == bytes.fromhex("123456789abcdef0 ffffffffffffffff 0102")
    assert root.props["d"].value == b"/x\0t\0"
    assert root.cells("e") == (1, 1) and root.props["f"].value == b""
    assert tree.at("n") is at(tree, "/x") and "gone" not in root.children


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(1 << 4 | 3)", 19), ("(7 - 8)", (1 << 64) - 1), ("(1 ? 2 : 3)", 2), ("(!0 && ~0 != 0)", 1),
        ("(10 / 3 % 2)", 1), ("0x10UL", 16), ("010", 8), ("'\\n'", 10), ("(1 << 100)", 0), ("(-1 >> 60)", 15),
        ("(1 == 1 || 1 / 1)", 1), ("((((2))))", 2), ("(5 <= 4)", 0), ("(6 ^ 3 & 1)", 7),
    ],
)  # fmt: skip
def test_expressions(text: str, value: int) -> None:
    assert number(text, 0) == (value, len(text))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(BadNumber):
        number("(" * 5000 + "1" + ")" * 5000, 0)
    with pytest.raises(BadNumber):
        number("(" + "-" * 5000 + "1)", 0)
    with pytest.raises(UserError):
        tree_of("/ {" + "a {" * 5000 + "};" * 5000 + "};")


def test_a_vendor_tree_with_includes(root: Path, here: Path) -> None:
    """Headers from the board's include folders; the SDK brings the kernel's names of interrupts."""
    (here / "vendor").mkdir()
    (here / "vendor" / "soc.h").write_text("#define UART_IRQ 8\n")
    Path("a.dts").write_text(
        HEAD + "#include <dt-bindings/interrupt-controller/arm-gic.h>\n#include <soc.h>\n"
        f"/ {{ interrupt-parent = <&gic>; {GIC}\n"
        "a { interrupts = <GIC_SPI UART_IRQ IRQ_TYPE_LEVEL_HIGH>; }; };"
    )
    tree = read_tree(Path("a.dts"), (), [here / "vendor", root / "dts" / "include"])
    assert intids(tree, "/a") == [40]


@dtc
@pytest.mark.campaign
def test_dtc_agrees_on_mutated_trees(root: Path, here: Path, request: pytest.FixtureRequest) -> None:
    """What we accept dtc accepts too, and compiles to the same values (-f: without its own style rules)."""
    text = mutable(root)
    agreed = 0
    for seed in range(3000 if request.config.getoption("--long") else 40):
        # dtc wants a line's end behind the last comment.
        Path("m.dts").write_text(mutate(text, random.Random(seed)) + "\n", encoding="utf-8")
        try:
            ours = read_tree(Path("m.dts"))
        except UserError:
            continue
        if any(d.is_error for d in ours.remarks):
            continue
        done = subprocess.run(
            ["dtc", "-q", "-f", "-I", "dts", "-O", "dtb", "-o", "m.dtb", "m.dts"],
            capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        assert done.returncode == 0, (seed, done.stderr)
        theirs = read_tree(Path("m.dtb"))
        assert values(ours.root) == values(theirs.root), seed
        agreed += 1
    assert agreed > 5


@pytest.mark.campaign
def test_mutated_trees_never_end_in_a_traceback(root: Path, request: pytest.FixtureRequest) -> None:
    """A tree, or findings with a place in a file that exists; as a tree of its own and as overlay."""
    text, overlay = mutable(root), mutable(root).replace(HEAD, "").replace("/ {", "&{/} {", 1)
    Path("b.dts").write_text(text, encoding="utf-8")
    for seed in range(50_000 if request.config.getoption("--long") else 400):
        for base, files in ((text, ()), (overlay, (Path("m.dts"),))):
            Path("m.dts").write_text(mutate(base, random.Random(seed)), encoding="utf-8")
            try:
                tree = read_tree(Path("b.dts") if files else Path("m.dts"), files)
                assert len(list(tree)) >= 1
            except UserError as problem:
                assert problem.diags, seed
                assert all(d.where.file in ("m.dts", "b.dts") for d in problem.diags), seed


def test_a_thousand_nodes_are_read_quickly(root: Path, here: Path) -> None:
    text = (root / "dts" / "qemu_virt.dts").read_text(encoding="utf-8").rstrip().removesuffix("};")
    for i in range(1000):
        text += f"""\tn{i}: dev@{0x10000000 + i * 0x1000:x} {{
\t\tcompatible = "vendor,thing-{i % 7}", "vendor,thing";
\t\treg = <0x0 {0x10000000 + i * 0x1000:#x} 0x0 0x1000>;
\t\tinterrupts = <0 {100 + i % 800} 4>;
\t\tclocks = <&apb_pclk>, <&apb_pclk>;
\t\tclock-names = "a", "b";
\t\tstatus = "okay";
\t}};
"""
    Path("big.dts").write_text(text + "};\n", encoding="utf-8")
    start = time.process_time()
    read_tree(Path("big.dts"))
    assert time.process_time() - start < 0.5 * PATIENCE
    start = time.process_time()
    board = read_board(root, "qemu_virt", dts=Path("big.dts"))
    assert time.process_time() - start < 1.0 * PATIENCE
    assert len(board.devices) > 1000


def mutable(root: Path) -> str:
    """A tree with a little of everything."""
    return (
        HEAD
        + """/memreserve/ 0x1000 0x2000;
/ {
	#address-cells = <1>;
	#size-cells = <1>;
	interrupt-parent = <&gic>;
	model = "one\\x41", "two";
	aliases {
		serial0 = &uart0;
	};
	gic: gic@100 {
		reg = <0x100 0x10>;
		interrupt-controller;
		#interrupt-cells = <3>;
	};
	nexus: nexus {
		#interrupt-cells = <1>;
		#address-cells = <0>;
		interrupt-map = <1 &gic 0 60 4>;
	};
	bus: bus@8000 {
		#address-cells = <1>;
		#size-cells = <1>;
		ranges = <0x0 0x8000 0x1000>;
		uart0: serial@10 {
			reg = <0x10 (1 << 4)>;
			interrupts = <0 1 4>, <1 2 4>;
			status = "okay";
			data = [00 01 02], /bits/ 16 <1 2>;
			/* a comment */
		};
	};
	last {
		interrupts-extended = <&nexus 1>, <&gic 0 5 1>;
		path = &uart0, &{/bus@8000};
	};
};
// the end
&uart0 {
	/delete-property/ data;
	extra = 'x';
};
""".replace("\textra = 'x';\n", "\textra = <'x'>;\n")
    )


def mutate(text: str, rng: random.Random) -> str:
    """One to three changes of the kind that people and editors make."""
    scraps = ["<", ">", "{", "}", ";", '"', "&", "/", "*/", "/*", "(", ")", "[", "]", "=", "\n", "0x", "1",
              "a: ", "@", "\\", "'", ",", "&gic", "/bits/ 8", "/delete-node/ ", "/include/ ", "é", "\0",
              "phandle = <1>;", "-1", "x {\n};\n", "/plugin/;", "__overlay__ {\n};\n", "ranges;"]  # fmt: skip
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(len(text))
        kind = rng.randrange(4)
        if kind == 0:
            text = text[:start] + text[start + rng.randint(1, 6) :]
        elif kind == 1:
            text = text[:start] + rng.choice(scraps) + text[start:]
        elif kind == 2:
            words = [m.span() for m in re.finditer(r"[\w#@,-]+", text)]
            (a, b), (c, d) = rng.choice(words), rng.choice(words)
            text = text[:a] + text[c:d] + text[b:]
        else:
            lines = text.split("\n")
            i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[i], lines[j] = lines[j], lines[i]
            text = "\n".join(lines)
    return text


def values(node: Node) -> object:
    """The tree with phandles by the path they lead to: the numbers are each compiler's own."""
    by_number = {n.cell("phandle", 0): n.path for n in node if "phandle" in n.props}

    def one(n: Node) -> object:
        props = {
            p.name: [by_number.get(c, c) for c in p.cells()] if len(p.value) % 4 == 0 else p.value
            for p in n.props.values()
            if p.name != "phandle"
        }
        return props, {name: one(child) for name, child in n.children.items()}

    return one(node)
