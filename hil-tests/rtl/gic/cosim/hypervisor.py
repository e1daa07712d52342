# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's C functions by name, with the simulated controller below them and a guest above; what a
guest does in its GIC version's own way is in hypervisor2.py and hypervisor3.py.

`do` carries out one operation: the RTL's in the simulator, or the reference model's. What trap/irq.c
does with a physical interrupt is done here, since that file needs the rooms above the vGIC.
"""

from __future__ import annotations

import ctypes
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from ref.operation import Kind, Line, Op, Reply
from ref.registers import offset

BUS = 0x0800_0000  # where the plan has GICD
NONE = 0xFF  # HV_NONE
SPECIAL = 1020
KICK, CONSOLE, VGIC = 0, 1, 2  # enum gic_sgi
MAINTENANCE = 25
TURNS = 500
OWNED = {27, *range(40, 56), *range(70, 74)}
EDGES = set(range(41, 56, 2))
RELAX_CYCLES = 20

_ACCESS = ctypes.CFUNCTYPE(
    ctypes.c_uint64, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_uint64
)
_BUG = ctypes.CFUNCTYPE(None, ctypes.c_char_p)


class HypervisorBug(AssertionError):
    """hv_bug() was called, or an access failed that never may."""


class Hypervisor(ABC):
    """`note` is told the C function and the operation it stands in, for whoever asks after a hang."""

    ALWAYS_ENABLED: int  # of a vCPU's own 32 interrupts

    def __init__(
        self, library: Path, do: Callable[[Op], Reply], note: Callable[[str], None] = lambda text: None,
        mutant: int = 0,
    ) -> None:  # fmt: skip
        self._do, self._note = do, note
        self._lib = ctypes.CDLL(str(library))
        ctypes.c_uint32.in_dll(self._lib, "cosim_mutant").value = mutant
        for name in ("vgic_distributor_read", "gic_lr_read"):
            getattr(self._lib, name).restype = ctypes.c_uint64
        for name in ("gic_init_distributor", "gic_init_pcpu", "vgic_deliver_direct"):
            getattr(self._lib, name).restype = ctypes.c_bool
        self._lib.vgic_cpu_of.restype = ctypes.c_void_p
        self.out = Reply()
        self.accesses = 0
        self._function = "start"
        self._failed: str | None = None
        self._callbacks = _ACCESS(self._access), _BUG(self._bug)
        self._lib.cosim_start(*self._callbacks)
        self.running = [False, False]

    # ---- below: what the C code does to the controller ----

    def do(self, op: Op) -> Reply:
        self.out = self._do(op)
        return self.out

    def _access(self, kind: int, cpu: int, where: int, size: int, value: int) -> int:
        if self._failed:
            return 0
        try:
            self.accesses += 1
            if kind == Kind.TIME:
                op = Op(Kind.TIME, data=RELAX_CYCLES)
            elif kind in (Kind.READ, Kind.WRITE):
                op = Op(Kind(kind), cpu, where - BUS, value, size.bit_length() - 1)
            else:
                op = Op(Kind(kind), cpu, where, value)
            self._note(f"{self._function}() on pCPU {cpu}: {op}")
            reply = self.do(op)
            if reply.undef or reply.trap or reply.error:
                self._failed = f"{self._function}() on pCPU {cpu}: {op}: {reply}"
            return reply.data
        except BaseException as error:  # a callback of C must not raise
            self._failed = f"{self._function}() on pCPU {cpu}: {type(error).__name__}: {error}"
            return 0

    def _bug(self, what: bytes) -> None:
        self._failed = f"hv_bug in {self._function}(): {what.decode()}"
        raise SystemExit(self._failed)

    def call(self, cpu: int, function: str, *arguments: int | ctypes.c_void_p | ctypes.c_uint64) -> int:
        """A function of the hypervisor on this pCPU."""
        self._function = function
        self._lib.cosim_run(cpu, cpu)
        found = getattr(self._lib, function)(*arguments)
        if self._failed:
            raise HypervisorBug(self._failed)
        return int(found or 0)

    # ---- the boot, lives of vCPUs ----

    def boot(self) -> None:
        assert self.call(0, "gic_init_distributor"), "the distributor does not answer"
        for cpu in (0, 1):
            assert self.call(cpu, "gic_init_pcpu"), "a redistributor does not answer"
        self.call(0, "vgic_reset", 0)

    def cpu_on(self, cpu: int) -> None:
        self.call(cpu, "vgic_reset_cpu", cpu)
        self.running[cpu] = True
        self.call(cpu, "vgic_flush", cpu)

    def cpu_off(self, cpu: int) -> None:
        self.call(cpu, "vgic_stop_cpu", cpu)
        self.running[cpu] = False

    def restart(self) -> None:
        """Stop and a new life of the partition, with vCPU 0."""
        for cpu in (0, 1):
            if self.running[cpu]:
                self.cpu_off(cpu)
        self.call(0, "vgic_stop", 0)
        self.call(0, "vgic_reset", 0)
        self.cpu_on(0)

    def start(self) -> None:
        """Both vCPUs run."""
        self.boot()
        for cpu in (0, 1):
            self.cpu_on(cpu)

    # ---- trap/irq.c ----

    def _vgic(self, cpu: int) -> ctypes.c_void_p:
        return ctypes.c_void_p(self._lib.vgic_cpu_of(cpu))

    def interrupt(self, cpu: int) -> None:
        intid = self.call(cpu, "gic_ack")
        if self.running[cpu] and self.call(cpu, "vgic_deliver_direct", self._vgic(cpu), intid):
            self.call(cpu, "gic_drop", intid)
        elif intid >= SPECIAL:
            return
        elif intid == VGIC and self.running[cpu]:
            self.call(cpu, "gic_end", intid)
            self.call(cpu, "vgic_sgis_arrived", self._vgic(cpu))
        else:
            self._serve(cpu, intid)

    def _serve(self, cpu: int, intid: int) -> None:
        self.call(cpu, "gic_drop", intid)
        if intid in OWNED:
            self.call(cpu, "vgic_hardware_irq", cpu, intid, int(self.running[cpu]))
            return
        if intid == MAINTENANCE and self.running[cpu]:
            self.call(cpu, "vgic_flush", cpu)
        self.call(cpu, "gic_deactivate", intid)
        if intid in (KICK, VGIC) and self.running[cpu]:
            self.call(cpu, "vgic_flush", cpu)

    def settle(self) -> None:
        """Until no pCPU is interrupted any more. EL2 may not be kept busy without an event."""
        for _ in range(TURNS):
            if not self.out.irq:
                return
            for cpu in (0, 1):
                if self.out.irq >> cpu & 1:
                    self.interrupt(cpu)
        raise AssertionError(f"EL2 does not get out of its interrupts: irq={self.out.irq:b}")

    # ---- above: the guest and its devices ----

    def line(self, intid: int, level: bool, cpu: int = 0) -> None:
        self.do(Op(Kind.TIME, line=Line(intid, level, cpu)))
        self.settle()

    def pulse(self, intid: int) -> None:
        self.line(intid, True)
        self.line(intid, False)

    def store(self, cpu: int, name: str, value: int, index: int = 0, *, size: int = 4) -> None:
        """A store of the guest to its distributor."""
        at = offset(name) + index * size
        self.call(cpu, "vgic_distributor_write", cpu, at, size, ctypes.c_uint64(value))
        self.settle()

    def load(self, cpu: int, name: str, index: int = 0, *, size: int = 4) -> int:
        return self.call(cpu, "vgic_distributor_read", cpu, offset(name) + index * size, size)

    def physical(self, intid: int, cpu: int = 0) -> tuple[bool, bool, bool]:
        """Enabled, pending, active in the controller itself."""
        word, bit = intid // 32, intid % 32
        found = [
            self.do(self.physical_word(cpu, array, word)).data >> bit & 1 for array in (0x100, 0x200, 0x300)
        ]
        return bool(found[0]), bool(found[1]), bool(found[2])

    # ---- what the GIC versions have each in its way ----

    @abstractmethod
    def physical_word(self, cpu: int, array: int, word: int) -> Op:
        """A read of one of the bit arrays of the controller itself."""

    @abstractmethod
    def open(self, *cpus: int) -> None:
        """What a guest's driver does first: groups on, every priority let through."""

    @abstractmethod
    def set_up(self, intid: int, priority: int = 0xA0, cpu: int = 0) -> None:
        """A priority, routed to this vCPU, enabled; by a guest that runs there."""

    @abstractmethod
    def route(self, intid: int, cpu: int) -> None:
        """The guest routes an SPI to this vCPU."""

    @abstractmethod
    def load_own(self, cpu: int, array: str) -> int:
        """A bit array of the vCPU's own 32 interrupts, as the guest reads it."""

    @abstractmethod
    def ack(self, cpu: int = 0) -> int:
        """The guest reads the acknowledge register of its interface: the hardware answers."""

    @abstractmethod
    def eoi(self, value: int, cpu: int = 0) -> None:
        """And writes its end: what ack() answered."""

    @abstractmethod
    def sgi(self, cpu: int, intid: int, targets: int) -> None:
        """An SGI of the guest, to these vCPUs."""

    @abstractmethod
    def shown(self, sgi: int, sender: int) -> int:
        """What ack() answers of an SGI."""

    @abstractmethod
    def empty_list_registers(self, cpu: int) -> int: ...

    @abstractmethod
    def every_list_register(self, cpu: int) -> int:
        """All of them, a bit each."""

    @abstractmethod
    def guest_state(self, cpu: int) -> tuple[int, int]:
        """Groups that the guest's interface has on, and active priorities."""

    @abstractmethod
    def drop_all(self, cpu: int) -> None:
        """Forgets the active priorities of the guest's interface."""
