# SPDX-License-Identifier: Apache-2.0
"""Every file a build depends on, so that the stamp knows when one of them changed."""

from __future__ import annotations

from pathlib import Path

from bulkhead.build.toolchain import Toolchain
from bulkhead.elaborate.project import Project
from bulkhead.kconfig.boards import board_folders

_FOLDERS = (
    "boards",
    "dts",
    "hv-arm64/include",
    "hv-arm64/link",
    "hv-arm64/src",
    "rtos-guests",
    "sdk/bulkhead",
)


def input_folders(project: Project) -> list[str]:
    folders = [project.root / name for name in _FOLDERS]
    folders += board_folders(project.root)[1:]
    if project.system.folder is not None and not project.system.folder.is_relative_to(project.root):
        folders.append(project.system.folder / "guests")
    for guest in project.guests.values():
        if guest.folder is not None and not any(guest.folder.is_relative_to(known) for known in folders):
            folders.append(guest.folder)
    return [str(folder) for folder in folders]


def input_files(project: Project, tools: Toolchain) -> list[str]:
    files: list[Path] = [
        project.root / "Kconfig",
        project.config.path,
        project.build_dir / "system.json",
        *tools.files,
        *(guest.file for guest in project.guests.values() if guest.file is not None),
        *project.read,
    ]
    if project.system.folder is not None:
        files.append(project.system.folder / "overlay.dts")  # also when it is not there yet
    return [str(file) for file in files]
