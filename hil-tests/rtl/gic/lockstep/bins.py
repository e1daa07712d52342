# SPDX-License-Identifier: Apache-2.0
"""Named bins of functional coverage, and those that both GIC versions have: the states of interrupts.

A bin is a sentence about the architecture, not about the RTL. All bins are known beforehand, so that what was
never seen can be named.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Generic, TypeVar

from ref.bank import Bank, bits_of
from ref.gic2 import Gic2
from ref.gic3 import Gic3

STATES = ("inactive", "pending", "active", "both")  # by pending + 2 * active
TRANSITIONS = (
    "inactive->pending",
    "inactive->active",
    "pending->inactive",
    "pending->active",
    "pending->both",
    "active->inactive",
    "active->both",
    "both->pending",
    "both->active",
)
KINDS = ("SGI", "PPI edge", "PPI level", "SPI edge", "SPI level")
MISR = ("EOI", "U", "LRENP", "NP", "VGrp0E", "VGrp0D", "VGrp1E", "VGrp1D")
Model = TypeVar("Model", Gic3, Gic2)


def common_bins() -> list[str]:
    return [f"state: {kind} {t}" for kind in KINDS for t in TRANSITIONS] + [f"maintenance: {n}" for n in MISR]


class Bins(Generic[Model]):
    """Watches a model step by step."""

    model: Model

    def __init__(self, names: Iterable[str]) -> None:
        self.hits: dict[str, int] = {}
        self.bins: dict[str, None] = dict.fromkeys(names)

    def watch(self, model: Model) -> None:
        self.model = model
        self.remember()

    def percent(self) -> float:
        return 100 * len(self.bins.keys() & self.hits.keys()) / len(self.bins)

    def missing(self) -> list[str]:
        return [b for b in self.bins if b not in self.hits]

    def save(self) -> None:
        """For the report: bins of the run with their counts."""
        path = Path(os.environ["GIC_OUT"]) / "functional.json"
        path.write_text(json.dumps({"bins": {b: self.hits.get(b, 0) for b in self.bins}}), encoding="utf-8")

    def hit(self, name: str) -> None:
        self.hits[name] = self.hits.get(name, 0) + 1

    # ---- from one operation to the next ----

    def remember(self) -> None:
        self.states = [(b.pending, b.active) for b in self.banks()]
        self.lrs = [list(c.virtual.lr) for c in self.model.cpus]

    def banks(self) -> list[Bank]:
        return [*(c.own for c in self.model.cpus), *self.model.banks]

    def transitions(self) -> None:
        private = self.model.cpu_count
        for n, (bank, (pending, active)) in enumerate(zip(self.banks(), self.states, strict=True)):
            for i in bits_of((pending ^ bank.pending) | (active ^ bank.active)):
                old = STATES[(pending >> i & 1) + 2 * (active >> i & 1)]
                new = STATES[(bank.pending >> i & 1) + 2 * (bank.active >> i & 1)]
                edge = "edge" if bank.edge >> i & 1 else "level"
                kind = "SGI" if n < private and i < 16 else f"{'PPI' if n < private else 'SPI'} {edge}"
                self.hit(f"state: {kind} {old}->{new}")

    def maintenance(self) -> None:
        for c in self.model.cpus:
            misr = c.virtual.misr() if c.virtual.maintenance else 0
            for n in bits_of(misr):
                self.hit(f"maintenance: {MISR[n]}")
            if misr & 4:
                self.hit("event: an end in no list register")
