# SPDX-License-Identifier: Apache-2.0
"""The methods without a serial line: a card that boots and that mtools reads, and programs' own parsers."""

from __future__ import annotations

import os
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from machine import Storage, start

from bulkhead.cli.main import cli
from bulkhead.diag.errors import SdkError, UserError
from bulkhead.flash.layout import Banks
from bulkhead.flash.line import Line
from bulkhead.flash.method import FlashJob
from bulkhead.flash.probe import OpenOcd, Uuu
from bulkhead.flash.qemu_direct import QemuDirect
from bulkhead.flash.registry import METHODS
from bulkhead.flash.sdcard import refuse
from bulkhead.lab.image import Image
from bulkhead.runners.hosttools import require

SECONDS = 90.0


def tool(name: str) -> str:
    try:
        return str(require(name))
    except SdkError as problem:
        pytest.skip(f"{name} cannot be had: {problem}")


def mtools(program: str, *words: str) -> bytes:
    return subprocess.run([program, *words], capture_output=True, timeout=60, check=True).stdout


@pytest.mark.slow
def test_a_card_from_nothing_boots(firmware: Path, image: Image, banks: Banks, tmp_path: Path) -> None:
    tool("mcopy")
    storage = Storage(tmp_path / "board", banks)
    words = [
        "-d",
        str(image.path.parent),
        "flash",
        "--no-build",
        "--method",
        "sdcard",
        "--to",
        str(storage.disk),
    ]
    assert CliRunner().invoke(cli, words).exit_code == 0
    once = storage.disk.read_bytes()
    assert CliRunner().invoke(cli, words).exit_code == 0 and storage.disk.read_bytes() == once
    assert len(once) == banks.disk.place.room if banks.disk else False
    for part in banks.disk.fat if banks.disk else ():
        script = mtools("mtype", "-i", f"{storage.disk}@@{part.at}", "::boot.scr")
        assert b"Bulkhead: chooses one of two images" in script
    out = tmp_path / "qemu"
    with (
        start(firmware, out, storage) as board,
        Line(board.console_url, 115200, out / "line.raw") as line,
    ):
        board.release()
        line.expect("boots left after this one: 2", SECONDS)
        line.expect(rf"hv\| boot build={image.build_id}", SECONDS)
        line.expect(r"hv\| confirmed, build=", SECONDS)


def test_a_card_with_the_files_of_a_firmware(root: Path, image: Image, tmp_path: Path) -> None:
    tool("mcopy")
    (tmp_path / "start4.elf").write_bytes(b"the vendor's")
    card = tmp_path / "card.img"
    job = FlashJob(
        root=root, image=replace(image, board="rpi4b"), out=tmp_path, to=card, say=lambda _: None,
        beside=(tmp_path / "start4.elf",),
    )  # fmt: skip
    METHODS["sdcard"](job).flash()
    drive = f"{card}@@{0x10_0000}"
    assert mtools("mtype", "-i", drive, "::kernel8.img") == image.path.read_bytes()
    assert b"arm_64bit=1" in mtools("mtype", "-i", drive, "::config.txt")
    assert mtools("mtype", "-i", drive, "::start4.elf") == b"the vendor's"
    table = card.read_bytes()[:512]
    assert table[-2:] == b"\x55\xaa" and table[446] == 0x80


def test_what_is_not_written_over(tmp_path: Path) -> None:
    mounts, swaps = tmp_path / "mounts", tmp_path / "swaps"
    mounts.write_text("proc /proc proc rw 0 0\n")
    swaps.write_text("Filename Type Size Used Priority\n")
    refuse(tmp_path / "new.img", 1 << 20, large=False)
    (tmp_path / "old.img").touch()
    refuse(tmp_path / "old.img", 1 << 20, large=False)
    with pytest.raises(UserError, match=r"BH-FLASH-015: /dev/null is neither"):
        refuse(Path("/dev/null"), 1 << 20, large=False)
    disk = next((d for d in sorted(Path("/dev").glob("*")) if stat.S_ISBLK(d.stat().st_mode)), None)
    if disk is None:
        pytest.skip("this host shows no disk")
    mounts.write_text(f"{disk}p1 /boot vfat rw 0 0\n")
    with pytest.raises(UserError, match=rf"BH-FLASH-015: {disk} is in use \({disk}p1 is mounted\)"):
        refuse(disk, 0, large=False, mounts=mounts, swaps=swaps)
    if os.access(disk, os.R_OK):
        mounts.write_text("")
        with pytest.raises(UserError, match=r"BH-FLASH-015.*the board's layout needs"):
            refuse(disk, 1 << 60, large=False, mounts=mounts, swaps=swaps)


def test_a_card_needs_a_name(root: Path, image: Image) -> None:
    words = ["-d", str(image.path.parent), "flash", "--no-build", "--method", "sdcard"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 2 and "--to" in result.output
    assert "openocd" in CliRunner().invoke(cli, ["flash", "--method", "help"]).output


@pytest.mark.slow
def test_qemu_itself(root: Path, image: Image, tmp_path: Path) -> None:
    said: list[str] = []
    method = QemuDirect(FlashJob(root=root, image=image, out=tmp_path, say=said.append))
    assert method.steps()[0].startswith("/") and "-kernel" in method.steps()[0]
    method.flash()
    assert said == [f"build {image.build_id} runs"]


def test_uuu_understands_the_script(
    root: Path, image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    method = Uuu(FlashJob(root=root, image=replace(image, board="imx8mp_evk"), out=tmp_path / "out"))
    with pytest.raises(UserError, match=r"BH-FLASH-018: flash.bin"):
        method.prepare()
    (tmp_path / "flash.bin").write_bytes(b"loader")
    method.prepare()
    assert method.command() == ["uuu", str(tmp_path / "out" / "bulkhead.uuu")]
    program = tool("uuu")
    for script, status in ((method.script(), 0), (method.script().replace("download", "downlaod"), 255)):
        (tmp_path / "out" / "bulkhead.uuu").write_text(script)
        dry = [program, "-dry", *method.command()[1:]]
        assert subprocess.run(dry, capture_output=True, timeout=60, check=False).returncode == status
    with pytest.raises(UserError, match=r"BH-FLASH-013.*has no `openocd:`"):
        OpenOcd(replace(method.job, image=image))


def test_openocd_understands_the_commands(tmp_path: Path, root: Path, image: Image) -> None:
    """Its own Tcl reads the line; commands that need a target only say that they were reached."""
    board = tmp_path / "boards" / "mine"
    board.mkdir(parents=True)
    config = tmp_path / "mine.cfg"
    (board / "board.yaml").write_text(f"name: mine\nopenocd: {{config: [{config}], dtb: 0x48000000}}\n")
    reached = "init", "halt", "load_image", "verify_image", "reg", "resume"
    config.write_text(
        "noinit\n" + "".join(f'proc {name} {{args}} {{echo "{name} $args"}}\n' for name in reached)
    )
    method = OpenOcd(FlashJob(root=tmp_path, image=replace(image, board="mine"), out=tmp_path))
    base = image.plan["boxes"][0]["base"]
    program, *words = method.command()
    done = subprocess.run([tool(program), *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert f"load_image {image.path} {base:#x} bin" in done.stderr and f"resume {base:#x}" in done.stderr
    assert "reg x0 0x48000000" in done.stderr
    config.write_text("noinit\n")
    assert (
        subprocess.run([tool(program), *words], capture_output=True, timeout=60, check=False).returncode != 0
    )
