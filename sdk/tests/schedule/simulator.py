# SPDX-License-Identifier: Apache-2.0
"""An exact simulator of tasks in the windows of a table. It knows nothing of the analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bulkhead.schedule.tasks import Order, Task


@dataclass(slots=True)
class Job:
    rank: int  # place in the list of tasks
    release: int
    due: int
    left: int


def first_late_job(
    tasks: Sequence[Task], order: Order, frame: int, windows: Sequence[tuple[int, int]],
    offsets: Sequence[int], start: int, until: int,
) -> tuple[str, int] | None:  # fmt: skip
    """Whose job is late first, and how long after its release it was due; None if none is before `until`.

    Task i is released at start + offsets[i] and then every period; `start` and `until` are absolute times.
    """
    releases = sorted(
        (start + offset + n * task.period, rank)
        for rank, (task, offset) in enumerate(zip(tasks, offsets, strict=True))
        for n in range(max(0, until - start - offset) // task.period + 1)
    )
    ready: list[Job] = []
    now, coming = start, 0
    while now < until:
        while coming < len(releases) and releases[coming][0] <= now:
            release, rank = releases[coming]
            ready.append(Job(rank, release, release + tasks[rank].deadline, tasks[rank].cost))
            coming += 1
        late = [job for job in ready if job.due <= now]
        if late:
            first = min(late, key=lambda job: job.due)
            return tasks[first.rank].name, first.due - first.release
        is_open, change = window_at(frame, windows, now)
        step = min([change, until, *(releases[coming : coming + 1] and [releases[coming][0]])])
        if not ready or not is_open:
            now = min([step, *(job.due for job in ready)])
            continue
        if order is Order.EDF:
            job = min(ready, key=lambda job: (job.due, job.rank))
        else:
            job = min(ready, key=lambda job: (job.rank, job.release))
        step = min([step, now + job.left, *(other.due for other in ready if other is not job)])
        job.left -= step - now
        now = step
        if not job.left:
            ready.remove(job)
            if now > job.due:
                return tasks[job.rank].name, job.due - job.release
    return None


def window_at(frame: int, windows: Sequence[tuple[int, int]], now: int) -> tuple[bool, int]:
    """Whether a window is open, and when that changes."""
    base, rest = now - now % frame, now % frame
    for begin, end in sorted(windows):
        if rest < begin:
            return False, base + begin
        if rest < end:
            return True, base + end
    return False, base + frame + min((begin for begin, _ in windows), default=0)
