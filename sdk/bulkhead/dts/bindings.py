# SPDX-License-Identifier: Apache-2.0
"""The bindings in `dts/bindings/`: what Bulkhead knows about a `compatible`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Binding:
    compatible: str
    description: str
    required: tuple[str, ...]
    dma: bool
    dma_bits: int  # how wide its DMA addresses are; 0 where that is no limit
    uart: str = ""  # the driver that makes it a console: hv-arm64/src/dev/uart_<this>.c


def read_bindings(folder: Path) -> Mapping[str, Binding]:
    """All bindings by compatible. The files are ours: a broken one is a bug, not a finding."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
        found[raw["compatible"]] = Binding(
            raw["compatible"],
            raw["description"],
            tuple(raw["required"]),
            raw["dma"] == "master",
            raw.get("dma-bits", 0),
            raw.get("uart", ""),
        )
    return found


def binding_of(bindings: Mapping[str, Binding], compatible: tuple[str, ...]) -> Binding | None:
    """The binding of the first, most specific, compatible that has one."""
    return next((bindings[c] for c in compatible if c in bindings), None)
