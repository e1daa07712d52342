# SPDX-License-Identifier: Apache-2.0
"""Rules about the interrupt controller and the interrupts that the hypervisor itself takes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from bulkhead.diag import Diagnostic, Span, error
from bulkhead.model.board import Irq, Region
from bulkhead.model.sizes import PAGE, addresses
from bulkhead.model.system import SystemPlan

_PRIVATE = range(16, 32)
_V3_FRAME = 0x1_0000
_V2_CPUS = 8
_TIMERS = ("secure timer", "non-secure timer", "virtual timer", "hypervisor timer")


def private_interrupts_are_private(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-IRQ-004: an interrupt that each CPU must have for itself is a shared one.

    The generic timers and the GIC's maintenance interrupt exist once per CPU: they are PPIs, with
    1 in the first cell of `interrupts` (0 there means SPI).
    """
    for what, irq in _own(plan):
        if irq.intid not in _PRIVATE:
            yield error(
                "BH-IRQ-004",
                f"the {what} has {irq.text}, but each CPU needs one of its own (a PPI)",
                irq.where,
                help="In its `interrupts`, write <1 n flags>: 1 for PPI, n from 0 to 15.",
            )


def own_interrupts_differ(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-IRQ-005: two of the hypervisor's own interrupts have the same number.

    The timers, the performance monitors and the GIC's maintenance interrupt are told apart by their
    numbers alone.
    """
    first: dict[int, tuple[str, Irq]] = {}
    for what, irq in _own(plan):
        before, other = first.setdefault(irq.intid, (what, irq))
        if before != what:
            yield error(
                "BH-IRQ-005",
                f"the {what} and the {before} both have {irq.text}",
                irq.where,
                (other.where, f"the {before} is described here"),
                help="See the board's manual; usual are PPI 13, 14, 11, 10 for the timer and 9 for the GIC.",
            )


def gic_frames_are_apart(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-GIC-001: the interrupt controller's registers overlap or are not aligned.

    The frames of a GICv3 are 64 KiB long and lie at multiples of that, those of a GICv2 at
    multiples of 4 KiB; no two share an address.
    """
    gic = plan.board.gic
    align = _V3_FRAME if gic.version == 3 else PAGE
    found = _frames(plan)
    for what, region in found:
        if region.base % align or not region.size:
            yield error(
                "BH-GIC-001",
                f"the GIC's {what} cannot be at {region.base:#x}: "
                f"a GICv{gic.version} has registers at multiples of {align:#x}",
                region.where,
                help="Take `reg` from the board's manual: the distributor first, then the others.",
            )
    for (what, a), (other, b) in pairwise(sorted(found, key=lambda f: f[1].base)):
        if b.base < a.end:
            yield error(
                "BH-GIC-001",
                f"the GIC's {what} ({addresses(a.base, a.end)}) and {other} ({b.base:#x}) overlap",
                b.where,
                help="Take `reg` from the board's manual: the distributor first, then the others.",
            )


def cpu_interfaces_have_two_pages(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-GIC-002: the CPU interface of a GICv2 is too short.

    The CPU interface and the virtual one have two pages each: at +0x1000, or at +0x10000 where `reg`
    says that they are 0x20000 long, lies the register by which an interrupt is deactivated. Some
    boards' trees say 0x1000 by mistake.
    """
    gic = plan.board.gic
    interfaces = {"CPU interface": gic.cpu_interface, "virtual CPU interface": gic.virtual_cpu_interface}
    for what, region in interfaces.items():
        if region is not None and region.size < 2 * PAGE:
            yield error(
                "BH-GIC-002",
                f"the GIC's {what} at {region.base:#x} has {region.size:#x} bytes, and needs {2 * PAGE:#x}",
                region.where,
                help="The board's manual has its size: 0x2000, or 0x20000 with pages 64 KiB apart.",
            )


def a_gicv2_serves_eight_cpus(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-GIC-003: there are more CPUs than a GICv2 can serve.

    Its registers have eight bits for the target of an interrupt. A board with more CPUs has a GICv3,
    or the devicetree describes CPUs that belong to another interrupt controller.
    """
    if plan.board.gic.version == 2 and len(plan.board.cpus) > _V2_CPUS:
        cpu = plan.board.cpus[_V2_CPUS]
        yield error(
            "BH-GIC-003",
            f"the board has {len(plan.board.cpus)} CPUs, and a GICv2 serves {_V2_CPUS}",
            plan.board.gic.where,
            (cpu.where, f"CPU {cpu.index} is here"),
            help='Disable the others in an overlay.dts with status = "disabled".',
        )


def _own(plan: SystemPlan) -> Iterator[tuple[str, Irq]]:
    board = plan.board
    timer = board.timer_where or Span(board.where.file)
    for what, intid in zip(_TIMERS, board.timer_intids, strict=True):
        yield what, Irq(intid=intid, edge=False, where=timer)
    if board.pmu is not None:
        yield "performance monitors' overflow", board.pmu
    yield (
        "GIC's maintenance interrupt",
        Irq(intid=board.gic.maintenance_intid, edge=False, where=board.gic.where),
    )


def _frames(plan: SystemPlan) -> list[tuple[str, Region]]:
    gic = plan.board.gic
    frames = {
        "distributor": gic.distributor,
        "redistributors": gic.redistributors,
        "CPU interface": gic.cpu_interface,
        "hypervisor interface": gic.hypervisor_interface,
        "virtual CPU interface": gic.virtual_cpu_interface,
    }
    return [(what, region) for what, region in frames.items() if region is not None]
