# SPDX-License-Identifier: Apache-2.0
"""Lockstep of interrupt controllers: its text, its shrinking, and that each known deviation is still one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "hil-tests" / "rtl" / "gic"))

from bulkhead.cli.main import Context  # noqa: E402
from bulkhead.cli.prepare import prepare  # noqa: E402
from bulkhead.diag import BuildFailed  # noqa: E402
from bulkhead.lab.image import read_image  # noqa: E402
from bulkhead.sim import gic as sim_gic  # noqa: E402
from bulkhead.sim.design import TOPS  # noqa: E402
from bulkhead.sim.life import LANES, draw, read_vcd  # noqa: E402
from bulkhead.sim.lockstep import owned  # noqa: E402
from bulkhead.sim.players import build_player, vgic_defconfig, vgic_overlay, write_vgic_system  # noqa: E402
from lockstep.generate import Generator  # noqa: E402
from players.campaign import EPOCH, Campaign  # noqa: E402
from players.compare import Comparison  # noqa: E402
from players.deviations import Deviation, deviations_of  # noqa: E402
from players.machine import QemuGic  # noqa: E402
from players.main import make_vgic, narrow_generator, rules_by_source, whole_model  # noqa: E402
from players.player import ModelPlayer  # noqa: E402
from players.text import NotAnOperation, read_text, write_text  # noqa: E402
from ref.gic3 import Gic3  # noqa: E402
from ref.operation import Op  # noqa: E402
from ref.virtual import VirtualInterface  # noqa: E402


def operations(seed: int, count: int) -> list[Op]:
    model = Gic3()
    generator = Generator(model, seed)
    found = generator.start()
    while len(found) < count:
        op = generator.next()
        generator.saw(op, model.do(op))
        found.append(op)
    return found


def test_what_is_printed_can_be_played_again() -> None:
    ops = operations(3, 4000)
    text = write_text(ops, "two lines\nof a title")
    assert [str(op) for op in read_text(text)] == [str(op) for op in ops]
    assert state_after(read_text(text)) == state_after(ops)


def state_after(ops: list[Op]) -> int:
    model = Gic3()
    for op in ops:
        model.do(op)
    return model.digest()


@pytest.mark.parametrize(
    "line",
    [
        "write32 GICD_CTLR",
        "read32 GICD_NONE",
        "CPU 0 EL2: MRS ICC_NONE_EL1",
        "line 40 stands",
        "read24 GICD_CTLR",
    ],
)
def test_a_line_that_is_no_operation_is_told_with_its_number(line: str) -> None:
    with pytest.raises(NotAnOperation, match=r"saved\.txt:2: .* is no operation"):
        read_text(f"# a comment\n{line}\n", "saved.txt")


class KeepsThePriority(VirtualInterface):
    """A seeded bug: an end of priority 0x40 leaves it active."""

    def drop(self, group: int) -> None:
        if self.running != 0x40:
            super().drop(group)


class Buggy(Gic3):
    def reset(self) -> None:
        super().reset()
        for cpu in self.cpus:
            cpu.virtual = KeepsThePriority(self.lr_count)


def campaign(comparison: Comparison, out: Path) -> Campaign:
    return Campaign(
        comparisons=[comparison],
        make_generator=Generator,
        say=lambda text: None,
        out=out,
        rules=rules_by_source(),
    )


def test_a_seeded_bug_in_a_player_is_found_and_shrunk(tmp_path: Path) -> None:
    comparison = Comparison(ModelPlayer(Buggy()), whole_model, ())
    (verdict,) = campaign(comparison, tmp_path).run(1, 20 * EPOCH)
    assert verdict.why
    saved = read_text((tmp_path / "lockstep-model.txt").read_text(encoding="utf-8"))
    assert len(saved) <= 8, verdict.why
    assert "EOIR" in str(saved[-1])
    found = comparison.replay(saved)
    assert found is not None
    assert any("ICH_AP" in name for name, _, _ in found.state)
    assert "rule: ICV_" in verdict.why
    assert Comparison(ModelPlayer(Gic3()), whole_model, ()).replay(saved) is None


def test_players_that_do_the_same_agree(tmp_path: Path) -> None:
    comparison = Comparison(ModelPlayer(Gic3()), whole_model, deviations_of("qemu"))
    (verdict,) = campaign(comparison, tmp_path).run(7, EPOCH)
    assert (verdict.why, verdict.operations) == ("", EPOCH)


@pytest.mark.parametrize("player", ["qemu", "vgic"])
def test_deviations_have_reasons_and_names_of_their_own(player: str) -> None:
    known = deviations_of(player)
    assert len({d.name for d in known}) == len(known) > 5
    assert all(d.why and read_text(d.example) for d in known)


@pytest.fixture(scope="module")
def qemu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QemuGic]:
    program = shutil.which("qemu-system-aarch64")
    if program is None:
        pytest.skip("no qemu-system-aarch64")
    player = QemuGic(Path(program), build_player(ROOT), tmp_path_factory.mktemp("qemu"))
    yield player
    player.close()


@pytest.mark.parametrize("deviation", deviations_of("qemu"), ids=lambda d: d.name)
def test_a_deviation_of_qemu_is_still_one(qemu: QemuGic, deviation: Deviation) -> None:
    example = read_text(deviation.example)
    assert Comparison(qemu, whole_model, ()).replay(example) is not None
    assert Comparison(qemu, whole_model, deviations_of("qemu")).replay(example) is None
    others = tuple(d for d in deviations_of("qemu") if d is not deviation)
    assert Comparison(qemu, whole_model, others).replay(example) is not None, "another entry explains it too"


def test_lines_and_stops_are_in_step(qemu: QemuGic) -> None:
    """A line that changes with an access: before a write, after a read."""
    ops = read_text("""
        write32 GICR_WAKER of CPU 0 = 0x0
        write32 GICD_CTLR = 0x3
        CPU 0 EL2: MSR ICC_PMR_EL1, 0xf8
        CPU 0 EL2: MSR ICC_IGRPEN0_EL1, 0x1
        write32 GICD_ISENABLER<1> = 0x100  [line 40 rises]
        read32 GICD_ISPENDR<1>  [line 40 falls]
        read32 GICD_ISPENDR<1>
        CPU 1 EL2: MRS ICH_VMCR_EL2  [line 20 of CPU 1 rises]
        read32 GICR_ISPENDR0 of CPU 1
        """)
    qemu.reset()
    replies = qemu.run(ops)
    assert (replies[4].fiq, replies[5].data, replies[5].fiq, replies[6].data) == (1, 0x100, 0, 0)
    assert replies[8].data == 1 << 20


def test_the_vgics_system_owns_lines_of_both_kinds() -> None:
    assert "CONFIG_PART_1_VCPUS=2" in vgic_defconfig()
    assert " 1>" in vgic_overlay()
    assert " 4>" in vgic_overlay()


@pytest.fixture(scope="module")
def vgic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Comparison]:
    out = tmp_path_factory.mktemp("vgic")
    program = shutil.which("qemu-system-aarch64")
    if program is None:
        pytest.skip("no qemu-system-aarch64")
    system = write_vgic_system(build_player(ROOT), out)
    image = read_image(prepare(Context(root=ROOT, build_dir=out), str(system), "build", quiet=True))
    made = make_vgic({"program": program, "image": str(image.path), **owned(image)}, out / "run")
    yield made
    made.player.close()


@pytest.mark.slow
@pytest.mark.parametrize("deviation", deviations_of("vgic"), ids=lambda d: d.name)
def test_a_deviation_of_the_vgic_is_still_one(vgic: Comparison, deviation: Deviation) -> None:
    example = read_text(deviation.example)
    assert Comparison(vgic.player, vgic.make_model, ()).replay(example) is not None
    assert Comparison(vgic.player, vgic.make_model, vgic.deviations).replay(example) is None
    others = tuple(d for d in vgic.deviations if d is not deviation)
    assert Comparison(vgic.player, vgic.make_model, others).replay(example) is not None, "another explains it"


@pytest.mark.slow
def test_the_vgic_is_found_out_without_its_deviations(vgic: Comparison, tmp_path: Path) -> None:
    """A difference that no entry explains is found by random operations and shrunk."""
    again = next(d for d in vgic.deviations if "another vCPU reads" in d.name)
    comparison = Comparison(vgic.player, vgic.make_model, tuple(d for d in vgic.deviations if d is not again))
    found = Campaign(
        comparisons=[comparison], make_generator=narrow_generator, say=lambda text: None, out=tmp_path,
        rules=rules_by_source(),
    ).run(1, EPOCH)  # fmt: skip
    assert "shrunk to" in found[0].why
    assert len(read_text((tmp_path / "lockstep-vgic.txt").read_text(encoding="utf-8"))) < 40


DUMP = """$timescale 1ns $end
 $scope module tb_v3 $end
  $var wire 64 ! spi [63:0] $end
  $var wire 2 " irq [1:0] $end
  $scope module dut $end
   $var wire 64 ! spi [63:0] $end
  $upscope $end
 $upscope $end
$enddefinitions $end
#0
b0 !
b00 "
#10
b100000000 !
#20
b01 "
#90
bx !
"""


def test_a_dump_is_read() -> None:
    found = read_vcd(DUMP, ["tb_v3.spi", "tb_v3.irq", "tb_v3.dut.spi"])
    assert found["tb_v3.spi"] == found["tb_v3.dut.spi"] == [(0, 0), (10, 256), (90, 0)]
    assert found["tb_v3.irq"] == [(0, 0), (20, 1)]
    with pytest.raises(BuildFailed, match=r"no signal tb_v3\.fiq"):
        read_vcd(DUMP, ["tb_v3.fiq"])


def test_a_picture_has_what_the_dump_has() -> None:
    signals = {name: [(0, 0)] for lane in LANES for name, _ in lane.signals}
    signals["tb_v3.spi"] = [(0, 0), (110, 256), (150, 0)]
    picture = draw(signals, [(100, "line 40 rises"), (140, "line 40 falls")], 180)
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert picture.count('height="22" fill="#ddf4ff"/>') == 1
    shown_in_docs = (ROOT / "docs" / "gic-life.svg").read_text(encoding="utf-8")
    assert all(lane.title.replace("'", "&#x27;") in shown_in_docs for lane in LANES)
    assert "CPU 0 EL1: MSR ICC_EOIR1_EL1, 0x28" in shown_in_docs


def test_a_new_rule_by_the_page(tmp_path: Path) -> None:
    """docs/gic-model.md, "A test of your own", done to the letter in a copy."""
    page = (ROOT / "docs" / "gic-model.md").read_text(encoding="utf-8")
    part = page.partition("## A test of your own")[2].partition("\n## ")[0]
    (block,) = re.findall(r"```python\n(.*?)```", part, re.S)
    place = re.search(r"at the end of `(rules/\w+\.py)`", part)
    word = re.search(r"`\./bulkhead test --fast -k (\w+)`", part)
    assert place is not None
    assert word is not None
    for linked in ("hv-arm64", "sdk"):
        (tmp_path / linked).symlink_to(ROOT / linked)
    bench = tmp_path / "hil-tests" / "rtl" / "gic"
    shutil.copytree(ROOT / "hil-tests" / "rtl" / "gic", bench, ignore=shutil.ignore_patterns("__pycache__"))
    with (bench / place[1]).open("a", encoding="utf-8") as file:
        file.write(f"\n\n{block}")
    names = sim_gic.test_names(tmp_path, TOPS["v3"])
    assert [name for name in names if word[1] in name] == re.findall(r"async def (\w+)", block)
    program = """
import asyncio, sys
from rules.scene import ModelPlayer, Scene, all_rules
async def play(rule):
    scene = Scene(ModelPlayer())
    await scene.reset()
    await rule.body(scene)
for rule in all_rules():
    if sys.argv[1] in rule.name:
        asyncio.run(play(rule))
        print("passed", rule.name, rule.source)
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, word[1]],
        env={**os.environ, "PYTHONPATH": f"{bench}{os.pathsep}{ROOT / 'sdk'}"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout.split()[:1] == ["passed"], done.stderr
    assert "GICD_ICPENDR<n>" in done.stdout
