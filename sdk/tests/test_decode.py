# SPDX-License-Identifier: Apache-2.0
"""decode/: crash records out of logs and dumps, and what they say."""

from __future__ import annotations

import json
import struct
from argparse import Namespace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_checkout import Checkout
from toolbox import ROOT, clang

from bulkhead.build import build
from bulkhead.decode.explain import Knowledge, explain, render
from bulkhead.decode.knowledge import gather_knowledge
from bulkhead.decode.record import BUG, LAYOUT, MAGIC, PAGE_MAGIC, SIZE, BadRecord, find_records
from bulkhead.decode.registers import BadTable, read_table
from bulkhead.decode.symbols import Symbols, _line_in
from bulkhead.diag import UserError

REGS = ROOT / "hv-arm64" / "src" / "regs"
TABLE = read_table(REGS / "el2.def")


def make_record(**changed: int | bytes) -> bytes:
    values: dict[str, int | bytes] = {
        "magic": MAGIC,
        "version": 1,
        "boot_count": 3,
        "pcpu": 1,
        "vector": 4,
        "esr": 0x9600_004F,
        "far": 0x4020_0010,
        "elr": 0x4020_0014,
        "spsr": 0x6000_03C9,
        "hpfar": 0,
        "sp": 0x4022_6F00,
        "build_id": b"0123456789abcdef",
        "text": b"exception at EL2",
        **changed,
    }
    out = b""
    for name, code in LAYOUT:
        data = list(range(31)) if name == "x" else [values[name]]
        out += struct.pack("<" + code, *data)
    return out


def as_log(record: bytes, prefix: str = "") -> bytes:
    rows = [record[at : at + 32].hex() for at in range(0, len(record), 32)]
    return "".join(f"{prefix}hv| crash-record {row}\r\n" for row in rows).encode()


def test_the_layout_is_the_headers(tmp_path: Path) -> None:
    lines = ["#include <stddef.h>", "#include <hv/crash.h>"]
    at = 0
    for name, code in LAYOUT:
        where = f"offsetof(struct hv_crash_record, {name})"
        lines.append(f'_Static_assert({where} == {at}, "{name}");')
        at += struct.calcsize("<" + code)
    lines.append(f'_Static_assert(sizeof(struct hv_crash_record) == {SIZE}, "size");')
    lines.append(
        f'_Static_assert(HV_CRASH_MAGIC == {MAGIC}ull && HV_BOOT_MAGIC == {PAGE_MAGIC}ull, "magic");'
    )
    lines.append(
        '_Static_assert(offsetof(struct hv_record_page, crash) == 16 && HV_CRASH_VERSION == 1, "page");'
    )
    (tmp_path / "layout.c").write_text("\n".join(lines) + "\n")
    clang("-I", ROOT / "hv-arm64" / "include", "-c", "layout.c", "-o", "layout.o", cwd=tmp_path)


@pytest.mark.parametrize("prefix", ["", "[   1.250] ", "12.5 "])
def test_a_record_in_a_console_log(prefix: str) -> None:
    log = b"control| hello\r\nhv| CRASH on pcpu 1\r\n" + as_log(make_record(), prefix) + b"hv| CRASH end\r\n"
    (record,) = find_records(log)
    assert (record.pcpu, record.boot_count, record.far) == (1, 3, 0x4020_0010)
    assert record.x == tuple(range(31))
    assert (record.build_id, record.text) == ("0123456789abcdef", "exception at EL2")


def test_several_records_in_one_log() -> None:
    log = as_log(make_record(pcpu=0)) + b"hv| boot\r\n" + as_log(make_record(pcpu=2))
    assert [record.pcpu for record in find_records(log)] == [0, 2]


def test_a_memory_dump() -> None:
    page = struct.pack("<QQ", PAGE_MAGIC, 7) + make_record() + bytes(100)
    assert find_records(page) == find_records(make_record())


def test_a_guest_cannot_forge_a_record() -> None:
    forged = as_log(make_record()).replace(b"hv| ", b"rogue| hv| ")
    inside = b"rogue| \\x0dhv| crash-record " + make_record()[:32].hex().encode()
    for log in (forged, inside):
        with pytest.raises(BadRecord):
            find_records(log)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no crash record"),
        (b"control| all is well\n", "no crash record"),
        (as_log(make_record())[:200], "cut off"),
        (as_log(make_record()[32:]), "damaged"),
        (make_record(version=9), "version 9"),
        (make_record()[:100], "cut off: 100"),
    ],
)
def test_what_is_no_record_is_said(data: bytes, words: str) -> None:
    with pytest.raises(BadRecord, match=words):
        find_records(data)


