# SPDX-License-Identifier: Apache-2.0
"""A value as people write it -> as Kconfig takes it: `2M`, `yes`, `"1"`, a hexadecimal number without 0x."""

from __future__ import annotations

import re

import kconfiglib

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_SIZE = re.compile(r"(\d+)\s*([kmg]?)(?:i?b)?", re.I)
_YES, _NO = ("y", "yes", "true", "on", "1"), ("n", "no", "false", "off", "0")
TAKES = {
    kconfiglib.BOOL: "y or n",
    kconfiglib.INT: "a decimal number",
    kconfiglib.HEX: "a hexadecimal number (0x...)",
    kconfiglib.STRING: 'text in quotes ("...")',
}


def is_number(text: str, kind: int) -> bool:
    """Whether it is taken. A HEX of several digits has its 0x: else people mean decimal; Kconfig does not."""
    pattern = r"0[xX][0-9a-fA-F]+|[0-9]" if kind == kconfiglib.HEX else r"[0-9]+"
    return re.fullmatch(pattern, text) is not None


def advice(kind: int, value: str) -> str:
    """What to write instead of `value`, a sentence; "" where nobody can tell."""
    value = value.strip()
    if kind == kconfiglib.STRING:
        return f'Write "{value}".'
    if kind == kconfiglib.BOOL:
        low = value.lower()
        return "Write y." if low in _YES else "Write n." if low in _NO else ""
    if is_number(value, kind):
        return f"Write {value}, without quotes."
    if kind == kconfiglib.INT:
        return f"Write {int(value, 16)}." if is_number(value, kconfiglib.HEX) else ""
    size = _SIZE.fullmatch(value)
    hexadecimal = re.fullmatch(r"[0-9a-fA-F]+", value)
    if size:
        number = int(size[1]) * _UNITS[size[2].lower()]
        other = f", or 0x{value} if it is hexadecimal already" if hexadecimal and number else ""
        return f"Write {number:#x}{other}."
    return f"Write 0x{value}." if hexadecimal else ""
