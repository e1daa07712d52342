# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's GIC driver and vGIC on the RTL: each access is a bus transaction, judged by the model."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cocotb
from cocotb.task import bridge, resume

from bench.rtl import VERSION, Rtl
from bench.where import Where, progress
from cosim.hypervisor import Hypervisor
from cosim.scenarios import storm
from cosim.version import COSIMS
from ref.operation import Op, Reply
from rules.scene import agreed

LIMIT_US = 20_000
STORM_STEPS = int(os.environ.get("GIC_STORM", "3000"))
COSIM = COSIMS[VERSION]
SEED = int(os.environ.get("GIC_SEED", "1"))


class OnRtl:
    """One operation at a time from C, judged by the reference model."""

    def __init__(self, dut: Any) -> None:
        self.rtl = Rtl(dut)
        self.model = COSIM.model(self.rtl.cpus, self.rtl.spis, self.rtl.list_registers)
        self._blocking = resume(self.rtl.do)

    def do(self, op: Op) -> Reply:
        return agreed(op, self.model.do(op), self._blocking(op))


async def play(dut: Any, body: Callable[[Hypervisor], None]) -> Hypervisor:
    on = OnRtl(dut)
    await on.rtl.reset()
    hypervisor = COSIM.hypervisor(Path(os.environ["GIC_COSIM"]), on.do, where.say)
    await bridge(body)(hypervisor)
    return hypervisor


def _test(body: Callable[[Hypervisor], None]) -> Any:
    async def test(dut: Any) -> None:
        await play(dut, body)

    test.__name__ = test.__qualname__ = body.__name__
    return cocotb.test(timeout_time=LIMIT_US, timeout_unit="us")(test)


where = Where()
for _scenario in COSIM.scenarios:
    globals()[_scenario.__name__] = _test(_scenario)


@cocotb.test(timeout_time=STORM_STEPS * 50 + 1000, timeout_unit="us")
async def a_long_storm_on_the_rtl(dut: Any) -> None:
    began = time.monotonic()
    hypervisor = await play(dut, lambda h: storm(h, SEED, STORM_STEPS))
    speed = hypervisor.accesses / (time.monotonic() - began)
    progress(f"storm: {hypervisor.accesses} accesses of the driver and vGIC, {speed:.0f} a second")
