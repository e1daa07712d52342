# SPDX-License-Identifier: Apache-2.0
"""Rules about what a passed-through device needs of the rest of the board."""

from __future__ import annotations

from collections.abc import Iterator

from bulkhead.diag import Diagnostic, warning
from bulkhead.model.passthrough import pass_through
from bulkhead.model.system import SystemPlan


def devices_come_with_what_they_need(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-DEV-012: a passed-through device refers to something that its partition does not have.

    A guest's devicetree has the device with its properties. Clocks with a fixed rate, supplies and tables
    that it refers to are copied; a clock controller, a power domain or a pin controller with registers
    is there only if the same partition owns it. Otherwise the property is left out, and a driver that needs
    it will refuse the device. This is a warning.
    """
    for p in plan.partitions:
        for lost in pass_through(plan.board, [plan.device(name) for name in p.devices]).left_out:
            target = plan.board.nodes.get(lost.target)
            what = f"{lost.target}, which '{p.name}' does not have" if target else "what cannot be followed"
            owner = next((d for d in plan.board.devices if f"{lost.target}/".startswith(f"{d.path}/")), None)
            give = ""
            if owner and owner.enabled and not owner.hypervisor_only:
                give = f"give it {owner.name} too (CONFIG_OWNER_{owner.symbol}_PART_{p.slot}=y), or "
            yield warning(
                "BH-DEV-012",
                f"`{lost.name}` of {lost.device.name} refers to {what}",
                plan.owner(lost.device.name).where,
                (lost.device.where, f"{lost.device.name} is here; its guest gets it without `{lost.name}`"),
                help=f"If its driver needs that, {give}describe it in CONFIG_PART_{p.slot}_OVERLAY.",
            )
