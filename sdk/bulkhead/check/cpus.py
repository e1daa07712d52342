# SPDX-License-Identifier: Apache-2.0
"""Rules about physical CPUs: each exists, and has one master."""

from __future__ import annotations

from collections.abc import Iterator

from bulkhead.diag import Diagnostic, error, warning
from bulkhead.model.board import Cpu
from bulkhead.model.system import Partition, SystemPlan


def pcpus_exist(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-CPU-001: a partition runs on a physical CPU that the board does not have.

    Physical CPUs are counted from 0 in the order of the devicetree's /cpus, whatever their
    MPIDR is. Those whose status is "disabled" do not count.
    """
    count = len(plan.board.cpus)
    for p in plan.partitions:
        for vcpu in p.vcpus:
            if vcpu.pcpu >= count:
                yield error(
                    "BH-CPU-001",
                    f"partition '{p.name}' runs on pCPU {vcpu.pcpu}, but the board has {_list(count)}",
                    p.span("pcpus"),
                    (plan.board.cpus[-1].where, f"the board's last CPU is {count - 1}"),
                    help=_free(plan, p),
                )


def pcpus_have_one_vcpu(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-CPU-002: two virtual CPUs run on one physical CPU that is not shared.

    With the policy `pinned` a physical CPU belongs to one virtual CPU alone: nobody else can delay it.
    With the policy `table` several share it, each in its windows (docs/scheduling.md).
    """
    first: dict[int, Partition] = {}
    for p in plan.partitions:
        for vcpu in p.vcpus:
            if plan.schedule(vcpu.pcpu) is not None:
                continue
            before = first.get(vcpu.pcpu)
            if before is None:
                first[vcpu.pcpu] = p
                continue
            notes = [] if before is p else [(before.span("pcpus"), f"'{before.name}' takes it here")]
            text = f"partitions '{before.name}' and '{p.name}' both run on pCPU {vcpu.pcpu}"
            if before is p:
                text = f"partition '{p.name}' lists pCPU {vcpu.pcpu} twice"
            yield error("BH-CPU-002", text, p.span("pcpus"), *notes, help=_free(plan, p))


def performance_monitors_exist(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-CPU-008: a partition is to have performance monitors that the board does not describe.

    The board's devicetree needs a node such as compatible = "arm,armv8-pmuv3" with the interrupt of
    their overflow, a PPI. Boards that have an SPI for each CPU instead cannot give them to partitions.
    """
    for p in plan.partitions:
        if p.pmu and plan.board.pmu is None:
            yield error(
                "BH-CPU-008",
                f"partition '{p.name}' is to have performance monitors, "
                "and the board has no pmu node with a PPI",
                p.span("pmu"),
                help=f"Set CONFIG_PART_{p.slot}_PMU=n, or describe the board's monitors in an overlay.dts.",
            )


def cpus_have_numbers_of_their_own(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-CPU-004: two CPUs of the devicetree have the same number.

    `reg` of a CPU node is its MPIDR, by which the firmware starts it and interrupts are routed.
    """
    first: dict[int, Cpu] = {}
    for cpu in plan.board.cpus:
        before = first.setdefault(cpu.mpidr, cpu)
        if before is not cpu:
            yield error(
                "BH-CPU-004",
                f"pCPU {before.index} and pCPU {cpu.index} both have the MPIDR {cpu.mpidr:#x}",
                cpu.span("reg"),
                (before.span("reg"), f"pCPU {before.index} is here"),
                help="Give each CPU node the affinity numbers of its CPU as `reg`.",
            )


def spin_tables_lead_somewhere(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-CPU-005: a CPU cannot be started, since its spin table has no usable address.

    A CPU with enable-method = "spin-table" waits for a non-zero word at its cpu-release-addr, which
    must be a multiple of 8. Of CPU 0, which boots, it is not needed.
    """
    for cpu in plan.pcpus[1:]:
        if cpu.enable_method == "spin-table" and (not cpu.release_address or cpu.release_address % 8):
            has = f"is {cpu.release_address:#x}" if cpu.release_address else "is missing"
            yield error(
                "BH-CPU-005",
                f"pCPU {cpu.index} waits at a spin table, but its cpu-release-addr {has}",
                cpu.span("cpu-release-addr" if cpu.release_address else "enable-method"),
                help='Add cpu-release-addr, as the firmware has it, or enable-method = "psci".',
            )


def spin_tables_stay_whole(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-CPU-006: something is placed over the word by which a CPU is started.

    The word at cpu-release-addr must hold until the hypervisor writes it: neither the hypervisor's
    own image nor a partition's RAM may lie there. That is so for CPUs that no partition uses, too:
    whoever writes there starts them, at EL2.
    """
    for cpu in plan.board.cpus[1:]:
        at = cpu.release_address
        for claim in plan.claims if cpu.enable_method == "spin-table" and at else ():
            if claim.kind in ("hypervisor", "store", "partition") and claim.base < at + 8 and at < claim.end:
                yield error(
                    "BH-CPU-006",
                    f"{claim.label} covers {at:#x}, where pCPU {cpu.index} waits to be started",
                    claim.where,
                    (
                        cpu.span("cpu-release-addr"),
                        f"the cpu-release-addr of pCPU {cpu.index} is described here",
                    ),
                    help=f"Keep it free: `- {{base: {at & ~0xFFF:#x}, size: 0x1000}}` under boot.areas "
                    "of the board.yaml.",
                )


def vcpus_of_a_guest_are_alike(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-CPU-007: the virtual CPUs of one partition run on CPUs of different kinds.

    A guest that reads its features on one CPU and uses them on another may fail, and is timed
    differently on each. Guests made for it (Linux) cope. This is a warning.
    """
    cpus = plan.board.cpus
    for p in plan.partitions:
        on = [cpus[v.pcpu] for v in p.vcpus if v.pcpu < len(cpus)]
        other = next((c for c in on if c.compatible != on[0].compatible), None)
        if other is not None:
            alike = [c.index for c in cpus if c.compatible == on[0].compatible]
            yield warning(
                "BH-CPU-007",
                f"partition '{p.name}' runs on CPUs of different kinds: pCPU {on[0].index} is "
                f"{on[0].compatible}, pCPU {other.index} is {other.compatible}",
                p.span("pcpus"),
                (other.span("compatible"), f"pCPU {other.index} is here"),
                help=f"Choose among pCPU {', '.join(map(str, alike))}: these are {on[0].compatible}.",
            )


def _free(plan: SystemPlan, p: Partition) -> str:
    taken = {v.pcpu for other in plan.partitions for v in other.vcpus} | {s.pcpu for s in plan.schedules}
    free = [str(c.index) for c in plan.board.cpus if c.index not in taken]
    symbol = f"CONFIG_PART_{p.slot}_PCPUS"
    if free:
        return f"Free for {symbol}: pCPU {', '.join(free)}."
    return "Every pCPU of the board is taken: disable a partition, or give one fewer virtual CPUs."


def _list(count: int) -> str:
    return "pCPU 0 alone" if count == 1 else f"pCPUs 0 to {count - 1}"
