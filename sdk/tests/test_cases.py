# SPDX-License-Identifier: Apache-2.0
"""One bad and one good configuration per code, in cases/<CODE>/; the whole message is compared.

A case has bad.config, bad.expected and good.config, with overlay (bad.overlay.dts) and guest files
as needed; a board.yaml's case has bad.yaml and good.yaml, whose `boot:` is that of a .config beside
them. To accept changed messages, review them and run `pytest sdk/tests/test_cases.py --accept`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bulkhead.check import check
from bulkhead.check.manual import manual
from bulkhead.diag import Diagnostic, UserError, render_text
from bulkhead.elaborate.board import read_board
from bulkhead.elaborate.board_yaml import parse_board_file
from bulkhead.elaborate.project import with_board
from bulkhead.kconfig.lines import read_lines
from bulkhead.kconfig.system import System

CASES = Path(__file__).parent / "cases"
CODES = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())
# Which complaint about other SDKs a case answers: project#issue -> code.
ANSWERS = {
    "bao-hypervisor#287": "BH-MEM-001",  # a region across the end of a bank went unnoticed
    "bao-demos#10": "BH-GUEST-003",  # the guest was linked for other addresses
    "microkit#253": "BH-MEM-001",  # which memory is free was a guess: the message names a hole
    "microkit#250": "BH-MEM-004",  # "Can't alloc": now with total, free and largest hole
    "microkit#299": "BH-MEM-002",  # what the user placed against what the tool placed
    "microkit#206": "BH-MEM-002",  # what is loaded overlaps what it is loaded for
    "acrn-hypervisor#7913": "BH-MEM-002",  # hypervisor and VM at one address
    "acrn-hypervisor#8738": "BH-MEM-002",  # what the tool places itself counts in the same map
    "acrn-hypervisor#8135": "BH-KCFG-004",  # "configuration check fail": which line, which range
    "acrn-hypervisor#4465": "BH-BOOT-001",  # the hypervisor's address not aligned to 2 MiB
    "hvisor#305": "BH-MEM-002",  # overlaps between partitions, not only inside one
    "lopper#361": "BH-MEM-002",  # reserved memory that something else lies on
    "hvisor#311": "BH-MEM-002",  # a zone's RAM over the hypervisor, ten times over
    "zephyr#96459": "BH-MEM-008",  # memory described twice
    "buildroot#124": "BH-MEM-002",  # what the boot loader loads counts as well
    "armbian/build#6270": "BH-BOOT-002",  # load addresses of a board with more memory
    "dornerworks/xen-rpi4-builder#3": "BH-DEV-008",  # DMA masters that reach the first GiB alone
    "bao-hypervisor#76": "BH-IRQ-001",  # SPI n (INTID n + 32): both numbers, always
    "bao-hypervisor#75": "BH-IRQ-001",  # an interrupt reserved twice
    "bao-hypervisor#295": "BH-IRQ-005",  # the hypervisor's own number is a line's
    "xen-troops/meta-xt-prod-devel-rpi5#43": "BH-DEV-006",  # passthrough with DMA, no usable IOMMU
    "Xilinx/xen#6": "BH-DEV-009",  # DMA without IOMMU needs IPA == PA
    "acrn-hypervisor#7526": "BH-CPU-002",  # one CPU in two VMs
    "zephyr#20697": "BH-KCFG-005",  # which clause of a dependency fails
    "zephyr#21888": "BH-KCFG-005",  # and in one finding, however many lines it is about
    "zephyr#9573": "BH-KCFG-001",  # one line that nobody understands, and everything else still found
    "zephyr#92296": "BH-DTS-003",  # the position in the user's file
}
ELSEWHERE = {"BH-KCFG-007", "BH-KCFG-008"}  # about files that are not there: test_systems.py


def findings(
    root: Path, folder: Path, kind: str, build_dir: Path, changed: Path | None = None
) -> list[Diagnostic]:
    """Of a case; `changed` is a configuration to take instead of its own."""
    try:
        config, yaml = changed or folder / f"{kind}.config", folder / f"{kind}.yaml"
        file = parse_board_file(root, yaml) if yaml.is_file() else None
        if not config.is_file():
            return []
        board_line = read_lines(config).last("BOARD")
        overlay = folder / f"{kind}.overlay.dts"
        board_name = board_line.value if board_line else "qemu_virt"
        board = read_board(
            root,
            board_name,
            [overlay] if overlay.is_file() else [],
            named=board_line.where if board_line else None,
        )
        board = replace(board, boot=file.boot) if file else board
        system = System(board.name, "case", folder)
        made = with_board(root, build_dir, system, board, config).elaborate()
    except UserError as problem:
        return list(problem.diags)
    return [*made.diags, *check(made.plan)]


@pytest.fixture(autouse=True)
def _in_the_checkout(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages name files as seen from the working folder; what was fetched is the same everywhere."""
    monkeypatch.chdir(root)
    monkeypatch.setenv("BULKHEAD_CACHE", str(CASES.parent / "cache"))
    monkeypatch.setenv("HOME", "/not-anywhere")


