# SPDX-License-Identifier: Apache-2.0
"""Configurations and trees as mistakes make them, 10^5 with --long: no traceback, no unsafe plan accepted.

`oracle.py` decides what is unsafe. A failure names its seed; `mutated(seed, ...)` makes it again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from mutations import Mutation, mutated
from oracle import unsafe
from plans import make_plan

from bulkhead.check import check
from bulkhead.diag import UserError, has_errors, render_text
from bulkhead.elaborate.board import read_board
from bulkhead.elaborate.project import with_board
from bulkhead.elaborate.system import Elaborated
from bulkhead.kconfig.board_kconfig import emit_board_kconfig, emit_devices_kconfig
from bulkhead.kconfig.engine import Engine, open_engine
from bulkhead.kconfig.slots import Need, emit_slots_kconfig
from bulkhead.kconfig.system import System
from bulkhead.model.board import Board

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "dts" / "qemu_virt.dts"
SAMPLE, LONG, CHUNKS = 240, 100_000, 8
_KEPT = 64


@cache
def board() -> Board:
    return read_board(ROOT, "qemu_virt")


@pytest.fixture
def parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kconfig that was parsed already is used again: most of the time of a configuration goes there."""
    parsed: OrderedDict[tuple[str, ...], Engine] = OrderedDict()

    def open_known(root: Path, board: Board, build_dir: Path, need: Need) -> Engine:
        key = (emit_board_kconfig(board), emit_devices_kconfig(board, need), emit_slots_kconfig(need))
        if key not in parsed:
            parsed[key] = open_engine(root, board, build_dir, need)
        parsed.move_to_end(key)
        if len(parsed) > _KEPT:
            parsed.popitem(last=False)
        return parsed[key]

    monkeypatch.setattr("bulkhead.kconfig.load.open_engine", open_known)


def read(mutation: Mutation, folder: Path) -> Elaborated:
    config, tree = folder / ".config", folder / "board.dts"
    config.write_text(mutation.config, encoding="utf-8")
    known = board()
    if mutation.tree is not None:
        tree.write_text(mutation.tree, encoding="utf-8")
        known = read_board(ROOT, "qemu_virt", dts=tree)
    return with_board(ROOT, folder, System("qemu_virt", "x", None), known, config).elaborate()


@pytest.mark.campaign
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_unsafe_plan_is_accepted(
    request: pytest.FixtureRequest, tmp_path: Path, parsed_once: None, chunk: int
) -> None:
    # answers acrn-hypervisor#7913 and #7526, bao-hypervisor PR#75, hvisor#305, microkit PR#299:
    # accepted, though two owned the same memory, CPU or interrupt
    size = (LONG if request.config.getoption("--long") else SAMPLE) // CHUNKS
    source = TREE.read_text(encoding="utf-8")
    accepted = [0, 0]  # of the board as it is, and of changed ones
    for seed in range(chunk * size, (chunk + 1) * size):
        mutation = mutated(seed, board().devices, source)
        try:
            made = read(mutation, tmp_path)
            found = [*made.diags, *check(made.plan)]
        except UserError as problem:
            assert render_text(problem.diags), seed
            continue
        except Exception as problem:
            raise AssertionError(f"seed {seed}: {problem!r}\n{mutation.config}") from problem
        if not has_errors(found):
            accepted[mutation.tree is not None] += 1
            assert unsafe(made.plan, mutation.config) == [], f"seed {seed}\n{mutation.config}"
    assert all(size / 60 < n < size / 2 for n in accepted), "the campaign must meet both kinds"


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
