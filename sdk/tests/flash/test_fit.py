# SPDX-License-Identifier: Apache-2.0
"""FIT images: what a real U-Boot that demands a key boots, and what it refuses."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from machine import MACHINE, start

from bulkhead.cli.main import cli
from bulkhead.diag.errors import SdkError, UserError
from bulkhead.flash.fit import make_fit
from bulkhead.flash.line import Line, Silence
from bulkhead.flash.uboot import Dialect, UBoot
from bulkhead.lab.image import Image
from bulkhead.runners.hosttools import require

SECONDS = 90.0
AT = 0x5000_0000


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    try:
        for name in ("mkimage", "dtc"):
            require(name)
    except SdkError as problem:
        pytest.skip(str(problem))


def key(folder: Path, name: str) -> Path:
    path = folder / f"{name}.key"
    bits = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
    for words in (
        ["genpkey", *bits, "-out", path],
        ["req", "-batch", "-new", "-x509", "-key", path, "-out", path.with_suffix(".crt")],
    ):
        subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60)
    return path


def machine_tree(folder: Path) -> Path:
    """QEMU's own tree of the board, with room for a key: what U-Boot takes for its control tree."""
    path = folder / "board.dtb"
    machine = f"{MACHINE['machine']},dumpdtb={path}"
    qemu = [
        str(require("qemu-system-aarch64")),
        "-M",
        machine,
        "-cpu",
        MACHINE["cpu"],
        "-m",
        MACHINE["memory"],
    ]
    subprocess.run(
        [*qemu, "-smp", "4", "-display", "none", "-nic", "none"], check=True, capture_output=True, timeout=60
    )
    wide = folder / "wide.dtb"
    words = ["dtc", "-I", "dtb", "-O", "dtb", "-p", "0x1000", "-o", wide, path]
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    return wide


def boots(firmware: Path, tree: Path, fit: Path, out: Path) -> str:
    """What U-Boot says, up to the hypervisor's boot line or its own prompt again."""
    more = ["-dtb", str(tree), "-device", f"loader,file={fit},addr={AT:#x},force-raw=on"]
    with (
        start(firmware, out, more=more) as machine,
        Line(machine.console_url, 115200, out / "line.raw") as line,
    ):
        machine.release()
        uboot = UBoot(line, Dialect())
        uboot.reach_prompt(SECONDS)
        uboot.start(f"bootm {AT:x}#bulkhead - ${{fdtcontroladdr}}")
        try:
            return line.expect(r"(?s).*(hv\| boot build=[0-9a-f]{16}|\n=> $)", SECONDS)[0]
        except Silence as silence:
            return silence.received


@pytest.mark.slow
def test_only_what_the_trusted_key_has_signed(firmware: Path, image: Image, tmp_path: Path) -> None:
    mine, foreign, tree = key(tmp_path, "mine"), key(tmp_path, "foreign"), machine_tree(tmp_path)
    runs = f"hv| boot build={image.build_id}"
    fit = make_fit(image, tmp_path, mine, tree)
    good = fit.read_bytes()
    said = boots(firmware, tree, fit, tmp_path)
    assert "sha256,rsa2048:mine+" in said and said.endswith(runs)

    changed = bytearray(good)
    changed[len(good) // 3] ^= 1
    fit.write_bytes(changed)
    assert "Bad Data Hash" in (said := boots(firmware, tree, fit, tmp_path)) and runs not in said
    make_fit(image, tmp_path, foreign)
    assert runs not in boots(firmware, tree, fit, tmp_path)
    make_fit(image, tmp_path)
    assert runs not in boots(firmware, tree, fit, tmp_path)
    make_fit(image, tmp_path, mine)
    assert fit.read_bytes() == good  # the same input gives the same bytes
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("fit-")]


@pytest.mark.slow
def test_without_a_key_its_hash_is_compared(firmware: Path, image: Image, tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["-d", str(image.path.parent), "fit"])
    assert result.exit_code == 0 and "bulkhead.itb" in result.output
    fit, tree = image.path.parent / "bulkhead.itb", machine_tree(tmp_path)
    assert f"hv| boot build={image.build_id}" in boots(firmware, tree, fit, tmp_path)


def test_what_is_missing(image: Image, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"BH-FLASH-019: .*none.key is not there"):
        make_fit(image, tmp_path, tmp_path / "none.key")
    with pytest.raises(UserError, match=r"BH-FLASH-019: --trust"):
        make_fit(image, tmp_path, None, tmp_path / "u-boot.dtb")
