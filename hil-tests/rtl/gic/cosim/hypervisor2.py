# SPDX-License-Identifier: Apache-2.0
"""The co-simulation on a GICv2: all is memory, and the guest's interface is GICV. It uses group 0, as guests
of a GICv2 with one security state do."""

from __future__ import annotations

from cosim.hypervisor import Hypervisor
from ref.operation import GICH_BASE, GICV_BASE, Kind, Op, read, write
from ref.registers import offset


class Hypervisor2(Hypervisor):
    ALWAYS_ENABLED = 0xFFFF  # SGIs

    def physical_word(self, cpu: int, array: int, word: int) -> Op:
        return Op(Kind.READ, cpu, array + 4 * word)

    def load_own(self, cpu: int, array: str) -> int:
        return self.load(cpu, f"GICD_{array}")

    # ---- GICV, which guests reach without a trap ----

    def gicv(self, cpu: int, name: str) -> int:
        value = self.do(read(GICV_BASE + offset(f"GICC_{name}"), cpu=cpu)).data
        self.settle()
        return value

    def gicv_write(self, cpu: int, name: str, value: int) -> None:
        self.do(write(GICV_BASE + offset(f"GICC_{name}"), value, cpu=cpu))
        self.settle()

    def gich(self, cpu: int, name: str) -> int:
        return self.do(read(GICH_BASE + offset(f"GICH_{name}"), cpu=cpu)).data

    def open(self, *cpus: int) -> None:
        self.store(cpus[0], "GICD_CTLR", 3)
        for cpu in cpus:
            self.gicv_write(cpu, "PMR", 0xFF)
            self.gicv_write(cpu, "CTLR", 1)

    def set_up(self, intid: int, priority: int = 0xA0, cpu: int = 0) -> None:
        self.store(cpu, "GICD_IPRIORITYR", priority, intid, size=1)
        if intid >= 32:
            self.store(cpu, "GICD_ITARGETSR", 1 << cpu, intid, size=1)
        self.store(cpu, "GICD_ISENABLER", 1 << intid % 32, intid // 32)

    def route(self, intid: int, cpu: int) -> None:
        self.store(0, "GICD_ITARGETSR", 1 << cpu, intid, size=1)

    def ack(self, cpu: int = 0) -> int:
        return self.gicv(cpu, "IAR")

    def eoi(self, value: int, cpu: int = 0) -> None:
        self.gicv_write(cpu, "EOIR", value)

    def sgi(self, cpu: int, intid: int, targets: int) -> None:
        self.store(cpu, "GICD_SGIR", targets << 16 | intid)

    def shown(self, sgi: int, sender: int) -> int:
        return sender << 10 | sgi

    def empty_list_registers(self, cpu: int) -> int:
        return self.gich(cpu, "ELRSR")

    def every_list_register(self, cpu: int) -> int:
        return (2 << (self.gich(cpu, "VTR") & 63)) - 1

    def guest_state(self, cpu: int) -> tuple[int, int]:
        return self.gich(cpu, "VMCR") & 3, self.gich(cpu, "APR")

    def drop_all(self, cpu: int) -> None:
        self.do(write(GICH_BASE + offset("GICH_APR"), 0, cpu=cpu))
