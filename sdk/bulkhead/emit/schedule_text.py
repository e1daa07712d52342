# SPDX-License-Identifier: Apache-2.0
"""The schedule for people and for programs: windows, what is left, and when tasks are done at worst."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from bulkhead.model.system import Partition, Schedule, SystemPlan
from bulkhead.model.times import us, us_number
from bulkhead.schedule.admit import Admitted, admit
from bulkhead.schedule.edf import TooLong
from bulkhead.schedule.of_plan import supply_of
from bulkhead.schedule.tasks import Miss, Order, utilisation

JSON_VERSION = 1
IDLE = "idle"  # what nobody has


def emit_schedule(plan: SystemPlan) -> str:
    lines = [f"System '{plan.system}' on board {plan.board.name}"]
    for cpu in plan.pcpus:
        schedule = plan.schedule(cpu.index)
        on = [plan.vcpu_name(v.id) for p in plan.partitions for v in p.vcpus if v.pcpu == cpu.index]
        lines += ["", f"pCPU {cpu.index}: " + ("table" if schedule else "pinned" if on else "nobody")]
        if schedule is not None:
            lines += [f"  {line}" for line in _table(plan, schedule)]
        elif on:
            lines.append(f"  {on[0]} has it alone")
        for p in plan.partitions:
            if p.tasks and p.vcpus[0].pcpu == cpu.index:
                lines += [f"  {line}" for line in _tasks(plan, p)]
    return "\n".join(lines) + "\n"


def schedule_object(plan: SystemPlan) -> dict[str, Any]:
    """The same for machines: `./bulkhead schedule --format json`, described in docs/formats.md."""
    return {
        "version": JSON_VERSION,
        "system": plan.system,
        "window_cost_ns": plan.features.window_cost_ns,
        "pcpus": [
            {
                "pcpu": s.pcpu, "policy": s.policy.name.lower(), "frame_ns": s.frame_ns,
                "windows": [
                    {"begin_ns": w.begin_ns, "length_ns": w.length_ns, "who": _who(plan, w.vcpu)}
                    for w in sorted(s.windows, key=lambda w: w.begin_ns)
                ],
                "shares": {name: float(share) for name, share in shares(plan, s).items()},
            }
            for s in plan.schedules
        ],
        "tasks": [row for p in plan.partitions if p.tasks for row in task_rows(plan, p)],
    }  # fmt: skip


def shares(plan: SystemPlan, schedule: Schedule) -> dict[str, Fraction]:
    """Of the frame, by virtual CPU; `idle` is what is left."""
    found: dict[str, Fraction] = {}
    for w in sorted(schedule.windows, key=lambda w: w.begin_ns):
        if w.vcpu is not None:
            name = plan.vcpu_name(w.vcpu)
            found[name] = found.get(name, Fraction(0)) + Fraction(w.length_ns, schedule.frame_ns)
    found[IDLE] = 1 - sum(found.values(), Fraction(0))
    return found


def task_rows(plan: SystemPlan, p: Partition) -> list[dict[str, Any]]:
    """Each task with `response_ns`, the longest time until it is done (under EDF: its deadline), or with
    `late`: what may have to be done by then, and what is certain.
    """
    rows: list[dict[str, Any]] = [
        {
            "partition": p.name,
            "task": t.name,
            "cost_ns": t.cost,
            "period_ns": t.period,
            "deadline_ns": t.deadline,
        }
        for t in p.tasks
    ]
    try:
        answer = admit(p.tasks, p.order, supply_of(plan, p))
    except TooLong:
        return rows
    if isinstance(answer, Admitted):
        for index, row in enumerate(rows):
            row["response_ns"] = answer.responses[index] if answer.responses else row["deadline_ns"]
        return rows
    for miss in answer:
        for row in rows:
            if row["task"] in miss.task.split(", "):
                row["late"] = _late(miss)
    return rows


def _late(miss: Miss) -> dict[str, int]:
    return {"interval_ns": miss.interval, "needed_ns": miss.needed, "supplied_ns": miss.supplied}


def _table(plan: SystemPlan, schedule: Schedule) -> Iterator[str]:
    for w in sorted(schedule.windows, key=lambda w: w.begin_ns):
        yield f"{us_number(w.begin_ns):>12} + {us_number(w.length_ns):>11}  {_who(plan, w.vcpu)}"
    cost = plan.features.window_cost_ns
    yield f"frame of {us(schedule.frame_ns)}; EL2 takes at most {us(cost)} at the begin of a window"
    for name, share in shares(plan, schedule).items():
        yield f"{name:<23} {float(share):7.2%}" + ("  is left" if name == IDLE else "")


def _tasks(plan: SystemPlan, p: Partition) -> Iterator[str]:
    supply = supply_of(plan, p)
    asked, given = float(utilisation(p.tasks)), float(supply.rate)
    order = "earliest deadline first" if p.order is Order.EDF else "the first has the highest priority"
    yield f"tasks of {p.name} ({order}): {asked:.2%} of the CPU, certain are {given:.2%}"
    yield f"  {'task':<16} {'cost':>10} {'period':>10} {'deadline':>10} {'done within':>12}   in us"
    for row in task_rows(plan, p):
        end = "MAY BE LATE" if "late" in row else "unknown"
        if "response_ns" in row:
            end = us_number(row["response_ns"])
        times = " ".join(f"{us_number(row[key]):>10}" for key in ("cost_ns", "period_ns", "deadline_ns"))
        yield f"  {row['task']:<16} {times} {end:>12}"


def _who(plan: SystemPlan, vcpu: int | None) -> str:
    return IDLE if vcpu is None else plan.vcpu_name(vcpu)
