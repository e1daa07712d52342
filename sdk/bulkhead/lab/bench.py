# SPDX-License-Identifier: Apache-2.0
"""What the hypervisor's paths cost: the probe under Bulkhead and on bare QEMU, side by side.

QEMU runs one instruction per nanosecond of its own clock, so a value is a count of executed
instructions: exact, repeatable, and no time on silicon.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bulkhead.diag import LabError, UserError
from bulkhead.diag.paths import shown
from bulkhead.lab.image import Image
from bulkhead.model.system import GUEST_RAM_IPA
from bulkhead.runners.base import Job
from bulkhead.runners.boards import read_qemu_machine
from bulkhead.runners.qemu import EXACT_COUNTER_HZ, QemuRunner

REFERENCE = Path("hil-tests") / "bench" / "reference.yaml"
BASELINE = Path("hil-tests") / "bench" / "baseline.json"
RUN_SECONDS = 120.0
ALLOWED_GROWTH = 0.02  # and one instruction
PROBE = "probe"
VERSION = 1
# Name -> (system, its guest, CPUs). The first is where a path without `system` is measured.
SYSTEMS = {
    "alone": ("qemu_virt/bench", PROBE, 1),
    "smp": ("qemu_virt/bench-smp", PROBE, 2),
    "irqs-32": ("qemu_virt/bench-irqs-32", PROBE, 1),
    "irqs-200": ("qemu_virt/bench-irqs-200", PROBE, 1),
    "gicv2": ("qemu_virt_gicv2/bench", PROBE, 1),
    "gicv2-smp": ("qemu_virt_gicv2/bench-smp", PROBE, 2),
    "rtos": ("qemu_virt/bench-rtos", "rtos-bench", 1),
    "shared": ("qemu_virt/bench-shared", "window", 1),
}
# A path measured with more interrupts owned must not cost more than alone.
MAY_NOT_GROW = ("irqs-32", "irqs-200")

_ROW = re.compile(r"^probe (\w+) (\d+) (\d+) (\d+) n=\d+$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPath:
    """One path of the reference table."""

    name: str
    what: str
    row: str  # of the probe
    target: int
    aim: int
    bao: int | None
    xen: int | None
    system: str  # one of SYSTEMS
    from_plan: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A path with what was measured. None: it could not be."""

    path: BenchPath
    bare: int | None
    bulkhead: int | None

    @property
    def added(self) -> int | None:
        if self.bulkhead is None:
            return None
        return self.bulkhead - (self.bare or 0)

    @property
    def grade(self) -> str:
        if self.bulkhead is None:
            return "not measured"
        return (
            "aim"
            if self.bulkhead <= self.path.aim
            else "target"
            if self.bulkhead <= self.path.target
            else "above"
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.path.name, "bare": self.bare, "bulkhead": self.bulkhead, "added": self.added,
            "target": self.path.target, "aim": self.path.aim, "bao": self.path.bao, "xen": self.path.xen,
        }  # fmt: skip


def read_reference(root: Path) -> list[BenchPath]:
    import yaml

    data = yaml.safe_load((root / REFERENCE).read_text(encoding="utf-8"))
    return [
        BenchPath(
            name=row["name"], what=row["what"], row=row.get("row", row["name"]), target=row["target"],
            aim=row["aim"], bao=row.get("bao"), xen=row.get("xen"), system=row.get("system", "alone"),
            from_plan=row.get("from") == "plan",
        )
        for row in data["paths"]
    ]  # fmt: skip


