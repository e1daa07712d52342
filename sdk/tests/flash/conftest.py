# SPDX-License-Identifier: Apache-2.0
"""The boot loader and the image of all tests here, each made once."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bulkhead.cli.main import cli
from bulkhead.diag.errors import SdkError
from bulkhead.fetch.fetch import fetch
from bulkhead.flash.layout import Banks, read_banks
from bulkhead.lab.image import Image, read_image


@pytest.fixture(scope="session")
def firmware() -> Path:
    try:
        files = fetch("u-boot", say=lambda _: None).files
    except SdkError as problem:
        pytest.skip(f"U-Boot cannot be had: {problem}")
    return next(file for file in files if file.name == "u-boot.bin")


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Image:
    """The demo, with an essential partition: it confirms itself."""
    folder, system = tmp_path_factory.mktemp("image"), tmp_path_factory.mktemp("system")
    demo = root / "boards" / "qemu_virt" / "systems" / "demo" / "system.defconfig"
    more = "CONFIG_PART_1_ESSENTIAL=y\nCONFIG_CONFIRM_AFTER_MS=100\n"
    (system / "system.defconfig").write_text(demo.read_text("utf-8") + more, "utf-8")
    made(folder, "defconfig", str(system))
    made(folder, "build")
    return read_image(folder)


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The demo as it is: it never confirms itself."""
    folder = tmp_path_factory.mktemp("other")
    made(folder, "defconfig", "qemu_virt/demo")
    made(folder, "build")
    return read_image(folder)


def made(folder: Path, *words: str) -> None:
    result = CliRunner().invoke(cli, ["-d", str(folder), *words])
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="session")
def banks(root: Path) -> Banks:
    found = read_banks(root, "qemu_virt_gicv2")  # a variant has those of its base
    assert found is not None
    return found
