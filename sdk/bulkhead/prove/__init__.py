# SPDX-License-Identifier: Apache-2.0
"""The finished hypervisor, read back: what each partition can reach, and that it is what was asked for.

Reads bulkhead.elf and plan.json, and knows nothing of emit/: the tables are walked as the MMU walks
them, the generated structures are decoded by the layout that the compiler wrote down.
"""
