# SPDX-License-Identifier: Apache-2.0
"""What only time shows of a GICv3: RWP, and redistributors that fall asleep and wake."""

from __future__ import annotations

from typing import Any

import cocotb

from bench.rtl import Rtl
from bench.where import Where
from ref.operation import GICR_BASE, read, write
from ref.registers import mask, offset

LIMIT_US = 100
ISENABLER1 = offset("GICD_ISENABLER") + 4
where = Where()


@cocotb.test(timeout_time=LIMIT_US, timeout_unit="us")
async def rwp_is_set_by_what_takes_something_away(dut: Any) -> None:
    """GICD_CTLR.RWP and GICR_CTLR.RWP: after a clear of an enable, until it is seen everywhere."""
    where.say("RWP")
    rtl = Rtl(dut)
    await rtl.reset()
    rwp, own = mask("GICD_CTLR", "RWP"), mask("GICR_CTLR", "RWP")
    gicr_ctlr, gicr_icenabler = GICR_BASE + offset("GICR_CTLR"), GICR_BASE + offset("GICR_ICENABLER0")

    async def after(op: Any, where: int, bit: int) -> bool:
        reply = (await rtl.run([op, read(where)], settle=0))[1]
        return bool(reply.data & bit)

    assert not await after(write(offset("GICD_CTLR"), 3), 0, rwp)
    assert await after(write(offset("GICD_ICENABLER") + 4, 1), 0, rwp)
    await rtl.do(read(offset("GICD_CTLR")), settle=20)
    assert not (await rtl.do(read(offset("GICD_CTLR")))).data & rwp
    assert await after(write(offset("GICD_CTLR"), 1), 0, rwp)
    await rtl.do(read(0), settle=20)
    assert not await after(write(ISENABLER1, 1), 0, rwp)
    assert await after(write(gicr_icenabler, 1), gicr_ctlr, own)
    await rtl.do(read(0), settle=20)
    assert not (await rtl.do(read(gicr_ctlr))).data & own
    assert await after(write(gicr_ctlr, 3 << 24), gicr_ctlr, own)


@cocotb.test(timeout_time=LIMIT_US, timeout_unit="us")
async def children_fall_asleep_and_wake_after_their_time(dut: Any) -> None:
    """GICR_WAKER.ChildrenAsleep follows ProcessorSleep when the interface is quiet."""
    where.say("ChildrenAsleep")
    rtl = Rtl(dut)
    await rtl.reset()
    waker = GICR_BASE + offset("GICR_WAKER")
    seen = [r.data for r in await rtl.run([write(waker, 0), *[read(waker)] * 6], settle=0)]
    assert seen[1] == 4
    assert seen[-1] == 0
    seen = [r.data for r in await rtl.run([write(waker, 2), *[read(waker)] * 6], settle=0)]
    assert (seen[1], seen[-1]) == (2, 6)
