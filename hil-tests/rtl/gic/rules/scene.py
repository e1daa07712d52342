# SPDX-License-Identifier: Apache-2.0
"""What a directed test has in its hands: a controller, addressed by the manual's names.

Every access is done by the player and by the reference model, and their answers must agree; the test
says besides what they must be.
"""

from __future__ import annotations

from typing import Protocol

from ref.gic2 import Gic2
from ref.gic3 import Gic3
from ref.operation import GICR_BASE, GICR_STRIDE, Kind, Line, Op, Reply, line, mrs, msr, read, write
from ref.registers import tables
from rules.registry import Rule, Rules


class Player(Protocol):
    cpus: int
    spis: int
    list_registers: int

    async def reset(self) -> None: ...

    async def do(self, op: Op, settle: int | None = None) -> Reply: ...


class ModelPlayer:
    """The reference model alone."""

    def __init__(
        self, cpus: int = 2, spis: int = 64, list_registers: int = 4, of: type[Gic3 | Gic2] = Gic3
    ) -> None:
        self.cpus, self.spis, self.list_registers = cpus, spis, list_registers
        self.gic = of(cpus, spis, list_registers)

    async def reset(self) -> None:
        self.gic.reset()

    async def do(self, op: Op, settle: int | None = None) -> Reply:
        return self.gic.do(op)


class Differs(AssertionError):
    """The player and the reference model do not agree."""


def agreed(op: Op, expected: Reply, got: Reply) -> Reply:
    """What the player answered, if the model says the same; a player may not tell its state."""
    if got != expected and (got.digest or got._replace(digest=expected.digest) != expected):
        raise Differs(f"{op}\n  model:  {expected}\n  player: {got}")
    return got


class Scene:
    def __init__(self, player: Player) -> None:
        self.player = player
        self.model = Gic3(player.cpus, player.spis, player.list_registers)
        self.out = Reply()  # outputs after the latest operation

    async def reset(self) -> None:
        await self.player.reset()
        self.model.reset()

    async def do(self, op: Op) -> int:
        self.out = agreed(op, self.model.do(op), await self.player.do(op))
        return self.out.data

    # ---- registers by name; `cpu` says whose redistributor ----

    def address(self, name: str, index: int = 0, cpu: int = 0) -> tuple[int, int]:
        r = tables()[name]
        assert r.offset is not None
        base = GICR_BASE + cpu * GICR_STRIDE if name.startswith("GICR") else 0
        return base + r.offset + index * r.stride, {32: 2, 64: 3}[r.bits]

    async def read(self, name: str, index: int = 0, cpu: int = 0) -> int:
        addr, size = self.address(name, index, cpu)
        return await self.do(read(addr, size))

    async def write(self, name: str, value: int, index: int = 0, cpu: int = 0) -> None:
        addr, size = self.address(name, index, cpu)
        await self.do(write(addr, value, size))

    async def read_sized(self, addr: int, size: int) -> int:
        return await self.do(read(addr, size))

    async def write_sized(self, addr: int, value: int, size: int) -> None:
        await self.do(write(addr, value, size))

    async def mrs(self, name: str, cpu: int = 0, el1: bool = False) -> int:
        return await self.do(mrs(cpu, name, el1))

    async def msr(self, name: str, value: int, cpu: int = 0, el1: bool = False) -> None:
        await self.do(msr(cpu, name, value, el1))

    async def guest_mrs(self, name: str, cpu: int = 0) -> int:
        return await self.mrs(name, cpu, el1=True)

    async def guest_msr(self, name: str, value: int, cpu: int = 0) -> None:
        await self.msr(name, value, cpu, el1=True)

    async def line(self, intid: int, level: bool, cpu: int = 0) -> None:
        await self.do(line(intid, level, cpu))

    async def mrs_while(self, name: str, intid: int, level: bool, cpu: int = 0) -> int:
        """The line changes in the very cycle of the access."""
        return await self.do(mrs(cpu, name)._replace(line=Line(intid, level, cpu)))

    async def time(self, cycles: int = 20) -> None:
        await self.do(Op(Kind.TIME, data=cycles))

    # ---- usual beginnings ----

    async def deliver(self, *cpus: int) -> None:
        """Both groups on, these CPUs awake and open for every priority."""
        await self.write("GICD_CTLR", 3)
        for cpu in cpus or (0,):
            await self.write("GICR_WAKER", 0, cpu=cpu)
            await self.msr("ICC_PMR_EL1", 0xFF, cpu)
            await self.msr("ICC_IGRPEN0_EL1", 1, cpu)
            await self.msr("ICC_IGRPEN1_EL1", 1, cpu)

    async def set_up(
        self, intid: int, priority: int = 0x80, *, group: int = 1, edge: bool = False, cpu: int = 0
    ) -> None:
        """Configured and enabled."""
        await self.configure(intid, priority, group=group, edge=edge, cpu=cpu)
        await self.bit("ISENABLER", intid, cpu)

    async def configure(
        self, intid: int, priority: int, *, group: int = 1, edge: bool = False, cpu: int = 0
    ) -> None:
        name, index = ("GICR_IGROUPR0", 0) if intid < 32 else ("GICD_IGROUPR", intid // 32)
        old = await self.read(name, index, cpu)
        await self.write(name, old & ~(1 << intid % 32) | group << intid % 32, index, cpu)
        block = "GICR" if intid < 32 else "GICD"
        addr, _ = self.address(f"{block}_IPRIORITYR", 0, cpu)
        await self.write_sized(addr + intid, priority, 0)
        if intid >= 16:
            old = await self.read(f"{block}_ICFGR", intid // 16, cpu)
            bit = 2 << 2 * (intid % 16)
            await self.write(f"{block}_ICFGR", old | bit if edge else old & ~bit, intid // 16, cpu)

    async def bit(self, array: str, intid: int, cpu: int = 0) -> None:
        """Writes one bit of a set or clear register."""
        if intid < 32:
            await self.write(f"GICR_{array}0", 1 << intid, cpu=cpu)
        else:
            await self.write(f"GICD_{array}", 1 << intid % 32, intid // 32)

    async def state(self, intid: int, cpu: int = 0) -> str:
        """inactive, pending, active, or both."""
        bits = []
        for array in ("ISPENDR", "ISACTIVER"):
            value = await (
                self.read(f"GICR_{array}0", 0, cpu) if intid < 32 else self.read(f"GICD_{array}", intid // 32)
            )
            bits.append(value >> intid % 32 & 1)
        return {(0, 0): "inactive", (1, 0): "pending", (0, 1): "active", (1, 1): "both"}[bits[0], bits[1]]

    async def fill(self, n: int, vintid: int, priority: int = 0x80, *, group: int = 1, hw: int | None = None,
                   eoi: bool = False, state: int = 1, cpu: int = 0) -> None:  # fmt: skip
        value = state << 62 | group << 60 | priority << 48 | vintid | int(eoi) << 41
        if hw is not None:
            value |= 1 << 61 | hw << 32
        await self.msr(f"ICH_LR{n}_EL2", value, cpu)

    async def guest(self, cpu: int = 0, hcr: int = 1) -> None:
        """The virtual interface on, both groups, every priority."""
        await self.msr("ICH_VMCR_EL2", 0xFF << 24 | 3, cpu)
        await self.msr("ICH_HCR_EL2", hcr, cpu)


RULES = Rules()
rule = RULES.about


def all_rules() -> list[Rule]:
    from rules import distributor, list_registers, physical, redistributor, virtual  # noqa: F401 (they register)

    return RULES
