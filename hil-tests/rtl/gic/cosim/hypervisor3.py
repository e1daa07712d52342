# SPDX-License-Identifier: Apache-2.0
"""The co-simulation on a GICv3: a guest with redistributors and system registers. It uses group 1."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path

from cosim.hypervisor import Hypervisor
from ref.operation import GICR_BASE, GICR_STRIDE, Kind, Op, Reply, mrs, msr
from ref.registers import offset

SGI_FRAME = 0x10000


class Hypervisor3(Hypervisor):
    ALWAYS_ENABLED = 0

    def __init__(
        self, library: Path, do: Callable[[Op], Reply], note: Callable[[str], None] = lambda text: None,
        mutant: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(library, do, note, mutant)
        self._lib.vgic_redistributor_read.restype = ctypes.c_uint64

    def physical_word(self, cpu: int, array: int, word: int) -> Op:
        base = GICR_BASE + SGI_FRAME + GICR_STRIDE * cpu if word == 0 else 4 * word
        return Op(Kind.READ, addr=base + array)

    def own_store(self, cpu: int, name: str, value: int, index: int = 0, *, size: int = 4) -> None:
        """To the guest's own redistributor."""
        at = offset(name) + index * size
        self.call(cpu, "vgic_redistributor_write", cpu, cpu, at, size, ctypes.c_uint64(value))
        self.settle()

    def own_load(self, cpu: int, name: str) -> int:
        return self.call(cpu, "vgic_redistributor_read", cpu, cpu, offset(name), 4)

    def load_own(self, cpu: int, array: str) -> int:
        return self.own_load(cpu, f"GICR_{array}0")

    def open(self, *cpus: int) -> None:
        self.store(cpus[0], "GICD_CTLR", 3)
        for cpu in cpus:
            for name, value in (("ICC_PMR_EL1", 0xFF), ("ICC_IGRPEN1_EL1", 1)):
                self.do(msr(cpu, name, value, el1=True))

    def set_up(self, intid: int, priority: int = 0xA0, cpu: int = 0) -> None:
        word, bit = intid // 32, 1 << intid % 32
        if intid < 32:
            self.own_store(cpu, "GICR_IGROUPR0", self.own_load(cpu, "GICR_IGROUPR0") | bit)
            self.own_store(cpu, "GICR_IPRIORITYR", priority, intid, size=1)
            self.own_store(cpu, "GICR_ISENABLER0", bit)
        else:
            self.store(cpu, "GICD_IGROUPR", self.load(cpu, "GICD_IGROUPR", word) | bit, word)
            self.store(cpu, "GICD_IPRIORITYR", priority, intid, size=1)
            self.store(cpu, "GICD_IROUTER", cpu, intid, size=8)
            self.store(cpu, "GICD_ISENABLER", bit, word)

    def route(self, intid: int, cpu: int) -> None:
        self.store(0, "GICD_IROUTER", cpu, intid, size=8)

    def ack(self, cpu: int = 0) -> int:
        intid = self.do(mrs(cpu, "ICC_IAR1_EL1", el1=True)).data
        self.settle()
        return intid

    def eoi(self, value: int, cpu: int = 0) -> None:
        self.do(msr(cpu, "ICC_EOIR1_EL1", value, el1=True))
        self.settle()

    def sgi(self, cpu: int, intid: int, targets: int) -> None:
        self.send_sgi(cpu, intid << 24 | targets)

    def shown(self, sgi: int, sender: int) -> int:
        return sgi

    def send_sgi(self, cpu: int, sgir: int, group: int = 1) -> None:
        """ICC_SGI1R of the guest, which EL2 carries out."""
        self.call(cpu, "vgic_send_sgi", self._vgic(cpu), ctypes.c_uint64(sgir), group)
        self.settle()

    def empty_list_registers(self, cpu: int) -> int:
        return self.do(mrs(cpu, "ICH_ELRSR_EL2")).data

    def every_list_register(self, cpu: int) -> int:
        return (2 << (self.do(mrs(cpu, "ICH_VTR_EL2")).data & 31)) - 1

    def guest_state(self, cpu: int) -> tuple[int, int]:
        return self.do(mrs(cpu, "ICH_VMCR_EL2")).data & 3, self.do(mrs(cpu, "ICH_AP1R0_EL2")).data

    def drop_all(self, cpu: int) -> None:
        self.do(msr(cpu, "ICH_AP1R0_EL2", 0))
