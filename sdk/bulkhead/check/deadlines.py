# SPDX-License-Identifier: Apache-2.0
"""Rules about time that was promised: budgets against windows, and deadlines of tasks against both."""

from __future__ import annotations

from collections.abc import Iterator

from bulkhead.diag import Diagnostic, error
from bulkhead.model.system import Partition, SystemPlan
from bulkhead.model.times import us
from bulkhead.schedule.admit import Admitted, admit
from bulkhead.schedule.edf import DEADLINES_MAX, TooLong
from bulkhead.schedule.of_plan import supply_of
from bulkhead.schedule.supply import Supply
from bulkhead.schedule.tasks import Miss, utilisation


def windows_give_each_budget(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-SCHED-023: windows give a partition less time than it asks for.

    CONFIG_PART_n_BUDGET is counted in periods from the begin of the frame; what EL2 takes at the begin of a
    window is not taken off. Where windows are given, the frame must be a multiple of the period.
    """
    for p in plan.partitions:
        schedule = plan.schedule(p.vcpus[0].pcpu) if p.vcpus else None
        if schedule is None or p.budget is None or not schedule.windows:
            continue
        if schedule.frame_ns % p.budget.period:
            yield error(
                "BH-SCHED-023",
                f"'{p.name}' asks for time every {us(p.budget.period)}, which does not fit into the frame of "
                f"{us(schedule.frame_ns)} a whole number of times",
                p.span("budget"),
                (schedule.span("frame"), "the frame's length is set here"),
                help="Make the frame a multiple of the period.",
            )
            continue
        for begin in range(0, schedule.frame_ns, p.budget.period):
            end = begin + p.budget.deadline
            given = sum(
                max(0, min(w.end_ns, end) - max(w.begin_ns, begin)) for w in schedule.of(p.vcpus[0].id)
            )
            if given < p.budget.budget:
                yield error(
                    "BH-SCHED-023",
                    f"'{p.name}' asks for {us(p.budget.budget)} in every {us(p.budget.period)}, "
                    f"and its windows give it {us(given)} from {us(begin)} to {us(end)}",
                    p.span("budget"),
                    (schedule.span("windows"), "the windows are set here"),
                    help="Give it more there, or leave the windows empty: they are made of the budgets then.",
                )
                break


def deadlines_are_guaranteed(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-SCHED-024: a task's deadline is not guaranteed.

    At the worst moment for a task to become ready (its partition's window just ended, and everything before
    it becomes ready at the same time) its work is not certain to be done in time. What EL2 takes at the
    begin of each window is counted in: docs/scheduling.md.
    """
    for p in plan.partitions:
        if not p.tasks:
            continue
        supply = supply_of(plan, p)
        try:
            answer = admit(p.tasks, p.order, supply)
        except TooLong:
            yield _too_long(plan, p, supply)
            continue
        if not isinstance(answer, Admitted):
            yield from (_missed(plan, p, supply, miss) for miss in answer)


def _missed(plan: SystemPlan, p: Partition, supply: Supply, miss: Miss) -> Diagnostic:
    schedule = plan.schedule(p.vcpus[0].pcpu)
    more = ((schedule.span("windows"), "its windows are set here"),) if schedule else ()
    return error(
        "BH-SCHED-024",
        f"'{p.name}' may miss the deadline of {miss.task}: within {us(miss.interval)} up to "
        f"{us(miss.needed)} of work may have to be done, and {us(miss.supplied)} of time are certain",
        p.span("tasks"),
        *more,
        help=f"Its tasks ask for {float(utilisation(p.tasks)):.1%} of the CPU, its windows give it "
        f"{float(supply.rate):.1%}. Give it more time, or the same in shorter parts.",
    )


def _too_long(plan: SystemPlan, p: Partition, supply: Supply) -> Diagnostic:
    return error(
        "BH-SCHED-024",
        f"whether '{p.name}' meets its deadlines cannot be said: its tasks ask for nearly all of its time, "
        f"so that more than {DEADLINES_MAX:,} deadlines would have to be looked at",
        p.span("tasks"),
        help="Give it a little more time, or choose periods with a shorter common multiple.",
    )
