# SPDX-License-Identifier: Apache-2.0
"""An independent checker of an admitted schedule: reads plan.json alone and believes nothing in it.

It shares no code with the analysis. The witness of a task under fixed priorities is one interval in which all
work that can come is done: it is checked by adding up. The witness of EDF is how far it was looked: every
deadline until there is counted again. What a table supplies is counted window by window.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import lcm
from typing import Any

WHOLE = 1_000_000  # ns; a frame of one window


def objections(plan: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the argument for the plan's deadlines; nothing if it holds."""
    pcpus = {vcpu["id"]: vcpu["pcpu"] for p in plan["partitions"] for vcpu in p["vcpus"]}
    shared = {schedule["pcpu"]: schedule for schedule in plan["schedules"]}
    for claim in plan["deadlines"]:
        schedule = shared.get(pcpus[claim["vcpu"]])
        own, frame = [(0, WHOLE)], WHOLE  # a pinned one has every moment
        if schedule is not None:
            windows = sorted((w["begin_ns"], w["length_ns"], w["vcpu"]) for w in schedule["windows"])
            own = [(begin, begin + length) for begin, length, vcpu in windows if vcpu == claim["vcpu"]]
            frame = schedule["frame_ns"]
        count = _Counter(frame, own, claim["lost_ns"] if schedule is not None else 0)
        check = _edf if claim["order"] == "edf" else _fixed_priority
        for objection in check(claim, count):
            yield f"vCPU {claim['vcpu']}: {objection}"


class _Counter:
    """What the windows give between two moments, one window after the other; `lost` of each goes to EL2."""

    def __init__(self, frame: int, windows: list[tuple[int, int]], lost: int) -> None:
        self.frame, self.starts = frame, [end for _, end in windows]
        self.windows: list[tuple[int, int]] = []
        for begin, end in windows:
            follows = self.windows and self.windows[-1][1] == begin
            if follows:
                self.windows[-1] = (self.windows[-1][0], end)
            else:
                self.windows.append((begin + lost, end))
        self.sum = sum(max(0, end - begin) for begin, end in self.windows)

    def between(self, begin: int, end: int) -> int:
        total = 0
        for repeat in range(begin // self.frame, end // self.frame + 1):
            at = repeat * self.frame
            total += sum(max(0, min(end, at + b) - max(begin, at + a)) for a, b in self.windows)
        return total

    def least(self, length: int) -> int:
        """Whole frames give the same everywhere; the rest is counted from the end of each window."""
        frames, rest = divmod(length, self.frame)
        return frames * self.sum + min(
            (self.between(start, start + rest) for start in self.starts), default=0
        )


def _fixed_priority(claim: Mapping[str, Any], count: _Counter) -> Iterator[str]:
    above: list[Mapping[str, Any]] = []
    for task in claim["tasks"]:
        answer = task["response_ns"]
        work = task["cost_ns"] + sum(-(-answer // t["period_ns"]) * t["cost_ns"] for t in above)
        if not answer <= task["deadline_ns"] <= task["period_ns"]:
            yield f"{task['name']}: a response of {answer} ns is after the deadline, or that after the period"
        if work > count.least(answer):
            there = count.least(answer)
            yield f"{task['name']}: {work} ns of work may come in {answer} ns, {there} ns are there"
        above.append(task)


def _edf(claim: Mapping[str, Any], count: _Counter) -> Iterator[str]:
    tasks, looked = claim["tasks"], claim["looked_ns"]
    asked = sum((Fraction(t["cost_ns"], t["period_ns"]) for t in tasks), Fraction(0))
    rate = Fraction(count.sum, count.frame)
    if asked > rate:
        yield f"the tasks ask for {float(asked):.4f} of the CPU, {float(rate):.4f} are there"
        return
    if any(t["deadline_ns"] > t["period_ns"] for t in tasks):
        yield "a deadline is after its period"
    repeat = lcm(count.frame, *(t["period_ns"] for t in tasks))
    far = min(_reach(tasks, asked, rate, count), repeat + max(t["deadline_ns"] for t in tasks) + count.frame)
    if looked < far:
        yield f"deadlines were looked at until {looked} ns, they matter until {far} ns"
    dues = sorted({d for t in tasks for d in range(t["deadline_ns"], looked + 1, t["period_ns"])})
    for due in dues:
        work = sum(((due - t["deadline_ns"]) // t["period_ns"] + 1) * t["cost_ns"]
                   for t in tasks if due >= t["deadline_ns"])  # fmt: skip
        if work > count.least(due):
            yield f"{work} ns of work are due in {due} ns, {count.least(due)} ns are there"
            return


def _reach(tasks: list[Mapping[str, Any]], asked: Fraction, rate: Fraction, count: _Counter) -> int:
    """From there on `rate * (length - frame)`, which is less than what is there, is more than what is due."""
    if asked == rate:
        return 1 << 62
    early = sum(
        (Fraction(t["cost_ns"] * (t["period_ns"] - t["deadline_ns"]), t["period_ns"]) for t in tasks),
        Fraction(0),
    )
    return int((early + rate * count.frame) / (rate - asked)) + 1
