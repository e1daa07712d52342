# SPDX-License-Identifier: Apache-2.0
"""Warnings about what is configured and can never have an effect."""

from __future__ import annotations

from collections.abc import Iterator

from bulkhead.diag import Diagnostic, warning
from bulkhead.model.system import FaultAction, Partition, SystemPlan

_USUAL_LIMIT = 3  # the default in Kconfig.partition: a full .config has it whether or not it is used


def restart_limits_are_used(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-PART-005: a restart limit is set that no fault action uses.

    CONFIG_PART_<n>_RESTART_LIMIT counts only for classes of faults whose action is "restart, with a
    limit". With "restart" a partition restarts for ever. This is a warning.
    """
    for p in plan.partitions:
        if p.restart_limit == _USUAL_LIMIT or FaultAction.RESTART_LIMIT in dict(p.fault_actions).values():
            continue
        yield warning(
            "BH-PART-005",
            f"the restart limit {p.restart_limit} of partition '{p.name}' has no effect: "
            "no fault action restarts it with a limit",
            p.span("restart_limit"),
            help=f"Set CONFIG_PART_{p.slot}_FAULT_STAGE2_RESTART_LIMIT=y, or delete the line.",
        )


def somebody_starts_each_partition(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-PART-006: a partition is never started.

    It does not start at power on (CONFIG_PART_<n>_AUTOSTART=n), and nothing else starts it. Its
    memory and devices are kept from the others all the same. This is a warning.
    """
    asleep = [p for p in plan.partitions if not p.autostart]
    if len(asleep) == len(plan.partitions):
        return  # BH-PART-007 says it
    for p in asleep:
        yield warning(
            "BH-PART-006",
            f"nobody starts partition '{p.name}'",
            p.span("autostart"),
            help=f"Set CONFIG_PART_{p.slot}_AUTOSTART=y, or CONFIG_PART_{p.slot}_ENABLE=n to do without it.",
            fix=(f"PART_{p.slot}_AUTOSTART=y",),
        )


def something_runs(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-PART-007: no partition starts at power on.

    The hypervisor would start and have nothing to do; with CONFIG_POWER_OFF_WHEN_IDLE it powers
    the board off at once. This is a warning.
    """
    if plan.partitions and not any(p.autostart for p in plan.partitions):
        first = plan.partitions[0]
        yield warning(
            "BH-PART-007",
            "no partition starts at power on"
            + (": the board is powered off at once" if plan.features.power_off_when_idle else ""),
            first.span("autostart"),
            help=f"Set CONFIG_PART_{first.slot}_AUTOSTART=y.",
        )


def partitions_can_be_noticed(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-PART-008: nothing of what a partition does can reach anybody.

    It has no virtual UART and owns no device: whatever it computes stays with it. Useful for
    measuring alone. This is a warning.
    """
    for p in plan.partitions:
        if not p.console and not p.devices:
            yield warning(
                "BH-PART-008",
                f"partition '{p.name}' has neither a virtual UART nor a device: nobody notices what it does",
                p.span("console"),
                help=f"Set CONFIG_PART_{p.slot}_CONSOLE=y, or give it a device.",
            )


def the_hypervisor_has_a_driver(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-DEV-010: a device is kept for the hypervisor, which does not use it.

    The hypervisor drives its console and the interrupt controller; these are its own without being
    asked. Another device with CONFIG_OWNER_<DEVICE>_HV=y lies idle, as if nobody owned it. This
    is a warning.
    """
    for owner in plan.owners:
        device = plan.device(owner.device)
        if owner.owner == "hv" and not device.hypervisor_only:
            yield warning(
                "BH-DEV-010",
                f"{device.name} is kept for the hypervisor, which has no driver for it",
                owner.where,
                (device.where, f"{device.name} ({', '.join(device.compatible)}) is here"),
                help=f"Set CONFIG_OWNER_{device.symbol}_NONE=y, or give it to a partition.",
                fix=(f"OWNER_{device.symbol}_NONE=y",),
            )


def guests_do_not_wait_for_a_line_nobody_serves(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-IRQ-006: an owned device shares its interrupt with one that nobody owns.

    If the other device asserts the line, the owner is interrupted again and again and cannot
    silence it. This is a warning.
    """
    lines: dict[int, list[str]] = {}
    for device in plan.board.devices:
        for irq in device.irqs if device.enabled else ():
            lines.setdefault(irq.intid, []).append(device.name)
    for p in plan.partitions:
        for name in p.devices:
            for irq in plan.device(name).irqs:
                others = [n for n in lines.get(irq.intid, ()) if plan.owner(n).owner == ""]
                if others:
                    yield _shared_line(plan, p, name, irq.text, others[0])


def _shared_line(plan: SystemPlan, p: Partition, name: str, irq: str, other: str) -> Diagnostic:
    return warning(
        "BH-IRQ-006",
        f"{name} of partition '{p.name}' shares {irq} with {other}, which nobody owns",
        plan.owner(name).where,
        (plan.device(other).where, f"{other} is here"),
        help=f"Give {other} to '{p.name}' as well, or disable it in an overlay.dts.",
    )
