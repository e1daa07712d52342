# SPDX-License-Identifier: Apache-2.0
"""The shape of a manual: one text per room, an entry per code, each beginning with its code.

A room whose findings are not rules keeps its entries in its own manual.py, as `ENTRIES`.
"""

from __future__ import annotations

import re

_START = re.compile(r"^(?=BH-[A-Z]+-\d{3}: )", re.M)


def parse_entries(text: str) -> dict[str, str]:
    """Code -> entry without the code. The first line says what is wrong."""
    entries = {}
    for entry in _START.split(text):
        code, colon, rest = entry.strip().partition(": ")
        if colon:
            entries[code] = rest + "\n"
    return entries
