# SPDX-License-Identifier: Apache-2.0
"""The generated C: compiles without a warning, holds the plan, and reads like its golden copy."""

from __future__ import annotations

import io
import os
import struct
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from plans import make_plan
from toolbox import ROOT, clang

from bulkhead.emit.config_c import (
    BUILD_ID_OFFSET,
    DIGEST_OFFSET,
    HEADER_SIZE,
    emit_config_c,
)
from bulkhead.emit.counts_h import counts, emit_counts_h
from bulkhead.emit.interrupts import irq_owner
from bulkhead.emit.layout_ld import emit_layout_ld
from bulkhead.emit.places import places
from bulkhead.emit.store import stored_segments
from bulkhead.emit.tables import make_tables
from bulkhead.model.board import Region

GOLDEN = Path(__file__).parent / "golden" / "small"


@pytest.mark.parametrize(
    ("name", "emit"),
    [
        ("hv_config.c", emit_config_c),
        ("hv_counts.h", emit_counts_h),
        ("hv_layout.ld", emit_layout_ld),
    ],
)
def test_golden(name: str, emit) -> None:  # type: ignore[no-untyped-def]
    """`BULKHEAD_GOLDEN=write` writes them anew; the difference belongs into the commit."""
    text = emit(make_plan())
    if os.environ.get("BULKHEAD_GOLDEN") == "write":
        GOLDEN.mkdir(parents=True, exist_ok=True)
        (GOLDEN / name).write_text(text)
    assert text == (GOLDEN / name).read_text()


class Compiled:
    """The object of hv_config.c: symbols' bytes, before the link."""

    def __init__(self, folder: Path) -> None:
        plan = make_plan()
        (folder / "hv_config.c").write_text(emit_config_c(plan))
        (folder / "hv_counts.h").write_text(emit_counts_h(plan))
        include = ROOT / "hv-arm64" / "include"
        clang("-I", include, "-I", ".", "-c", "hv_config.c", "-o", "hv_config.o", cwd=folder)
        self.elf = ELFFile(io.BytesIO((folder / "hv_config.o").read_bytes()))

    def bytes_of(self, name: str) -> bytes:
        symbol = self.elf.get_section_by_name(".symtab").get_symbol_by_name(name)[0]
        data = self.elf.get_section(symbol["st_shndx"]).data()
        return bytes(data[symbol["st_value"] :][: symbol["st_size"]])


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    return Compiled(tmp_path_factory.mktemp("config"))


def test_header_is_where_the_patch_expects_it(compiled: Compiled) -> None:
    header = compiled.bytes_of("hv_config_header")
    assert len(header) == HEADER_SIZE
    assert header[:8] == b"BLHDPLAN"
    plan = make_plan()
    base, size = struct.unpack_from("<QQ", header, 40)
    assert base == plan.box("rodata").base + HEADER_SIZE
    assert base + size == plan.box("store").base and size % 8 == 0
    assert header[DIGEST_OFFSET:] == bytes(HEADER_SIZE - DIGEST_OFFSET)
    assert header[BUILD_ID_OFFSET:] == bytes(24)


def test_partitions(compiled: Compiled) -> None:
    plan = make_plan()
    tables = make_tables(plan)
    data = compiled.bytes_of("hv_partitions")
    size = len(data) // len(plan.partitions)
    for partition in plan.partitions:
        entry = data[partition.id * size :][:size]
        name, vttbr, loader, ipa, pa, ram, start, dtb = struct.unpack_from("<24s7Q", entry)
        assert name.rstrip(b"\0").decode() == partition.name
        assert (vttbr, loader) == (tables.vttbr(partition.id), tables.loader_roots[partition.id])
        assert (ipa, pa, ram) == (0x4000_0000, partition.ram_pa, partition.ram_size)
        assert (start, dtb) == (0x4001_0000, 0x4000_0000)
        assert list(entry[104:107]) == [1, 1, 0]  # inject abort, inject abort, log


def test_segments_say_where_the_store_has_them(compiled: Compiled) -> None:
    plan = make_plan()
    data = compiled.bytes_of("hv_segments")
    for index, stored in enumerate(stored_segments(plan)):
        store, ipa, size, check = struct.unpack_from("<QQQI", data, index * 32)
        assert store == plan.box("store").base + stored.offset and store % 64 == 0
        assert (ipa, size, check) == (stored.ipa, stored.size, stored.check)


def test_interrupt_arrays(compiled: Compiled) -> None:
    plan = make_plan()
    assert list(compiled.bytes_of("hv_irq_owner")) == irq_owner(plan)
    assert irq_owner(plan)[34] == 0  # rtc, owned by control
    assert irq_owner(plan)[33] == 0xFE and irq_owner(plan)[35] == 0xFF
    words = counts(plan)["HV_IRQ_WORDS"]
    owned = struct.unpack(f"<{2 * words}I", compiled.bytes_of("hv_irq_owned"))
    assert owned[0] == owned[words] == 1 << 27 | 1 << 30  # EL1's timers
    assert owned[1] == 1 << 2 and owned[words + 1] == 0
    edge = struct.unpack(f"<{2 * words}I", compiled.bytes_of("hv_irq_edge"))
    assert edge[0] == 0 and edge[1] == 1 << 2


def test_places_are_sorted_and_do_not_overlap() -> None:
    plan = make_plan()
    inside = Region(base=0x0901_0800, size=0x1000, where=plan.where)  # half over the rtc
    odd = replace(plan.board.devices[0], name="odd@9010800", regions=(inside,))
    board = replace(plan.board, devices=(*plan.board.devices, odd))
    found = places(replace(plan, board=board))
    assert all(a.base + a.size <= b.base for a, b in pairwise(found))
    assert [(p.base, p.size) for p in found if p.what == "odd@9010800"] == [(0x0901_1000, 0x800)]
    assert [p.what for p in found if p.base == 0x7FE0_0000] == ["RAM of 'control'"]


def test_a_comment_cannot_be_closed_by_a_file_name() -> None:
    plan = make_plan()
    assert "*/evil" not in emit_config_c(replace(plan, system="x*/evil"))
