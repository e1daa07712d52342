# SPDX-License-Identifier: Apache-2.0
"""What of the board's tree goes into a guest's: its devices, and what their properties refer to.

A phandle may lead to another device of the same partition, or to a node that describes and has no
registers (a fixed clock, a supply, a table of operating points): that one is copied too. It may not lead
to what the partition does not own; such a property is left out, and its name list with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bulkhead.model.board import Board, Device, NodeProperty, TreeNode

# Written anew for a guest, or about a place in the board's tree. Below a device `reg` is its own affair.
_PLACE_BELOW = frozenset(
    {
        "interrupts", "interrupts-extended", "interrupt-parent", "phandle", "linux,phandle", "ranges",
        "dma-ranges", "interrupt-map", "interrupt-map-mask",
    }
)  # fmt: skip
_PLACE = _PLACE_BELOW | {"reg", "status"}
_QUIET = {"iommus", "iommu-map", "msi-parent", "msi-map"}  # the hypervisor's affair: left out without a word
_CHILD_SIZES = ("#address-cells", "#size-cells")
# Top of the tree that belongs to the board alone.
_BOARDS_OWN = ("cpus", "memory", "reserved-memory", "chosen", "aliases", "firmware", "psci", "timer")
_NAMES_OF = {  # list -> the list that names its entries, where that is not `<singular>-names`
    "resets": "reset-names", "dmas": "dma-names", "phys": "phy-names", "mboxes": "mbox-names",
    "power-domains": "power-domain-names", "io-channels": "io-channel-names", "clocks": "clock-names",
    "interconnects": "interconnect-names", "nvmem-cells": "nvmem-cell-names", "pwms": "pwm-names",
}  # fmt: skip


@dataclass(slots=True)
class Copied:
    """A node for a guest's tree. `links` by property: byte offset and path on the board."""

    source: TreeNode
    properties: dict[str, bytes]
    links: dict[str, tuple[tuple[int, str], ...]]
    children: list[Copied] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A property that refers to what the partition does not have (`target`, "" where that is not known)."""

    device: Device
    node: str
    name: str
    target: str


@dataclass(slots=True)
class Passed:
    """Devices in the order asked for, then what they refer to in the order it was met."""

    devices: list[tuple[Device, Copied]]
    others: list[Copied]
    left_out: list[LeftOut]

    def referred(self) -> set[str]:
        """Paths of the board's nodes that need a phandle in the guest's tree."""
        return {path for node in self._all() for links in node.links.values() for _, path in links}

    def _all(self) -> Iterator[Copied]:
        waiting = [*(node for _, node in self.devices), *self.others]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.children


def pass_through(board: Board, devices: list[Device]) -> Passed:
    """The nodes that a partition with these devices gets."""
    return _Copier(board, devices).run()


class _Copier:
    def __init__(self, board: Board, devices: list[Device]) -> None:
        self.nodes = board.nodes
        self.owned = {d.path: d for d in devices}
        self.registers = {d.path for d in board.devices}
        self.others: dict[str, Copied] = {}
        self.left_out: list[LeftOut] = []

    def run(self) -> Passed:
        copied = [(d, self.copy(self.nodes.get(d.path) or _alone(d), d)) for d in self.owned.values()]
        return Passed(copied, list(self.others.values()), self.left_out)

    def copy(self, source: TreeNode, device: Device, place: frozenset[str] = _PLACE) -> Copied:
        """The node and what is below it (a bus's clients, ports), but for devices of their own."""
        return self.fill(Copied(source, {}, {}), device, place)

    def fill(self, made: Copied, device: Device, place: frozenset[str]) -> Copied:
        lost_names = set()
        for prop in made.source.properties:
            if prop.name in place or prop.name in _QUIET:
                continue
            lost = self.lost(prop, device)
            if lost is None:
                made.properties[prop.name] = prop.value
                if prop.links:
                    made.links[prop.name] = prop.links
            else:
                self.left_out.append(LeftOut(device, made.source.path, prop.name, lost))
                lost_names.add(_names_of(prop.name))
        for path in made.source.children:
            if path not in self.registers and path not in self.others:
                made.children.append(self.copy(self.nodes[path], device, _PLACE_BELOW))
        if not any("reg" in child.properties for child in made.children):
            lost_names.update(_CHILD_SIZES)
        if made.source.path == device.path and not device.irqs:
            lost_names.add("interrupt-names")
        for name in lost_names:
            made.properties.pop(name, None)
        return made

    def lost(self, prop: NodeProperty, device: Device) -> str | None:
        """What keeps a property from being copied: a path, "" where its phandles are not known."""
        if prop.links is None:
            return ""
        return next((path for _, path in prop.links if not self.reach(path, device)), None)

    def reach(self, path: str, device: Device) -> bool:
        """Whether a node is in the guest's tree, now or because of this."""
        above = path
        while above:
            if above in self.registers:  # a device, or behind one
                return above in self.owned
            if above in self.others:
                return True
            above = above.rpartition("/")[0]
        source = self.nodes.get(path)
        if source is None or path.split("/")[1].partition("@")[0] in _BOARDS_OWN:
            return False
        made = self.others[path] = Copied(source, {}, {})  # first itself: its own links may come back
        self.fill(made, device, _PLACE)
        return True


def _alone(device: Device) -> TreeNode:
    """A device that stands in no tree has its properties alone."""
    properties = tuple(NodeProperty(name=name, value=value) for name, value in device.properties)
    return TreeNode(
        name=device.path.rpartition("/")[2], path=device.path, labels=(), properties=properties, children=()
    )


def _names_of(name: str) -> str:
    if name.startswith("pinctrl-"):
        return "pinctrl-names"
    return _NAMES_OF.get(name, f"{name}-names")