def run_probe(
    root: Path, image: Path, board: str, cpus: int, out: Path, *, bare: bool, tree: Path | None = None
) -> dict[str, int]:
    """The probe's rows (medians). `bare`: its own ELF at EL1, without virtualization; `tree` is the
    devicetree that it finds, without one it takes the machine for a `virt` with GICv3."""
    machine = dict(read_qemu_machine(root, board))
    if bare:
        machine["machine"] = machine["machine"].replace("virtualization=on,", "")
    options: dict[str, Any] = {"transport": "none", "exact_time": True, "semihosting": True, "cpu": "max"}
    options["console_log"] = out / "console.raw"
    options["loads"] = ((tree, GUEST_RAM_IPA),) if tree else ()
    job = Job(image=image, out=out, cpus=cpus, machine=machine, options=options)
    out.mkdir(parents=True, exist_ok=True)
    with QemuRunner.create(job).run() as running:
        running.release()
        status = running.wait(RUN_SECONDS)
        text = (out / "qemu.stderr").read_text(encoding="utf-8", errors="replace")
        where = "on bare QEMU" if bare else "under Bulkhead"
        if status is None:
            raise LabError(
                f"the probe {where} did not end within {RUN_SECONDS:.0f} s; it said:\n{text[-2000:]}"
            )
    if not re.search(r"^probe done", text, re.MULTILINE):
        raise LabError(f"the probe {where} ended early with {status}; it said:\n{text[-2000:]}")
    return parse_rows(text)


def parse_rows(text: str) -> dict[str, int]:
    """Medians by row; rows that could not be measured (`n/a`) are not in it.

    `restart` is made of two: the counter before the guest's reset, and at its next life's first
    instruction.
    """
    rows = {match[1]: int(match[3]) for match in _ROW.finditer(text)}
    if "reset_at" in rows and "restarted_at" in rows:
        rows["restart"] = rows["restarted_at"] - rows["reset_at"]
    return rows


def plan_rows(image: Image) -> dict[str, int]:
    """Rows that are read from the build: `memory_bytes` is everything but the payloads."""
    boxes = {box["name"]: box for box in image.plan["boxes"]}
    return {
        "text_bytes": boxes["text"]["used"],
        "memory_bytes": sum(box["size"] for name, box in boxes.items() if name != "store"),
    }


def combine(
    paths: list[BenchPath], runs: Mapping[str, tuple[Mapping[str, int], Mapping[str, int]]]
) -> list[Measured]:
    """The table: each path from the run it belongs to. A run is (bare, Bulkhead)."""
    table: list[Measured] = []
    for path in paths:
        bare, own = runs[path.system]
        table.append(
            Measured(
                path=path,
                bare=None if path.from_plan else bare.get(path.row),
                bulkhead=own.get(path.row),
            )
        )
    return table


def grown(table: list[Measured]) -> list[str]:
    """A sentence for each path that costs more with more interrupts owned."""
    alone = {row.path.row: row.bulkhead for row in table if row.path.system == "alone"}
    return [
        f"{row.path.name}: {alone[row.path.row]} alone, {row.bulkhead} with more interrupts owned"
        for row in table
        if row.path.system in MAY_NOT_GROW and _worse(row.bulkhead, alone.get(row.path.row))
    ]


def _worse(value: int | None, before: int | None) -> bool:
    if value is None or before is None:
        return False
    return value > before + 1 and value > before * (1 + ALLOWED_GROWTH)


def is_exact(rows: Mapping[str, int]) -> bool:
    """Whether the counter ran at one tick per instruction."""
    return rows.get("cntfrq") == EXACT_COUNTER_HZ


def read_baseline(root: Path) -> dict[str, int]:
    path = root / BASELINE
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): int(value) for name, value in data["paths"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise UserError(f"{shown(path)} is not a baseline: {problem}") from problem


def write_baseline(root: Path, table: list[Measured]) -> None:
    values = {row.path.name: row.bulkhead for row in table if row.bulkhead is not None}
    data = {"version": VERSION, "paths": values}
    (root / BASELINE).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def regressions(table: list[Measured], baseline: Mapping[str, int]) -> list[str]:
    """A sentence for each path that costs more than it did, or that is no longer measured."""
    found: list[str] = []
    for row in table:
        before = baseline.get(row.path.name)
        if before is None:
            continue
        if row.bulkhead is None:
            found.append(f"{row.path.name}: was {before}, is not measured any more")
        elif _worse(row.bulkhead, before):
            found.append(f"{row.path.name}: {before} -> {row.bulkhead}")
    return found
