# SPDX-License-Identifier: Apache-2.0
"""The register tables through their Python reader. The C compiler's view is test_regs.c."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from bulkhead.model.registers import Access, Register, RegisterTableError, read_registers, read_tables

# Bits that are two fields, because a third one says which. IHI 0069, "ICH_LR<n>_EL2": with HW they
# are pINTID, without it bit 41 is EOI.
SHARED = {("ICH_LR_EL2", "pINTID", "EOI")}


@pytest.fixture(scope="module")
def tables(root: Path) -> dict[str, Register]:
    folder = root / "hv-arm64" / "src" / "regs"
    return read_tables({p.name: p.read_text(encoding="utf-8") for p in sorted(folder.glob("*.def"))})


def test_every_line_is_understood(root: Path, tables: dict[str, Register]) -> None:
    lines = [
        line
        for path in (root / "hv-arm64" / "src" / "regs").glob("*.def")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(("REG", "SYSREG", "FIELD"))
    ]
    entries = sum(1 for line in lines if not line.startswith("FIELD"))
    assert entries == sum(1 for r in tables.values() if r.access is not None)
    assert len(lines) - entries == sum(len(r.fields) for r in tables.values())


def test_offsets_ascend_and_are_aligned(root: Path) -> None:
    for block in ("gicd", "gicr", "gicc", "gich", "uart_pl011", "uart_cadence", "uart_imx", "uart_bcm_mini"):
        path = root / "hv-arm64" / "src" / "regs" / f"{block}.def"
        end = 0
        for register in read_registers(path.read_text(encoding="utf-8")).values():
            assert register.offset is not None, register.name
            size = register.bits // 8
            assert register.offset % size == 0, register.name
            assert register.offset >= end, register.name
            end = register.offset + (register.count - 1) * register.stride + size


def test_fields_fit_and_do_not_overlap(tables: dict[str, Register]) -> None:
    for register in tables.values():
        for field in register.fields:
            assert 0 <= field.low <= field.high < register.bits, f"{register.name}.{field.name}"
        for a, b in combinations(register.fields, 2):
            if (register.name, a.name, b.name) not in SHARED:
                assert a.mask & b.mask == 0, f"{register.name}: {a.name} and {b.name}"


def test_a_register_array_has_its_count_and_stride(tables: dict[str, Register]) -> None:
    router = tables["GICD_IROUTER"]
    assert (router.offset, router.count, router.stride, router.bits) == (0x6000, 1020, 8, 64)
    assert router.access is Access.RW
    assert router.field("Aff3").put(1) == 1 << 32


def test_a_syndrome_is_described_field_by_field(tables: dict[str, Register]) -> None:
    described = {f.name: v for f, v in tables["ESR_EL2"].describe(0x9300_0045)}
    assert described == {"EC": 0x24, "IL": 1, "ISS": 0x1000045}
    assert tables["ESR_EL2"].encoding == (3, 4, 5, 2, 0)
    assert tables["ESR_ABORT"].encoding is None  # a view of its ISS


@pytest.mark.parametrize(
    "line",
    ['REGG(A, 0, 32, RW, "x")', 'REG(A, 0, 32, "x")', 'REG(A, 0, 32, RX, "x")', 'REG(A, zero, 32, RW, "x")'],
)
def test_what_is_no_entry_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(RegisterTableError, match=r"\Abad\.def:3: "):
        read_registers(f"/* two\nlines */\n{line}\n", "bad.def")
