# SPDX-License-Identifier: Apache-2.0
"""AXI4-Lite channel by channel, on either top level. Arm IHI 0022, "AMBA AXI4-Lite"."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from bench.rtl import Rtl
from bench.where import Where
from ref.operation import read, write
from ref.registers import offset

LIMIT_US = 100
ISENABLER1 = offset("GICD_ISENABLER") + 4
where = Where()


async def manual(dut: Any) -> None:
    await Rtl(dut).reset()
    dut.manual.value = 1
    for name in ("m_awvalid", "m_wvalid", "m_bready", "m_arvalid", "m_rready"):
        getattr(dut, name).value = 0
    await FallingEdge(dut.clk)


async def pulse(dut: Any, valid: str, ready: str) -> None:
    """One transfer on a channel of ours: VALID until READY."""
    getattr(dut, valid).value = 1
    while True:
        taken = int(getattr(dut, ready).value)
        await FallingEdge(dut.clk)
        if taken:
            break
    getattr(dut, valid).value = 0


async def until(dut: Any, signal: str) -> None:
    while not int(getattr(dut, signal).value):
        await FallingEdge(dut.clk)


@cocotb.test(timeout_time=LIMIT_US, timeout_unit="us")
async def write_data_may_come_before_its_address(dut: Any) -> None:
    where.say("write data before address")
    await manual(dut)
    dut.m_addr.value = ISENABLER1
    dut.m_wdata.value = 0xF0 << 32
    dut.m_wstrb.value = 0xF0
    await pulse(dut, "m_wvalid", "wready")
    for _ in range(5):
        assert not int(dut.bvalid.value)
        await FallingEdge(dut.clk)
    await pulse(dut, "m_awvalid", "awready")
    await until(dut, "bvalid")
    for _ in range(4):  # BVALID stays until BREADY
        await FallingEdge(dut.clk)
        assert int(dut.bvalid.value)
    dut.m_bready.value = 1
    await FallingEdge(dut.clk)
    await FallingEdge(dut.clk)
    assert not int(dut.bvalid.value)
    dut.manual.value = 0
    assert (await Rtl(dut).do(read(ISENABLER1))).data == 0xF0


@cocotb.test(timeout_time=LIMIT_US, timeout_unit="us")
async def read_data_waits_for_the_master(dut: Any) -> None:
    where.say("read back-pressure")
    await manual(dut)
    dut.manual.value = 0
    await Rtl(dut).do(write(ISENABLER1, 0x50))
    dut.manual.value = 1
    await FallingEdge(dut.clk)
    dut.m_addr.value = ISENABLER1
    await pulse(dut, "m_arvalid", "arready")
    await until(dut, "rvalid")
    for _ in range(5):
        assert int(dut.rvalid.value)
        assert not int(dut.arready.value)  # one at a time
        assert int(dut.rdata.value) >> 32 == 0x50
        await FallingEdge(dut.clk)
    dut.m_rready.value = 1
    await FallingEdge(dut.clk)
    await FallingEdge(dut.clk)
    assert not int(dut.rvalid.value)


@cocotb.test(timeout_time=LIMIT_US, timeout_unit="us")
async def strobes_that_no_access_makes_write_nothing(dut: Any) -> None:
    where.say("odd strobes")
    await manual(dut)
    dut.m_addr.value = ISENABLER1 & ~7
    dut.m_wdata.value = 0xFFFF_FFFF_FFFF_FFFF
    dut.m_bready.value = 1
    for strobes in (0x00, 0x07, 0x70, 0x7F):
        dut.m_wstrb.value = strobes
        dut.m_awvalid.value = 1
        await pulse(dut, "m_wvalid", "wready")
        dut.m_awvalid.value = 0
        await until(dut, "bvalid")
        await FallingEdge(dut.clk)
    dut.manual.value = 0
    await FallingEdge(dut.clk)
    assert (await Rtl(dut).do(read(ISENABLER1))).data == 0


@cocotb.test(timeout_time=LIMIT_US, timeout_unit="us")
async def reads_and_writes_pass_each_other(dut: Any) -> None:
    where.say("a read while a write waits for its response")
    await manual(dut)
    dut.m_addr.value = offset("GICD_CTLR")
    dut.m_wdata.value = 3
    dut.m_wstrb.value = 0x0F
    dut.m_awvalid.value = 1
    await pulse(dut, "m_wvalid", "wready")
    dut.m_awvalid.value = 0
    await until(dut, "bvalid")
    dut.m_rready.value = 1
    await pulse(dut, "m_arvalid", "arready")
    await until(dut, "rvalid")
    assert int(dut.rdata.value) & 3 == 3
    assert int(dut.bvalid.value)


@cocotb.test(timeout_time=LIMIT_US, timeout_unit="us")
async def reset_clears_everything(dut: Any) -> None:
    where.say("reset")
    rtl = Rtl(dut)
    await rtl.reset()
    first = await rtl.do(read(0))
    await rtl.run(
        [write(offset("GICD_CTLR"), 3), write(ISENABLER1, 0xFF), write(offset("GICD_IPRIORITYR") + 40, 8, 0)]
    )
    await RisingEdge(dut.clk)
    await rtl.reset()
    assert await rtl.do(read(0)) == first
    assert (await rtl.do(read(offset("GICD_IPRIORITYR") + 40, 0))).data == 0
