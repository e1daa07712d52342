# SPDX-License-Identifier: Apache-2.0
"""Addresses of the last plan: `build` says what moved, `map --pin` keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_checkout import Checkout

from bulkhead.build import build
from bulkhead.cli.main import Context
from bulkhead.cli.map import _pin


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def configure(build_dir: Path, line: str) -> None:
    config = build_dir / ".config"
    config.write_text(config.read_text() + line + "\n")


def test_what_moved_is_said(checkout: Checkout) -> None:
    build_dir = checkout.configure(checkout.root / "build")
    assert build(checkout.root, build_dir).moved == ()
    configure(build_dir, "CONFIG_PART_1_RAM_SIZE=0x800000")
    assert build(checkout.root, build_dir).moved == (
        "the RAM of 'one' moved from 0x7fe00000 to 0x7f800000",
        "the RAM of 'two' moved from 0x7fc00000 to 0x7f600000",
    )
    assert build(checkout.root, build_dir).moved == ()  # nothing to do, nothing to say


def test_pinned_addresses_stay(checkout: Checkout) -> None:
    build_dir = checkout.configure(checkout.root / "build")
    build(checkout.root, build_dir)
    _pin(Context(root=checkout.root, build_dir=build_dir))
    text = (build_dir / ".config").read_text()
    assert "CONFIG_PART_1_RAM_BASE=0x7fe00000" in text and "CONFIG_PART_2_RAM_BASE=0x7fc00000" in text
    assert build(checkout.root, build_dir).moved == ()
