# SPDX-License-Identifier: Apache-2.0
"""Configurations as mistakes make them, 10^5 with --long: never a traceback, never an unsafe plan accepted.

`oracle.py` decides what is unsafe. A failure names its seed; `mutated(seed)` is that configuration.
"""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from oracle import unsafe
from plans import make_plan

from bulkhead.check import check
from bulkhead.diag import UserError, has_errors, render_text
from bulkhead.elaborate.board import read_board
from bulkhead.elaborate.project import with_board
from bulkhead.kconfig.board_kconfig import assignable
from bulkhead.kconfig.system import System
from bulkhead.model.board import Board

ROOT = Path(__file__).resolve().parents[2]
SAMPLE, LONG, CHUNKS = 240, 100_000, 8
NAMES = ("control", "rogue", "hv", "a", "A", "", "x" * 24, "part1", "a b", "linux")
SIZES = (0x2_0000, 0x4_0000, 0x20_0000, 0x20_1000, 0x3F_F000, 0x1000_0000, 0x3E00_0000, 0x4000_0000, 0x2_0800)
BASES = (
    0,
    0x4000_0000,
    0x4020_0000,
    0x4800_0000,
    0x5000_0000,
    0x6000_1000,
    0x7FE0_0000,
    0x7FF0_0000,
    0x10,
    1 << 39,
)
CPUS = ("0", "1", "2", "3", "0,1", "2,3", "1,0", "4", "", "0,0", "-1", "0x1", "0-3", " 2 ", "99999999999")


@cache
def board() -> Board:
    return read_board(ROOT, "qemu_virt")


def sensible(chance: random.Random) -> list[str]:
    """What somebody might write who knows what they do."""
    lines = ['CONFIG_BOARD="qemu_virt"']
    free = [0, 1, 2, 3]
    chance.shuffle(free)
    slots = chance.randint(1, 4)
    for n in range(1, slots + 1):
        lines += [f"CONFIG_PART_{n}_ENABLE=y", f'CONFIG_PART_{n}_PCPUS="{free.pop()}"']
        if chance.random() < 0.5:
            lines.append(f"CONFIG_PART_{n}_RAM_SIZE={chance.choice(SIZES[:5]):#x}")
        if chance.random() < 0.4:
            lines.append(f"CONFIG_PART_{n}_RAM_BASE={0x5000_0000 + n * 0x400_0000:#x}")
    watched = chance.random() < 0.7
    if not watched:
        lines.append("CONFIG_ALLOW_UNPROTECTED_DMA=y")
    devices = [d for d in board().devices if assignable(d) and not (watched and d.dma)]
    for device in chance.sample(devices, min(len(devices), chance.randint(0, 3))):
        lines.append(f"CONFIG_OWNER_{device.symbol}_PART_{chance.randint(1, slots)}=y")
    return lines


def mistaken(chance: random.Random, lines: list[str]) -> None:
    """One mistake, of a person or of a tool."""
    n, at = chance.choice((1, 1, 1, 2, 2, 3, 4, 9)), chance.randrange(len(lines))
    kind = chance.randrange(10)
    if kind == 0:
        lines.append(f"CONFIG_PART_{n}_RAM_SIZE={chance.choice(SIZES):#x}")
    elif kind == 1:
        lines.append(f"CONFIG_PART_{n}_RAM_BASE={chance.choice(BASES):#x}")
    elif kind == 2:
        lines.append(f'CONFIG_PART_{n}_PCPUS="{chance.choice(CPUS)}"')
    elif kind == 3:
        lines.append(f'CONFIG_PART_{n}_NAME="{chance.choice(NAMES)}"')
    elif kind == 4:
        lines.append(f"CONFIG_OWNER_{chance.choice(board().devices).symbol}_PART_{n}=y")
    elif kind == 5:
        lines.append(
            f"CONFIG_PART_{n}_{chance.choice(('VCPUS=2', 'ENABLE=y', 'CONSOLE=n', 'RESTART_LIMIT=0'))}"
        )
    elif kind == 6:
        del lines[at]
        lines.append("")
    elif kind == 7:
        lines.insert(chance.randrange(len(lines)), lines[at])
    elif kind == 8:
        lines[at] = lines[at].replace("1", str(chance.randint(0, 200)), 1)
    else:
        line, spot = lines[at], chance.randint(0, len(lines[at]))
        lines[at] = (
            line[:spot] + chance.choice(("", "0", "F", '"', "=", " ", "é", "\x00", "#")) + line[spot + 1 :]
        )


def mutated(seed: int) -> str:
    chance = random.Random(seed)
    lines = sensible(chance)
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        mistaken(chance, lines)
    return "\n".join(lines) + "\n"


@pytest.mark.campaign
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_unsafe_plan_is_accepted(request: pytest.FixtureRequest, tmp_path: Path, chunk: int) -> None:
    # answers acrn-hypervisor#7913 and #7526, bao-hypervisor PR#75, hvisor#305, microkit PR#299:
    # accepted, though two owned the same memory, CPU or interrupt
    size = (LONG if request.config.getoption("--long") else SAMPLE) // CHUNKS
    accepted = 0
    for seed in range(chunk * size, (chunk + 1) * size):
        text = mutated(seed)
        config = tmp_path / ".config"
        config.write_text(text, encoding="utf-8")
        try:
            made = with_board(ROOT, tmp_path, System("qemu_virt", "x", None), board(), config).elaborate()
        except UserError as problem:
            assert render_text(problem.diags), seed
            continue
        except Exception as problem:
            raise AssertionError(f"seed {seed}: {problem!r}\n{text}") from problem
        found = [*made.diags, *check(made.plan)]
        if not has_errors(found):
            accepted += 1
            assert unsafe(made.plan, text) == [], f"seed {seed}\n{text}"
    assert size / 20 < accepted < size, "the campaign must meet both kinds"


def test_the_oracle_sees_what_is_wrong() -> None:
    plan = make_plan()
    assert unsafe(plan, "") == []
    first, *others = plan.partitions

    def with_first(**changes: object) -> str:
        return "; ".join(unsafe(replace(plan, partitions=(replace(first, **changes), *others)), ""))

    assert "page 0x40200000: ['" in with_first(ram_pa=0x4020_0000)
    assert "where there is none" in with_first(ram_pa=0x2000_0000)
    assert "twice" in with_first(vcpus=others[0].vcpus)
    assert "name 'hv'" in with_first(name="hv")
    assert "which nobody may have" in with_first(devices=(plan.board.uart.device,))
    assert "CONFIG_PART_7_ENABLE had no effect" in unsafe(plan, "CONFIG_PART_7_ENABLE=y\n")
