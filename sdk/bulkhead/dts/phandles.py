# SPDX-License-Identifier: Apache-2.0
"""Properties that are lists of phandles with arguments, by the name of their bindings."""

from __future__ import annotations

import re

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
_PLAIN = re.compile(
    r"interrupt-parent|interrupts-extended|memory-region|msi-parent|next-level-cache|operating-points-v2|cpu-idle-states"
    r"|remote-endpoint|nvmem-cells|mmc-pwrseq|phy-handle|trips?|cooling-device|interrupt-map|msi-map"
    r"|iommu-map|interrupt-affinity|pinctrl-\d+|.*-supply|.*-gpios?|gpios"
)


def holds_phandles(name: str) -> bool:
    """Whether the value means something only in its own tree."""
    return name in CELLS_OF or _PLAIN.fullmatch(name) is not None
