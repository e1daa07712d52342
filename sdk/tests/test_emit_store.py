# SPDX-License-Identifier: Apache-2.0
"""The payload store: places, padding, checks; and the assembly that embeds it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

from elftools.elf.elffile import ELFFile
from hypothesis import given
from hypothesis import strategies as st
from plans import make_plan
from toolbox import clang

from bulkhead.emit.store import (
    emit_store_files,
    emit_store_S,
    integrity,
    store_size,
    stored_segments,
)
from bulkhead.emit.tables import emit_tables


def crc32c_by_the_definition(data: bytes) -> int:
    """Bit by bit, polynomial 0x1edc6f41 reflected: what CRC32CX does, with both inversions."""
    crc = 0xFFFF_FFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F6_3B78 if crc & 1 else 0)
    return crc ^ 0xFFFF_FFFF


def test_known_value() -> None:
    assert integrity(b"123456789") == 0xE306_9283


@given(st.binary(max_size=64))
def test_integrity_is_crc32c(data: bytes) -> None:
    assert integrity(data) == crc32c_by_the_definition(data)


def test_segments_are_aligned_padded_and_in_order() -> None:
    plan = make_plan()
    stored = stored_segments(plan)
    assert [(s.partition, s.name) for s in stored] == [
        (0, "guest"),
        (0, "dtb"),
        (1, "guest"),
        (1, "dtb"),
    ]
    end = 0
    for s in stored:
        assert s.offset % 64 == 0 and s.offset >= end
        assert len(s.data) % 8 == 0 and not any(s.data[s.size :])
        end = s.offset + len(s.data)
    assert store_size(plan) == end


def test_a_guest_that_is_not_built_has_its_tree() -> None:
    plan = make_plan()
    empty = replace(plan.partitions[0], payload=None)
    stored = stored_segments(replace(plan, partitions=(empty, plan.partitions[1])))
    assert [s.name for s in stored] == ["dtb", "guest", "dtb"]


def test_a_strange_name_stays_inside_the_store_folder() -> None:
    plan = make_plan()
    strange = replace(plan.partitions[0], name="../a b\n")
    files = emit_store_files(replace(plan, partitions=(strange, plan.partitions[1])))
    assert all(re.fullmatch(r"[\w.-]+", name) for name in files)


def test_the_assembly_puts_every_byte_at_its_offset(tmp_path: Path) -> None:
    plan = make_plan()
    (tmp_path / "store").mkdir()
    (tmp_path / "tables.bin").write_bytes(emit_tables(plan))
    for name, data in emit_store_files(plan).items():
        (tmp_path / "store" / name).write_bytes(data)
    (tmp_path / "store.S").write_text(emit_store_S(plan))
    clang("-I", ".", "-c", "store.S", "-o", "store.o", cwd=tmp_path)
    elf = ELFFile(io.BytesIO((tmp_path / "store.o").read_bytes()))
    assert elf.get_section_by_name(".tables").data() == emit_tables(plan)
    section = elf.get_section_by_name(".store").data()
    assert len(section) == store_size(plan)
    for s in stored_segments(plan):
        assert section[s.offset :][: len(s.data)] == s.data
