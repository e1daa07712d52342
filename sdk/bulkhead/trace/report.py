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
    Turn,
    figures,
    nanoseconds,
    percentile,
    planned_turns,
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
             "ran": _bars(known, begin), "planned": _bars(planned_turns(ring, names), begin)}
        )  # fmt: skip
    return pages.render("trace.html", system=system, names=list(names.vcpus), rows=rows,
                        figures=emit_figures(rings, names))  # fmt: skip


def _bars(row: Sequence[Turn], begin: int) -> list[list[int]]:
    """Begin, end and vCPU of each turn of somebody that is not over at `begin`; times from there on."""
    return [
        [max(0, turn.begin - begin), turn.end - begin, turn.vcpu]
        for turn in row
        if turn.vcpu is not None and turn.end > begin
    ]
