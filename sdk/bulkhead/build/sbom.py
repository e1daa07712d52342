# SPDX-License-Identifier: Apache-2.0
"""bulkhead.spdx.json: gathers what went into an image. The same bytes for the same image.

No clock is read: the time is SOURCE_DATE_EPOCH's (reproducible-builds.org), or the epoch itself.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from bulkhead.build.toolchain import Toolchain
from bulkhead.diag import UserError
from bulkhead.elaborate.project import Project
from bulkhead.emit.spdx import Part, emit_spdx
from bulkhead.model.system import SystemPlan

EPOCH = "SOURCE_DATE_EPOCH"
_OURS = "Apache-2.0"
_TOOLS = {  # packages that decide over the bytes of an image, and their licences
    "crc32c": "LGPL-2.1-or-later",
    "devicetree": "Apache-2.0",
    "kconfiglib": "ISC",
    "ninja": "Apache-2.0",
    "pyelftools": "Unlicense",
    "PyYAML": "MIT",
}
_LATEST = 253_402_300_799  # the end of the year 9999


def make_sbom(
    project: Project, plan: SystemPlan, tools: Toolchain, build_id: str, elf: bytes, image: bytes
) -> str:
    parts = [
        Part(
            id="Hypervisor",
            name="bulkhead hypervisor",
            version=build_id,
            purpose="OPERATING-SYSTEM",
            relation="GENERATED_FROM",
            license=_OURS,
            sha256=hashlib.sha256(elf).hexdigest(),
        ),
        *_guests(project, plan),
        *_tools(tools),
    ]
    name = f"{plan.board.name}/{plan.system}"
    return emit_spdx(name, build_id, hashlib.sha256(image).hexdigest(), parts, _created())


def epoch() -> str:
    """SOURCE_DATE_EPOCH as set, "" without it."""
    return os.environ.get(EPOCH, "")


def _created() -> str:
    text = epoch() or "0"
    if not (text.isascii() and text.isdigit()) or int(text) > _LATEST:
        raise UserError(f"{EPOCH}={text}: it takes seconds since 1970, as `date +%s` prints them")
    return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _guests(project: Project, plan: SystemPlan) -> Iterator[Part]:
    for p in plan.partitions:
        guest = project.guests[p.guest]
        shipped = guest.folder is not None and guest.folder.is_relative_to(project.root)
        contents = hashlib.sha256()
        for segment in p.payload.segments if p.payload else ():
            contents.update(segment.data)
        digest = contents.hexdigest()
        yield Part(
            id=f"Guest-{p.name}",
            name=p.guest.rstrip("/").rpartition("/")[2],
            version=digest[:16],
            purpose="OPERATING-SYSTEM",
            relation="CONTAINS",
            sha256=digest,
            **({"license": _OURS} if shipped else {}),
        )


def _tools(tools: Toolchain) -> Iterator[Part]:
    yield Part(
        id="Toolchain",
        name=tools.name,
        version=tools.version(),
        purpose="APPLICATION",
        relation="BUILD_TOOL_OF",
        **({"origin": f"pkg:pypi/ziglang@{tools.version()}"} if tools.name == "ziglang" else {}),
    )
    for package, license in _TOOLS.items():
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
        yield Part(
            id=f"Tool-{re.sub('[^A-Za-z0-9.-]', '-', package)}",
            name=package,
            version=version,
            purpose="APPLICATION",
            relation="BUILD_TOOL_OF",
            license=license,
            origin=f"pkg:pypi/{package.lower()}@{version}",
        )
