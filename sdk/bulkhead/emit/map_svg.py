# SPDX-License-Identifier: Apache-2.0
"""The map of physical memory as a picture: SVG 1.1, no script, no font of its own, the same bytes always.

Heights grow with the logarithm of the size, so that a page and a gigabyte are both visible.
"""

from __future__ import annotations

import math
from html import escape

from bulkhead.emit.map import Row, memory_rows
from bulkhead.model.sizes import PAGE, words
from bulkhead.model.system import SystemPlan

_COLOURS = {
    "hypervisor": "#4477aa",
    "store": "#66ccee",
    "partition": "#228833",
    "load-area": "#ccbb44",
    "reserved": "#ee6677",
    "free": "#f4f4f4",
}
_LEAST, _PER_DOUBLING = 18, 3
_LEFT, _WIDTH, _TOP = 110, 420, 34


def emit_map_svg(plan: SystemPlan) -> str:
    rows = memory_rows(plan)
    heights = [_height(r) for r in rows]
    total = _TOP + sum(heights) + 10
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<!-- SPDX-License-Identifier: Apache-2.0 -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 20}" height="{total}" '
        f'viewBox="0 0 {_LEFT + _WIDTH + 20} {total}" font-family="monospace" font-size="12">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="10" y="20">System {escape(plan.system)} on board {escape(plan.board.name)}</text>',
    ]
    y = _TOP
    for row, height in zip(rows, heights, strict=True):
        lines += _band(row, y, height)
        y += height
    return "\n".join([*lines, "</svg>"]) + "\n"


def _band(row: Row, y: int, height: int) -> list[str]:
    label = escape(row.label)
    size = f"{words(row.size)}{', ' + escape(row.note) if row.note else ''}"
    dark = row.kind in ("hypervisor", "partition")
    middle = y + height // 2 + 4
    return [
        f"<g><title>{row.base:#x}..{row.end - 1:#x} {label}</title>",
        f'<rect x="{_LEFT}" y="{y}" width="{_WIDTH}" height="{height}" '
        f'fill="{_COLOURS.get(row.kind, "#bbbbbb")}" stroke="#333333"/>',
        f'<text x="{_LEFT - 8}" y="{middle}" text-anchor="end">{row.base:#010x}</text>',
        f'<text x="{_LEFT + 8}" y="{middle}" fill="{"#ffffff" if dark else "#000000"}">{label}</text>',
        f'<text x="{_LEFT + _WIDTH - 8}" y="{middle}" text-anchor="end" '
        f'fill="{"#ffffff" if dark else "#000000"}">{size}</text></g>',
    ]


def _height(row: Row) -> int:
    return _LEAST + _PER_DOUBLING * max(0, int(math.log2(max(row.size, PAGE) / PAGE)))
