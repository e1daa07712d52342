# SPDX-License-Identifier: Apache-2.0
"""The page tables of a plan: EL2's stage 1, each partition's loader root and stage 2.

All of them lie in the tables box, in this order: EL2 root, loader roots, stage-2 roots.
W^X holds by construction: only the text box is executable and it is read-only. Guard pages
are holes. `hv_config.c` takes the roots' addresses and the TCR and VTCR values from here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from bulkhead.emit.pagetable import INPUT_BITS, PAGE, Mapping, TableSet
from bulkhead.model.board import Region, interface_pages, spin_tables
from bulkhead.model.sizes import PCPU_BLOCK_SIZE
from bulkhead.model.system import GUEST_GICC_IPA, GUEST_RAM_IPA, Partition, SystemPlan

# include/hv/config.h; a generated _Static_assert in hv_config.c compares each.
STACK_SIZE = 0x2000
PANIC_STACK_SIZE = 0x1000
PCPU_SIZE = 0x1000
ATTR_DEVICE = 0
ATTR_NORMAL = 1

# Leaf attributes. Arm DDI 0487, D8.3.2 (lower and upper attributes).
AF = 1 << 10
SH_INNER = 0b11 << 8
XN = 1 << 54
S1_RES1 = 1 << 6  # AP[1] is RES1 where one privilege level alone uses the tables (EL2)
S1_READ_ONLY = 1 << 7  # AP[2]
S2_READ_WRITE = 0b11 << 6  # S2AP
S2_MEMATTR_NORMAL = 0b1111 << 2  # write-back, inner and outer
S2_MEMATTR_DEVICE = 0b0001 << 2  # Device-nGnRE


def _stage1(attr: int, *, shared: bool, read_only: bool, execute: bool) -> int:
    bits = AF | S1_RES1 | attr << 2
    bits |= SH_INNER if shared else 0
    bits |= S1_READ_ONLY if read_only else 0
    return bits if execute else bits | XN


EL2_TEXT = _stage1(ATTR_NORMAL, shared=True, read_only=True, execute=True)
EL2_READ_ONLY = _stage1(ATTR_NORMAL, shared=True, read_only=True, execute=False)
EL2_DATA = _stage1(ATTR_NORMAL, shared=True, read_only=False, execute=False)
EL2_DEVICE = _stage1(ATTR_DEVICE, shared=False, read_only=False, execute=False)
GUEST_RAM = AF | SH_INNER | S2_READ_WRITE | S2_MEMATTR_NORMAL
GUEST_DEVICE = AF | S2_READ_WRITE | S2_MEMATTR_DEVICE | XN

_BOX_ATTRIBUTES = {
    "text": EL2_TEXT,
    "rodata": EL2_READ_ONLY,
    "tables": EL2_READ_ONLY,
    "store": EL2_READ_ONLY,
    "data": EL2_DATA,
    "record": EL2_DATA,
}

_PA_RANGE = {32: 0, 36: 1, 40: 2, 42: 3, 44: 4, 48: 5}  # ID_AA64MMFR0_EL1.PARange
PA_BITS = 40
_WALK = 0b11 << 12 | 0b01 << 10 | 0b01 << 8 | (64 - INPUT_BITS)  # SH0 inner, ORGN0, IRGN0 WB, T0SZ
TCR_EL2 = 1 << 31 | 1 << 23 | _PA_RANGE[PA_BITS] << 16 | _WALK  # bits 31 and 23 are RES1
VTCR_EL2 = 1 << 31 | _PA_RANGE[PA_BITS] << 16 | _WALK | 0b01 << 6  # SL0 = 1: root at level 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    data: bytes
    el2_root: int
    loader_roots: tuple[int, ...]  # by partition id
    stage2_roots: tuple[int, ...]  # by partition id
    pages: tuple[int, ...]  # made for each root, in the order above; shared ones count where they came up

    def vttbr(self, partition_id: int) -> int:
        """VTTBR_EL2: the root, and the VMID, which is the partition's id + 1."""
        return self.stage2_roots[partition_id] | (partition_id + 1) << 48


