# SPDX-License-Identifier: Apache-2.0
"""Images that were damaged after the build, or put where they do not belong: in QEMU, for real."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from bulkhead.cli.main import Context
from bulkhead.cli.prepare import prepare
from bulkhead.decode.explain import explain, render
from bulkhead.decode.knowledge import gather_knowledge
from bulkhead.decode.record import find_records
from bulkhead.lab.image import Image, read_image
from bulkhead.lab.session import Session
from bulkhead.lab.targets import find_target
from bulkhead.runners.hosttools import require

BRK = (0xD420_0000).to_bytes(4, "little")  # BRK #0


@pytest.fixture(scope="module")
def demo(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    build = tmp_path_factory.mktemp("demo")
    return read_image(prepare(Context(root=root, build_dir=build), "qemu_virt/demo", "image", quiet=True))


def symbol(image: Image, name: str) -> int:
    """Offset in bulkhead.img of a symbol of bulkhead.elf."""
    elf = ELFFile(io.BytesIO(image.path.with_suffix(".elf").read_bytes()))
    table = elf.get_section_by_name(".symtab")
    addresses = {s.name: s["st_value"] for s in table.iter_symbols()}
    return int(addresses[name] - addresses["hv_image_base"])


def damaged(
    image: Image, folder: Path, offset: int, change: Callable[[bytes], bytes], size: int = 1
) -> Image:
    data = bytearray(image.path.read_bytes())
    data[offset : offset + size] = change(bytes(data[offset : offset + size]))
    path = folder / "damaged.img"
    path.write_bytes(data)
    return replace(image, path=path)


def flip(old: bytes) -> bytes:
    return bytes([old[0] ^ 1])


@contextmanager
def running(root: Path, image: Image, folder: Path) -> Iterator[Session]:
    with Session.open(root, find_target(root, "qemu", None), image, folder / "run") as session:
        session.running.release()
        yield session


def crash_text(session: Session, root: Path, image: Image) -> str:
    session.wait("^CRASH end", "hv", 20.0)
    text = "\r\n".join(f"hv| {line.text}" for line in session.console.lines("hv"))
    record = find_records(text.encode())[0]
    return render(explain(record, gather_knowledge(root, image.path.parent, None)))


@pytest.mark.parametrize("address", [0x4010_0000, 0x6000_0000], ids=["below", "above"])
def test_an_image_entered_elsewhere_moves_itself(root: Path, tmp_path: Path, address: int) -> None:
    build = prepare(Context(root=root, build_dir=tmp_path), "qemu_virt/hello", "image", quiet=True)
    qemu = require("qemu-system-aarch64", "test")
    machine = "-M virt,virtualization=on,gic-version=3 -cpu cortex-a53 -m 1G -smp 4 -nic none -display none"
    command = [str(qemu), *machine.split(), "-serial", "stdio", "-monitor", "none"]
    command += ["-device", f"loader,file={build}/bulkhead.img,addr={address:#x},force-raw=on"]
    command += ["-device", f"loader,addr={address:#x},cpu-num=0"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert "hello| hello: this is EL1" in done.stdout
    assert "hv| all partitions are off" in done.stdout  # and QEMU ended by itself


def test_a_changed_table_stops_the_start_before_any_guest(root: Path, demo: Image, tmp_path: Path) -> None:
    box = next(b for b in demo.plan["boxes"] if b["name"] == "tables")
    base = next(b for b in demo.plan["boxes"] if b["name"] == "text")["base"]
    offset = box["base"] - base + box["used"] - 1
    with running(root, damaged(demo, tmp_path, offset, flip), tmp_path) as session:
        text = crash_text(session, root, demo)
        assert "the plan's tables were changed after the build" in text
        assert not [*session.console.lines("control"), *session.console.lines("rogue")]


def test_a_damaged_payload_fails_its_partition_alone(root: Path, demo: Image, tmp_path: Path) -> None:
    base = next(b for b in demo.plan["boxes"] if b["name"] == "text")["base"]
    store = next(b for b in demo.plan["boxes"] if b["name"] == "store")["base"] - base
    with running(root, damaged(demo, tmp_path, store, flip), tmp_path) as session:
        session.wait("^control: payload damaged, not started$", "hv", 20.0)
        session.wait("^rogue: ready", "rogue", 20.0)
        assert not list(session.console.lines("control"))


def test_an_exception_of_its_own_is_recorded_and_decoded(root: Path, demo: Image, tmp_path: Path) -> None:
    offset = symbol(demo, "guest_traps_init")
    with running(root, damaged(demo, tmp_path, offset, lambda _: BRK, 4), tmp_path) as session:
        text = crash_text(session, root, demo)
    assert "guest_traps_init" in text and "BRK" in text
    assert "hv-arm64/src/arch/guest_traps.c:" in text


def test_the_record_survives_a_warm_reset(root: Path, demo: Image, tmp_path: Path) -> None:
    offset = symbol(demo, "vuart_write")  # late enough that the next start can still say so
    with running(root, damaged(demo, tmp_path, offset, lambda _: BRK, 4), tmp_path) as session:
        session.wait("^CRASH end", "hv", 20.0)
        session.running.reset()
        session.wait("^boot build=.* count=2 ", "hv", 20.0)
        session.wait("^the last start ended in a crash on pcpu", "hv", 20.0)
