# SPDX-License-Identifier: Apache-2.0
"""The board's devices: every node with registers that the CPU can reach, and who may own it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeVar

from bulkhead.diag import Diagnostic, Span, error
from bulkhead.dts.address import BadCells, cpu_regions, dma_limit
from bulkhead.dts.bindings import Binding, binding_of
from bulkhead.dts.interrupts import GicInterrupt, gic_interrupts
from bulkhead.dts.tree import Node, Tree
from bulkhead.model.board import Device, Irq, Region

T = TypeVar("T")
# Why nobody can own a device.
CONSOLE = "it is the hypervisor's console (stdout-path)"
CONTROLLER = "it is the interrupt controller"
# Properties that mean something only in the board's own tree, or that are written anew for a guest.
_OWN = {
    "reg", "interrupts", "interrupts-extended", "interrupt-parent", "interrupt-names", "phandle",
    "linux,phandle", "status", "ranges", "dma-ranges", "#address-cells", "#size-cells",
}  # fmt: skip


def read_devices(
    tree: Tree, gic: Node, console: Node | None, bindings: Mapping[str, Binding]
) -> tuple[tuple[Device, ...], list[Diagnostic]]:
    """Devices in the order of their addresses, and what is malformed about any of them."""
    nodes = list(_device_nodes(tree))
    diags: list[Diagnostic] = []
    twice = {name for name, n in Counter(n.name for n in nodes).items() if n > 1}
    devices = []
    for node in nodes:
        binding = binding_of(bindings, node.compatible)
        diags += _lacking(node, binding) if node.enabled else []
        name = f"{node.parent.name}/{node.name}" if node.name in twice and node.parent else node.name
        regions = _part(partial(cpu_regions, node), diags)
        irqs = _part(partial(gic_interrupts, tree, node, gic), diags)
        reason = _reason(node, gic, console)
        if regions:
            limit = _reach(node, binding, diags)
            devices.append(_device(node, name, regions, irqs, reason, binding, limit))
    return tuple(sorted(devices, key=lambda d: (d.regions[0].base, d.name))), diags


def _part(read: Callable[[], list[T]], diags: list[Diagnostic]) -> list[T]:
    """What `read` finds; a malformed property becomes a finding and is left out."""
    try:
        return read()
    except BadCells as bad:
        if bad.diagnostic not in diags:
            diags.append(bad.diagnostic)
        return []


def symbol_stem(name: str) -> str:
    """`serial@9000000` -> `SERIAL_9000000`."""
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")


def _device_nodes(tree: Tree) -> Iterator[Node]:
    for node in tree:
        top = node.path.split("/")[1]
        if top in ("cpus", "reserved-memory", "aliases", "chosen"):
            continue
        if "reg" in node.props and node.string("device_type") != "memory":
            yield node


def _device(
    node: Node,
    name: str,
    regions: list[tuple[int, int]],
    irqs: list[GicInterrupt],
    reason: str,
    binding: Binding | None,
    limit: int | None,
) -> Device:
    return Device(
        name=name,
        symbol=symbol_stem(name),
        path=node.path,
        compatible=node.compatible,
        regions=tuple(Region(base=b, size=s, where=node.span("reg")) for b, s in regions),
        irqs=tuple(Irq(intid=i.intid, edge=i.edge, where=_irq_span(node)) for i in irqs),
        enabled=node.enabled,
        properties=tuple(
            (p.name, p.value) for p in node.props.values() if p.name not in _OWN and not p.refers
        ),
        where=node.where if node.enabled else node.status_span,
        hypervisor_only=reason,
        dma=binding.dma if binding else True,
        dma_limit=limit,
    )


def _reach(node: Node, binding: Binding | None, diags: list[Diagnostic]) -> int | None:
    """The nearer of what its buses and what its own address lines reach; None for a device without DMA."""
    if binding is not None and not binding.dma:
        return None
    by_bus = _part(lambda: [dma_limit(node)], diags)
    limits = [*by_bus, 1 << binding.dma_bits if binding and binding.dma_bits else None]
    return min((limit for limit in limits if limit is not None), default=None)


def _irq_span(node: Node) -> Span:
    return node.span("interrupts" if "interrupts" in node.props else "interrupts-extended")


def _reason(node: Node, gic: Node, console: Node | None) -> str:
    if node is console:
        return CONSOLE
    if node is gic or node.parent is gic:
        return CONTROLLER
    if set(node.compatible) & {"arm,smmu-v3", "arm,mmu-500", "arm,smmu-v2"}:
        return "it is the SMMU"
    return ""


def _lacking(node: Node, binding: Binding | None) -> Iterator[Diagnostic]:
    for name in binding.required if binding else ():
        if name not in node.props and not (name == "interrupts" and "interrupts-extended" in node.props):
            kind = binding.compatible if binding else ""
            text = f"{node.path} ({kind}) lacks the property `{name}`"
            help = f'Add it, or status = "disabled"; dts/bindings/ says what {kind} needs.'
            yield error("BH-DTS-004", text, node.where, help=help)
