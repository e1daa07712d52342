# SPDX-License-Identifier: Apache-2.0
"""QEMU 10's GICv3, where it is not what the manual says or chose otherwise."""

from __future__ import annotations

from players.deviations import (
    GROUPS_ON,
    NOTHING,
    Deviation,
    redistributor,
    system,
    turns_a_group_off,
)
from ref.gic3 import Gic3
from ref.operation import Kind, Op
from ref.registers import mask, system_registers
from ref.virtual import ACTIVE

QEMU = ("qemu",)
VGRP0DIE = mask("ICH_HCR_EL2", "VGrp0DIE")
FIRST_LPI = 8192
GICR_CES = 1 << 1


def ends_nothing_in_two_steps(op: Op, model: Gic3) -> bool:
    """A guest's end, with EOImode, of an interrupt that is active in no list register."""
    if not op.el1 or not system(op, Kind.MSR, "ICC_EOIR0_EL1", "ICC_EOIR1_EL1"):
        return False
    virtual = model.cpus[op.cpu].virtual
    active = (lr & 0xFFFF for lr in virtual.lr if lr >> 62 & ACTIVE)
    return virtual.eoi_mode and op.data & 0xFF_FFFF not in active


def list_register(op: Op) -> bool:
    return op.kind is Kind.MSR and system_registers().get(op.addr, "").startswith("ICH_LR")


KNOWN: tuple[Deviation, ...] = (
    Deviation(
        players=QEMU,
        name="ICH_VTR_EL2.IDbits",
        why="QEMU says 24 bits of virtual INTIDs; how many there are is IMPLEMENTATION DEFINED",
        example="CPU 0 EL2: MRS ICH_VTR_EL2",
        ignored=lambda op: mask("ICH_VTR_EL2", "IDbits") if system(op, Kind.MRS, "ICH_VTR_EL2") else 0,
    ),
    Deviation(
        players=QEMU,
        name="ICH_VMCR_EL2.VPMR",
        why="QEMU keeps all eight bits here, though it implements five; ICV_PMR_EL1 has five",
        example="""CPU 0 EL2: MSR ICH_VMCR_EL2, 0xff000003
                   CPU 0 EL2: MRS ICH_VMCR_EL2""",
        instead=lambda op, model: (
            op._replace(data=op.data & ~(7 << 24)) if system(op, Kind.MSR, "ICH_VMCR_EL2") else op
        ),
    ),
    Deviation(
        players=QEMU,
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
        players=QEMU,
        name="ICH_MISR_EL2.VGrp0D",
        why="QEMU looks at the guest's enable of group 1 where the manual has that of group 0",
        example="""CPU 0 EL2: MSR ICH_HCR_EL2, 0x21
                   CPU 0 EL1: MSR ICC_IGRPEN0_EL1, 0x1""",
        instead=lambda op, model: (
            op._replace(data=op.data & ~VGRP0DIE) if system(op, Kind.MSR, "ICH_HCR_EL2") else op
        ),
    ),
    Deviation(
        players=QEMU,
        name="ICC_IGRPEN0_EL1, ICC_IGRPEN1_EL1",
        why="QEMU's redistributor forwards the best interrupt of all groups; one of a group that is off at "
        "the CPU interface then hides one of the other group",
        first=GROUPS_ON,
        example="""write32 GICR_WAKER of CPU 0 = 0x0
                   CPU 0 EL2: MSR ICC_PMR_EL1, 0xf8
                   CPU 0 EL2: MSR ICC_IGRPEN1_EL1, 0x1
                   write32 GICD_CTLR = 0x3
                   write32 GICR_IGROUPR0 of CPU 0 = 0x2
                   write32 GICR_ISENABLER0 of CPU 0 = 0x3
                   write32 GICR_ISPENDR0 of CPU 0 = 0x3""",
        instead=lambda op, model: NOTHING if turns_a_group_off(op) else op,
    ),
    Deviation(
        players=QEMU,
        name="GICR_CTLR.CES",
        why="QEMU has LPIs, which can be disabled again (CES); IMPLEMENTATION DEFINED",
        example="read32 GICR_CTLR of CPU 0",
        ignored=lambda op: GICR_CES if redistributor(op, "GICR_CTLR") else 0,
    ),
    Deviation(
        players=QEMU,
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
        players=QEMU,
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
        players=QEMU,
        name="LPIs in list registers",
        why="QEMU's guest ends an LPI without ICC_DIR_EL1 also with EOImode; the model has no LPIs",
        example="""CPU 0 EL2: MSR ICH_HCR_EL2, 0x1
                   CPU 0 EL2: MSR ICH_VMCR_EL2, 0xf8000203
                   CPU 0 EL2: MSR ICH_LR0_EL2, 0x5000000000002000
                   CPU 0 EL1: MRS ICC_IAR1_EL1
                   CPU 0 EL1: MSR ICC_EOIR1_EL1, 0x2000""",
        instead=lambda op, model: NOTHING if list_register(op) and op.data & 0xFFFF >= FIRST_LPI else op,
    ),
)
