# SPDX-License-Identifier: Apache-2.0
"""What EL2 takes of a window, from the measured baseline of `./bulkhead bench`.

A count is an instruction; a Kconfig option says how long one takes on the board at worst. At the begin of a
window stand the switch and, before it, the longest path that EL2 may just be in for somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping

SWITCH = "switch_involuntary"
SWITCH_REQUIRED = 300  # where it was not measured: what the bench lets pass
PATHS = (
    "hvc_psci_version", "smc_psci_version", "mmio_gicd_typer_read", "mmio_gicd_isenabler1_read",
    "mmio_gicd_isenabler1_write0", "mmio_gicr_isenabler0_write_timer", "mmio_gicr_icenabler0_write_timer",
    "timer_irq_total_gap", "self_sgi_latency", "ipi_latency_serialised",
)  # fmt: skip


def lost_instructions(baseline: Mapping[str, int]) -> int:
    """At the begin of each window."""
    return baseline.get(SWITCH, SWITCH_REQUIRED) + max((baseline.get(path, 0) for path in PATHS), default=0)
