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
    folder = tmp_path_factory.mktemp("image")
    for words in (["defconfig", "qemu_virt/demo"], ["build"]):
        assert CliRunner().invoke(cli, ["-d", str(folder), *words]).exit_code == 0
    return read_image(folder)


@pytest.fixture(scope="session")
def banks(root: Path) -> Banks:
    found = read_banks(root, "qemu_virt_gicv2")  # a variant has those of its base
    assert found is not None
    return found
