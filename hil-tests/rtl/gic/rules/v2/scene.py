# SPDX-License-Identifier: Apache-2.0
"""What a directed test of the GICv2 has in its hands; rules/scene.py is GICv3's."""

from __future__ import annotations

from ref.gic2 import Gic2
from ref.operation import GICC_BASE, GICH_BASE, GICV_BASE, Line, Op, Reply, line, read, write
from ref.registers import tables
from rules.registry import Rule, Rules
from rules.scene import Player, agreed

BASES = {"GICD": 0, "GICC": GICC_BASE, "GICH": GICH_BASE, "GICV": GICV_BASE}
GROUPS, ACK_CTL, FIQ_EN, CBPR, EOI_MODE = 3, 4, 8, 0x10, 0x200  # GICC_CTLR
ENABLED = 1  # GICH_HCR.En


class Scene:
    def __init__(self, player: Player) -> None:
        self.player = player
        self.model = Gic2(player.cpus, player.spis, player.list_registers)
        self.out = Reply()  # outputs after the latest operation

    async def reset(self) -> None:
        await self.player.reset()
        self.model.reset()

    async def do(self, op: Op) -> int:
        self.out = agreed(op, self.model.do(op), await self.player.do(op))
        return self.out.data

    # ---- registers by name; `cpu` is the one that accesses ----

    def address(self, name: str, index: int = 0) -> int:
        r = tables()[name.replace("GICV", "GICC")]
        assert r.offset is not None
        return BASES[name[:4]] + r.offset + index * r.stride

    async def read(self, name: str, index: int = 0, cpu: int = 0) -> int:
        return await self.do(read(self.address(name, index), 2, cpu))

    async def write(self, name: str, value: int, index: int = 0, cpu: int = 0) -> None:
        await self.do(write(self.address(name, index), value, 2, cpu))

    async def read_sized(self, addr: int, size: int, cpu: int = 0) -> int:
        return await self.do(read(addr, size, cpu))

    async def write_sized(self, addr: int, value: int, size: int, cpu: int = 0) -> None:
        await self.do(write(addr, value, size, cpu))

    async def line(self, intid: int, level: bool, cpu: int = 0) -> None:
        await self.do(line(intid, level, cpu))

    async def read_while(self, name: str, intid: int, level: bool, cpu: int = 0) -> int:
        """The line changes in the very cycle of the access."""
        return await self.do(read(self.address(name), 2, cpu)._replace(line=Line(intid, level, cpu)))

    # ---- usual beginnings ----

    async def deliver(self, *cpus: int, ctlr: int = GROUPS | ACK_CTL) -> None:
        """Both groups on, these CPUs open for every priority."""
        await self.write("GICD_CTLR", 3)
        for cpu in cpus or (0,):
            await self.write("GICC_PMR", 0xFF, cpu=cpu)
            await self.write("GICC_CTLR", ctlr, cpu=cpu)

    async def set_up(
        self, intid: int, priority: int = 0x80, *, group: int = 0, edge: bool = False, cpu: int = 0,
        targets: int = 1,
    ) -> None:  # fmt: skip
        """Configured, routed and enabled. `cpu`: whose, of an SGI or PPI."""
        old = await self.read("GICD_IGROUPR", intid // 32, cpu)
        await self.write("GICD_IGROUPR", old & ~(1 << intid % 32) | group << intid % 32, intid // 32, cpu)
        await self.write_sized(self.address("GICD_IPRIORITYR") + intid, priority, 0, cpu)
        if intid >= 16:
            old = await self.read("GICD_ICFGR", intid // 16, cpu)
            bit = 2 << 2 * (intid % 16)
            await self.write("GICD_ICFGR", old | bit if edge else old & ~bit, intid // 16, cpu)
        if intid >= 32:
            await self.write_sized(self.address("GICD_ITARGETSR") + intid, targets, 0, cpu)
        await self.bit("ISENABLER", intid, cpu)

    async def bit(self, array: str, intid: int, cpu: int = 0) -> None:
        """Writes one bit of a set or clear register."""
        await self.write(f"GICD_{array}", 1 << intid % 32, intid // 32, cpu)

    async def state(self, intid: int, cpu: int = 0) -> str:
        """inactive, pending, active, or both."""
        pending, active = [
            await self.read(f"GICD_{array}", intid // 32, cpu) >> intid % 32 & 1
            for array in ("ISPENDR", "ISACTIVER")
        ]
        return {(0, 0): "inactive", (1, 0): "pending", (0, 1): "active", (1, 1): "both"}[pending, active]

    async def sgi(self, intid: int, targets: int, cpu: int = 0, filter_: int = 0) -> None:
        await self.write("GICD_SGIR", filter_ << 24 | targets << 16 | intid, cpu=cpu)

    async def fill(self, n: int, vintid: int, priority: int = 0x80, *, group: int = 0, hw: int | None = None,
                   eoi: bool = False, state: int = 1, source: int = 0, cpu: int = 0) -> None:  # fmt: skip
        """A list register."""
        value = group << 30 | state << 28 | priority >> 3 << 23 | int(eoi) << 19 | source << 10 | vintid
        if hw is not None:
            value |= 1 << 31 | hw << 10
        await self.write("GICH_LR", value, n, cpu)

    async def guest(self, cpu: int = 0, hcr: int = ENABLED, ctlr: int = GROUPS | ACK_CTL) -> None:
        """The virtual interface on, both groups, every priority."""
        await self.write("GICV_PMR", 0xFF, cpu=cpu)
        await self.write("GICV_CTLR", ctlr, cpu=cpu)
        await self.write("GICH_HCR", hcr, cpu=cpu)


RULES = Rules()
rule = RULES.about


def all_rules() -> list[Rule]:
    from rules.v2 import distributor, interface, list_registers, sgis, virtual  # noqa: F401 (they register)

    return RULES
