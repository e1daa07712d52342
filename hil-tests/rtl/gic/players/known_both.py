# SPDX-License-Identifier: Apache-2.0
"""What QEMU's GICv3 and the vGIC have otherwise than the model: sizes, and what they say they do not have."""

from __future__ import annotations

from players.deviations import NOTHING, U64, Deviation, distributor, redistributor, system
from ref.gic3 import IRM
from ref.operation import Kind, Op
from ref.registers import mask, offset

BOTH = ("qemu", "vgic")
LPIS = 1 << 17
TYPER = LPIS | sum(mask("GICD_TYPER", f) for f in ("ITLinesNumber", "IDbits", "A3V", "No1N"))
CTLR_IDBITS = 7 << 11
GICR_TYPER = 1 | 3 << 24 | mask("GICR_TYPER", "DPGS")  # PLPIS, CommonLPIAff


def without_irm(op: Op) -> Op:
    at = op.addr - offset("GICD_IROUTER")
    if op.kind is not Kind.WRITE or not 0 <= at < 0x2000:
        return op
    return op if op.size == 2 and at & 4 else op._replace(data=op.data & ~IRM)


KNOWN: tuple[Deviation, ...] = (
    Deviation(
        players=BOTH,
        name="GICD_TYPER",
        why="a machine of another size: IMPLEMENTATION DEFINED. It has no 1 of N (No1N), so that is compared "
        "between the others only",
        example="read32 GICD_TYPER",
        ignored=lambda op: TYPER if distributor(op, "GICD_TYPER") else 0,
    ),
    Deviation(
        players=BOTH,
        name="ICC_CTLR_EL1.IDbits",
        why="QEMU says 24 bits of INTIDs, to guests too; how many there are is IMPLEMENTATION DEFINED",
        example="CPU 0 EL2: MRS ICC_CTLR_EL1",
        ignored=lambda op: CTLR_IDBITS if system(op, Kind.MRS, "ICC_CTLR_EL1") else 0,
    ),
    Deviation(
        players=BOTH,
        name="GICD_IROUTER.IRM",
        why="they have no 1 of N and say so (GICD_TYPER.No1N)",
        example="""write32 GICD_CTLR = 0x3
                   CPU 0 EL2: MSR ICC_PMR_EL1, 0xf8
                   CPU 0 EL2: MSR ICC_IGRPEN0_EL1, 0x1
                   write32 GICR_WAKER of CPU 0 = 0x0
                   write64 GICD_IROUTER<43> = 0x80000001
                   write32 GICD_ISENABLER<1> = 0x800
                   write32 GICD_ISPENDR<1> = 0x800""",
        instead=lambda op, model: without_irm(op),
    ),
    Deviation(
        players=BOTH,
        name="GICR_CTLR.DPG",
        why="they do not have these bits and say so (GICR_TYPER.DPGS)",
        example="""write32 GICR_CTLR of CPU 0 = 0x2000000
                   read32 GICR_CTLR of CPU 0""",
        instead=lambda op, model: NOTHING if redistributor(op, "GICR_CTLR") and op.kind is Kind.WRITE else op,
    ),
    Deviation(
        players=BOTH,
        name="GICR_TYPER",
        why="neither has DPGS, and QEMU has LPIs (PLPIS, CommonLPIAff); IMPLEMENTATION DEFINED",
        example="read32 GICR_TYPER of CPU 0",
        ignored=lambda op: GICR_TYPER if redistributor(op, "GICR_TYPER") else 0,
    ),
    Deviation(
        players=BOTH,
        name="GICD_PIDR2, GICR_PIDR2",
        why="the lower half is the designer's: IMPLEMENTATION DEFINED",
        example="read32 GICD_PIDR2",
        ignored=lambda op: 15 if distributor(op, "GICD_PIDR2") or redistributor(op, "GICR_PIDR2") else 0,
    ),
    Deviation(
        players=BOTH,
        name="GICD_IIDR, GICR_IIDR",
        why="implementer and product: IMPLEMENTATION DEFINED",
        example="read32 GICD_IIDR",
        ignored=lambda op: U64 if distributor(op, "GICD_IIDR") or redistributor(op, "GICR_IIDR") else 0,
    ),
    Deviation(
        players=BOTH,
        name="ICC_ASGI1R_EL1",
        why="with one security state they send a group 0 SGI; the model and the RTL ignore it",
        example="CPU 0 EL2: MSR ICC_ASGI1R_EL1, 0x2",
        instead=lambda op, model: NOTHING if system(op, Kind.MSR, "ICC_ASGI1R_EL1") else op,
    ),
)
