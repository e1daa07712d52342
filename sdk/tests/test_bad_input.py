# SPDX-License-Identifier: Apache-2.0
"""Whatever a user writes into a configuration or a tree, there are findings or a plan: never a traceback."""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead.check import check
from bulkhead.diag import UserError, has_errors, render_text
from bulkhead.elaborate.board import read_board
from bulkhead.elaborate.project import with_board
from bulkhead.emit.config_c import emit_config_c
from bulkhead.emit.map import emit_map
from bulkhead.emit.tables import emit_tables
from bulkhead.kconfig.engine import open_engine
from bulkhead.kconfig.system import System
from bulkhead.model.board import Board

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.campaign


@cache
def board() -> Board:
    return read_board(ROOT, "qemu_virt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad")


@cache
def symbols(folder: Path) -> list[str]:
    return sorted(open_engine(ROOT, board(), folder).syms)


def judge(folder: Path, given_board: Board, text: str) -> None:
    """Elaborate and check; what is free of errors must be emitted too, and fit its boxes."""
    config = folder / "c"
    config.write_text(text, encoding="utf-8")
    try:
        made = with_board(ROOT, folder, System("qemu_virt", "x", folder), given_board, config).elaborate()
    except UserError as problem:
        assert render_text(problem.diags)
        return
    found = [*made.diags, *check(made.plan)]
    emit_map(made.plan, everything=True)
    if not has_errors(found):
        emit_config_c(made.plan)
        assert len(emit_tables(made.plan)) <= made.plan.box("tables").size


values = st.sampled_from(
    [
        *(
            "y",
            "n",
            "m",
            "0",
            "-1",
            "99",
            "0x0",
            "0x200001",
            "0x40000000",
            "0xffffffffffffffffffffff",
            "",
            "=",
        ),
        *('""', '"x"', '"0,1"', '"0,,"', '"a', '"/dev/null"', '"hello"', '"../x"', '"é"', '"\\"'),
    ]
)


@given(st.data())
def test_any_lines(folder: Path, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(symbols(folder)), max_size=25))
    lines = [f"CONFIG_{n}={data.draw(values)}" for n in names]
    judge(folder, board(), "\n".join(["CONFIG_PART_1_ENABLE=y", *lines]) + "\n")


partition = st.fixed_dictionaries(
    {},
    optional={
        "RAM_SIZE": st.sampled_from(
            ["0x20000", "0x40000", "0x201000", "0x10000000", "0x3ff000", "0x7fff000"]
        ),
        "RAM_BASE": st.sampled_from(["0x40000000", "0x60001000", "0x7ff00000", "0x48200000", "0x50010000"]),
        "CONSOLE": st.just("n"),
        "GUEST": st.sampled_from(['"control"', f'"{ROOT}/Kconfig"']),
    },
)


@given(st.lists(partition, min_size=1, max_size=4), st.integers(0, 1 << 32))
def test_sensible_lines(folder: Path, slots: list[dict[str, str]], seed: int) -> None:
    chance = random.Random(seed)
    lines = ["CONFIG_ALLOW_UNPROTECTED_DMA=y"]
    for n, fields in enumerate(slots, start=1):
        lines += [f"CONFIG_PART_{n}_ENABLE=y", *(f"CONFIG_PART_{n}_{k}={v}" for k, v in fields.items())]
    for device in board().devices:
        if chance.random() < 0.05:
            lines.append(f"CONFIG_OWNER_{device.symbol}_PART_{chance.randint(1, len(slots))}=y")
    judge(folder, board(), "\n".join(lines) + "\n")


numbers = st.sampled_from(["0", "1", "2", "3", "16", "32", "0x1000", "0x9010000", "0x40000000", "0xffffffff"])
scraps = st.sampled_from(
    [*'<>;{}/&"\\()\n', "'a'", "reg", '#include "x"\n', "/bits/ 8", "/delete-node/", "ranges;"]
)


@given(st.data())  # answers dt-schema#151 and #55: tracebacks instead of messages
def test_any_tree(folder: Path, data: st.DataObject) -> None:
    text = (ROOT / "dts" / "qemu_virt.dts").read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        if data.draw(st.booleans()):
            spots = [m.span() for m in re.finditer(r"\b(0x[0-9a-f]+|\d+)\b", text)]
            start, end = data.draw(st.sampled_from(spots))
            text = text[:start] + data.draw(numbers) + text[end:]
        else:
            at = data.draw(st.integers(0, len(text)))
            text = text[:at] + data.draw(scraps) + text[at + data.draw(st.integers(0, 5)) :]
    path = folder / "board.dts"
    path.write_text(text, encoding="utf-8")
    try:
        changed = read_board(ROOT, "qemu_virt", dts=path)
    except UserError as problem:
        assert render_text(problem.diags)
        return
    judge(folder, changed, "CONFIG_PART_1_ENABLE=y\nCONFIG_OWNER_RTC_9010000_PART_1=y\n")
