# SPDX-License-Identifier: Apache-2.0
"""The statement about shared pCPUs: an image whose frame is not the plan's does not pass."""

from __future__ import annotations

import copy
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from bulkhead.prove.statements import NONE, frames_are_the_plans

PLAN = {
    "schedules": [
        {
            "pcpu": 0,
            "policy": "table",
            "frame_ns": 1000,
            "windows": [
                {"begin_ns": 0, "length_ns": 300, "vcpu": 0},
                {"begin_ns": 300, "length_ns": 200, "vcpu": 1},
                {"begin_ns": 600, "length_ns": 400, "vcpu": 0},
            ],
        }
    ]
}
ENDS = ((300, 0), (500, 1), (600, NONE), (1000, 0))


def image() -> Any:
    windows = [{"end_ns": end, "vcpu": vcpu, "frame_ns": 1000} for end, vcpu in ENDS]
    return SimpleNamespace(
        plan=copy.deepcopy(PLAN),
        pcpus=[{"policy": 1}, {"policy": 0}],
        vcpus=[{"pcpu": 0}, {"pcpu": 0}, {"pcpu": 1}],
        schedules=[windows, []],
    )


def test_the_plans_frame_holds() -> None:
    assert list(frames_are_the_plans(image())) == []


def _set(window: int, field: str, value: int) -> Callable[[Any], None]:
    return lambda proof: proof.schedules[0][window].update({field: value})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_set(0, "end_ns", 310), "vCPU 0 from 0 ns for 300 ns: planned True, in the image False"),
        (_set(1, "end_ns", 290), "ends at 290 ns, where the one before it does"),
        (_set(1, "vcpu", 0), "vCPU 0 from 300 ns for 200 ns: planned False, in the image True"),
        (_set(1, "vcpu", 2), "has a window for vCPU 2, which is not its own"),
        (_set(2, "vcpu", 1), "vCPU 1 from 500 ns for 100 ns: planned False"),
        (_set(3, "end_ns", 990), "windows for 990 ns in a frame of 1000 ns"),
        (_set(0, "frame_ns", 2000), "in a frame of 2000 ns, planned were 1000 ns"),
        (lambda proof: proof.pcpus[0].update(policy=0), "pCPU 0 has policy 0"),
        (lambda proof: proof.pcpus[1].update(policy=1), "pCPU 1 has policy 1"),
        (lambda proof: proof.schedules[0].clear(), "windows for 0 ns"),
    ],
)
def test_another_frame_contradicts(change: Callable[[Any], None], said: str) -> None:
    proof = image()
    change(proof)
    assert said in "\n".join(frames_are_the_plans(proof))
