# SPDX-License-Identifier: Apache-2.0
"""A GICv2 CPU interface, physical (GICC) or as a guest sees it (GICV): the same registers.

IHI 0048, "CPU interface register descriptions", "The effect of interrupt grouping on interrupt
acknowledgement", "Virtual CPU interface". With one security state the aliased registers are group 1's.
"""

from __future__ import annotations

from typing import NamedTuple

from ref.interface import BPR0_MIN, BPR1_MIN, Interface
from ref.registers import mask, offset, put

SPURIOUS, OTHER_GROUP, SPECIAL = 1023, 1022, 1020
CTLR, PMR, BPR, IAR, EOIR, RPR, HPPIR, ABPR, AIAR, AEOIR, AHPPIR, APR, NSAPR, IIDR, DIR = (
    offset(f"GICC_{n}")
    for n in ("CTLR", "PMR", "BPR", "IAR", "EOIR", "RPR", "HPPIR", "ABPR", "AIAR", "AEOIR", "AHPPIR", "APR",
              "NSAPR", "IIDR", "DIR")
)  # fmt: skip
GROUP0, GROUP1, ACK_CTL, FIQ_EN, CBPR, EOI_MODE = (
    mask("GICC_CTLR", f) for f in ("Enable", "EnableGrp1", "AckCtl", "FIQEn", "CBPR", "EOImode")
)


class Offer(NamedTuple):
    """What is pending for the interface: the lowest of them is taken."""

    priority: int
    intid: int
    group: int
    source: int = 0  # of an SGI

    @property
    def shown(self) -> int:
        """As GICC_IAR has it."""
        return self.source << 10 | self.intid


class End(NamedTuple):
    """A write that may deactivate: GICC_EOIR and its alias, or GICC_DIR."""

    intid: int
    source: int
    group1: bool  # by the alias
    dropped: int | None  # priority; None of GICC_DIR


class Interface2(Interface):
    """`split`: active priorities by group, in GICC_APR and GICC_NSAPR; else GICC_APR has them all."""

    __slots__ = ("ack_ctl", "fiq_en", "split")

    def __init__(self, split: bool = True) -> None:
        super().__init__()
        self.ack_ctl = self.fiq_en = False
        self.split = split

    def write_bpr(self, group: int, value: int) -> None:
        """GICC_BPR, GICC_ABPR. CBPR chooses which one is used, and changes neither."""
        self.bpr[group] = max(value & 7, BPR1_MIN if group else BPR0_MIN)

    def raise_priority(self, group: int, priority: int) -> None:
        self.ap[group if self.split else 0] |= 1 << (self.group_priority(group, priority) >> 3)

    def outputs(self, offer: Offer | None, on: bool = True) -> tuple[bool, bool]:
        """IRQ, FIQ. Only group 0 can be FIQ."""
        if not on or offer is None or not self.can_signal(offer.group, offer.priority):
            return False, False
        fiq = not offer.group and self.fiq_en
        return not fiq, fiq

    # ---- registers ----

    def read(self, at: int, offer: Offer | None, on: bool = True) -> tuple[int, bool]:
        """Value, and whether it acknowledges the offer."""
        if at in (IAR, AIAR):
            return self._acknowledge(at == AIAR, offer, on)
        if at == HPPIR:
            if offer is None:
                return SPURIOUS, False
            return (OTHER_GROUP if offer.group and not self.ack_ctl else offer.shown), False
        if at == AHPPIR:
            return (offer.shown if offer is not None and offer.group else SPURIOUS), False
        if at == CTLR:
            return self._ctlr(), False
        found = {PMR: self.pmr, BPR: self.bpr[0], ABPR: self.bpr[1], RPR: self.running, APR: self.ap[0],
                 NSAPR: self.ap[1], IIDR: put("GICC_IIDR", "ArchRev", 2)}  # fmt: skip
        return found.get(at, 0), False

    def _acknowledge(self, alias: bool, offer: Offer | None, on: bool) -> tuple[int, bool]:
        if not any(self.outputs(offer, on)):
            return SPURIOUS, False
        assert offer is not None
        if alias and not offer.group:
            return SPURIOUS, False
        if not alias and offer.group and not self.ack_ctl:
            return OTHER_GROUP, False
        if offer.intid < SPECIAL:
            self.raise_priority(offer.group, offer.priority)
        return offer.shown, True

    def _ctlr(self) -> int:
        return (
            GROUP0 * self.group_on[0] | GROUP1 * self.group_on[1] | ACK_CTL * self.ack_ctl
            | FIQ_EN * self.fiq_en | CBPR * self.cbpr | EOI_MODE * self.eoi_mode
        )  # fmt: skip

    def write(self, at: int, value: int) -> End | None:
        if at in (EOIR, AEOIR, DIR):
            return self._end(at, value)
        if at == CTLR:
            self.group_on = [bool(value & GROUP0), bool(value & GROUP1)]
            self.ack_ctl, self.fiq_en = bool(value & ACK_CTL), bool(value & FIQ_EN)
            self.cbpr, self.eoi_mode = bool(value & CBPR), bool(value & EOI_MODE)
        elif at == PMR:
            self.write_pmr(value)
        elif at in (BPR, ABPR):
            self.write_bpr(int(at == ABPR), value)
        elif at == APR or (at == NSAPR and self.split):
            self.ap[int(at == NSAPR)] = value
        return None

    def _end(self, at: int, value: int) -> End | None:
        """What the manual calls UNPREDICTABLE does nothing: an end of the other group, GICC_DIR without
        EOImode. An end that deactivates nothing, with EOImode, is not told of."""
        intid, source = value & 0x3FF, value >> 10 & 7
        if intid >= SPECIAL:
            return None
        if at == DIR:
            return End(intid, source, False, None) if self.eoi_mode else None
        running, group = self.running, self.running_group
        if group is None or (self.split and not (group if at == AEOIR else self.ack_ctl or not group)):
            return None
        self.drop(group)
        return None if self.eoi_mode else End(intid, source, at == AEOIR, running)
