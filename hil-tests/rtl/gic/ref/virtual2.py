# SPDX-License-Identifier: Apache-2.0
"""GICv2's virtual interface: list registers (GICH) and what the guest sees of them (GICV).

IHI 0048, "GIC virtualization support": "Virtual interface control registers", "Maintenance interrupts",
"GICH_LR<n>", "GICH_HCR", "GICH_VMCR".
"""

from __future__ import annotations

from ref.interface2 import SPECIAL, End, Interface2, Offer
from ref.registers import get, mask, put

PENDING, ACTIVE = 1, 2  # GICH_LR<n>.State
HW, GROUP, STATE = (mask("GICH_LR", f) for f in ("HW", "Grp1", "State"))
STATE_AT = 28
EOI = 1 << 19  # without HW
LR_WRITABLE = 0xFF8F_FFFF
HCR_WRITABLE = 0xF800_00FF
EN, UIE, LRENPIE, NPIE, COUNT = (mask("GICH_HCR", f) for f in ("En", "UIE", "LRENPIE", "NPIE", "EOICount"))
EVENTS = [[mask("GICH_HCR", f"VGrp{g}{e}IE") for e in ("E", "D")] for g in (0, 1)]
SGIS = 16


def state_of(lr: int) -> int:
    return lr >> STATE_AT & 3


def intid_of(lr: int) -> int:
    return lr & 0x3FF


def source_of(lr: int) -> int:
    """The CPU that sent an SGI: only a list register without HW has one."""
    return lr >> 10 & 7 if intid_of(lr) < SGIS and not lr & HW else 0


def priority_of(lr: int) -> int:
    return get("GICH_LR", "Priority", lr) << 3


class VirtualInterface2(Interface2):
    """One CPU's. GICH_APR holds the active priorities of both groups."""

    __slots__ = ("hardware_ended", "hcr", "lr")

    def __init__(self, lr_count: int) -> None:
        super().__init__(split=False)
        self.lr = [0] * lr_count
        self.hcr = 0
        self.hardware_ended: int | None = None  # physical INTID that the latest access deactivated

    @property
    def on(self) -> bool:
        return bool(self.hcr & EN)

    # ---- the guest's side ----

    def best(self) -> int | None:
        """List register of the highest priority pending interrupt of an enabled group."""
        waiting = [(priority_of(lr), n) for n, lr in enumerate(self.lr)
                   if state_of(lr) == PENDING and self.group_on[bool(lr & GROUP)]]  # fmt: skip
        return min(waiting)[1] if waiting else None

    def offer(self) -> Offer | None:
        n = self.best()
        if n is None:
            return None
        lr = self.lr[n]
        return Offer(priority_of(lr), intid_of(lr), int(bool(lr & GROUP)), source_of(lr))

    def guest_read(self, at: int) -> int:
        n, offer = self.best(), self.offer()
        value, acknowledges = self.read(at, offer, self.on)
        if acknowledges:
            assert n is not None and offer is not None
            self.lr[n] &= ~STATE
            if offer.intid < SPECIAL:
                self.lr[n] |= ACTIVE << STATE_AT
        return value

    def guest_write(self, at: int, value: int) -> None:
        self.hardware_ended = None
        end = self.write(at, value)
        if end is None:
            return
        n = self._find_active(end)
        if n is None:
            self._count()
        elif end.dropped is None or self._is_what_was_dropped(self.lr[n], end):
            self._deactivate(n)

    def _find_active(self, end: End) -> int | None:
        for n, lr in enumerate(self.lr):
            if state_of(lr) & ACTIVE and (intid_of(lr), source_of(lr)) == (end.intid, end.source):
                return n
        return None

    def _is_what_was_dropped(self, lr: int, end: End) -> bool:
        """Of the group of the register, and with the priority that ran. The rest is UNPREDICTABLE."""
        group = bool(lr & GROUP)
        fits = group if end.group1 else self.ack_ctl or not group
        return fits and self.group_priority(int(group), priority_of(lr)) == end.dropped

    def _deactivate(self, n: int) -> None:
        self.lr[n] &= ~(ACTIVE << STATE_AT)
        physical = get("GICH_LR", "PhysicalID", self.lr[n])
        if self.lr[n] & HW and SGIS <= physical < SPECIAL:
            self.hardware_ended = physical

    def _count(self) -> None:
        count = get("GICH_HCR", "EOICount", self.hcr) + 1 & 31
        self.hcr = self.hcr & ~COUNT | put("GICH_HCR", "EOICount", count)

    # ---- EL2's side ----

    def ended(self) -> int:
        """GICH_EISR."""
        return sum(1 << n for n, lr in enumerate(self.lr) if not state_of(lr) and not lr & HW and lr & EOI)

    def empty(self) -> int:
        """GICH_ELRSR."""
        return sum(1 << n for n, lr in enumerate(self.lr) if not state_of(lr)) & ~self.ended()

    def misr(self) -> int:
        hcr = self.hcr
        value = int(bool(self.ended()))
        value |= 2 * bool(hcr & UIE and sum(1 for lr in self.lr if state_of(lr)) <= 1)
        value |= 4 * bool(hcr & LRENPIE and hcr & COUNT)
        value |= 8 * bool(hcr & NPIE and not any(state_of(lr) == PENDING for lr in self.lr))
        for group in (0, 1):
            on, off = EVENTS[group]
            value |= (0x10 << 2 * group) * bool(hcr & on and self.group_on[group])
            value |= (0x20 << 2 * group) * bool(hcr & off and not self.group_on[group])
        return value

    @property
    def maintenance(self) -> bool:
        return self.on and bool(self.misr())

    def read_vmcr(self) -> int:
        fields = {"VMGrp0En": self.group_on[0], "VMGrp1En": self.group_on[1], "VMAckCtl": self.ack_ctl,
                  "VMFIQEn": self.fiq_en, "VMCBPR": self.cbpr, "VEM": self.eoi_mode, "VMABP": self.bpr[1],
                  "VMBP": self.bpr[0], "VMPriMask": self.pmr >> 3}  # fmt: skip
        return sum(put("GICH_VMCR", name, int(value)) for name, value in fields.items())

    def write_vmcr(self, value: int) -> None:
        def field(name: str) -> int:
            return get("GICH_VMCR", name, value)

        self.group_on = [bool(field("VMGrp0En")), bool(field("VMGrp1En"))]
        self.ack_ctl, self.fiq_en = bool(field("VMAckCtl")), bool(field("VMFIQEn"))
        self.cbpr, self.eoi_mode = bool(field("VMCBPR")), bool(field("VEM"))
        self.write_bpr(1, field("VMABP"))
        self.write_bpr(0, field("VMBP"))
        self.write_pmr(field("VMPriMask") << 3)
