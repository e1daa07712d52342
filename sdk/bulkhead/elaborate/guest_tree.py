# SPDX-License-Identifier: Apache-2.0
"""The devicetree a guest is started with: QEMU `virt` in small, and only what exists.

Owned devices stand at their physical address with their own properties, and beside them what these
refer to, as model/passthrough.py chooses it. An overlay of the user's comes last.
"""

from __future__ import annotations

from bulkhead.diag import Diagnostic
from bulkhead.elaborate.guest_overlay import merge
from bulkhead.model.board import Irq
from bulkhead.model.devicetree import Node, cells, strings, wide
from bulkhead.model.passthrough import Copied, pass_through
from bulkhead.model.system import (
    GUEST_GICC_IPA,
    GUEST_GICC_SIZE,
    GUEST_GICD_IPA,
    GUEST_GICD_SIZE,
    GUEST_GICR_IPA,
    GUEST_GICR_STRIDE,
    GUEST_RAM_IPA,
    GUEST_UART_INTID,
    GUEST_UART_IPA,
    GUEST_UART_SIZE,
    Partition,
    SystemPlan,
)

PHANDLE_GIC = 1
PHANDLE_CLOCK = 2
_FIRST_PHANDLE = 3  # of what is copied from the board's tree
UART_CLOCK_HZ = 24_000_000  # QEMU's apb-pclk
SPI, PPI = 0, 1  # first cell of the GIC binding
EDGE, LEVEL_HIGH = 1, 4  # third cell
TIMER_PPIS = (13, 14, 11, 10)  # secure, non-secure, virtual, hypervisor: as QEMU `virt`


def guest_tree(plan: SystemPlan, partition: Partition) -> tuple[Node, list[Diagnostic]]:
    """The tree with the partition's overlay merged, and what is wrong with that overlay."""
    root = _machine(plan, partition)
    return (root, []) if partition.overlay is None else merge(root, partition.overlay, partition.name)


def _machine(plan: SystemPlan, partition: Partition) -> Node:
    root = Node("")
    root.set("compatible", strings("bulkhead,guest", "linux,dummy-virt"))
    root.set("model", strings(partition.name))
    root.set("#address-cells", cells(2)).set("#size-cells", cells(2))
    root.set("interrupt-parent", cells(PHANDLE_GIC))
    _add_chosen(root, partition)
    _add_cpus(root, plan, partition)
    memory = root.child(f"memory@{GUEST_RAM_IPA:x}").set("device_type", strings("memory"))
    memory.set("reg", wide(GUEST_RAM_IPA, partition.ram_size))
    root.child("psci", compatible=strings("arm,psci-1.0", "arm,psci-0.2"), method=strings("hvc"))
    _add_gic(root, plan, partition)
    _add_timer(root, plan, partition)
    if partition.pmu and plan.board.pmu:
        _add_pmu(root, plan, partition, plan.board.pmu)
    clock = root.child("uart-clock", compatible=strings("fixed-clock"))
    clock.labels = ("uart_clock",)
    clock.set("#clock-cells", cells(0)).set("clock-frequency", cells(UART_CLOCK_HZ))
    clock.set("phandle", cells(PHANDLE_CLOCK))
    if partition.console:
        _add_console(root)
    _add_devices(root, plan, partition)
    return root


def _add_chosen(root: Node, partition: Partition) -> None:
    chosen = root.child("chosen")
    if partition.bootargs:
        chosen.set("bootargs", strings(partition.bootargs))
    initrd = partition.payload.initrd if partition.payload else None
    if initrd is not None:
        chosen.set("linux,initrd-start", wide(initrd.base)).set("linux,initrd-end", wide(initrd.end))
    if partition.console:
        chosen.set("stdout-path", strings(f"/pl011@{GUEST_UART_IPA:x}"))


def _add_cpus(root: Node, plan: SystemPlan, partition: Partition) -> None:
    cpus = root.child("cpus").set("#address-cells", cells(1)).set("#size-cells", cells(0))
    for vcpu in partition.vcpus:
        cpu = cpus.child(f"cpu@{vcpu.index:x}").set("device_type", strings("cpu"))
        cpu.set("compatible", strings(plan.board.cpus[vcpu.pcpu].compatible))
        cpu.set("reg", cells(vcpu.index)).set("enable-method", strings("psci"))


