# SPDX-License-Identifier: Apache-2.0
"""A shared CPU's windows made from the budgets of those that run on it."""

from __future__ import annotations

from collections.abc import Sequence

from bulkhead.diag import Diagnostic, Span, error
from bulkhead.model.system import WINDOW_SHORTEST_NS, Partition, Window
from bulkhead.model.times import us
from bulkhead.schedule.synthesis import NoTable, make_table


def make_windows(
    pcpu: int, partitions: Sequence[Partition], where: Span
) -> tuple[int, list[Window], list[Diagnostic]]:
    """The frame in nanoseconds and its windows. `where`: that the CPU is shared."""
    on = [p for p in partitions for v in p.vcpus[:1] if v.pcpu == pcpu]
    silent = [p for p in on if p.budget is None]
    if silent or not on:
        problems = [
            error(
                "BH-SCHED-021",
                f"pCPU {pcpu} has no windows, and '{p.name}' does not say how much time it needs",
                where,
                (p.span("budget"), "it could be said here"),
                help=f'Set CONFIG_PART_{p.slot}_BUDGET="100/1000" for 100 us of every 1000, or what it '
                "needs; or write the windows yourself.",
            )
            for p in silent
        ]
        return 1_000_000, [], problems
    spans = {p.name: p.span("budget") for p in on}
    ids = {p.name: p.vcpus[0].id for p in on}
    table = make_table([p.budget for p in on if p.budget is not None], WINDOW_SHORTEST_NS)
    if isinstance(table, NoTable):
        return 1_000_000, [], [_none(pcpu, table, spans)]
    windows = [
        Window(
            begin_ns=part.begin, length_ns=part.end - part.begin, vcpu=ids[part.name], where=spans[part.name]
        )
        for part in table.parts
    ]
    return table.frame, windows, []


def _none(pcpu: int, found: NoTable, spans: dict[str, Span]) -> Diagnostic:
    first, *others = found.names
    length = found.end - found.begin
    return error(
        "BH-SCHED-022",
        f"there is no table for pCPU {pcpu}: {', '.join(found.names)}: {found.why}: "
        f"{us(found.needed)} within the {us(length)} "
        f"from {us(found.begin)} to {us(found.end)}",
        spans[first],
        *((spans[name], f"'{name}' asks for its time here") for name in others),
        help="Give one of them less time, a longer period or a later deadline, or another pCPU.",
    )
