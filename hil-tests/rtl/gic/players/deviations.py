# SPDX-License-Identifier: Apache-2.0
"""Where a player is known to do otherwise than the manual says, each with its reason and an example.

An entry is narrow: it names bits of an answer that are not compared, or operations that are not played
because everything after them would differ, or what is played instead. Its example must still differ when no
entry is in force: an entry that is not needed any more fails a test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ref.gic3 import IRM, SGI_FRAME, Gic3
from ref.operation import GICR_BASE, GICR_STRIDE, Kind, Op
from ref.registers import mask, offset, system_registers
from ref.virtual import ACTIVE

NOTHING = Op(Kind.TIME)
LPIS = 1 << 17
TYPER = sum(mask("GICD_TYPER", f) for f in ("ITLinesNumber", "IDbits", "A3V", "No1N"))
TYPER |= LPIS
CTLR_IDBITS = 7 << 11
GICR_TYPER = 1 | 3 << 24 | mask("GICR_TYPER", "DPGS")  # PLPIS, CommonLPIAff
VGRP0DIE = mask("ICH_HCR_EL2", "VGrp0DIE")
FIRST_LPI = 8192
GICR_CES = 1 << 1
U64 = 0xFFFF_FFFF_FFFF_FFFF


def _no_bits(op: Op) -> int:
    return 0


def _itself(op: Op, model: Gic3) -> Op:
    return op


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    player: str
    name: str
    why: str
    example: str  # operations as text, after a reset; the last one shows it
    ignored: Callable[[Op], int] = _no_bits  # bits of an answer
    instead: Callable[[Op, Gic3], Op] = _itself  # asked before the operation
    first: str = ""  # operations after each reset, so that the players start from the same


def of(player: str) -> tuple[Deviation, ...]:
    return tuple(d for d in DEVIATIONS if d.player == player)


def system(op: Op, kind: Kind, *names: str) -> bool:
    return op.kind is kind and system_registers().get(op.addr) in names


def redistributor(op: Op, name: str) -> bool:
    """An access of this register, in whose redistributor it may be."""
    return (
        op.kind in (Kind.READ, Kind.WRITE)
        and op.addr >= GICR_BASE
        and (op.addr - GICR_BASE) % GICR_STRIDE == offset(name)
    )


def distributor(op: Op, name: str) -> bool:
    return op.kind in (Kind.READ, Kind.WRITE) and op.addr == offset(name)


def ends_nothing_in_two_steps(op: Op, model: Gic3) -> bool:
    """A guest's end, with EOImode, of an interrupt that is active in no list register."""
    if not op.el1 or not system(op, Kind.MSR, "ICC_EOIR0_EL1", "ICC_EOIR1_EL1"):
        return False
    virtual = model.cpus[op.cpu].virtual
    active = (lr & 0xFFFF for lr in virtual.lr if lr >> 62 & ACTIVE)
    return virtual.eoi_mode and op.data & 0xFF_FFFF not in active


def is_config(op: Op) -> bool:
    at = op.addr if op.addr < GICR_BASE else (op.addr - GICR_BASE) % GICR_STRIDE - SGI_FRAME
    return op.kind in (Kind.READ, Kind.WRITE) and 0 <= at - offset("GICD_ICFGR") < 0x100


def list_register(op: Op) -> bool:
    return op.kind is Kind.MSR and system_registers().get(op.addr, "").startswith("ICH_LR")


def without_irm(op: Op) -> Op:
    at = op.addr - offset("GICD_IROUTER")
    if op.kind is not Kind.WRITE or not 0 <= at < 0x2000:
        return op
    return op if op.size == 2 and at & 4 else op._replace(data=op.data & ~IRM)


DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        player="qemu",
        name="ICH_VTR_EL2.IDbits",
        why="QEMU says 24 bits of virtual INTIDs; how many there are is IMPLEMENTATION DEFINED",
        example="CPU 0 EL2: MRS ICH_VTR_EL2",
        ignored=lambda op: mask("ICH_VTR_EL2", "IDbits") if system(op, Kind.MRS, "ICH_VTR_EL2") else 0,
    ),
    Deviation(
        player="qemu",
        name="ICC_ASGI1R_EL1",
        why="with one security state there is no other one to send to; QEMU sends a group 1 SGI",
        example="CPU 0 EL2: MSR ICC_ASGI1R_EL1, 0x2",
        instead=lambda op, model: NOTHING if system(op, Kind.MSR, "ICC_ASGI1R_EL1") else op,
    ),
    Deviation(
        player="qemu",
        name="GICD_TYPER",
        why="a machine of another size: IMPLEMENTATION DEFINED. It has no 1 of N (No1N), so that is compared "
        "between the others only",
        example="read32 GICD_TYPER",
        ignored=lambda op: TYPER if distributor(op, "GICD_TYPER") else 0,
    ),
    Deviation(
        player="qemu",
        name="ICH_VMCR_EL2.VPMR",
        why="QEMU keeps all eight bits here, though it implements five; ICV_PMR_EL1 has five",
        example="""CPU 0 EL2: MSR ICH_VMCR_EL2, 0xff000003
                   CPU 0 EL2: MRS ICH_VMCR_EL2""",
        instead=lambda op, model: (
            op._replace(data=op.data & ~(7 << 24)) if system(op, Kind.MSR, "ICH_VMCR_EL2") else op
        ),
    ),
    Deviation(
        player="qemu",
        name="ICC_CTLR_EL1.IDbits",
        why="QEMU says 24 bits of INTIDs; how many there are is IMPLEMENTATION DEFINED",
        example="CPU 0 EL2: MRS ICC_CTLR_EL1",
        ignored=lambda op: CTLR_IDBITS if system(op, Kind.MRS, "ICC_CTLR_EL1") else 0,
    ),
    Deviation(
        player="qemu",
        name="GICR_WAKER",
        why="QEMU forwards interrupts to a CPU whose redistributor is asleep",
        first="""write32 GICR_WAKER of CPU 0 = 0x0
                 write32 GICR_WAKER of CPU 1 = 0x0""",
        instead=lambda op, model: (
            NOTHING if redistributor(op, "GICR_WAKER") and op.kind is Kind.WRITE else op
        ),
        example="""write32 GICD_CTLR = 0x3
                   CPU 0 EL2: MSR ICC_PMR_EL1, 0xf8
                   CPU 0 EL2: MSR ICC_IGRPEN0_EL1, 0x1
                   write32 GICR_ISENABLER0 of CPU 0 = 0x1
                   write32 GICR_ISPENDR0 of CPU 0 = 0x1""",
    ),
    Deviation(
        player="qemu",
        name="GICD_IROUTER.IRM",
        why="QEMU has no 1 of N and says so (GICD_TYPER.No1N), but keeps the bit",
        example="""write32 GICD_CTLR = 0x3
                   CPU 0 EL2: MSR ICC_PMR_EL1, 0xf8
                   CPU 0 EL2: MSR ICC_IGRPEN0_EL1, 0x1
                   write32 GICR_WAKER of CPU 0 = 0x0
                   write64 GICD_IROUTER<40> = 0x80000001
                   write32 GICD_ISENABLER<1> = 0x100
                   write32 GICD_ISPENDR<1> = 0x100""",
        instead=lambda op, model: without_irm(op),
    ),
    Deviation(
        player="qemu",
        name="GICR_CTLR.DPG",
        why="QEMU does not have these bits and says so (GICR_TYPER.DPGS)",
        example="""write32 GICR_CTLR of CPU 0 = 0x2000000
                   read32 GICR_CTLR of CPU 0""",
        instead=lambda op, model: NOTHING if redistributor(op, "GICR_CTLR") and op.kind is Kind.WRITE else op,
    ),
    Deviation(
        player="qemu",
        name="GICR_TYPER",
        why="QEMU has LPIs (PLPIS, CommonLPIAff) and no DPGS; IMPLEMENTATION DEFINED",
        example="read32 GICR_TYPER of CPU 0",
        ignored=lambda op: GICR_TYPER if redistributor(op, "GICR_TYPER") else 0,
    ),
    Deviation(
        player="qemu",
        name="ICH_MISR_EL2.VGrp0D",
        why="QEMU looks at the guest's enable of group 1 where the manual has that of group 0",
        example="""CPU 0 EL2: MSR ICH_HCR_EL2, 0x21
                   CPU 0 EL1: MSR ICC_IGRPEN0_EL1, 0x1""",
        instead=lambda op, model: (
            op._replace(data=op.data & ~VGRP0DIE) if system(op, Kind.MSR, "ICH_HCR_EL2") else op
        ),
    ),
    Deviation(
        player="qemu",
        name="ICC_IGRPEN0_EL1, ICC_IGRPEN1_EL1",
        why="QEMU's redistributor forwards the best interrupt of all groups; one of a group that is off at "
        "the CPU interface then hides one of the other group",
        first="""CPU 0 EL2: MSR ICC_IGRPEN0_EL1, 0x1
                 CPU 0 EL2: MSR ICC_IGRPEN1_EL1, 0x1
                 CPU 1 EL2: MSR ICC_IGRPEN0_EL1, 0x1
                 CPU 1 EL2: MSR ICC_IGRPEN1_EL1, 0x1""",
        example="""write32 GICR_WAKER of CPU 0 = 0x0
                   CPU 0 EL2: MSR ICC_PMR_EL1, 0xf8
                   CPU 0 EL2: MSR ICC_IGRPEN1_EL1, 0x1
                   write32 GICD_CTLR = 0x3
                   write32 GICR_IGROUPR0 of CPU 0 = 0x2
                   write32 GICR_ISENABLER0 of CPU 0 = 0x3
                   write32 GICR_ISPENDR0 of CPU 0 = 0x3""",
        instead=lambda op, model: (
            NOTHING
            if system(op, Kind.MSR, "ICC_IGRPEN0_EL1", "ICC_IGRPEN1_EL1") and not op.el1 and not op.data & 1
            else op
        ),
    ),
    Deviation(
        player="qemu",
        name="GICR_CTLR.CES",
        why="QEMU has LPIs, which can be disabled again (CES); IMPLEMENTATION DEFINED",
        example="read32 GICR_CTLR of CPU 0",
        ignored=lambda op: GICR_CES if redistributor(op, "GICR_CTLR") else 0,
    ),
    Deviation(
        player="qemu",
        name="GICD_PIDR2, GICR_PIDR2",
        why="the lower half is the designer's: IMPLEMENTATION DEFINED",
        example="read32 GICD_PIDR2",
        ignored=lambda op: 15 if distributor(op, "GICD_PIDR2") or redistributor(op, "GICR_PIDR2") else 0,
    ),
    Deviation(
        player="qemu",
        name="GICD_IIDR, GICR_IIDR",
        why="implementer and product: IMPLEMENTATION DEFINED",
        example="read32 GICD_IIDR",
        ignored=lambda op: U64 if distributor(op, "GICD_IIDR") or redistributor(op, "GICR_IIDR") else 0,
    ),
    Deviation(
        player="qemu",
        name="ICC_SGI0R_EL1.RS, ICC_SGI1R_EL1.RS",
        why="CONSTRAINED UNPREDICTABLE without GICD_TYPER.RSS: QEMU takes the list for CPUs 0 to 15",
        example="CPU 0 EL2: MSR ICC_SGI0R_EL1, 0x100001000002",
        instead=lambda op, model: (
            op._replace(data=op.data & ~mask("ICC_SGI1R_EL1", "RS"))
            if system(op, Kind.MSR, "ICC_SGI0R_EL1", "ICC_SGI1R_EL1")
            else op
        ),
    ),
    Deviation(
        player="qemu",
        name="ICH_HCR_EL2.EOIcount",
        why="the manual counts an end without a list register when it would have deactivated; QEMU counts "
        "that of EOIR with EOImode too, which only drops the priority",
        example="""CPU 0 EL2: MSR ICH_AP0R0_EL2, 0x1
                   CPU 0 EL1: MSR ICC_CTLR_EL1, 0x2
                   CPU 0 EL1: MSR ICC_EOIR0_EL1, 0x20
                   CPU 0 EL2: MRS ICH_HCR_EL2""",
        instead=lambda op, model: NOTHING if ends_nothing_in_two_steps(op, model) else op,
    ),
    Deviation(
        player="qemu",
        name="LPIs in list registers",
        why="QEMU's guest ends an LPI without ICC_DIR_EL1 also with EOImode; the model has no LPIs",
        example="""CPU 0 EL2: MSR ICH_HCR_EL2, 0x1
                   CPU 0 EL2: MSR ICH_VMCR_EL2, 0xf8000203
                   CPU 0 EL2: MSR ICH_LR0_EL2, 0x5000000000002000
                   CPU 0 EL1: MRS ICC_IAR1_EL1
                   CPU 0 EL1: MSR ICC_EOIR1_EL1, 0x2000""",
        instead=lambda op, model: NOTHING if list_register(op) and op.data & 0xFFFF >= FIRST_LPI else op,
    ),
    Deviation(
        player="vgic",
        name="GICR_WAKER",
        why="a vCPU's redistributor is always awake: it reads as zero and ignores writes",
        example="""write32 GICR_WAKER of CPU 0 = 0x2
                   read32 GICR_WAKER of CPU 0""",
        instead=lambda op, model: (
            NOTHING if redistributor(op, "GICR_WAKER") and op.kind is Kind.WRITE else op
        ),
    ),
    Deviation(
        player="vgic",
        name="GICD_ICFGR, GICR_ICFGR",
        why="the trigger of a device's interrupt is what the board's devicetree says: a write is remembered "
        "for SPIs and ignored for PPIs, and changes no line",
        example="""write32 GICD_ICFGR<3> = 0x0
                   read32 GICD_ICFGR<3>""",
        instead=lambda op, model: NOTHING if is_config(op) and op.kind is Kind.WRITE else op,
    ),
)
