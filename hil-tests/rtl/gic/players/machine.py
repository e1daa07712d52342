# SPDX-License-Identifier: Apache-2.0
"""A player inside of QEMU: the machine's memory is ours too, and so are its controller's lines.

Operations go through the shared memory. Where a line is to change the player stops; the line is set by
QEMU's qtest protocol, which works beside TCG; then the player goes on.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bulkhead.diag import LabError
from bulkhead.runners.qemu import QemuProcess
from players.mailbox import ADDRESS, BATCH, MAGIC, SIZE, Mailbox
from players.player import Player, PlayerFailed
from ref.operation import Line, Op, Reply

RAM_BASE = 0x4000_0000
START_SECONDS, BATCH_SECONDS = 60.0, 120.0
QEMU_SPIS = 256  # of the `virt` machine; its PPIs' lines come after them
SPINS = 200


class Machine(Player):
    """`command` is QEMU's, up to memory; the mailbox is at `mailbox` of physical memory."""

    def __init__(
        self, command: list[str], memory: int, mailbox: int, *, cpus: int, spis: int, list_registers: int,
        level: int, out: Path, pcpus: int | None = None,
    ) -> None:  # fmt: skip
        self._size = (cpus, spis // 32, list_registers)
        self._level = level
        self._ram = os.memfd_create("player")
        os.ftruncate(self._ram, memory)
        self._map = mmap.mmap(self._ram, memory)
        self._box = Mailbox(self._map, mailbox - RAM_BASE)
        self._qemu: QemuProcess | None = None
        ram = f"/proc/{os.getpid()}/fd/{self._ram}"
        more = [
            "-m", f"{memory >> 20}M", "-smp", str(pcpus or cpus), "-nodefaults", "-nic", "none",
            "-display", "none", "-S",
            "-accel", "tcg,thread=single",  # CPUs in turn, which change at the player's YIELD
            "-object", f"memory-backend-file,id=ram,size={memory},mem-path={ram},share=on",
            "-chardev", "null,id=console", "-serial", "chardev:console",
        ]  # fmt: skip
        try:
            self._qemu = QemuProcess(
                lambda fd: [
                    *command,
                    *more,
                    "-chardev",
                    f"socket,id=qmp,fd={fd}",
                    "-mon",
                    "chardev=qmp,mode=control",
                ],
                out,
            )
            self._lines = self._qemu.interrupt_lines()
        except BaseException:
            self.close()
            raise
        self._batch = self._stops = 0
        self._high: set[int] = set()

    def reset(self) -> None:
        assert self._qemu is not None
        self._qemu.pause()
        for number in sorted(self._high):
            self._set(number, False)
        self._box.clear()
        self._qemu.reset()
        self._qemu.release()
        self._until(lambda: self._box.get("magic") == MAGIC, START_SECONDS, "does not start")
        if (self._box.get("bytes"), self._box.get("level")) != (SIZE, self._level):
            raise PlayerFailed(
                f"its mailbox has {self._box.get('bytes')} bytes at EL{self._box.get('level')}, "
                f"wanted are {SIZE} at EL{self._level}"
            )
        for field, value in zip(("cpus", "spi_words", "list_registers"), self._size, strict=True):
            self._box.set(field, value)
        self._batch = self._stops = 0
        self._box.set("begin", 1)

    def run(self, ops: Sequence[Op]) -> list[Reply]:
        found: list[Reply] = []
        for first in range(0, len(ops), BATCH):
            part = ops[first : first + BATCH]
            self._box.put(part)
            self._batch += 1
            self._box.set("batch", self._batch)
            for op in part:
                if op.line is not None:
                    self._change(op)
            self._until(
                lambda: self._box.get("done") == self._batch,
                BATCH_SECONDS,
                f"does not end its batch, {part[-1]}",
            )
            found += self._box.replies(len(part))
        return found

    def state(self) -> list[int]:
        return self._box.state()

    def _change(self, op: Op) -> None:
        assert op.line is not None
        self._stops += 1
        self._until(lambda: self._box.get("stopped") == self._stops, BATCH_SECONDS, f"does not come to: {op}")
        self._set(line_number(op.line), op.line.level)
        self._box.set("resumed", self._stops)

    def _set(self, number: int, level: bool) -> None:
        (self._high.add if level else self._high.discard)(number)
        try:
            self._lines.set_input(number, level)
        except LabError as problem:
            raise PlayerFailed(str(problem)) from problem

    def _until(self, true: Callable[[], bool], seconds: float, what: str) -> None:
        """QEMU's CPUs want this host's CPUs too: few looks at once."""
        assert self._qemu is not None
        deadline = 0.0
        while True:
            for _ in range(SPINS):
                if true():
                    return
                time.sleep(0)
            now = time.monotonic()
            deadline = deadline or now + seconds
            if self._box.get("fault_level"):
                where, why = self._box.get("fault_elr"), self._box.get("fault_esr")
                raise PlayerFailed(
                    f"{self.name}: an exception at 0x{where:x} (ESR 0x{why:x}) while it {what}"
                )
            if self._qemu.process.poll() is not None:
                raise PlayerFailed(f"{self.name}: QEMU ended: {self._qemu.messages()}")
            if now > deadline:
                raise PlayerFailed(f"{self.name}: the player {what} within {seconds:.0f} s")

    def close(self) -> None:
        if self._qemu is not None:
            self._qemu.end()
        with contextlib.suppress(BufferError, ValueError):
            self._box.close()
            self._map.close()
        with contextlib.suppress(OSError):
            os.close(self._ram)


def line_number(line: Line) -> int:
    """Of the controller's inputs: SPIs first, then 32 a CPU."""
    return line.intid - 32 if line.intid >= 32 else QEMU_SPIS + 32 * line.cpu + line.intid


class QemuGic(Machine):
    """QEMU's own GICv3, played from EL2."""

    name = "qemu"

    def __init__(self, program: Path, player: Path, out: Path, *, cpus: int = 2, spis: int = 64) -> None:
        command = [
            str(program), "-M", "virt,virtualization=on,gic-version=3,its=off,memory-backend=ram",
            "-cpu", "cortex-a53", "-kernel", str(player),
        ]  # fmt: skip
        super().__init__(command, 16 << 20, ADDRESS, cpus=cpus, spis=spis, list_registers=4, level=2, out=out)


class Vgic(Machine):
    """Bulkhead's virtual controller, as a guest with two vCPUs sees it. Memory and all are the board's."""

    name = "vgic"

    def __init__(
        self, program: Path, image: Path, ram: int, out: Path, *, cpus: int, spis: int, pcpus: int
    ) -> None:
        command = [
            str(program), "-M", "virt,virtualization=on,gic-version=3,memory-backend=ram",
            "-cpu", "cortex-a53", "-kernel", str(image),
        ]  # fmt: skip
        super().__init__(
            command, 1 << 30, ram + ADDRESS - RAM_BASE, cpus=cpus, spis=spis, list_registers=0, level=1,
            out=out, pcpus=pcpus,
        )  # fmt: skip
