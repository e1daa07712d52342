# SPDX-License-Identifier: Apache-2.0
"""A guest compiled and linked by itself, for bare QEMU at EL1, with the flags of the build."""

from __future__ import annotations

import subprocess
from pathlib import Path

from toolbox import ROOT

from bulkhead.build.flags import Folders, guest_flags, guest_link_flags
from bulkhead.build.toolchain import find_toolchain
from bulkhead.build.tools import tool_environment
from bulkhead.elaborate.guests import sources_in

# Behind QEMU's own devicetree, which is 1 MiB long.
BARE_BASE = 0x4020_0000


def build_guest(folder: Path, out: Path, base: int = BARE_BASE) -> Path:
    """The ELF of the guest in `folder`; objects go to `out`."""
    tools = find_toolchain("ziglang")
    folders = Folders(root=ROOT, build=out)
    out.mkdir(parents=True, exist_ok=True)
    environment = tool_environment(tools.environment())
    objects: list[str] = []
    for guest, place in ((folder, folder), (None, ROOT / "rtos-guests" / "lib")):
        for source in sources_in(place):
            objects.append(str(out / f"{len(objects)}.o"))
            flags = guest_flags(tools, folders, "-O2", guest)
            _run([*tools.compiler, *flags, "-c", str(source), "-o", objects[-1]], environment)
    elf = out / "guest.elf"
    link = [*tools.linker, *guest_link_flags(tools, folders), f"--defsym=GUEST_BASE={base:#x}"]
    _run([*link, *objects, "-o", str(elf)], environment)
    return elf


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
