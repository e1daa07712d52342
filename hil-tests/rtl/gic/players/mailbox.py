# SPDX-License-Identifier: Apache-2.0
"""The memory that the host and a player share: el/mailbox.h, from this side."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence

from ref.operation import Kind, Op, Reply

ADDRESS = 0x400C_0000  # player.ld; for a guest, of its own memory
MAGIC = 0x4C4F_434B
BATCH, STATE_WORDS = 512, 256
FIELDS = (
    "magic", "bytes", "level", "state_words", "cpus", "spi_words", "list_registers", "begin", "given",
    "batch", "done", "stopped", "resumed", "fault_level", "fault_esr", "fault_elr",
)  # fmt: skip
STOP_BEFORE, STOP_AFTER = 1, 2
UNDEFINED, TRAPPED, ABORTED = 1, 2, 3
_OPERATION, _REPLY = struct.Struct("<QIBBBBII"), struct.Struct("<QBBBBBBHII")
_STATE = 4 * len(FIELDS)
_OPERATIONS = _STATE + 4 * STATE_WORDS
_REPLIES = _OPERATIONS + BATCH * _OPERATION.size
SIZE = _REPLIES + BATCH * _REPLY.size
U64 = 0xFFFF_FFFF_FFFF_FFFF


class Mailbox:
    """At `offset` of the machine's memory."""

    def __init__(self, memory: mmap.mmap, offset: int) -> None:
        self._memory = memory
        self._offset = offset
        self._view = memoryview(memory)[offset : offset + SIZE]
        self._words = self._view.cast("I")

    def close(self) -> None:
        self._words.release()
        self._view.release()

    def get(self, field: str) -> int:
        return self._words[_AT[field]]

    def set(self, field: str, value: int) -> None:
        self._words[_AT[field]] = value & 0xFFFF_FFFF

    def clear(self) -> None:
        """Before a reset: nothing of an earlier life may be taken for the new one's."""
        for field in FIELDS:
            self.set(field, 0)

    def put(self, ops: Sequence[Op]) -> None:
        for n, op in enumerate(ops):
            _OPERATION.pack_into(
                self._view, _OPERATIONS + n * _OPERATION.size,
                op.data & U64, op.addr, op.kind, op.cpu, op.size, op.el1, stops(op), 0,
            )  # fmt: skip
        self.set("given", len(ops))

    def replies(self, count: int) -> list[Reply]:
        found = []
        for n in range(count):
            data, status, irq, fiq, virq, vfiq, maintenance, _, digest, _ = _REPLY.unpack_from(
                self._view, _REPLIES + n * _REPLY.size
            )
            found.append(
                Reply(
                    data, status == UNDEFINED, status == TRAPPED, status == ABORTED,
                    irq, fiq, virq, vfiq, maintenance, 0, digest,
                )
            )  # fmt: skip
        return found

    def state(self) -> list[int]:
        at = _STATE // 4
        return list(self._words[at : at + min(self.get("state_words"), STATE_WORDS)])


_AT = {field: n for n, field in enumerate(FIELDS)}


def stops(op: Op) -> int:
    """Where the player waits for the line to change: as Gic3.do has it."""
    if op.line is None:
        return 0
    return STOP_AFTER if op.kind in (Kind.READ, Kind.MRS, Kind.MSR) else STOP_BEFORE
