# SPDX-License-Identifier: Apache-2.0
"""A new system's folder: small, and it builds as it is."""

from __future__ import annotations

import re
from pathlib import Path

from bulkhead.diag import Span, UserError
from bulkhead.diag.paths import shown, write_atomically
from bulkhead.elaborate.board_yaml import read_board_file
from bulkhead.kconfig.system import DEFCONFIG

SPDX = "SPDX-License-Identifier: Apache-2.0"


def make_system(root: Path, folder: Path, board: str) -> list[Path]:
    """Write the folder; returns what was written. Refuses one that has something in it."""
    read_board_file(root, board, Span("--board"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{shown(folder)} exists already and is not empty")
    name = guest_name(folder.absolute().name)
    files = {
        DEFCONFIG: _defconfig(board, name),
        "README.md": _readme(folder.absolute().name, name),
        f"guests/{name}/main.c": _main_c(name),
        f"suites/{name}.robot": _suite(name),
    }
    for file, text in files.items():
        write_atomically(folder / file, text)
    return [folder / file for file in files]


def guest_name(folder: str) -> str:
    """A name for the guest and its partition: that of the folder, made plain."""
    plain = re.sub(r"[^a-z0-9-]+", "-", folder.lower()).strip("-").lstrip("0123456789-")
    return plain[:23].rstrip("-") if plain and plain != "hv" else "mine"


def _defconfig(board: str, name: str) -> str:
    return f"""# {SPDX}
# One partition of your own.
CONFIG_BOARD="{board}"
CONFIG_PART_1_ENABLE=y
CONFIG_PART_1_NAME="{name}"
CONFIG_PART_1_GUEST="{name}"
"""


def _main_c(name: str) -> str:
    return f"""/* {SPDX}
 *
 * {name}: answers each line of its console until the line is `off`; then it returns, and its partition
 * is switched off.
 */
#include "guest.h"

void guest_main(void)
{{
    char line[80];

    print("{name}: ready, boot arguments \\"%s\\"\\n", dtb_bootargs());
    for (;;) {{
        console_wait();
        while (console_read_line(line, sizeof(line))) {{
            if (text_equal(line, "off"))
                return;
            print("{name}: heard '%s'\\n", line);
        }}
    }}
}}
"""


def _suite(name: str) -> str:
    return f"""# {SPDX}
*** Settings ***
Documentation       The partition '{name}' lives, and answers on its console.
Library             BulkheadTarget

Suite Setup         Boot Target
Suite Teardown      Release Target
Test Timeout        1 minute


*** Test Cases ***
It Starts
    Wait For Line    {name}    ^{name}: ready

It Answers
    Send Line    {name}    are you there
    Wait For Line    {name}    heard 'are you there'
"""


def _readme(system: str, name: str) -> str:
    return f"""<!-- {SPDX} -->
# {system}

A system for Bulkhead, made by `./bulkhead new-system`.

| what | where |
|---|---|
| the configuration: partitions, who owns which device | `{DEFCONFIG}` |
| guests built with the system, one folder each | `guests/{name}/` |
| changes to the board's devicetree (optional) | `overlay.dts` |
| Robot Framework suites | `suites/*.robot` |

From the Bulkhead checkout:

    ./bulkhead defconfig PATH/OF/{system}
    ./bulkhead menuconfig       # change it
    ./bulkhead savedefconfig    # write the change back to {DEFCONFIG}
    ./bulkhead build
    ./bulkhead run              # Ctrl-^ 1, then a line for the guest; `off` ends it, Ctrl-] the run
    ./bulkhead hil {name}

A guest's folder holds C and assembly files; `guest.h` is all it includes (`rtos-guests/lib/README.md`
of the checkout). A partition can also run a file built elsewhere: set its guest to the path of an ELF
file, a flat binary or an arm64 Image, relative to this folder.
"""
