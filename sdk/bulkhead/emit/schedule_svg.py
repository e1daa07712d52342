# SPDX-License-Identifier: Apache-2.0
"""The frames of shared CPUs as a picture: SVG 1.1, no script, no font of its own, the same bytes always."""

from __future__ import annotations

from html import escape

from bulkhead.emit.schedule_text import IDLE, shares
from bulkhead.model.system import Schedule, SystemPlan
from bulkhead.model.times import us_number

_COLOURS = ("#4477aa", "#228833", "#aa3377", "#997700", "#117788", "#883322", "#555599", "#446644")
_LEFT, _WIDTH, _ROW, _TOP = 150, 760, 26, 40


def emit_schedule_svg(plan: SystemPlan) -> str:
    """A row for each virtual CPU, time from left to right over one frame."""
    body: list[str] = []
    y = _TOP
    for s in plan.schedules:
        body += _frame(plan, s, y)
        y += _height(plan, s)
    total, width = y + 10, _LEFT + _WIDTH + 30
    return (
        "\n".join(
            [
                '<?xml version="1.0" encoding="UTF-8"?>',
                "<!-- SPDX-License-Identifier: Apache-2.0 -->",
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{total}" '
                f'viewBox="0 0 {width} {total}" font-family="monospace" font-size="12">',
                '<rect width="100%" height="100%" fill="#ffffff"/>',
                f'<text x="10" y="20">System {escape(plan.system)} on board {escape(plan.board.name)}</text>',
                *body,
                "</svg>",
            ]
        )
        + "\n"
    )


def _names(plan: SystemPlan, s: Schedule) -> list[str]:
    return [name for name in shares(plan, s) if name != IDLE]


def _height(plan: SystemPlan, s: Schedule) -> int:
    return _ROW * (len(_names(plan, s)) + 2) + 14


def _frame(plan: SystemPlan, s: Schedule, top: int) -> list[str]:
    names = _names(plan, s)
    bottom = top + _ROW * (len(names) + 1)
    lines = [f'<text x="10" y="{top + 16}">pCPU {s.pcpu}, frame of {us_number(s.frame_ns)} us</text>']
    for row, (name, share) in enumerate(shares(plan, s).items(), start=1):
        if name == IDLE:
            continue
        y = top + row * _ROW
        colour = _COLOURS[(row - 1) % len(_COLOURS)]
        lines += [
            f'<text x="{_LEFT - 8}" y="{y + 17}" text-anchor="end">{escape(name)} {float(share):.1%}</text>',
            f'<line x1="{_LEFT}" y1="{y + 22}" x2="{_LEFT + _WIDTH}" y2="{y + 22}" stroke="#cccccc"/>',
        ]
        for w in s.windows:
            if w.vcpu is None or plan.vcpu_name(w.vcpu) != name:
                continue
            x, width = _at(s, w.begin_ns), max(1.0, _at(s, w.end_ns) - _at(s, w.begin_ns))
            lines.append(
                f'<rect x="{x:.1f}" y="{y + 2}" width="{width:.1f}" height="{_ROW - 6}" fill="{colour}">'
                f"<title>{escape(name)}: {us_number(w.begin_ns)} to {us_number(w.end_ns)} us</title></rect>"
            )
    for tick in range(11):
        time = s.frame_ns * tick // 10
        x = _at(s, time)
        lines += [
            f'<line x1="{x:.1f}" y1="{top + _ROW}" x2="{x:.1f}" y2="{bottom + 4}" stroke="#dddddd"/>',
            f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle" font-size="10">'
            f"{us_number(time)}</text>",
        ]
    return lines


def _at(s: Schedule, time: int) -> float:
    return _LEFT + _WIDTH * time / s.frame_ns
