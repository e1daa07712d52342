# SPDX-License-Identifier: Apache-2.0
"""What has to hold for every image: one function a statement, each yields what contradicts it.

The first line of a docstring is what the report says when it holds. prove/manual.py explains the codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from crc32c import crc32c

from bulkhead.model.sizes import addresses
from bulkhead.prove.image import Unreadable
from bulkhead.prove.proof import PAGE, PINNED, PartitionView, Proof, look, pages
from bulkhead.prove.walk import Malformed, Reach
from bulkhead.schedule.verify import objections

NONE, OWNER_HV = 0xFF, 0xFE  # include/hv/config.h: HV_NONE, HV_OWNER_HV
FIRST_SPI = 32
_GICV2_CPU_INTERFACE = 0x0801_0000  # where a guest of a GICv2 board finds it
_RIGHTS = {"text": "r-x", "rodata": "r--", "tables": "r--", "store": "r--", "data": "rw-", "record": "rw-"}
_WALKED = {  # TCR_EL2 and VTCR_EL2: T0SZ 25; TG0 4 KiB; SL0 of stage 2: level 1
    "tcr_el2": (0x3F | 0b11 << 14, 25),
    "vtcr_el2": (0x3F | 0b11 << 14 | 0b11 << 6, 25 | 0b01 << 6),
}

Statement = Callable[[Proof], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Range:
    """A range as the plan wants it to be reached."""

    va: int
    pa: int
    size: int
    rights: str
    device: bool


def tables_are_walked_as_configured(proof: Proof) -> Iterator[str]:
    """the control registers make the MMU walk the tables as they were walked here"""
    for name, (mask, value) in _WALKED.items():
        if proof.settings[name] & mask != value:
            yield f"{name.upper()} is {proof.settings[name]:#x}"


def tables_are_read_only_and_checked(proof: Proof) -> Iterator[str]:
    """every translation table lies in the read-only tables box, under the digest that each start checks"""
    low, high = proof.box("tables")
    start = proof.header["checked_base"]["pa"]
    end = start + proof.header["checked_size"]
    for table in sorted(proof.tables):
        if not (max(low, start) <= table and table + PAGE <= min(high, end)):
            yield f"the table at {table:#x} is outside"
    if crc32c(proof.integrity) != proof.header["digest"]:
        yield "the digest in the header is another"


def partitions_reach_their_own(proof: Proof) -> Iterator[str]:
    """each partition reaches its own RAM and devices with the planned rights, and nothing else"""
    for view in proof.partitions:
        yield from _differences(f"'{view.name}'", _wanted_of(proof, view), view.stage2)


def partitions_share_no_memory(proof: Proof) -> Iterator[str]:
    """no two partitions reach the same page"""
    found = sorted(
        (r.pa, r.end, view.name)
        for view in proof.partitions
        for r in view.stage2
        if not _is_banked_interface(proof, r)
    )
    for (_, end, name), (base, _, other) in pairwise(found):
        if base < end:
            yield f"'{name}' and '{other}' both reach {addresses(base, end)}"


def hypervisor_is_out_of_reach(proof: Proof) -> Iterator[str]:
    """no partition reaches the hypervisor's memory or a device that it drives"""
    low = min(box["base"] for box in proof.plan["boxes"])
    high = max(box["base"] + box["size"] for box in proof.plan["boxes"])
    mine = [(low, high), *((r.pa, r.end) for r in proof.el2)]
    for view in proof.partitions:
        for r in view.stage2:
            for base, end in mine:
                if r.pa < end and base < r.end:
                    yield f"'{view.name}' reaches {addresses(max(r.pa, base), min(r.end, end))}"


def el2_maps_itself(proof: Proof) -> Iterator[str]:
    """in steady state EL2 maps its boxes, its devices and spin tables, in place, and no guest RAM"""
    spin_tables = {cpu["release_address"] for cpu in proof.plan["board"]["cpus"]} - {0}
    allowed = [proof.box(box["name"]) for box in proof.plan["boxes"]]
    allowed += [pages(release, 8) for release in sorted(spin_tables)]
    devices = [pages(base, size) for base, size in _driven(proof)]
    for r in proof.el2:
        if r.va != r.pa:
            yield f"{r.va:#x} leads to {r.pa:#x}"
        if not _covered(r.pa, r.end, devices if r.device else allowed):
            yield f"EL2 reaches {addresses(r.pa, r.end)} ({r.rights})"


def el2_rights(proof: Proof) -> Iterator[str]:
    """EL2's code is read-only and alone executable; its constants, tables and payloads are read-only"""
    for name, rights in _RIGHTS.items():
        low, high = proof.box(name)
        for r in proof.el2:
            if r.pa < high and low < r.end and r.rights != rights:
                yield f"{name} at {addresses(max(r.pa, low), min(r.end, high))} is {r.rights}, not {rights}"
        if low < high and not _covered(low, high, [(r.pa, r.end) for r in proof.el2]):
            yield f"{name} at {addresses(low, high)} is not mapped whole"
    for r in proof.el2:
        if r.device and r.rights != "rw-":
            yield f"the device at {addresses(r.pa, r.end)} is {r.rights}"


def stacks_have_guards(proof: Proof) -> Iterator[str]:
    """below each of EL2's stacks lies a page that nothing maps"""
    mapped = [(r.pa, r.end) for r in proof.el2 if r.rights == "rw-"]
    low, high = proof.box("pcpu")
    size = (high - low) // len(proof.pcpus)
    for number, pcpu in enumerate(proof.pcpus):
        block = pcpu["block"]["pa"]
        if block != low + number * size:
            yield f"the block of pCPU {number} is at {block:#x}"
            continue
        holes = [at for at in range(block, block + size, PAGE) if not any(a <= at < b for a, b in mapped)]
        if len(holes) != 2 or holes[0] != block or holes[1] in (block + PAGE, block + size - PAGE):
            yield f"pCPU {number} has {len(holes)} guard pages: {', '.join(map(hex, holes))}"


def loaders_add_one_ram(proof: Proof) -> Iterator[str]:
    """the root that loads a partition adds that partition's RAM, not executable, to EL2's own, and no more"""
    for view in proof.partitions:
        ram = view.config["ram_pa"]["pa"]
        wanted = [Range(r.va, r.pa, r.size, r.rights, r.device) for r in proof.el2]
        wanted.append(Range(ram, ram, view.config["ram_size"], "rw-", False))
        yield from _differences(f"the loader root of '{view.name}'", wanted, view.loader)


def partitions_are_told_apart(proof: Proof) -> Iterator[str]:
    """each partition has a VMID of its own, and none is 0"""
    seen: dict[int, str] = {0: "EL2"}
    for view in proof.partitions:
        if view.vmid in seen:
            yield f"'{view.name}' has VMID {view.vmid}, as {seen[view.vmid]} has"
        seen[view.vmid] = f"'{view.name}'"


def interrupts_have_one_owner(proof: Proof) -> Iterator[str]:
    """each interrupt goes to the one partition that owns its device, or to the hypervisor"""
    for view in proof.partitions:
        planned = {irq["intid"] for device in proof.owned_devices(view.name) for irq in device["irqs"]}
        routed = {
            intid for intid, owner in enumerate(proof.irq_owner) if intid >= FIRST_SPI and owner == view.id
        }
        for intid in sorted(planned ^ routed | planned ^ view.intids):
            yield (
                f"SPI {intid - FIRST_SPI} (INTID {intid}): planned for '{view.name}' {intid in planned}, "
                f"routed to it {intid in routed}, in its bitmap {intid in view.intids}"
            )
    known = {view.id for view in proof.partitions} | {NONE, OWNER_HV}
    for intid, owner in enumerate(proof.irq_owner):
        if owner not in known:
            yield f"INTID {intid} belongs to {owner}, which is nobody"


