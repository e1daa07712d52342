# SPDX-License-Identifier: Apache-2.0
"""Two banks: what the boot script decides on a real U-Boot, and `flash --bank` from nothing on."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from machine import Storage, start

from bulkhead.cli.main import cli
from bulkhead.diag.errors import LabError, UserError
from bulkhead.flash.banks import BankWriter
from bulkhead.flash.layout import Banks, parse_banks, read_section
from bulkhead.flash.line import Line
from bulkhead.flash.method import FlashJob
from bulkhead.flash.places import read_place
from bulkhead.flash.state import EMPTY, SIZE, State, Stored, newest, parse, word_of
from bulkhead.flash.uboot import Dialect, Refused, UBoot
from bulkhead.flash.uboot_serial import UBootSerial
from bulkhead.lab.image import Image

SECONDS = 90.0
_WORDS = st.integers(0, 0xFFFF_FFFF)
_STORED = st.builds(Stored, size=_WORDS, crc=_WORDS, word=_WORDS)


@given(st.integers(1, 0xFFFF_FFFF), st.integers(0, 1), st.booleans(), _WORDS, st.tuples(_STORED, _STORED))
def test_a_record_is_read_as_it_was_written(
    sequence: int, active: int, confirmed: bool, left: int, stored: tuple[Stored, Stored]
) -> None:
    state = State(sequence=sequence, active=active, confirmed=confirmed, left=left, banks=stored)
    assert parse(state.to_bytes()) == state


@given(st.binary(min_size=SIZE, max_size=SIZE), st.integers(0, SIZE))
def test_a_torn_record_is_none(noise: bytes, cut: int) -> None:
    """Any prefix of the new one, then anything: the other counts, and the next goes over the torn one."""
    old = EMPTY.trial(0, Stored(size=1), 3)
    torn = old.confirm().to_bytes()[:cut] + noise[cut:]
    if parse(torn) is None:
        assert newest([old.to_bytes(), torn]) == (old, 1)
        assert newest([torn, old.to_bytes()]) == (old, 0)


def test_the_next_record_never_goes_over_the_newest() -> None:
    first = EMPTY.trial(0, Stored(size=1), 3)
    second = first.confirm()
    assert newest([first.to_bytes(), second.to_bytes()]) == (second, 0)
    assert newest([second.to_bytes(), first.to_bytes()]) == (second, 1)
    assert newest([b"", b""]) == (None, 0)


def test_commands_of_places() -> None:
    flash = read_place({"in": "flash", "at": 0x400_0000, "size": 0x4_0000}, "a")
    assert flash.writing("48000000", 0x64) == [
        "protect off 4000000 403ffff", "erase 4000000 403ffff", "cp.b 48000000 4000000 64"
    ]  # fmt: skip
    card = read_place({"in": "mmc 1", "at": 0x400, "size": 0x1000}, "a")
    assert card.writing("48000000", 513) == ["mmc dev 1", "mmc write 48000000 2 2"]
    assert card.reading("$to", "$n")[-1] == "mmc read $to 2 $bh_blocks"
    fat = read_place({"in": "fat mmc 0:1", "file": "a.img", "size": 0x1000}, "a")
    assert fat.writing("48000000", 513) == ["fatwrite mmc 0:1 48000000 a.img 201"]
    for bad in (
        {"in": "tape 0"},
        {"in": "mmc 0", "at": 5},
        {"in": "fat mmc 0:1"},
        {"in": "mmc 0", "at": "x"},
    ):
        with pytest.raises(UserError, match=r"board\.yaml: banks: a"):
            read_place(bad, "a")


def stored(image: Image) -> Stored:
    data = image.path.read_bytes()
    return Stored(size=len(data), crc=zlib.crc32(data), word=word_of(image.build_id))


def boots(firmware: Path, storage: Storage, out: Path) -> str:
    """What the script says from power on until the hypervisor's boot line, or until it gives up."""
    with (
        start(firmware, out, storage) as machine,
        Line(machine.console_url, 115200, out / "line.raw") as line,
    ):
        machine.release()
        return line.expect(r"(?s).*(hv\| boot build=|neither bank|no bank was written)", SECONDS)[0]


@pytest.mark.slow
def test_what_the_script_decides(firmware: Path, other: Image, banks: Banks, tmp_path: Path) -> None:
    data, is_in = other.path.read_bytes(), stored(other)  # which never confirms itself
    storage = Storage(tmp_path / "board", banks)
    storage.provision(data, data)
    out = tmp_path / "qemu"
    assert "no bank was written" in boots(firmware, storage, out)

    base = State(sequence=7, active=1, confirmed=False, left=1, banks=(is_in, is_in))
    storage.write(banks.state[1], base.to_bytes())
    storage.write(banks.state[0], b"\x5a" * SIZE)
    assert "boots left after this one: 0" in (said := boots(firmware, storage, out)) and "bank B" in said
    assert storage.state() == replace(base, sequence=8, left=0)
    assert "back to the other bank" in (said := boots(firmware, storage, out)) and "bank A" in said
    assert storage.state() == replace(base, sequence=9, left=0, active=0, confirmed=True)
    assert "bank A" in boots(firmware, storage, out)
    assert storage.state() == replace(base, sequence=9, left=0, active=0, confirmed=True)

    assert banks.confirm is not None
    storage.write(banks.confirm, is_in.word.to_bytes(4, "little"))
    storage.write(banks.state[0], replace(base, sequence=20).to_bytes())
    assert "has confirmed itself" in (said := boots(firmware, storage, out)) and "bank B" in said
    assert (state := storage.state()) is not None and state.confirmed and state.active == 1

    storage.write(banks.confirm, b"\x12\x34\x56\x78")  # torn: what cannot become the word is erased
    storage.write(banks.state[0], replace(base, sequence=30).to_bytes())
    boots(firmware, storage, out)
    assert storage.read(banks.confirm, 4) == b"\xff" * 4

    storage.write(banks.images[1], b"damaged")
    storage.write(banks.state[0], replace(base, sequence=40, confirmed=True).to_bytes())
    assert "bank B does not boot" in (said := boots(firmware, storage, out)) and "bank A" in said
    storage.write(banks.images[0], b"damaged")
    assert "neither bank" in boots(firmware, storage, out)


