# SPDX-License-Identifier: Apache-2.0
"""Random operations on the RTL, the reference model judging every answer, every output and all state."""

from __future__ import annotations

import os
import time
from typing import Any

import cocotb

from bench.rtl import VERSION, Rtl
from bench.where import Where, progress
from lockstep.coverage import Coverage
from lockstep.coverage2 import Coverage2
from lockstep.generate import Profile
from lockstep.scoreboard import HISTORY, Stream, first_difference, side_by_side
from ref.gic2 import Gic2
from ref.gic3 import Gic3
from ref.operation import Op, Reply

EPOCH = 4000  # operations from one reset to the next: each has another pool of interrupts
CHUNK = 512
SEED = int(os.environ.get("GIC_SEED", "1"))
OPS = int(os.environ.get("GIC_OPS", "12000"))
REPORT_SECONDS = 10.0
where = Where()


@cocotb.test(timeout_time=OPS * 3 + 1000, timeout_unit="us")
async def random_operations_agree_with_the_model(dut: Any) -> None:
    rtl = Rtl(dut)
    coverage = Coverage2() if VERSION == 2 else Coverage()
    model_of = Gic2 if VERSION == 2 else Gic3
    began = last = time.monotonic()
    done = 0
    progress(f"seed {SEED}, {OPS} operations")
    while done < OPS:
        seed = SEED + done // EPOCH
        model = model_of(rtl.cpus, rtl.spis, rtl.list_registers)
        coverage.watch(model)
        stream = Stream(model, seed, Profile())
        stream.observer = coverage
        await rtl.reset()
        rows: list[tuple[Op, Reply, Reply]] = []
        for _ in range(0, EPOCH, CHUNK):
            steps = stream.chunk(CHUNK)
            where.say(f"random operations, seed {seed}, from {steps[0].op}")
            replies = await rtl.run([s.op for s in steps])
            rows = rows + [(s.op, s.expected, r) for s, r in zip(steps, replies, strict=True)]
            at = first_difference(steps, replies)
            if at is not None:
                rows = rows[: len(rows) - CHUNK + at + 1]
                text = "\n".join(side_by_side(rows, "reference model", "RTL"))
                raise AssertionError(f"seed {seed} (--seed {seed}), operation {len(rows)}:\n{text}")
            rows = rows[-HISTORY:]
            done += CHUNK
            if time.monotonic() - last > REPORT_SECONDS:
                last = time.monotonic()
                progress(f"{done} operations, {done / (last - began):.0f} a second")
            if done >= OPS:
                break
    speed = done / (time.monotonic() - began)
    progress(f"{done} operations, {speed:.0f} a second, functional coverage {coverage.percent():.1f} %")
    coverage.save()
