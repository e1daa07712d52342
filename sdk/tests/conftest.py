# SPDX-License-Identifier: Apache-2.0
"""What every test of the SDK shares: where hypothesis keeps its examples, and `--long`."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(ROOT / ".bulkhead" / "hypothesis"))

# A shell starts what runs in its background with SIGINT ignored, and every child inherits that: tests of
# Ctrl-C would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="campaigns in their full size")
    parser.addoption("--accept", action="store_true", help="write the messages of bad cases anew")
    parser.addoption("--fast", action="store_true", help="leave out what is marked slow")


def pytest_configure(config: pytest.Config) -> None:
    from hypothesis import HealthCheck, settings

    quiet = [HealthCheck.too_slow]
    # Samples are the same on every run, so that what CI says does not depend on luck; --long looks further.
    for name, examples in {"fast": 15, "sample": 60}.items():
        settings.register_profile(
            name, max_examples=examples, deadline=None, derandomize=True, suppress_health_check=quiet
        )
    settings.register_profile("long", max_examples=5000, deadline=None, suppress_health_check=quiet)
    chosen = [name for name in ("long", "fast") if config.getoption(f"--{name}")]
    settings.load_profile((*chosen, "sample")[0])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--fast"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="left out by --fast"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT
