# SPDX-License-Identifier: Apache-2.0
"""Rules about devices that are given to partitions."""

from __future__ import annotations

from collections.abc import Iterator

from bulkhead.diag import Diagnostic, error, warning
from bulkhead.elaborate.allocate import free_ranges, highest_fit
from bulkhead.model.board import Device, Region
from bulkhead.model.sizes import PAGE, addresses, round_up, words
from bulkhead.model.system import (
    GUEST_GICC_IPA,
    GUEST_GICC_SIZE,
    GUEST_GICD_IPA,
    GUEST_GICD_SIZE,
    GUEST_GICR_IPA,
    GUEST_GICR_STRIDE,
    GUEST_RAM_IPA,
    GUEST_UART_IPA,
    GUEST_UART_SIZE,
    Owner,
    Partition,
    SystemPlan,
)


def pages_have_one_owner(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-DEV-001: a partition would reach another's device, since both lie in one 4 KiB page.

    Memory is protected in pages of 4 KiB. Whoever owns a device reaches everything in its page:
    all devices there must have the same owner. A device that nobody owns counts too, unless
    the devicetree disables it: nobody gave it to that partition.
    """
    for page, owners in _shared_pages(plan).items():
        mine = next((o for o in owners if o.owner not in ("", "hv")), None)
        others = [o for o in owners if mine is not None and o.owner != mine.owner]
        if mine is not None and others:
            yield _two_owners(page, mine, others)


def devices_miss_the_guests_machine(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-DEV-005: a passed-through device lies where the guest has something else.

    A device appears to its owner at its physical address. There the guest may have its RAM
    (from 0x40000000), its virtual interrupt controller or its virtual UART; two things cannot
    be at one address. Less RAM, no virtual UART, or another owner resolves it.
    """
    for p in plan.partitions:
        for name in p.devices:
            for region in plan.device(name).regions:
                for base, end, what in _machine(plan, p):
                    if _page_base(region) < end and base < _page_end(region):
                        yield error(
                            "BH-DEV-005",
                            f"{name} ({region.base:#010x}) lies where partition '{p.name}' has {what}",
                            plan.owner(name).where,
                            (region.where, f"{name} has its registers here"),
                            help=f"Set CONFIG_OWNER_{plan.device(name).symbol}_NONE=y instead: the guest has "
                            f"{what} at {addresses(base, end)}.",
                        )


def dma_is_watched(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-DEV-006: a partition owns a device that can reach all memory.

    A device that reads and writes memory by itself is held in check only by an SMMU, and none is
    set up here. CONFIG_ALLOW_UNPROTECTED_DMA allows it: its owner must then be trusted like the
    hypervisor, since through the device it reaches every partition. A device without a binding
    in dts/bindings/ counts as such a one. This is a warning, given each time.
    """
    for p in plan.partitions:
        for name in p.devices:
            device = plan.device(name)
            if device.dma:
                yield warning(
                    "BH-DEV-006",
                    f"through {name}, partition '{p.name}' can reach the memory of all others",
                    plan.owner(name).where,
                    (device.where, f"{name} ({', '.join(device.compatible)}) is here"),
                    help=f"Set CONFIG_OWNER_{device.symbol}_NONE=y instead, or give it to a partition "
                    "that you trust like the hypervisor.",
                )


def devices_are_no_memory(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-DEV-007: a passed-through device lies in the board's memory.

    Its owner would reach RAM through it that the plan knows nothing of. Most often an address in
    the devicetree lacks its upper cell, or `ranges` of its bus is wrong.
    """
    for p in plan.partitions:
        for name in p.devices:
            for region in plan.device(name).regions:
                bank = next(
                    (b for b in plan.board.memory if region.base < b.end and b.base < region.end), None
                )
                if bank is not None:
                    yield error(
                        "BH-DEV-007",
                        f"{name} ({addresses(region.base, region.end)}) lies in the board's memory",
                        plan.owner(name).where,
                        (region.where, f"{name} has its registers here"),
                        (bank.where, f"memory is {addresses(bank.base, bank.end)}"),
                        help="Check its `reg`, and #address-cells and `ranges` of its bus; until then "
                        f"set CONFIG_OWNER_{plan.device(name).symbol}_NONE=y instead.",
                    )


def dma_meets_the_right_memory(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-DEV-009: a device takes its owner's addresses for physical ones.

    A guest sees its RAM at 0x40000000 and tells the device addresses from there. Without an SMMU
    the device uses them as they are, and reads and writes whatever lies there physically. Only
    RAM at the physical address 0x40000000 makes both the same. This is a warning.
    """
    for p in plan.partitions:
        if p.ram_pa in (0, GUEST_RAM_IPA):
            continue
        for name in p.devices:
            if plan.device(name).dma:
                yield warning(
                    "BH-DEV-009",
                    f"{name} would read and write at {GUEST_RAM_IPA:#010x}, but the RAM of its owner "
                    f"'{p.name}' lies at {p.ram_pa:#010x}",
                    plan.owner(name).where,
                    (p.span("ram_base"), "where its RAM lies is decided here"),
                    help=f"Set CONFIG_PART_{p.slot}_RAM_BASE={GUEST_RAM_IPA:#x} if that memory is free, "
                    "use the device without DMA, or set "
                    f"CONFIG_OWNER_{plan.device(name).symbol}_NONE=y instead.",
                )


def dma_reaches_its_owners_memory(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-DEV-008: a device cannot reach its owner's RAM.

    Some devices address less memory than the board has (32 address lines reach 4 GiB); `dma-ranges` of
    their bus says so. RAM beyond that is never seen by the device: its transfers go elsewhere.
    """
    for p in plan.partitions:
        for name in p.devices:
            limit, end = plan.device(name).dma_limit, p.ram_pa + p.ram_size
            if limit is not None and p.ram_pa and end > limit:
                yield error(
                    "BH-DEV-008",
                    f"{name} reaches memory below {limit:#x}, but the RAM of its owner '{p.name}' "
                    f"ends at {end:#x}",
                    plan.owner(name).where,
                    (plan.device(name).where, f"{name} is here; `dma-ranges` of its bus limits it"),
                    (p.span("ram_base"), "where its RAM lies is decided here"),
                    help=_reachable(plan, p, limit),
                )


def _reachable(plan: SystemPlan, p: Partition, limit: int) -> str:
    taken = [(c.base, c.end) for c in plan.claims if c.owner != p.name or c.kind != "partition"]
    memory = [(r.base, min(r.end, limit)) for r in plan.board.memory if r.base < limit]
    base = highest_fit(free_ranges(memory, taken), p.ram_size)
    if base is None:
        return f"No hole of {words(p.ram_size)} is left below {limit:#x}; give '{p.name}' less RAM."
    return f"Set CONFIG_PART_{p.slot}_RAM_BASE={base:#x}, which is free and below {limit:#x}."


def regions_have_bytes(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-DEV-011: a passed-through device has registers without a size.

    One of the pairs in its `reg` has the size 0: nothing could be mapped for it.
    """
    for p in plan.partitions:
        for name in p.devices:
            for region in plan.device(name).regions:
                if not region.size:
                    yield error(
                        "BH-DEV-011",
                        f"{name} of partition '{p.name}' has registers of 0 bytes at {region.base:#010x}",
                        plan.owner(name).where,
                        (region.where, "its `reg` is here"),
                        help="Write the size behind the address; the device's manual has it.",
                    )


def _two_owners(page: int, mine: Owner, others: list[Owner]) -> Diagnostic:
    names = ", ".join(o.device for o in others[:3]) + (", ..." if len(others) > 3 else "")
    return error(
        "BH-DEV-001",
        f"with {mine.device}, partition '{mine.owner}' also reaches {names}: same page {page:#010x}",
        mine.where,
        *((o.where, f"{o.device} belongs to {_who(o)}") for o in others),
        help=f"Give all of them to '{mine.owner}' or to nobody, or disable the others in an overlay.dts.",
    )


def _who(owner: Owner) -> str:
    return {"": "nobody", "hv": "the hypervisor"}.get(owner.owner, f"'{owner.owner}'")


def _shared_pages(plan: SystemPlan) -> dict[int, list[Owner]]:
    """Pages with registers of several enabled devices, and these devices' owners."""
    devices = [(d, r) for d in plan.board.devices if d.enabled for r in d.regions if r.size]
    devices.sort(key=lambda pair: (_page_base(pair[1]), pair[0].name))
    found: dict[int, list[Owner]] = {}
    before: list[tuple[Device, Region]] = []  # those that reach as far as where we are
    for device, region in devices:
        page = _page_base(region)
        before = [(d, r) for d, r in before if _page_end(r) > page]
        for other in dict.fromkeys(d.name for d, _ in before if d is not device):
            here = found.setdefault(page, [])
            here += [o for o in (plan.owner(other), plan.owner(device.name)) if o not in here]
        before.append((device, region))
    return found


def _machine(plan: SystemPlan, p: Partition) -> Iterator[tuple[int, int, str]]:
    """What a guest has at which addresses: base, exclusive end, words."""
    yield GUEST_RAM_IPA, GUEST_RAM_IPA + round_up(p.ram_size), "its RAM"
    gic = "its virtual interrupt controller"
    yield GUEST_GICD_IPA, GUEST_GICD_IPA + GUEST_GICD_SIZE, gic
    if plan.board.gic.version == 2:
        yield GUEST_GICC_IPA, GUEST_GICC_IPA + GUEST_GICC_SIZE, gic
    else:
        yield GUEST_GICR_IPA, GUEST_GICR_IPA + GUEST_GICR_STRIDE * max(1, len(p.vcpus)), gic
    if p.console:
        yield GUEST_UART_IPA, GUEST_UART_IPA + GUEST_UART_SIZE, "its virtual UART"


def _page_base(region: Region) -> int:
    return region.base // PAGE * PAGE


def _page_end(region: Region) -> int:
    return round_up(region.end)