def make_tables(plan: SystemPlan) -> Tables:
    """All tables of the plan, placed at the base of its tables box."""
    tables = TableSet(plan.box("tables").base)
    el2 = el2_mappings(plan)
    count = len(plan.partitions)
    wanted = [el2, *([*el2, loader_mapping(p)] for p in plan.partitions)]
    wanted += (stage2_mappings(plan, p) for p in plan.partitions)
    roots, totals = [], [0]
    for mappings in wanted:
        roots.append(tables.add_root(mappings))
        totals.append(tables.page_count)
    return Tables(
        data=tables.to_bytes(),
        el2_root=roots[0],
        loader_roots=tuple(roots[1 : count + 1]),
        stage2_roots=tuple(roots[count + 1 :]),
        pages=tuple(after - before for before, after in pairwise(totals)),
    )


def emit_tables(plan: SystemPlan) -> bytes:
    """The bytes of the tables box."""
    return make_tables(plan).data


def el2_mappings(plan: SystemPlan) -> list[Mapping]:
    """What EL2 maps in steady state: itself, the devices it drives, spin tables; no guest RAM."""
    found = [
        _identity(b.base, b.size, _BOX_ATTRIBUTES[b.name]) for b in plan.boxes if b.name in _BOX_ATTRIBUTES
    ]
    for cpu in plan.pcpus:
        found += _pcpu_mappings(pcpu_block(plan, cpu.index))
    found += [_identity(base, size, EL2_DATA) for base, size in _pages(spin_tables(plan.board.cpus))]
    found += [_identity(base, size, EL2_DEVICE) for base, size in _pages(_el2_devices(plan))]
    return found


def loader_mapping(partition: Partition) -> Mapping:
    """What the loader root of a partition has beyond the EL2 root: the RAM it fills."""
    return _identity(partition.ram_pa, partition.ram_size, EL2_DATA)


def stage2_mappings(plan: SystemPlan, partition: Partition) -> list[Mapping]:
    """What a partition reaches without a trap: its RAM, its devices' pages, a GICv2's GICV, nothing else."""
    ram = Mapping(va=GUEST_RAM_IPA, pa=partition.ram_pa, size=partition.ram_size, attributes=GUEST_RAM)
    devices = _pages(r for name in partition.devices for r in plan.device(name).regions)
    return [ram, *_cpu_interface(plan), *(_identity(base, size, GUEST_DEVICE) for base, size in devices)]


def _cpu_interface(plan: SystemPlan) -> list[Mapping]:
    """Of a GICv2: where a guest has its CPU interface stands the virtual one, page by page."""
    gicv = plan.board.gic.virtual_cpu_interface
    pages = interface_pages(gicv) if gicv is not None else ()
    return [
        Mapping(va=GUEST_GICC_IPA + n * PAGE, pa=pa, size=PAGE, attributes=GUEST_DEVICE)
        for n, pa in enumerate(pages)
    ]


def pcpu_block(plan: SystemPlan, index: int) -> int:
    """Base of a pCPU's block: guard page, stack, guard page, panic stack, struct pcpu."""
    return plan.box("pcpu").base + index * PCPU_BLOCK_SIZE


def _pcpu_mappings(block: int) -> list[Mapping]:
    stack = block + PAGE
    panic_stack = stack + STACK_SIZE + PAGE
    return [
        _identity(stack, STACK_SIZE, EL2_DATA),
        _identity(panic_stack, PANIC_STACK_SIZE + PCPU_SIZE, EL2_DATA),
    ]


def _el2_devices(plan: SystemPlan) -> list[Region]:
    gic = plan.board.gic
    found = [gic.distributor, plan.board.uart.region]
    if gic.redistributors is not None:
        frames = gic.redistributors
        size = gic.redistributor_stride * len(plan.pcpus)
        found.append(Region(base=frames.base, size=size, where=frames.where))
    if gic.cpu_interface is not None:
        where = gic.cpu_interface.where
        found += [Region(base=pa, size=PAGE, where=where) for pa in interface_pages(gic.cpu_interface)]
    if gic.hypervisor_interface is not None:
        found.append(gic.hypervisor_interface)
    if plan.confirm is not None:  # its first page: the word, and the flash's commands
        found.append(Region(base=plan.confirm.base, size=PAGE, where=plan.confirm.where))
    return found


def _pages(regions: Iterable[Region]) -> list[tuple[int, int]]:
    """The pages the regions touch, as sorted runs; neighbours are joined."""
    runs: list[tuple[int, int]] = []
    for base, end in sorted((r.base // PAGE * PAGE, -(-r.end // PAGE) * PAGE) for r in regions):
        if runs and base <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((base, end))
    return [(base, end - base) for base, end in runs]


def _identity(base: int, size: int, attributes: int) -> Mapping:
    return Mapping(va=base, pa=base, size=size, attributes=attributes)