@given(st.binary(max_size=600))
def test_any_bytes_are_a_record_or_refused(data: bytes) -> None:
    for candidate in (data, struct.pack("<Q", MAGIC) + data, as_log(struct.pack("<Q", MAGIC) + data)):
        try:
            found = find_records(candidate)
        except BadRecord:
            continue
        for record in found:
            render(explain(record, Knowledge(registers=TABLE, symbols=None, plan=None)))


@pytest.mark.parametrize(
    ("esr", "words"),
    [
        (0x9600_004F, "data abort at EL2, write, permission fault, level 3"),
        (0x9600_0005, "data abort at EL2, read, translation fault, level 1"),
        (0x8600_000E, "instruction abort at EL2, permission fault, level 2"),
        (0x9600_0061, "data abort at EL2, write, alignment fault"),
        (0x0200_0000, "unknown instruction"),
        (0xBE00_0000, "SError"),
        (0xFC00_0000, "exception class 0x3f"),
    ],
)
def test_syndromes(esr: int, words: str) -> None:
    (record,) = find_records(make_record(esr=esr))
    found = explain(record, Knowledge(registers=TABLE, symbols=None, plan=None))
    assert found["syndrome"] == words
    assert (found["address"] is not None) == ("abort" in words)


def test_a_bug_has_no_registers_to_show() -> None:
    (record,) = find_records(make_record(vector=BUG, text=b"a state that cannot be"))
    text = render(explain(record, Knowledge(registers=TABLE, symbols=None, plan=None)))
    assert "a state that cannot be" in text
    assert "x30" not in text and "SPSR" not in text


def test_code_without_a_line_is_named_by_its_file() -> None:
    row = {"file": 1, "end_sequence": False}
    entries = [
        Namespace(state=Namespace(address=at, line=line, **row)) for at, line in ((0, 7), (4, 0), (8, 9))
    ]
    header = Namespace(version=4, file_entry=[Namespace(name=b"a/b.c", dir_index=0)])
    program = Namespace(get_entries=lambda: entries, header=header)
    assert [_line_in(program, at) for at in (0, 4)] == ["a/b.c:7", "a/b.c"]


def test_all_register_tables_can_be_read() -> None:
    for path in sorted(REGS.glob("*.def")):
        table = read_table(path)
        macros = [
            line for line in path.read_text().splitlines() if line.startswith(("REG", "SYSREG", "FIELD"))
        ]
        assert len(macros) == len(table.registers) + sum(map(len, table.fields.values()))
    assert read_table(REGS / "gicd.def").registers["GICD_CTLR"].offset == 0


@pytest.mark.parametrize("line", ['FIELD(A, B, 3, "m")', 'REG(A, zero, 32, RW, "m")', "FIELD(A, B, 1, 0)"])
def test_a_bad_line_of_a_table_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "x.def"
    path.write_text('REG(X, 0, 32, RW, "fine")\n' + line + "\n")
    with pytest.raises(BadTable, match=r"x\.def:2"):
        read_table(path)


def test_with_the_build_it_came_from(tmp_path: Path) -> None:  # answers rust-sel4#179, microkit#472
    checkout = Checkout(tmp_path)
    folder = checkout.configure(checkout.root / "build")
    result = build(checkout.root, folder)
    symbols = Symbols((folder / "bulkhead.elf").read_bytes())
    assert symbols.build_id == result.build_id
    function = next(s for s in symbols._functions if s[2] == "plan_use")[0]
    assert symbols.function(function + 4) == "plan_use+0x4"
    assert symbols.line(function).startswith("hv-arm64/src/start/main.c:")
    assert symbols.function(0) == symbols.line(0) == ""

    known = gather_knowledge(ROOT, folder, None)
    pcpu = next(box for box in result.boxes if box.name == "pcpu").base
    raw = make_record(
        elr=function + 4,
        build_id=result.build_id.encode(),
        esr=0x9600_0047,
        far=pcpu + 0x10,
        sp=pcpu + 0x10,
    )
    found = explain(find_records(raw)[0], known)
    assert found["build_matches"] and found["pc"]["function"] == "plan_use+0x4"
    text = render(found)
    assert "the guard page below the stack: it overflowed, pCPU 0" in text
    assert "hv-arm64/src/start/main.c:" in text and "not the build" not in text
    json.dumps(found)


def test_another_build_is_said(tmp_path: Path) -> None:
    known = gather_knowledge(ROOT, tmp_path, None)
    assert "not the build of this folder" in render(explain(find_records(make_record())[0], known))
    (tmp_path / "bulkhead.elf").write_text("no ELF")
    with pytest.raises(UserError, match="no ELF file"):
        gather_knowledge(ROOT, tmp_path, None)