def _add_gic(root: Node, plan: SystemPlan, partition: Partition) -> None:
    gic = root.child(f"intc@{GUEST_GICD_IPA:x}")
    gic.labels = ("gic",)
    if plan.board.gic.version == 3:
        frames = GUEST_GICR_STRIDE * len(partition.vcpus)
        gic.set("compatible", strings("arm,gic-v3"))
        gic.set("reg", wide(GUEST_GICD_IPA, GUEST_GICD_SIZE, GUEST_GICR_IPA, frames))
        gic.set("#redistributor-regions", cells(1))
    else:
        gic.set("compatible", strings("arm,cortex-a15-gic"))
        gic.set("reg", wide(GUEST_GICD_IPA, GUEST_GICD_SIZE, GUEST_GICC_IPA, GUEST_GICC_SIZE))
    gic.set("#interrupt-cells", cells(3)).set("#address-cells", cells(0))
    gic.set("interrupt-controller").set("phandle", cells(PHANDLE_GIC))


def _ppi_level(plan: SystemPlan, partition: Partition) -> int:
    """Third cell of a PPI; with a GICv2 it also says which CPUs it reaches."""
    mask = ((1 << len(partition.vcpus)) - 1) << 8 if plan.board.gic.version == 2 else 0
    return LEVEL_HIGH | mask


def _add_pmu(root: Node, plan: SystemPlan, partition: Partition, irq: Irq) -> None:
    interrupts = cells(PPI, irq.intid - 16, _ppi_level(plan, partition))
    root.child("pmu", compatible=strings("arm,armv8-pmuv3"), interrupts=interrupts)


def _add_timer(root: Node, plan: SystemPlan, partition: Partition) -> None:
    level = _ppi_level(plan, partition)
    interrupts = b"".join(cells(PPI, ppi, level) for ppi in TIMER_PPIS)
    timer = root.child("timer", compatible=strings("arm,armv8-timer"), interrupts=interrupts)
    timer.set("always-on")


def _add_console(root: Node) -> None:
    uart = root.child(
        f"pl011@{GUEST_UART_IPA:x}",
        compatible=strings("arm,pl011", "arm,primecell"),
        reg=wide(GUEST_UART_IPA, GUEST_UART_SIZE),
        interrupts=cells(SPI, GUEST_UART_INTID - 32, LEVEL_HIGH),
    )
    uart.labels = ("uart",)
    uart.set("clock-names", strings("uartclk", "apb_pclk"))
    uart.set("clocks", cells(PHANDLE_CLOCK, PHANDLE_CLOCK))


def _add_devices(root: Node, plan: SystemPlan, partition: Partition) -> None:
    passed = pass_through(plan.board, [plan.device(name) for name in partition.devices])
    phandles = {path: n for n, path in enumerate(sorted(passed.referred()), start=_FIRST_PHANDLE)}
    for device, copied in passed.devices:
        stem = copied.source.name.partition("@")[0]
        node = _copy(root, f"{stem}@{device.regions[0].base:x}", copied, phandles)
        node.set("reg", b"".join(wide(r.base, r.size) for r in device.regions))
        if device.irqs:
            node.set("interrupts", b"".join(_interrupt(irq) for irq in device.irqs))
    for copied in passed.others:
        _copy(root, _free_name(root, copied.source.name.partition("@")[0]), copied, phandles)


def _copy(parent: Node, name: str, copied: Copied, phandles: dict[str, int]) -> Node:
    node = parent.child(name)
    node.labels = copied.source.labels
    for key, value in copied.properties.items():
        for at, path in copied.links.get(key, ()):
            value = value[:at] + cells(phandles[path]) + value[at + 4 :]
        node.set(key, value)
    if copied.source.path in phandles:
        node.set("phandle", cells(phandles[copied.source.path]))
    for child in copied.children:
        _copy(node, child.source.name, child, phandles)
    return node


def _free_name(root: Node, name: str) -> str:
    """`name`, or with a number behind it where that is taken already."""
    taken = {child.name for child in root.children}
    return next(n for n in (name, *(f"{name}-{i}" for i in range(1, len(taken) + 2))) if n not in taken)


def _interrupt(irq: Irq) -> bytes:
    trigger = EDGE if irq.edge else LEVEL_HIGH
    if irq.intid >= 32:
        return cells(SPI, irq.intid - 32, trigger)
    return cells(PPI, irq.intid - 16, trigger)
