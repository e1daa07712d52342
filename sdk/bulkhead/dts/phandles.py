# SPDX-License-Identifier: Apache-2.0
"""Properties that are lists of phandles with arguments, by the name of their bindings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bulkhead.dts.tree import Property, Tree

# Property -> the property of the node it names that says how many cells follow; "" for none.
CELLS_OF = {
    "assigned-clocks": "#clock-cells",
    "assigned-clock-parents": "#clock-cells",
    "clocks": "#clock-cells",
    "dmas": "#dma-cells",
    "hwlocks": "#hwlock-cells",
    "interconnects": "#interconnect-cells",
    "io-channels": "#io-channel-cells",
    "iommus": "#iommu-cells",
    "mboxes": "#mbox-cells",
    "phys": "#phy-cells",
    "power-domains": "#power-domain-cells",
    "pwms": "#pwm-cells",
    "resets": "#reset-cells",
    "sound-dai": "#sound-dai-cells",
    "thermal-sensors": "#thermal-sensor-cells",
}
_GPIOS = re.compile(r"gpios?|.*-gpios?")
_PLAIN = re.compile(
    r"interrupt-parent|interrupts-extended|memory-region|msi-parent|next-level-cache|operating-points-v2|cpu-idle-states"
    r"|remote-endpoint|nvmem-cells|mmc-pwrseq|phy-handle|trips?|cooling-device|interrupt-map|msi-map"
    r"|iommu-map|interrupt-affinity|pinctrl-\d+|.*-supply|.*-gpios?|gpios"
)

_MAPS = {"interrupt-map", "msi-map", "iommu-map", "interrupts-extended"}  # rows of several parts


def holds_phandles(name: str) -> bool:
    """Whether the value means something only in its own tree."""
    return name in CELLS_OF or _PLAIN.fullmatch(name) is not None


def links(tree: Tree, prop: Property) -> tuple[tuple[int, str], ...] | None:
    """Byte offset of each phandle in the value and the path of its node; None where that is not known.

    In a compiled tree references are numbers like others, so the binding's name tells where they are.
    """
    if prop.links or not prop.refers:
        return prop.links
    if prop.name in CELLS_OF:
        counted = CELLS_OF[prop.name]
    elif _GPIOS.fullmatch(prop.name):
        counted = "#gpio-cells"
    elif prop.name in _MAPS:
        return None
    else:
        counted = ""
    found = list(_entries(tree, prop, counted))
    return None if None in found else tuple(link for link in found if link)


def _entries(tree: Tree, prop: Property, counted: str) -> Iterator[tuple[int, str] | None]:
    cells, at = prop.cells(), 0
    while at < len(cells):
        node = tree.by_phandle(cells[at])
        if node is None and cells[at] != 0:  # 0 stands for a place that is left empty
            yield None
            return
        if node is not None:
            yield 4 * at, node.path
        at += 1 + (node.cell(counted, 0) if node is not None and counted else 0)