def frames_are_the_plans(proof: Proof) -> Iterator[str]:
    """on each shared pCPU each vCPU has its planned windows, and no other runs there; they fill the frame"""
    planned = {schedule["pcpu"]: schedule for schedule in proof.plan["schedules"]}
    for number, pcpu in enumerate(proof.pcpus):
        windows, schedule = proof.schedules[number], planned.get(number)
        if (pcpu["policy"] == PINNED) != (schedule is None):
            yield f"pCPU {number} has policy {pcpu['policy']}"
        if pcpu["policy"] == PINNED or schedule is None:
            continue
        yield from _frame(proof, number, windows, schedule)


def _frame(
    proof: Proof, number: int, windows: list[dict[str, Any]], schedule: Mapping[str, Any]
) -> Iterator[str]:
    found, at = [], 0
    for window in windows:
        if window["end_ns"] <= at:
            yield f"a window of pCPU {number} ends at {window['end_ns']} ns, where the one before it does"
        if window["vcpu"] != NONE:
            found.append((at, window["end_ns"] - at, window["vcpu"]))
            if proof.vcpus[window["vcpu"]]["pcpu"] != number:
                yield f"pCPU {number} has a window for vCPU {window['vcpu']}, which is not its own"
        at = window["end_ns"]
    frame = windows[0]["frame_ns"] if windows else 0
    if at != frame or frame != schedule["frame_ns"]:
        yield (
            f"pCPU {number} has windows for {at} ns in a frame of {frame} ns, "
            f"planned were {schedule['frame_ns']} ns"
        )
    wanted = [
        (w["begin_ns"], w["length_ns"], w["vcpu"]) for w in schedule["windows"] if w["vcpu"] is not None
    ]
    for begin, length, vcpu in sorted(set(wanted) ^ set(found)):
        yield (
            f"pCPU {number}, vCPU {vcpu} from {begin} ns for {length} ns: planned "
            f"{(begin, length, vcpu) in wanted}, in the image {(begin, length, vcpu) in found}"
        )


def deadlines_are_kept(proof: Proof) -> Iterator[str]:
    """every deadline that the plan guarantees is met, by an argument that is followed anew"""
    yield from objections(proof.plan)


def pinned_cpus_have_one_vcpu(proof: Proof) -> Iterator[str]:
    """each pinned pCPU runs one vCPU, and each vCPU has one pCPU"""
    for number, vcpu in enumerate(proof.vcpus):
        pcpu = proof.pcpus[vcpu["pcpu"]]
        if pcpu["policy"] == PINNED and pcpu["vcpu"] != number:
            yield f"vCPU {number} should be on pCPU {vcpu['pcpu']}, which runs vCPU {pcpu['vcpu']}"
    for number, pcpu in enumerate(proof.pcpus):
        if pcpu["vcpu"] != NONE and proof.vcpus[pcpu["vcpu"]]["pcpu"] != number:
            yield f"pCPU {number} runs vCPU {pcpu['vcpu']}, which is not its own"


STATEMENTS: dict[str, Statement] = {
    "BH-PROVE-002": tables_are_walked_as_configured,
    "BH-PROVE-003": tables_are_read_only_and_checked,
    "BH-PROVE-004": partitions_reach_their_own,
    "BH-PROVE-005": partitions_share_no_memory,
    "BH-PROVE-006": hypervisor_is_out_of_reach,
    "BH-PROVE-007": el2_maps_itself,
    "BH-PROVE-008": el2_rights,
    "BH-PROVE-009": stacks_have_guards,
    "BH-PROVE-010": loaders_add_one_ram,
    "BH-PROVE-011": partitions_are_told_apart,
    "BH-PROVE-012": interrupts_have_one_owner,
    "BH-PROVE-013": pinned_cpus_have_one_vcpu,
    "BH-PROVE-014": frames_are_the_plans,
    "BH-PROVE-015": deadlines_are_kept,
}


def contradictions(proof: Proof) -> dict[str, list[str]]:
    """By code, for each statement what contradicts it: nothing where it holds."""
    return {code: list(statement(proof)) for code, statement in STATEMENTS.items()}


