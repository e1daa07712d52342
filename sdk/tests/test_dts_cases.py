# SPDX-License-Identifier: Apache-2.0
"""One malformed devicetree each, in dts_cases/; the whole message is compared.

NAME.dts is a tree of its own, NAME.overlay.dts one on top of qemu_virt's; NAME.expected what is
said of it. A comment `// answers PROJECT#ISSUE` names the complaint about other SDKs that a case is
the answer to. To accept changed messages, review them and run `pytest test_dts_cases.py --accept`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bulkhead.diag import Diagnostic, UserError, render_text
from bulkhead.dts.read import read_tree
from bulkhead.elaborate.board import read_board

CASES = Path(__file__).parent / "dts_cases"
NAMES = sorted(p.name for p in CASES.glob("*.dts"))
ANSWERED = {
    "zephyr#19096",
    "zephyr#40905",
    "zephyr#87013",
    "zephyr#92296",
    "bao-demos#36",
    "hvisor#213",
    "microkit_tutorial#13",
    "bao-hypervisor#287",
}


def findings(root: Path, path: Path) -> tuple[Diagnostic, ...]:
    try:
        if path.name.endswith(".overlay.dts"):
            return read_board(root, "qemu_virt", [path]).remarks
        return read_tree(path, (), [CASES]).remarks
    except UserError as problem:
        return problem.diags


@pytest.mark.parametrize("name", NAMES)
def test_malformed(
    name: str, root: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(root)
    found = findings(root, CASES / name)
    text = render_text(found)
    expected = CASES / name.replace(".overlay.dts", ".dts").replace(".dts", ".expected")
    if request.config.getoption("--accept"):
        expected.write_text(text, encoding="utf-8")
    assert found
    assert text == expected.read_text(encoding="utf-8")
    assert all(d.where.line and d.where.col for d in found) or name == "no_root.dts"


def test_what_is_answered() -> None:
    text = "".join((CASES / name).read_text(encoding="utf-8") for name in NAMES)
    assert set(re.findall(r"// answers (\S+)", text)) == ANSWERED
