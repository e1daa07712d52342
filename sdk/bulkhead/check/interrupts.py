# SPDX-License-Identifier: Apache-2.0
"""Rules about the interrupts that come with a device."""

from __future__ import annotations

from collections.abc import Iterator

from bulkhead.diag import Diagnostic, error
from bulkhead.model.board import Irq
from bulkhead.model.system import GUEST_UART_INTID, Owner, SystemPlan

_FIRST_SPI = 32


def interrupts_have_one_owner(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-IRQ-001: devices of two owners share one interrupt.

    An interrupt is delivered to one owner. Devices on a shared line must have the same owner;
    devices that nobody owns do not count.
    """
    first: dict[int, Owner] = {}
    for owner, irq in _owned(plan):
        before = first.setdefault(irq.intid, owner)
        if before.owner == owner.owner:
            continue
        mine, other = (owner, before) if owner.owner != "hv" else (before, owner)
        yield error(
            "BH-IRQ-001",
            f"{mine.device} of {_who(mine)} and {other.device} of {_who(other)} share {irq.text}",
            mine.where,
            (other.where, f"{other.device} belongs to {_who(other)}"),
            (irq.where, f"{irq.text} comes from here"),
            help="Give both devices to the same owner.",
        )


def interrupts_miss_the_virtual_uart(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-IRQ-002: a passed-through interrupt is the one of the guest's virtual UART.

    A partition takes its devices' interrupts under their physical numbers. SPI 1 (INTID 33) is
    its virtual UART's, as on QEMU's virt machine, so it cannot be a device's as well. Switch
    the virtual UART off (CONFIG_PART_<n>_CONSOLE=n), or give the device to another partition.
    """
    for p in plan.partitions:
        for owner, irq in _owned(plan):
            if owner.device in p.devices and p.console and irq.intid == GUEST_UART_INTID:
                yield error(
                    "BH-IRQ-002",
                    f"{irq.text} of {owner.device} is also the virtual UART's of partition '{p.name}'",
                    owner.where,
                    (irq.where, f"{owner.device} has {irq.text} here"),
                    (p.span("console"), f"'{p.name}' has a virtual UART"),
                    help=f"Set CONFIG_PART_{p.slot}_CONSOLE=n, or give {owner.device} to a partition "
                    "without a virtual UART.",
                )


def private_interrupts_stay(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-IRQ-003: a passed-through device has a private interrupt (PPI).

    A PPI exists once per CPU; those of a guest are its own timers'. Only shared interrupts
    (SPIs) can be passed through.
    """
    for owner, irq in _owned(plan):
        if irq.intid < _FIRST_SPI and owner.owner != "hv":
            yield error(
                "BH-IRQ-003",
                f"{owner.device} has {irq.text}, which is private to each CPU and cannot be passed through",
                owner.where,
                (irq.where, f"{irq.text} comes from here"),
                help=f"Set CONFIG_OWNER_{plan.device(owner.device).symbol}_NONE=y instead.",
            )


def _owned(plan: SystemPlan) -> Iterator[tuple[Owner, Irq]]:
    """Each interrupt of each device that has an owner."""
    for owner in plan.owners:
        if owner.owner:
            for irq in plan.device(owner.device).irqs:
                yield owner, irq


def _who(owner: Owner) -> str:
    return "the hypervisor" if owner.owner == "hv" else f"partition '{owner.owner}'"
