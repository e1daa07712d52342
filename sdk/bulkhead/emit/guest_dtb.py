# SPDX-License-Identifier: Apache-2.0
"""The blob at the base of a partition's RAM: its devicetree, as elaborate/guest_tree.py makes it."""

from __future__ import annotations

from bulkhead.elaborate.guest_tree import guest_tree
from bulkhead.emit.fdt import write
from bulkhead.model.system import Partition, SystemPlan


def emit_guest_dtb(plan: SystemPlan, partition: Partition) -> bytes:
    return write(guest_tree(plan, partition)[0])
