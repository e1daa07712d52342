# SPDX-License-Identifier: Apache-2.0
"""`banks:` of board.yaml: where a board keeps two images, what chooses one, and the script that reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bulkhead.diag import UserError
from bulkhead.flash.places import BlockPlace, FatPlace, FlashPlace, Place, read_place
from bulkhead.kconfig.boards import base_of, board_folder

NAMES = ("A", "B")


@dataclass(frozen=True, slots=True, kw_only=True)
class FatPartition:
    """Of the disk that `sdcard` and `--format` make, in bytes."""

    at: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The disk or card on which the file systems lie, as it is made from nothing."""

    place: Place
    fat: tuple[FatPartition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Banks:
    images: tuple[Place, Place]
    state: tuple[Place, Place]
    script: tuple[FatPlace, ...]
    boots: int  # that an image has to confirm itself
    scratch: int  # RAM for the boot script's own use
    load: int  # where an image runs
    confirm: FlashPlace | None  # where the hypervisor writes; None: the host confirms
    disk: Disk | None

    def partition_of(self, script: FatPlace) -> BlockPlace | None:
        """The whole partition of a script, where it is one that --make-disk makes."""
        disk, number = self.disk, script.part.partition(":")[2]
        if disk is None or not isinstance(disk.place, BlockPlace):
            return None
        if script.part != f"{disk.place.number}:{number}" or not 1 <= int(number, 16) <= len(disk.fat):
            return None
        part = disk.fat[int(number, 16) - 1]
        return replace(disk.place, at=part.at, room=part.size)

    @property
    def places(self) -> tuple[Place, ...]:
        return (*self.images, *self.state, *self.script, *((self.confirm,) if self.confirm else ()))


def read_section(root: Path, board: str, section: str) -> Any:
    """A section of board.yaml, of the board that this one is a variant of where it does not say."""
    import yaml

    for name in (board, base_of(root, board)):
        path = board_folder(root, name) / "board.yaml" if name else None
        if path is not None and path.is_file():
            found = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get(section)
            if found is not None:
                return found
    return None


def read_banks(root: Path, board: str) -> Banks | None:
    """None where the board has none. Raises UserError where they are described wrong."""
    section = read_section(root, board, "banks")
    if section is None:
        return None
    load = int(read_section(root, board, "boot")["image"])
    return parse_banks(section, load)


def parse_banks(section: Mapping[str, Any], load: int) -> Banks:
    places = {name: read_place(section.get(name) or {}, name) for name in ("a", "b")}
    state = [read_place(node, "state") for node in section.get("state") or ()]
    script = [read_place(node, "script") for node in section.get("script") or ()]
    scripts = tuple(place for place in script if isinstance(place, FatPlace))
    if len(state) != 2:
        raise UserError("board.yaml: banks: `state:` names two places: the records alternate")
    if not scripts or len(scripts) != len(script):
        raise UserError("board.yaml: banks: `script:` names files on FAT, where U-Boot's bootcmd finds them")
    confirm = read_place(section["confirm"], "confirm") if section.get("confirm") else None
    if confirm is not None and not isinstance(confirm, FlashPlace):
        raise UserError("board.yaml: banks: `confirm:` is on flash: the hypervisor writes one word there")
    return Banks(
        images=(places["a"], places["b"]),
        state=(state[0], state[1]),
        script=scripts,
        boots=int(section.get("boots", 3)),
        scratch=int(section["scratch"]),
        load=load,
        confirm=confirm,
        disk=_disk(section.get("disk")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`card:` of board.yaml: a disk whose FAT partitions hold these files; `{image}` is the image."""

    disk: Disk
    files: Mapping[str, str]

    def contents(self, image: bytes) -> dict[str, bytes]:
        return {name: image if text == "{image}" else text.encode() for name, text in self.files.items()}


def read_card(root: Path, board: str) -> Card | None:
    """None where the board has none. Raises UserError where it is described wrong."""
    section = read_section(root, board, "card")
    if section is None:
        return None
    disk = _disk({"in": "mmc 0", "size": section.get("size", 0), "fat": section.get("fat")})
    assert disk is not None
    return Card(
        disk=disk, files={str(name): str(text) for name, text in (section.get("files") or {}).items()}
    )


def _disk(section: Mapping[str, Any] | None) -> Disk | None:
    if not section:
        return None
    return Disk(
        place=read_place({**section, "at": 0}, "disk"),
        fat=tuple(FatPartition(at=int(p["at"]), size=int(p["size"])) for p in section.get("fat") or ()),
    )