def refusals(raw_elf: bytes, plan: Mapping[str, Any]) -> list[str]:
    """Why an image must not be used, each beginning with a code; empty where all is proved."""
    try:
        found = contradictions(look(raw_elf, plan))
    except (Unreadable, Malformed) as problem:
        return [f"BH-PROVE-001: the finished image cannot be read back: {problem}"]
    return [
        f"{code}: it does not hold that {claim(STATEMENTS[code])}: {problem}"
        for code, problems in found.items()
        for problem in problems
    ]


def claim(statement: Statement) -> str:
    """What a statement says, in words."""
    return (statement.__doc__ or "").strip()


def _wanted_of(proof: Proof, view: PartitionView) -> list[Range]:
    row = next(p for p in proof.plan["partitions"] if p["name"] == view.name)
    wanted = [Range(view.config["ram_ipa"]["ipa"], row["ram"]["pa"], row["ram"]["size"], "rwx", False)]
    for device in proof.owned_devices(view.name):
        for region in device["regions"]:
            base, end = pages(region["base"], region["size"])
            wanted.append(Range(base, base, end - base, "rw-", True))
    interface = proof.plan["board"]["gic"]["virtual_cpu_interface"]
    if proof.plan["board"]["gic"]["version"] == 2 and interface:
        wanted += (
            Range(_GICV2_CPU_INTERFACE + page, interface["base"] + at, PAGE, "rw-", True)
            for page, at in _interface_pages(interface["size"])
        )
    return wanted


def _interface_pages(size: int) -> list[tuple[int, int]]:
    """A GICv2's CPU interface has two pages; where it has 128 KiB, each is aliased over 64 of them."""
    return [(0, 0), (PAGE, PAGE if size < 0x2_0000 else 0x1_0000)]


def _is_banked_interface(proof: Proof, r: Reach) -> bool:
    """GICV is banked by CPU: each partition sees the one of its own."""
    interface = proof.plan["board"]["gic"]["virtual_cpu_interface"]
    return bool(interface) and interface["base"] <= r.pa and r.end <= interface["base"] + interface["size"]


def _driven(proof: Proof) -> Iterator[tuple[int, int]]:
    board = proof.plan["board"]
    frames = [
        board["gic"][name]
        for name in ("distributor", "redistributors", "cpu_interface", "hypervisor_interface")
    ]
    confirm = proof.plan["confirm"]
    word = {"base": confirm["base"], "size": PAGE} if confirm else None
    return ((r["base"], r["size"]) for r in (*frames, board["uart"]["region"], word) if r)


def _covered(base: int, end: int, ranges: list[tuple[int, int]]) -> bool:
    for low, high in sorted(ranges):
        if low <= base < high:
            base = high
    return base >= end


def _differences(whose: str, wanted: list[Range], found: tuple[Reach, ...]) -> Iterator[str]:
    """In runs of pages: what is reached and was not wanted, or was wanted and is not reached in that way."""
    want = _joined(wanted)
    have = _joined([Range(r.va, r.pa, r.size, r.rights, r.device) for r in found])
    for one in sorted(set(have) - set(want), key=lambda r: r.va):
        yield f"{whose} has {_words(one)}, which is not planned"
    for one in sorted(set(want) - set(have), key=lambda r: r.va):
        yield f"{whose} should have {_words(one)}"


def _joined(ranges: list[Range]) -> list[Range]:
    joined: list[Range] = []
    for one in sorted(set(ranges), key=lambda r: r.va):
        last = joined[-1] if joined else None
        if (
            last is not None
            and one.va <= last.va + last.size
            and one.pa - last.pa == one.va - last.va
            and (one.rights, one.device) == (last.rights, last.device)
        ):
            end = max(last.va + last.size, one.va + one.size)
            joined[-1] = Range(last.va, last.pa, end - last.va, last.rights, last.device)
        else:
            joined.append(one)
    return joined


def _words(one: Range) -> str:
    kind = "device" if one.device else "memory"
    return f"{addresses(one.va, one.va + one.size)} -> {one.pa:#x} ({one.rights}, {kind})"
