# SPDX-License-Identifier: Apache-2.0
"""The life of one interrupt as a picture, drawn from the waves of a simulation.

hil-tests/rtl/gic/bench/life.py plays it and notes when each operation began; what the signals did is read
from the simulator's dump (VCD, IEEE 1800-2017, "Value change dump (VCD) files").
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path

from bulkhead.diag import BuildFailed
from bulkhead.lab.cases import FAIL
from bulkhead.sim.design import V3, build
from bulkhead.sim.environment import prepare
from bulkhead.sim.options import Options
from bulkhead.sim.run import Run, simulate

INTID = 40
RUN_SECONDS = 120.0
_SPI = INTID - 32
_WORD = f"tb_v3.dut.u_distributor.g_word[{_SPI // 32}].u_word"
_VIRTUAL = "tb_v3.dut.g_cpu[0].u_cpu.u_virtual"


@dataclass(frozen=True, slots=True)
class Lane:
    """A row: bits of signals by their names in the dump, and words for their values, first signal lowest."""

    title: str
    signals: tuple[tuple[str, int], ...]
    words: tuple[str, ...] = ()


LANES = (
    Lane("the device's line", (("tb_v3.spi", _SPI),)),
    Lane("pending in the distributor", ((f"{_WORD}.pending", _SPI),)),
    Lane("active in the distributor", ((f"{_WORD}.active", _SPI),)),
    Lane("IRQ to CPU 0, taken by EL2", (("tb_v3.irq", 0),)),
    Lane(
        "ICH_LR0_EL2",
        ((f"{_VIRTUAL}.valid", 0), (f"{_VIRTUAL}.pending", 0)),
        ("empty", "active", "", "pending"),
    ),
    Lane("virtual IRQ to the guest", (("tb_v3.virq", 0),)),
)
Changes = list[tuple[int, int]]  # (time, value), the value holding from then on

LEFT, TOP, ROW, WAVE, WIDTH = 210, 52, 40, 22, 690
INK, SOFT, FILL = "#1b1f24", "#8c959f", "#ddf4ff"


def read_vcd(text: str, wanted: Sequence[str]) -> dict[str, Changes]:
    """The changes of these signals, scopes joined by dots. Raises BuildFailed where the dump lacks one."""
    head, _, body = text.partition("$enddefinitions")
    scopes: list[str] = []
    names: dict[str, list[str]] = {}
    for m in re.finditer(r"\$scope \w+ (\S+) \$end|(\$upscope)|\$var \w+ \d+ (\S+) (\S+)[^$]*\$end", head):
        if m[1]:
            scopes.append(m[1])
        elif m[2]:
            scopes.pop()
        elif ".".join([*scopes, m[4]]) in wanted:
            names.setdefault(m[3], []).append(".".join([*scopes, m[4]]))
    found: dict[str, Changes] = {name: [] for group in names.values() for name in group}
    if missing := [name for name in wanted if name not in found]:
        raise BuildFailed(f"the simulator's dump has no signal {', '.join(missing)}")
    now = 0
    for line in body.splitlines():
        if line.startswith("#"):
            now = int(line[1:])
        elif change := re.match(r"b([01xz]+) (\S+)$|([01xz])(\S+)$", line):
            value = int(re.sub("[xz]", "0", change[1] or change[3]), 2)
            for name in names.get(change[2] or change[4], ()):
                found[name].append((now, value))
    return found


def lane_changes(lane: Lane, signals: dict[str, Changes]) -> Changes:
    """Its value, an index of `words`, where it changes."""
    times = sorted({t for name, _ in lane.signals for t, _ in signals[name]})
    found: Changes = []
    for time in times:
        value = 0
        for n, (name, bit) in enumerate(lane.signals):
            latest = [v for t, v in signals[name] if t <= time]
            value |= (latest[-1] >> bit & 1) << n if latest else 0
        if not found or found[-1][1] != value:
            found.append((time, value))
    return found


def draw(signals: dict[str, Changes], notes: Sequence[tuple[int, str]], end: int) -> str:
    """`notes`: when an operation began and what it was; the picture begins a little before the first."""
    begin = notes[0][0] - (end - notes[0][0]) // 16
    bottom = TOP + ROW * len(LANES)
    height = bottom + 34 + 20 * len(notes)

    def x(time: int) -> float:
        return round(LEFT + (min(max(time, begin), end) - begin) * WIDTH / (end - begin), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 20}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        "<!-- SPDX-License-Identifier: Apache-2.0 -->",
        f"<title>The life of interrupt {INTID}</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for n, (time, _) in enumerate(notes, 1):
        parts.append(f'<path d="M{x(time)} {TOP - 16}V{bottom}" stroke="{SOFT}" stroke-dasharray="3 3"/>')
        parts.append(f'<circle cx="{x(time)}" cy="{TOP - 26}" r="10" fill="{INK}"/>')
        parts.append(f'<text x="{x(time)}" y="{TOP - 21.5}" fill="#fff" text-anchor="middle">{n}</text>')
    for row, lane in enumerate(LANES):
        base = TOP + ROW * row + WAVE
        parts.append(
            f'<text x="{LEFT - 12}" y="{base - 6}" fill="{INK}" text-anchor="end">{escape(lane.title)}</text>'
        )
        parts += _lane(lane, lane_changes(lane, signals), base, x, (begin, end))
    for n, (_, text) in enumerate(notes, 1):
        y = bottom + 24 + 20 * (n - 1)
        parts += [_text(20, y, str(n)), _text(42, y, text)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x}" y="{y}" fill="{INK}">{escape(text)}</text>'


def _lane(
    lane: Lane, changes: Changes, base: int, x: Callable[[int], float], span: tuple[int, int]
) -> list[str]:
    before = [v for t, v in changes if t <= span[0]]
    inside = [(t, v) for t, v in changes if span[0] < t < span[1]]
    pieces = [(span[0], before[-1] if before else 0), *inside, (span[1], 0)]
    parts: list[str] = []
    path = ""
    for (time, value), (until, _) in pairwise(pieces):
        left, right = x(time), x(until)
        box = f'x="{left}" y="{base - WAVE}" width="{round(right - left, 1)}" height="{WAVE}"'
        if lane.words:
            fill = FILL if value else "#fff"
            parts += [
                f'<rect {box} fill="{fill}" stroke="{INK}"/>',
                _text(left + 6, base - 6, lane.words[value]),
            ]
            continue
        level = base - WAVE * value
        path += f"{'L' if path else 'M'}{left} {level}L{right} {level}"
        if value:
            parts.append(f'<rect {box} fill="{FILL}"/>')
    if path:
        parts.append(f'<path d="{path}" fill="none" stroke="{INK}" stroke-width="1.5"/>')
    return parts


def draw_life(o: Options) -> str:
    """Simulates it on the RTL and draws it."""
    env = prepare(o.root, o.say)
    made = build(env, o.root, V3, o.say, waves="vcd")
    out = o.out / "life"
    run = Run(name="sim.life", modules=("bench.life",), seconds=RUN_SECONDS, environment={})
    for case in simulate(env, o.root, made, run, out, o.say):
        if case.status == FAIL:
            raise BuildFailed(f"the life of an interrupt could not be simulated: {case.message}")
    signals = read_vcd(
        (out / "waves.vcd").read_text(encoding="utf-8"), [n for lane in LANES for n, _ in lane.signals]
    )
    noted = json.loads((out / "life.json").read_text(encoding="utf-8"))
    first = next(n for n, note in enumerate(noted) if note["op"].startswith("line"))
    notes = [(round(note["ns"]), _said(note)) for note in noted[first:]]
    return draw(signals, notes, notes[-1][0] + (notes[-1][0] - notes[-2][0]))


def _said(note: dict[str, str | int]) -> str:
    answer = f" = {note['data']}" if "MRS" in str(note["op"]) else ""
    return f"{note['op']}{answer}"


def write_life(o: Options, path: Path) -> None:
    path.write_text(draw_life(o), encoding="utf-8")
