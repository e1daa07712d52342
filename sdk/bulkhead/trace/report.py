# SPDX-License-Identifier: Apache-2.0
"""A trace as text, as CSV, and as a page with a timeline that opens from a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from bulkhead.lab import pages
from bulkhead.trace.perfetto import describe
from bulkhead.trace.record import Ring, in_order
from bulkhead.trace.timeline import (
    Figures,
    Names,
    figures,
    fit,
    nanoseconds,
    percentile,
    planned_windows,
    turns,
)

PAGE_TURNS = 4000  # of a pCPU, the last ones: a page must open


def emit_figures(rings: Sequence[Ring], names: Names) -> str:
    lines: list[str] = []
    for ring in rings:
        lines += _figures(figures(ring, names), ring)
    return "\n".join(lines) + "\n"


def _figures(found: Figures, ring: Ring) -> Iterator[str]:
    lost = f", {found.lost} older ones are gone" if found.lost else ""
    yield f"pCPU {found.pcpu}: {len(ring.events)} events over {found.seconds * 1000:.3f} ms{lost}"
    for name, share in sorted(found.shares.items(), key=lambda item: -item[1]):
        planned = f"   planned {found.planned[name]:9.4%}" if name in found.planned else ""
        yield f"  {name:<23} {share:9.4%}{planned}"
    if found.jitter:
        worst, usual = max(found.jitter), percentile(found.jitter, 0.99)
        yield f"  {len(found.jitter)} windows: begun up to {worst} ns late, 99 % within {usual} ns"
    if found.events:
        yield "  " + ", ".join(f"{number} {kind}" for kind, number in sorted(found.events.items()))


def emit_csv(rings: Sequence[Ring], names: Names) -> str:
    """One row an event: nanoseconds, pCPU, kind, vCPU, argument, and what it is in words."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["ns", "pcpu", "kind", "vcpu", "argument", "what"])
    hz = {ring.pcpu: ring.hz for ring in rings}
    for event in in_order(rings):
        table.writerow(
            [nanoseconds(event.count, hz[event.pcpu]), event.pcpu, event.kind.name.lower(),
             names.who(event.vcpu), event.argument, describe(event)]
        )  # fmt: skip
    return out.getvalue()


def emit_page(rings: Sequence[Ring], names: Names, system: str) -> str:
    """Self-contained HTML."""
    rows = []
    for ring in rings:
        known = turns(ring)[-PAGE_TURNS:]
        if not known:
            continue
        begin, end = known[0].begin, known[-1].end
        rows.append(
            {"pcpu": ring.pcpu, "begin": begin, "length": end - begin,
             "planned": _planned(ring, names, begin, end),
             "ran": [[t.begin - begin, t.end - begin, t.vcpu] for t in known if t.vcpu is not None]}
        )  # fmt: skip
    return pages.render("trace.html", system=system, names=list(names.vcpus), rows=rows,
                        figures=emit_figures(rings, names))  # fmt: skip


def _planned(ring: Ring, names: Names, begin: int, end: int) -> list[list[int]]:
    schedule = names.schedules.get(ring.pcpu)
    found = fit(turns(ring), schedule) if schedule is not None else None
    if schedule is None or found is None:
        return []
    frame = schedule["frame_ns"]
    first = begin - (begin - found.phase) % frame
    return [
        [max(0, base + a - begin), base + b - begin, vcpu]
        for base in range(first, end, frame)
        for a, b, vcpu in planned_windows(schedule)
        if vcpu is not None and base + b > begin
    ]