@pytest.mark.slow
def test_from_nothing_to_two_confirmed_banks(
    root: Path, firmware: Path, image: Image, other: Image, banks: Banks, tmp_path: Path
) -> None:
    storage, said = Storage(tmp_path / "board", banks), list[str]()
    with start(firmware, tmp_path / "qemu", storage) as board:
        board.release()

        def say(text: str) -> None:
            said.append(text)
            if "reset the board" in text or "reset it" in text:
                board.reset()

        job = FlashJob(
            root=root, image=image, out=tmp_path, port=board.console_url, seconds=SECONDS, bank="auto",
            make_disk=True, say=say,
        )  # fmt: skip
        UBootSerial(job).flash()
        assert said[-2:] == [f"build {image.build_id} runs", "confirmed: this bank stays"]
        assert any("writing bank A" in line for line in said)
        assert banks.confirm is not None
        assert storage.read(banks.confirm, 4) == word_of(image.build_id).to_bytes(4, "little")

        with pytest.raises(LabError, match=rf"BH-FLASH-014: .* not run {other.build_id}.*{image.build_id}"):
            UBootSerial(replace(job, image=other)).confirm()
        with pytest.raises(UserError, match=r"BH-FLASH-011: bank A is the one"):
            UBootSerial(replace(job, image=other, bank="A", make_disk=False)).flash()
        board.reset()  # the script learns that A has confirmed itself
        UBootSerial(replace(job, image=other, make_disk=False)).flash()
        assert "does not confirm itself" in said[-1] and any("writing bank B" in line for line in said)
        state = storage.state()
        assert state == replace(state, active=1, confirmed=False, banks=(stored(image), stored(other)))
        UBootSerial(replace(job, image=other)).confirm()
        assert said[-2:] == ["bank B is confirmed", f"build {other.build_id} runs"]
    assert (state := storage.state()) is not None and state.confirmed and state.active == 1
    for place, made in zip(banks.images, (image, other), strict=True):
        assert storage.read(place, made.path.stat().st_size) == made.path.read_bytes()


@pytest.mark.slow
def test_every_kind_of_place(root: Path, firmware: Path, banks: Banks, tmp_path: Path) -> None:
    """Flash, sectors and a file, each written and read back; and what does not hold, or has no room."""
    storage = Storage(tmp_path / "board", banks)
    storage.provision()
    section = read_section(root, "qemu_virt", "banks") | {
        "a": {"in": "flash", "at": 0x440_0000, "size": 0x4_0000},
        "b": {"in": "fat virtio 0:1", "file": "b.img", "size": 0x200_0000},
        "state": [
            {"in": "flash", "at": 0x480_0000, "size": 0x4_0000},
            {"in": "virtio 0", "at": 0x7FF_FE00, "size": 0x200},
        ],
    }  # fmt: skip
    odd = parse_banks(section, banks.load)
    with start(firmware, tmp_path / "qemu", storage) as board:
        board.release()
        with Line(board.console_url, 115200, tmp_path / "line.raw") as line:
            uboot = UBoot(line, Dialect())
            uboot.reach_prompt(SECONDS)
            writer = BankWriter(uboot, odd, lambda _: None)
            assert writer.read_state() == (EMPTY, 0)
            uboot.run("random 48000000 30000")
            crc = uboot.crc32(0x4800_0000, 0x3_0000)
            for bank in (0, 1):
                writer.put_image(bank, 0x4800_0000, 0x3_0000, crc)
            tried = writer.start_trial(EMPTY, 0, 0, Stored(size=5))
            assert writer.read_state() == (tried, 1)
            confirmed = writer.confirm(tried, 1)  # in the disk's last sector
            assert writer.read_state() == (confirmed, 0)
            with pytest.raises(LabError, match=r"BH-FLASH-012: flash at 0x4400000 does not hold"):
                writer.put_image(0, 0x4800_0000, 0x3_0000, crc ^ 1)
            with pytest.raises(LabError, match=r"BH-FLASH-007: the image has 512 KiB, bank A \(flash"):
                writer.put_image(0, 0x4800_0000, 0x8_0000, crc)
            with pytest.raises(Refused, match=r"BH-FLASH-003.*fatwrite"):  # the file system has 1 MiB
                writer.put_image(1, 0x4800_0000, 0x180_0000, crc)
    assert zlib.crc32(storage.read(odd.images[0], 0x3_0000)) == crc


def test_what_is_refused_at_once(root: Path, image: Image, tmp_path: Path) -> None:
    words = ["-d", str(image.path.parent), "flash", "--no-build", "--dry-run", "--port", "/dev/ttyX"]
    said = CliRunner().invoke(cli, [*words, "--bank", "B", "--make-disk"]).stdout
    assert "write bank B, read it back" in said and "partition table" in said and "within 3 boots" in said
    assert CliRunner().invoke(cli, [*words, "--make-disk"]).exit_code == 2
    no_banks = replace(image, board="nobody")
    with pytest.raises(UserError, match="BH-FLASH-013"):
        UBootSerial(FlashJob(root=root, image=no_banks, out=tmp_path, bank="A"))
