# SPDX-License-Identifier: Apache-2.0
"""What a simulation is asked for, and where it says how it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bulkhead.lab.image import Image

SEED, OPS, LONG_OPS = 1, 20_000, 400_000


@dataclass(slots=True, kw_only=True)
class Options:
    """`selects` is asked with the names that results will have."""

    root: Path
    out: Path
    say: Callable[[str], None]
    tops: tuple[str, ...] = ("v3",)
    seed: int = SEED
    ops: int | None = None
    waves: bool = False
    coverage: bool = False
    long: bool = False
    simulator: str = "verilator"  # or "icarus"
    prepare: Callable[[str, str], Image] | None = None  # configures and builds a system in a folder
    selects: Callable[[str], bool] = field(default=lambda name: True)

    @property
    def operations(self) -> int:
        return self.ops or (LONG_OPS if self.long else OPS)