@pytest.mark.parametrize("code", CODES)
def test_bad_case(code: str, root: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    found = findings(root, CASES / code, "bad", tmp_path)
    text = render_text(found).replace(str(tmp_path), "BUILD")
    expected = CASES / code / "bad.expected"
    if request.config.getoption("--accept"):
        expected.write_text(text, encoding="utf-8")
    assert code in {d.code for d in found}
    assert text == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", CODES)
def test_good_case(code: str, root: Path, tmp_path: Path) -> None:
    assert render_text(findings(root, CASES / code, "good", tmp_path)) == ""


def test_every_code_has_a_case() -> None:
    assert set(manual()) == set(CODES) | ELSEWHERE


def test_answers_have_a_case() -> None:
    """Each complaint that the table above claims to answer is a bad configuration here."""
    assert set(ANSWERS.values()) <= set(CODES)


def test_interrupts_are_printed_with_both_numbers() -> None:  # answers bao-hypervisor#76
    for expected in CASES.glob("*/bad.expected"):
        text = expected.read_text(encoding="utf-8")
        for number, intid in re.findall(r"\bSPI (\d+)(?: \(INTID (\d+)\))?", text):
            assert intid and int(intid) == int(number) + 32, expected


@pytest.mark.parametrize("code", CODES)
def test_every_finding_says_what_to_do(code: str, root: Path, tmp_path: Path) -> None:
    """A remedy, unless the text itself is one (a parse error)."""
    # answers acrn-hypervisor#6689: messages that are not clear, and give no resolution
    own = [d for d in findings(root, CASES / code, "bad", tmp_path) if d.code == code]
    without = {"BH-DTS-002"}
    assert code in without or any(d.help for d in own)


_SET = re.compile(r"\bCONFIG_(\w+)=([^\s,:;]*[^\s,:;.])")
_CHOICE = re.compile(r"(OWNER_\w+_)(?:NONE|HV|PART_\d+)|(PART_\d+_FAULT_[A-Z0-9]+_)[A-Z_]+")


def with_remedies(text: str, remedies: list[str]) -> str:
    """`text` with these lines; what they contradict is left out."""
    lines = text.splitlines()
    for remedy in remedies:
        name = remedy.partition("=")[0]
        choice = _CHOICE.fullmatch(name)
        stem = next(g for g in choice.groups() if g) if choice else f"{name}="
        lines = [line for line in lines if not line.replace(" ", "").removeprefix("CONFIG_").startswith(stem)]
        lines.append(f"CONFIG_{remedy}")
    return "\n".join(lines) + "\n"


ADVISED = [c for c in CODES if _SET.search((CASES / c / "bad.expected").read_text(encoding="utf-8"))]


@pytest.mark.parametrize("code", ADVISED)
def test_the_remedy_helps(code: str, root: Path, tmp_path: Path) -> None:
    """What --fix would set, and the first line that the help says to set: then the finding is gone."""
    config = CASES / code / "bad.config"
    own = [d for d in findings(root, CASES / code, "bad", tmp_path) if d.code == code]
    said = {d: [f"{m[1]}={m[2]}"] for d in own if (m := _SET.search(d.help))}
    for remedies in ({d: list(d.fix) for d in own if d.fix}, said):
        if not remedies or not config.is_file():
            continue
        text = with_remedies(config.read_text(encoding="utf-8"), [r for rs in remedies.values() for r in rs])
        changed = tmp_path / "changed"
        changed.write_text(text, encoding="utf-8")
        after = findings(root, CASES / code, "bad", tmp_path, changed)
        left = {d.text for d in after if d.code == code}
        assert not left & {d.text for d in remedies}, render_text(after)
