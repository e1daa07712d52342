# SPDX-License-Identifier: Apache-2.0
"""What was built, as the lab needs it: the image, its build id, and who is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bulkhead.diag import UserError
from bulkhead.diag.paths import shown, to_type
from bulkhead.runners.qtest import FIRST_SPI


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The image of a build folder and the plan beside it."""

    path: Path
    build_id: str
    board: str
    system: str
    plan: Mapping[str, Any]  # plan.json as it is

    @property
    def partitions(self) -> list[str]:
        return [str(partition["name"]) for partition in self.plan["partitions"]]

    @property
    def cpus(self) -> int:
        return len(self.plan["board"]["cpus"])

    def owner_at(self, address: int) -> str:
        """The partition that owns the device whose first register is there; "" if none does."""
        devices = {
            device["name"]
            for device in self.plan["board"].get("devices", ())
            if any(region["base"] == address for region in device["regions"][:1])
        }
        owners = (entry["owner"] for entry in self.plan.get("owners", ()) if entry["device"] in devices)
        return next((str(owner) for owner in owners if owner in self.partitions), "")

    def interrupts_of(self, device: str) -> list[int]:
        """The INTIDs of the device's SPIs, in the order of its node. Raises UserError: no such device."""
        devices = self.plan["board"].get("devices", ())
        for found in devices:
            if found["name"] == device:
                return [int(irq["intid"]) for irq in found["irqs"] if irq["intid"] >= FIRST_SPI]
        known = ", ".join(sorted(str(found["name"]) for found in devices)) or "none"
        raise UserError(f"the board {self.board} has no device '{device}'; there are: {known}")


def read_image(build_dir: Path) -> Image:
    """Raises UserError where nothing was built."""
    plan_path, image_path = build_dir / "plan.json", build_dir / "bulkhead.img"
    for path in (plan_path, image_path):
        if not path.is_file():
            raise UserError(f"{shown(path)} is not there; build first: {to_type(build_dir, 'build')}")
    plan = json.loads(plan_path.read_text(encoding="utf-8"))
    return Image(
        path=image_path,
        build_id=plan["build_id"],
        board=plan["board"]["name"],
        system=plan["system"],
        plan=plan,
    )
