# SPDX-License-Identifier: Apache-2.0
"""The text of a partition's tasks and of its budget -> `Task` and `Request`, times in nanoseconds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from bulkhead.diag import Diagnostic, Span, error
from bulkhead.schedule.tasks import Request, Task

_TIME = r"\d{1,7}(?:\.\d{1,3})?"
_RATES = rf"(?P<cost>{_TIME})\s*/\s*(?P<period>{_TIME})(?:\s*/\s*(?P<deadline>{_TIME}))?"
_TASK = re.compile(rf"(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)\s+{_RATES}")
_BUDGET = re.compile(rf"{_RATES}(?:\s+jitter\s+(?P<jitter>{_TIME}))?")


def read_tasks(text: str, start: Span) -> tuple[tuple[Task, ...], list[Diagnostic]]:
    """`start` is where the text begins. What cannot be understood is left out."""
    found: list[Task] = []
    diags: list[Diagnostic] = []
    for part, where in pieces(text, start):
        match = _TASK.fullmatch(part)
        if match is None:
            diags.append(
                error(
                    "BH-SCHED-020",
                    f"'{part}' is not a task" if part else "there is no task between these commas",
                    where,
                    help="Write `name cost/period` or `name cost/period/deadline` in microseconds.",
                )
            )
            continue
        cost, period, deadline = _times(match)
        if not 0 < cost <= deadline <= period:
            diags.append(_out_of_order(f"task '{match['name']}'", "cost", where))
        elif any(task.name == match["name"] for task in found):
            diags.append(
                error(
                    "BH-SCHED-020",
                    f"there are two tasks '{match['name']}'",
                    where,
                    help="Name one differently.",
                )
            )
        else:
            found.append(Task(name=match["name"], cost=cost, period=period, deadline=deadline))
    return tuple(found), diags


def read_budget(text: str, name: str, where: Span) -> tuple[Request | None, list[Diagnostic]]:
    """What the virtual CPU `name` asks for; None for an empty text, or one that cannot be understood."""
    if not text.strip():
        return None, []
    match = _BUDGET.fullmatch(text.strip())
    if match is None:
        help = (
            "Write `budget/period` or `budget/period/deadline`, with `jitter N` behind it, in microseconds."
        )
        return None, [error("BH-SCHED-020", f"'{text}' is not a budget", where, help=help)]
    budget, period, deadline = _times(match)
    if not 0 < budget <= deadline <= period:
        return None, [_out_of_order("the budget", "budget", where)]
    jitter = nanoseconds(match["jitter"]) if match["jitter"] else None
    return Request(name=name, period=period, budget=budget, deadline=deadline, jitter=jitter), []


def pieces(text: str, start: Span) -> Iterator[tuple[str, Span]]:
    """What stands between the commas, and where."""
    at = 0
    for part in text.split(",") if text.strip() else ():
        yield part.strip(), inside(start, at + len(part) - len(part.lstrip()))
        at += len(part) + 1


def inside(start: Span, offset: int) -> Span:
    """A place further right on the line, where the column is known."""
    return Span(start.file, start.line, start.col + offset) if start.col else start


def nanoseconds(text: str) -> int:
    """Of microseconds with at most three digits behind a point."""
    return int(Decimal(text) * 1000)


def _times(match: re.Match[str]) -> tuple[int, int, int]:
    period = nanoseconds(match["period"])
    return nanoseconds(match["cost"]), period, nanoseconds(match["deadline"]) if match["deadline"] else period


def _out_of_order(what: str, amount: str, where: Span) -> Diagnostic:
    return error(
        "BH-SCHED-020",
        f"{what} cannot be met: {amount}, deadline and period must not be 0, and none longer than the next",
        where,
        help="A deadline is counted from the begin of the period, and is its end where it is not given.",
    )
