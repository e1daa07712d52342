# SPDX-License-Identifier: Apache-2.0
"""The RTL as a player: operations in, replies out, in batches through the transactor of tb/."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from cocotb.triggers import Timer, with_timeout

from ref.operation import GICR_BASE, GICR_STRIDE, Kind, Op, Reply
from ref.registers import offset

VERSION = int(os.environ["GIC_VERSION"])  # which top level it is
OP_BITS, REPLY_BITS = 122, 148
SETTLE = 6  # cycles until everything that follows from an access is seen at the outputs
SETTLE_WAKER = 16  # a redistributor takes its time
CLOCK_NS = 10
_WAKER = offset("GICR_WAKER")
_WORD = (1 << REPLY_BITS) - 1
U64 = 0xFFFF_FFFF_FFFF_FFFF


def settle_cycles(op: Op) -> int:
    if op.kind is Kind.TIME:
        return max(SETTLE, min(op.data, 255))
    is_waker = (
        op.kind is Kind.WRITE and op.addr >= GICR_BASE and (op.addr - GICR_BASE) % GICR_STRIDE == _WAKER
    )
    return SETTLE_WAKER if is_waker else SETTLE


def pack(op: Op, settle: int | None = None) -> int:
    """As op_t of tb_transactor.sv."""
    v = 0
    if op.line is not None:
        v = (2 | int(op.line.level)) << 14 | op.line.cpu << 10 | op.line.intid
    v = v << 3 | op.kind
    v = v << 4 | op.cpu
    v = v << 3 | int(op.el1) << 2 | op.size
    v = v << 24 | op.addr
    v = v << 64 | op.data & U64
    return v << 8 | (settle_cycles(op) if settle is None else settle)


def unpack(v: int) -> Reply:
    data = v & U64
    v >>= 64
    flags = v & 15
    v >>= 4
    return Reply(
        data, bool(flags & 8), bool(flags & 4), bool(flags & 3), v & 255, v >> 8 & 255, v >> 16 & 255,
        v >> 24 & 255, v >> 32 & 255, v >> 40 & 255, v >> 48,
    )  # fmt: skip


class Rtl:
    """One instance of the design. Every call has a limit in simulated time."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.cpus, self.spis, self.list_registers = (int(n) for n in os.environ["GIC_SIZE"].split(","))
        self.batch = len(dut.operations) // OP_BITS
        self._go = int(dut.go.value)

    async def reset(self) -> None:
        self.dut.rst_n.value = 0
        self.dut.manual.value = 0
        await Timer(5 * CLOCK_NS, "ns")
        self.dut.rst_n.value = 1
        await Timer(2 * CLOCK_NS, "ns")

    async def do(self, op: Op, settle: int | None = None) -> Reply:
        return (await self.run([op], settle))[0]

    async def run(self, ops: Sequence[Op], settle: int | None = None) -> list[Reply]:
        found: list[Reply] = []
        for first in range(0, len(ops), self.batch):
            part = ops[first : first + self.batch]
            value = 0
            for op in reversed(part):
                value = value << OP_BITS | pack(op, settle)
            self.dut.operations.value = value
            self.dut.count.value = len(part)
            self._go ^= 1
            self.dut.go.value = self._go
            await with_timeout(self.dut.done.value_change, 300 * len(part) * CLOCK_NS, "ns")
            replies = int(self.dut.replies.value)
            for _ in part:
                found.append(unpack(replies & _WORD))
                replies >>= REPLY_BITS
        return found
