# SPDX-License-Identifier: Apache-2.0
"""The virtual CPU interface: list registers (ICH) and what the guest sees of them (ICV).

IHI 0069, "Virtual interrupt handling and prioritization", "Usage model for the List registers",
"Maintenance interrupts", "ICH_LR<n>_EL2", "ICH_HCR_EL2", "ICH_VMCR_EL2".
"""

from __future__ import annotations

from ref.interface import IDLE, Interface
from ref.registers import mask

SPURIOUS = 1023
PENDING, ACTIVE = 1, 2  # ICH_LR<n>_EL2.State
HW, GROUP, EOI = 1 << 61, 1 << 60, 1 << 41
LR_WRITABLE = 3 << 62 | HW | GROUP | 0xF8 << 48 | 0x1FFF << 32 | 0xFFFF
HCR_WRITABLE = 0xF800_5CFF
EN, UIE, LRENPIE, NPIE, TC, TALL0, TALL1, TDIR = (
    mask("ICH_HCR_EL2", f) for f in ("En", "UIE", "LRENPIE", "NPIE", "TC", "TALL0", "TALL1", "TDIR")
)


def is_special(intid: int) -> bool:
    return 1020 <= intid <= 1023


def state_of(lr: int) -> int:
    return lr >> 62


class VirtualInterface(Interface):
    """One CPU's. `hardware_ended` has the physical INTID that the latest access deactivated."""

    __slots__ = ("hardware_ended", "hcr", "lr")

    def __init__(self, lr_count: int) -> None:
        super().__init__()
        self.lr = [0] * lr_count
        self.hcr = 0
        self.hardware_ended: int | None = None

    # ---- the guest's side ----

    def best(self) -> int | None:
        """List register of the highest priority pending interrupt of an enabled group."""
        found: int | None = None
        least = 0x100
        for n, lr in enumerate(self.lr):
            if lr >> 62 == PENDING and self.group_on[lr >> 60 & 1] and (lr >> 48 & 0xFF) < least:
                least, found = lr >> 48 & 0xFF, n
        return found

    def signalled(self) -> int | None:
        """The same, if it may interrupt the guest now."""
        if not self.hcr & EN:
            return None
        n = self.best()
        if n is None:
            return None
        lr = self.lr[n]
        return n if self.can_signal(lr >> 60 & 1, lr >> 48 & 0xFF) else None

    def outputs(self) -> tuple[bool, bool]:
        """Virtual IRQ (group 1), virtual FIQ (group 0)."""
        n = self.signalled()
        if n is None:
            return False, False
        group1 = bool(self.lr[n] & GROUP)
        return group1, not group1

    def acknowledge(self, group: int) -> int:
        n = self.signalled()
        if n is None or self.lr[n] >> 60 & 1 != group:
            return SPURIOUS
        intid = self.lr[n] & 0xFFFF
        self.lr[n] &= ~(3 << 62)
        if not is_special(intid):
            self.lr[n] |= ACTIVE << 62
            self.raise_priority(group, self.lr[n] >> 48 & 0xFF)
        return intid

    def highest_pending(self, group: int) -> int:
        n = self.best()
        return self.lr[n] & 0xFFFF if n is not None and self.lr[n] >> 60 & 1 == group else SPURIOUS

    def end(self, group: int, value: int) -> None:
        """EOIR: priority drop, and without EOImode the interrupt that had it is deactivated. An end
        that drops nothing counts for nothing; one of an interrupt in no list register is counted."""
        intid = value & 0xFF_FFFF
        if is_special(intid):
            return
        running, running_group = self.running, self.running_group
        if running_group is None:
            return
        self.drop(running_group)
        if self.eoi_mode:
            return
        n = self._find_active(intid)
        if n is None:
            self._count()
        elif self.lr[n] >> 60 & 1 == group and self.group_priority(group, self.lr[n] >> 48 & 0xFF) == running:
            self._deactivate(n)

    def deactivate(self, value: int) -> None:
        """DIR. Without EOImode it does nothing, nor with an INTID that is none."""
        intid = value & 0xFF_FFFF
        if not self.eoi_mode or is_special(intid):
            return
        n = self._find_active(intid)
        if n is None:
            self._count()
        else:
            self._deactivate(n)

    def _find_active(self, intid: int) -> int | None:
        for n, lr in enumerate(self.lr):
            if state_of(lr) & ACTIVE and lr & 0xFFFF == intid:
                return n
        return None

    def _deactivate(self, n: int) -> None:
        self.lr[n] &= ~(ACTIVE << 62)
        physical = self.lr[n] >> 32 & 0x1FFF
        if self.lr[n] & HW and physical < 1020:
            self.hardware_ended = physical

    def _count(self) -> None:
        count = (self.hcr >> 27) + 1 & 31
        self.hcr = self.hcr & ~(31 << 27) | count << 27

    # ---- EL2's side ----

    def write_lr(self, n: int, value: int) -> None:
        self.lr[n] = value & LR_WRITABLE

    def write_hcr(self, value: int) -> None:
        self.hcr = value & HCR_WRITABLE

    def ended(self) -> int:
        """ICH_EISR_EL2."""
        return sum(1 << n for n, lr in enumerate(self.lr) if not lr >> 62 and not lr & HW and lr & EOI)

    def empty(self) -> int:
        """ICH_ELRSR_EL2."""
        return sum(1 << n for n, lr in enumerate(self.lr) if not lr >> 62 and (lr & HW or not lr & EOI))

    def misr(self) -> int:
        hcr = self.hcr
        value = 1 if self.ended() else 0
        if hcr & UIE and sum(1 for lr in self.lr if lr >> 62) <= 1:
            value |= 2
        if hcr & LRENPIE and hcr >> 27:
            value |= 4
        if hcr & NPIE and not any(lr >> 62 == PENDING for lr in self.lr):
            value |= 8
        for group in (0, 1):
            if hcr >> 4 + 2 * group & 1 and self.group_on[group]:
                value |= 0x10 << 2 * group
            if hcr >> 5 + 2 * group & 1 and not self.group_on[group]:
                value |= 0x20 << 2 * group
        return value

    @property
    def maintenance(self) -> bool:
        return bool(self.hcr & EN and self.misr())

    def read_vmcr(self) -> int:
        return (
            int(self.group_on[0]) | int(self.group_on[1]) << 1 | 1 << 3 | int(self.cbpr) << 4
            | int(self.eoi_mode) << 9 | self.bpr[1] << 18 | self.bpr[0] << 21 | self.pmr << 24
        )  # fmt: skip

    def write_vmcr(self, value: int) -> None:
        self.group_on = [bool(value & 1), bool(value & 2)]
        self.eoi_mode = bool(value >> 9 & 1)
        self.cbpr = False  # BPR1 is written whatever CBPR is
        self.write_bpr(1, value >> 18 & 7)
        self.write_bpr(0, value >> 21 & 7)
        self.cbpr = bool(value >> 4 & 1)
        self.write_pmr(value >> 24 & 0xFF)


__all__ = ["IDLE", "VirtualInterface"]
