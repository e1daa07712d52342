# SPDX-License-Identifier: Apache-2.0
"""What a build made, and what it says about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

JSON_VERSION = 1
ELF, IMAGE, PLAN, MAP = "bulkhead.elf", "bulkhead.img", "plan.json", "map.txt"
SBOM = "bulkhead.spdx.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxUse:
    name: str
    base: int
    size: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """`fresh` is False when nothing had to be done. `warnings` are rendered findings."""

    build_dir: Path
    system: str
    board: str
    build_id: str
    image_bytes: int
    boxes: tuple[BoxUse, ...]
    warnings: str
    fresh: bool = True
    moved: tuple[str, ...] = ()  # partitions that lie elsewhere than in the last build, a sentence each

    @property
    def elf(self) -> Path:
        return self.build_dir / ELF

    @property
    def image(self) -> Path:
        return self.build_dir / IMAGE

    @property
    def plan(self) -> Path:
        return self.build_dir / PLAN

    def to_json(self) -> dict[str, Any]:
        return {
            "version": JSON_VERSION,
            "system": self.system,
            "board": self.board,
            "build_id": self.build_id,
            "elf": str(self.elf),
            "image": str(self.image),
            "plan": str(self.plan),
            "image_bytes": self.image_bytes,
            "boxes": [asdict(box) for box in self.boxes],
            "changed": self.fresh,
            "moved": list(self.moved),
        }

    def to_stamp(self) -> dict[str, Any]:
        return {
            "system": self.system,
            "board": self.board,
            "build_id": self.build_id,
            "image_bytes": self.image_bytes,
            "boxes": [asdict(box) for box in self.boxes],
            "warnings": self.warnings,
        }

    @classmethod
    def from_stamp(cls, build_dir: Path, data: dict[str, Any]) -> BuildResult:
        boxes = tuple(BoxUse(**box) for box in data["boxes"])
        return cls(build_dir=build_dir, fresh=False, **{**data, "boxes": boxes})
