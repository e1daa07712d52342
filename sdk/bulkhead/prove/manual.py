# SPDX-License-Identifier: Apache-2.0
"""Manual entries of what a proof can find. None of these is a user's mistake."""

ENTRIES = """
BH-PROVE-001: the finished image cannot be read back.

The proof reads bulkhead.elf alone: its translation tables as the MMU walks them, and the generated
structures by the layout in its debug information. Something there is damaged, missing, or of a form that
the proof does not know, which it never accepts. `./bulkhead clean` and another build are worth a try;
otherwise this is a bug of Bulkhead.

BH-PROVE-002: the MMU would walk the tables in another way.

TCR_EL2 and VTCR_EL2 say how many address bits there are, how large pages are and at which level a walk
begins. The proof walks 39 bits in pages of 4 KiB from level 1; with other settings it would prove
something else than what happens. This is a bug of Bulkhead.

BH-PROVE-003: a translation table can be changed unseen.

All tables lie in the box that EL2 maps read-only, and under the digest that each start compares. One
that does not could be changed at run time, or be damaged in flash. This is a bug of Bulkhead.

BH-PROVE-004: a partition reaches other memory than planned.

Its stage-2 tables were compared with what plan.json gives it: the whole of its RAM, the pages of its
devices, the rights and the memory type of each. The difference is named. This is a bug of Bulkhead.

BH-PROVE-005: two partitions reach the same page.

Whatever was planned: no page may be in the tables of two partitions. This is a bug of Bulkhead.

BH-PROVE-006: a partition reaches the hypervisor.

A page of its tables leads to the hypervisor's code, tables, payloads, stacks or variables, or to a
device that the hypervisor drives. This is a bug of Bulkhead.

BH-PROVE-007: EL2 maps more than itself.

While guests run, EL2 maps its own boxes, the devices it drives and the words that CPUs without PSCI poll
(cpu-release-addr), each at its physical address, so that a bug in EL2 cannot read or write a guest. This
is a bug of Bulkhead.

BH-PROVE-008: a part of the hypervisor has wrong rights.

Code is executable and read-only, constants, tables and payloads are read-only, variables are not
executable. This is a bug of Bulkhead.

BH-PROVE-009: a stack of the hypervisor has no guard.

Below each stack lies a page that is not mapped, so that an overflow is a crash record and no corruption.
This is a bug of Bulkhead.

BH-PROVE-010: the root that loads a partition leads elsewhere, too.

While a partition starts, its pCPU uses a root that adds that partition's RAM to EL2's own, not
executable. It may lead to nothing else. This is a bug of Bulkhead.

BH-PROVE-011: two partitions share a VMID.

What the TLB holds for one would be used for the other. This is a bug of Bulkhead.

BH-PROVE-012: an interrupt goes to somebody else.

The table of owners, each partition's bitmap and the devices in plan.json must say the same of every SPI.
This is a bug of Bulkhead.

BH-PROVE-013: a pinned pCPU runs another vCPU.

Each vCPU has a pCPU of its own, and both tables say so. This is a bug of Bulkhead.

BH-PROVE-014: a shared pCPU has another frame than was planned.

The windows that EL2 walks must be those of plan.json, one after the other without a gap to the frame's end.
This is a bug of Bulkhead.

BH-PROVE-015: the argument for a deadline does not hold.

plan.json says of each task by when its work is done at worst. A checker that shares nothing with the analysis
adds up again what may have to be done until then, and what the windows give. This is a bug of Bulkhead.
"""
