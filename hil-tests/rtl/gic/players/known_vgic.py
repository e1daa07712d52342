# SPDX-License-Identifier: Apache-2.0
"""Bulkhead's virtual GICv3, where it is not what the manual says or chose otherwise."""

from __future__ import annotations

from players.deviations import (
    GROUPS_ON,
    NOTHING,
    Deviation,
    redistributor,
    system,
    turns_a_group_off,
)
from players.partial import PartialGic3
from ref.bank import bits_of
from ref.gic3 import SGI_FRAME, Gic3
from ref.operation import GICR_BASE, GICR_STRIDE, Kind, Op
from ref.registers import offset, system_registers

VGIC = ("vgic",)


def is_config(op: Op) -> bool:
    at = op.addr if op.addr < GICR_BASE else (op.addr - GICR_BASE) % GICR_STRIDE - SGI_FRAME
    return op.kind in (Kind.READ, Kind.WRITE) and 0 <= at - offset("GICD_ICFGR") < 0x100


def line_state(op: Op, model: Gic3) -> tuple[bool, bool]:
    """Of the SPI whose line changes: pending, edge-triggered."""
    assert op.line is not None
    bank, bit = model.banks[op.line.intid // 32 - 1], 1 << op.line.intid % 32
    return bool(bank.pending & bit), bool(bank.edge & bit)


def rises_again(op: Op, model: Gic3) -> bool:
    return op.line is not None and op.line.level and line_state(op, model) == (True, True)


def has_a_tie(model: Gic3) -> bool:
    """Two interrupts of one priority wait for the same CPU."""
    for n, cpu in enumerate(model.cpus):
        seen = [cpu.own.priority[i] for i in bits_of(cpu.own.pending & cpu.own.enabled)]
        for w, bank in enumerate(model.banks):
            for i in bits_of(bank.pending & bank.enabled):
                if model.target(32 * w + i, bank.group >> i & 1) == n:
                    seen.append(bank.priority[i])
        if len(seen) != len(set(seen)):
            return True
    return False


def read_by_its_owner(op: Op, model: Gic3) -> Op:
    """A read of ISPENDR, ICPENDR, ISACTIVER or ICACTIVER. No vCPU sees all SPIs of a word."""
    at = op.addr if op.addr < GICR_BASE else (op.addr - GICR_BASE) % GICR_STRIDE - SGI_FRAME
    if op.kind is not Kind.READ or not offset("GICD_ISPENDR") <= at < offset("GICD_IPRIORITYR"):
        return op
    owner = (op.addr - GICR_BASE) // GICR_STRIDE
    return NOTHING if op.addr < GICR_BASE or owner >= model.cpu_count else op._replace(cpu=owner)


def is_out_of_order(op: Op, model: Gic3) -> bool:
    name = system_registers().get(op.addr, "") if op.kind is Kind.MSR else ""
    if not name.startswith(("ICC_EOIR", "ICC_DIR")) or op.data & 0xFF_FFFF >= 1020:
        return False
    interface, intid = model.cpus[op.cpu].physical, op.data & 0xFF_FFFF
    if intid >= 32 + model.spi_count:
        return True
    taken = guests(model).taken(op.cpu, intid)
    if taken is None or "DIR" in name:
        return taken is None
    ends = interface.group_priority(taken.group, taken.priority)  # with the binary points of now
    return not (int(name[8]) == taken.group == interface.running_group and ends == interface.running)


def guests(model: Gic3) -> PartialGic3:
    assert isinstance(model, PartialGic3)
    return model


def without_those_that_wait_elsewhere(op: Op, model: Gic3) -> Op:
    """A write of ISPENDR without devices' interrupts that are pending for another CPU than the writer."""
    if op.kind is not Kind.WRITE:
        return op
    for cpu, c in enumerate(model.cpus):
        if cpu != op.cpu and op.addr == GICR_BASE + cpu * GICR_STRIDE + SGI_FRAME + offset("GICD_ISPENDR"):
            return op._replace(data=op.data & ~(c.own.pending & ~0xFFFF))
    word = (op.addr - offset("GICD_ISPENDR")) // 4 - 1
    if not 0 <= word < len(model.banks):
        return op
    bank = model.banks[word]
    elsewhere = (
        i for i in bits_of(bank.pending) if model.target(32 * word + i, bank.group >> i & 1) != op.cpu
    )
    return op._replace(data=op.data & ~sum(1 << i for i in elsewhere))


ALL_ACTIVE = """CPU 0 EL2: MSR ICC_PMR_EL1, 0xff
                CPU 0 EL2: MSR ICC_IGRPEN0_EL1, 0x1
                write32 GICD_CTLR = 0x3
                write32 GICR_ISENABLER0 of CPU 0 = 0xffff
                write32 GICR_IPRIORITYR<0> of CPU 0 = 0x20406080
                write8 GICR_IPRIORITYR<1> of CPU 0 = 0x10
""" + "".join(
    f"CPU 0 EL2: MSR ICC_SGI0R_EL1, 0x{sgi:x}000001\nCPU 0 EL2: MRS ICC_IAR0_EL1\n" for sgi in range(5)
)

KNOWN: tuple[Deviation, ...] = (
    Deviation(
        players=VGIC,
        name="GICR_WAKER",
        why="a vCPU's redistributor is always awake: it reads as zero and ignores writes",
        example="""write32 GICR_WAKER of CPU 0 = 0x2
                   read32 GICR_WAKER of CPU 0""",
        instead=lambda op, model: (
            NOTHING if redistributor(op, "GICR_WAKER") and op.kind is Kind.WRITE else op
        ),
    ),
    Deviation(
        players=VGIC,
        name="GICD_ICFGR, GICR_ICFGR",
        why="the trigger of a device's interrupt is what the board's devicetree says: a write is remembered "
        "for SPIs and ignored for PPIs, and changes no line",
        example="""write32 GICD_ICFGR<2> = 0x0
                   read32 GICD_ICFGR<2>""",
        instead=lambda op, model: NOTHING if is_config(op) and op.kind is Kind.WRITE else op,
    ),
    Deviation(
        players=VGIC,
        name="an edge of one that is pending",
        why="EL2 has taken a device's interrupt once it is enabled, so that the guest needs no trap: the "
        "physical one is active by then, and a second edge comes a second time",
        example="""write32 GICD_CTLR = 0x3
                   write32 GICD_ISENABLER<1> = 0xffffffff
                   CPU 0 EL2: MSR ICC_PMR_EL1, 0xff
                   CPU 0 EL2: MSR ICC_IGRPEN0_EL1, 0x1
                   line 42 rises
                   line 42 falls
                   line 42 rises
                   CPU 0 EL2: MRS ICC_IAR0_EL1""",
        instead=lambda op, model: op._replace(line=None) if rises_again(op, model) else op,
    ),
    Deviation(
        players=VGIC,
        name="equal priorities",
        why="IMPLEMENTATION DEFINED which comes first: the model has the lower INTID, a guest the lower list "
        "register; the generator gives each interrupt a priority of its own",
        example="""CPU 0 EL2: MSR ICC_PMR_EL1, 0xff
                   CPU 0 EL2: MSR ICC_IGRPEN0_EL1, 0x1
                   write32 GICR_ISENABLER0 of CPU 0 = 0xffff
                   write32 GICD_ISENABLER<1> = 0x400
                   write32 GICD_CTLR = 0x3
                   CPU 0 EL2: MSR ICC_SGI0R_EL1, 0xf000001
                   line 42 rises
                   CPU 0 EL2: MRS ICC_IAR0_EL1""",
        open=lambda model: has_a_tie(model),
    ),
    Deviation(
        players=VGIC,
        name="pending and active as another vCPU reads them",
        why="what sits in a list register only its own vCPU's CPU can look at, and a guest never makes EL2 "
        "wait for another CPU; each vCPU sees its own, and that is compared after each operation",
        example="""CPU 0 EL2: MSR ICC_PMR_EL1, 0xff
                   write32 GICR_ISENABLER0 of CPU 1 = 0xffff
                   write32 GICD_CTLR = 0x3
                   CPU 0 EL2: MSR ICC_SGI0R_EL1, 0xf000002
                   read32 GICR_ISPENDR0 of CPU 1""",
        instead=lambda op, model: read_by_its_owner(op, model),
    ),
    Deviation(
        players=VGIC,
        name="ends out of order",
        why="an end of another interrupt than the running one is UNPREDICTABLE; and a guest's interface "
        "deactivates only what is in its own list registers, not what another vCPU acknowledged or "
        "ISACTIVER made active",
        example="""CPU 0 EL2: MSR ICC_AP1R0_EL1, 0x1
                   CPU 0 EL2: MSR ICC_EOIR0_EL1, 0x20""",
        instead=lambda op, model: NOTHING if is_out_of_order(op, model) else op,
    ),
    Deviation(
        players=VGIC,
        name="all list registers active",
        why="with as many handlers preempted as there are list registers (four) nothing can be delivered, "
        "however urgent, until one of them ends",
        example=ALL_ACTIVE,
        instead=lambda op, model: (
            NOTHING
            if system(op, Kind.MRS, "ICC_IAR0_EL1", "ICC_IAR1_EL1") and guests(model).held(op.cpu) >= 3
            else op
        ),
    ),
    Deviation(
        players=VGIC,
        name="ISPENDR of one that waits for another vCPU",
        why="whether a device's interrupt waits there or is being handled only that vCPU's CPU can see; "
        "it is made pending in the hardware, and comes once more",
        example="""CPU 1 EL2: MSR ICC_PMR_EL1, 0xff
                   CPU 1 EL2: MSR ICC_IGRPEN0_EL1, 0x1
                   write32 GICD_CTLR = 0x3
                   write32 GICD_ISENABLER<2> = 0xffffffff
                   write64 GICD_IROUTER<88> = 0x1
                   write32 GICD_ISPENDR<2> = 0x1000000
                   write32 GICD_ISPENDR<2> = 0x1000000
                   CPU 1 EL2: MRS ICC_IAR0_EL1""",
        instead=lambda op, model: without_those_that_wait_elsewhere(op, model),
    ),
    Deviation(
        players=VGIC,
        name="a group that is off at a vCPU's interface",
        why="EL2 does not learn of it: as many such interrupts as there are list registers, of better "
        "priorities, keep those of the other group out",
        first=GROUPS_ON,
        example="""write32 GICD_IPRIORITYR<20> = 0x20181008
                   write8 GICD_IPRIORITYR<21> = 0x80
                   write32 GICD_ISENABLER<2> = 0xffffffff
                   write32 GICD_IGROUPR<2> = 0xffef0000
                   CPU 0 EL2: MSR ICC_PMR_EL1, 0xff
                   CPU 0 EL2: MSR ICC_IGRPEN0_EL1, 0x1
                   CPU 0 EL2: MSR ICC_IGRPEN1_EL1, 0x0
                   write32 GICD_ISPENDR<2> = 0x1f0000
                   write32 GICD_CTLR = 0x3""",
        instead=lambda op, model: NOTHING if turns_a_group_off(op) else op,
    ),
)
