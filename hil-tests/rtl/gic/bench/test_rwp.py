# SPDX-License-Identifier: Apache-2.0
"""The module gic_rwp alone, on any simulator: register write pending, its time after the latest start."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

CYCLES = 8
LIMIT_US = 10


async def begin(dut: Any) -> None:
    Clock(dut.clk, 10, "ns").start()
    dut.start.value = 0
    dut.rst_n.value = 0
    for _ in range(2):
        await FallingEdge(dut.clk)
    dut.rst_n.value = 1
    await FallingEdge(dut.clk)
    assert not int(dut.pending.value)


async def start(dut: Any) -> None:
    dut.start.value = 1
    await FallingEdge(dut.clk)
    dut.start.value = 0


async def length(dut: Any) -> int:
    cycles = 0
    while int(dut.pending.value):
        cycles += 1
        await FallingEdge(dut.clk)
    return cycles


@cocotb.test(timeout_time=LIMIT_US, timeout_unit="us")
async def it_is_pending_for_its_cycles(dut: Any) -> None:
    await begin(dut)
    await start(dut)
    assert await length(dut) == CYCLES


@cocotb.test(timeout_time=LIMIT_US, timeout_unit="us")
async def a_second_start_begins_anew(dut: Any) -> None:
    await begin(dut)
    await start(dut)
    for _ in range(3):
        await FallingEdge(dut.clk)
    await start(dut)
    assert await length(dut) == CYCLES
