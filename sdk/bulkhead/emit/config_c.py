# SPDX-License-Identifier: Apache-2.0
"""hv_config.c: the plan as `const` C tables of the shapes in include/hv/config.h.

One entry per line, each with the line where the user wrote it. The digest and the build id
of the header are zero here; `build/patch.py` fills them in after the link.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bulkhead.emit.interrupts import NONE, OWNER_HV, irq_edge, irq_owned, irq_owner
from bulkhead.emit.paths import ShowPath, portable_path, show_span
from bulkhead.emit.places import WHAT_BYTES, image_end, places
from bulkhead.emit.store import stored_segments
from bulkhead.emit.tables import (
    PANIC_STACK_SIZE,
    STACK_SIZE,
    TCR_EL2,
    VTCR_EL2,
    Tables,
    make_tables,
    pcpu_block,
)
from bulkhead.emit.windows import filled_windows
from bulkhead.model.board import interface_pages
from bulkhead.model.sizes import PCPU_BLOCK_SIZE, RECORD_SIZE
from bulkhead.model.system import (
    GUEST_FLAT_OFFSET,
    GUEST_GICD_IPA,
    GUEST_GICR_IPA,
    GUEST_GICR_STRIDE,
    GUEST_RAM_IPA,
    GUEST_UART_INTID,
    GUEST_UART_IPA,
    FaultClass,
    Partition,
    Policy,
    SystemPlan,
)

NAME_BYTES = 24  # HV_NAME_SIZE
HEADER_SIZE = 88  # sizeof(struct hv_config_header)
DIGEST_OFFSET = 56
BUILD_ID_OFFSET = 64
BUILD_ID_BYTES = 24


def emit_config_c(plan: SystemPlan, show: ShowPath = portable_path) -> str:
    tables = make_tables(plan)
    blocks = [
        _preamble(plan),
        _header(plan),
        _global(plan, tables),
        _array("struct hv_pcpu_config hv_pcpus[HV_PCPU_COUNT]", _pcpus(plan, show)),
        _array("pa_t hv_parked[HV_PARKED_COUNT + 1u]", (f"{_pa(a)}," for a in (*plan.parked, 0))),
        _array("struct hv_vcpu_config hv_vcpus[HV_VCPU_COUNT]", _vcpus(plan)),
        _array(
            "struct hv_partition_config hv_partitions[HV_PARTITION_COUNT]",
            _partitions(plan, tables, show),
        ),
        *_schedules(plan, show),
        _array("struct hv_segment_config hv_segments[HV_SEGMENT_COUNT]", _segments(plan)),
        _array("struct hv_place_config hv_places[HV_PLACE_COUNT]", _places(plan)),
        _array("uint8_t hv_irq_owner[HV_INTID_COUNT]", _irq_owner(plan)),
        _array(
            "uint32_t hv_irq_owned[HV_PARTITION_COUNT * HV_IRQ_WORDS]",
            _bitmaps(plan, irq_owned(plan)),
        ),
        _array(
            "uint32_t hv_irq_edge[HV_PARTITION_COUNT * HV_IRQ_WORDS]",
            _bitmaps(plan, irq_edge(plan)),
        ),
    ]
    return "\n".join(blocks)


def _preamble(plan: SystemPlan) -> str:
    asserts = {
        "sizeof(struct hv_config_header)": HEADER_SIZE,
        "offsetof(struct hv_config_header, digest)": DIGEST_OFFSET,
        "offsetof(struct hv_config_header, build_id)": BUILD_ID_OFFSET,
        "HV_STACK_SIZE": STACK_SIZE,
        "HV_PANIC_STACK_SIZE": PANIC_STACK_SIZE,
        "HV_PCPU_BLOCK_SIZE": PCPU_BLOCK_SIZE,
        "HV_RECORD_SIZE": RECORD_SIZE,
        "HV_FAULT_CLASS_COUNT": len(FaultClass),
        "HV_GUEST_GICD_IPA": GUEST_GICD_IPA,
        "HV_GUEST_GICR_IPA": GUEST_GICR_IPA,
        "HV_GUEST_GICR_STRIDE": GUEST_GICR_STRIDE,
        "HV_GUEST_UART_IPA": GUEST_UART_IPA,
        "HV_GUEST_UART_INTID": GUEST_UART_INTID,
    }
    lines = [
        f"/* Generated from system '{_comment(plan.system)}' on board '{plan.board.name}' by the SDK.",
        " * Do not edit. */",
        "#include <hv/config.h>",
        '#include "hv_counts.h"',
        "",
        *(
            f'_Static_assert({what} == {value:#x}, "the SDK and hv/config.h disagree");'
            for what, value in asserts.items()
        ),
        "",
        "extern const char hv_load_end[]; /* link/bulkhead.ld */",
    ]
    return "\n".join(lines) + "\n"


def _header(plan: SystemPlan) -> str:
    rodata, tables = plan.box("rodata"), plan.box("tables")
    base = rodata.base + HEADER_SIZE
    fields = [
        (".magic", "HV_CONFIG_MAGIC"),
        (".version", "HV_CONFIG_VERSION"),
        (".header_size", f"{HEADER_SIZE}"),
        (".partition_count", "HV_PARTITION_COUNT"),
        (".vcpu_count", "HV_VCPU_COUNT"),
        (".pcpu_count", "HV_PCPU_COUNT"),
        (".segment_count", "HV_SEGMENT_COUNT"),
        (".place_count", "HV_PLACE_COUNT"),
        (".intid_count", "HV_INTID_COUNT"),
        (".checked_base", _pa(base)),
        (".checked_size", f"{tables.base + tables.size - base:#x}"),
    ]
    kind = "struct hv_config_header hv_config_header"
    return _struct(f'__attribute__((section(".hv_config_header"), used)) const {kind}', fields)


def _global(plan: SystemPlan, tables: Tables) -> str:
    board, features = plan.board, plan.features
    gic = board.gic
    none = 0  # a frame this GIC does not have
    fields = [
        (".image_base", _pa(plan.boxes[0].base)),
        (".image_end", _pa(image_end(plan))),
        (".load_copy_end", "{(uint64_t)hv_load_end}"),
        (".el2_root", _pa(tables.el2_root)),
        (".tcr_el2", f"{TCR_EL2:#x}"),
        (".vtcr_el2", f"{VTCR_EL2:#x}"),
        (".gicd", _pa(gic.distributor.base)),
        (".gicr", _pa(gic.redistributors.base if gic.redistributors else none)),
        (".uart", _pa(board.uart.region.base)),
        (".gicc", _pa(gic.cpu_interface.base if gic.cpu_interface else none)),
        (".gicc_dir", _pa(interface_pages(gic.cpu_interface)[1] if gic.cpu_interface else none)),
        (".gich", _pa(gic.hypervisor_interface.base if gic.hypervisor_interface else none)),
        (".record", _pa(plan.box("record").base)),
        (".gic_version", f"{gic.version}"),
        (".uart_intid", f"{board.uart.irq.intid}"),
        (".maintenance_intid", f"{gic.maintenance_intid}"),
        (".htimer_intid", f"{board.timer_intids[3]}"),
        (".uart_clock_hz", f"{board.uart.clock_hz}"),
        (".uart_baud", f"{board.uart.baud}"),
        (".console_pcpu", f"{features.console_pcpu}"),
        (".console_period_us", f"{features.console_period_us}"),
        (".console_budget_bytes", f"{features.console_budget_bytes}"),
        (".psci", f"HV_PSCI_{board.psci_method.upper()}"),
        (".confirm", _pa(plan.confirm.base if plan.confirm else none)),
        (".confirm_after_us", f"{features.confirm_after_ms * 1000 if plan.confirm else 0}"),
        (".power_off_when_idle", f"{int(features.power_off_when_idle)}"),
    ]
    return _struct("const struct hv_global_config hv_global", fields)


def _pcpus(plan: SystemPlan, show: ShowPath) -> Iterator[str]:
    pinned = {v.pcpu: v.id for p in plan.partitions for v in p.vcpus if plan.schedule(v.pcpu) is None}
    for cpu in plan.pcpus:
        yield (
            f"/* [{cpu.index}]  {_comment(show_span(cpu.where, show))} */ {{ "
            f".mpidr = {cpu.mpidr:#x}, .block = {_pa(pcpu_block(plan, cpu.index))}, "
            f".release = {_pa(cpu.release_address)}, "
            f".vcpu = {pinned.get(cpu.index, 'HV_NONE')}, .policy = HV_POLICY_{_policy(plan, cpu.index)} }},"
        )


def _policy(plan: SystemPlan, pcpu: int) -> str:
    schedule = plan.schedule(pcpu)
    return (schedule.policy if schedule else Policy.PINNED).name


def _schedules(plan: SystemPlan, show: ShowPath) -> Iterator[str]:
    """Nothing where every pCPU is pinned."""
    windows = filled_windows(plan)
    if not plan.schedules:
        return
    lines = []
    for schedule in plan.schedules:
        mine = [i for i, w in enumerate(windows) if w.pcpu == schedule.pcpu]
        where = _comment(show_span(schedule.span("windows"), show))
        lines.append(
            f"/* {where} */ [{schedule.pcpu}] = {{ .frame_ns = {schedule.frame_ns}, "
            f".window_first = {mine[0]}, .window_count = {len(mine)} }},"
        )
    yield _array("struct hv_schedule_config hv_schedules[HV_PCPU_COUNT]", lines)
    yield _array(
        "struct hv_window_config hv_windows[HV_WINDOW_COUNT]",
        (
            f"/* [{i}] pCPU {w.pcpu}: {'idle' if w.vcpu is None else plan.vcpu_name(w.vcpu)} */ {{ "
            f".end_ns = {w.end_ns}, .vcpu = {'HV_NONE' if w.vcpu is None else w.vcpu} }},"
            for i, w in enumerate(windows)
        ),
    )


def _vcpus(plan: SystemPlan) -> Iterator[str]:
    for partition in plan.partitions:
        for vcpu in partition.vcpus:
            yield (
                f"/* [{vcpu.id}] {partition.name} */ {{ .partition = {partition.id}, "
                f".index = {vcpu.index}, .pcpu = {vcpu.pcpu} }},"
            )


def _partitions(plan: SystemPlan, tables: Tables, show: ShowPath) -> Iterator[str]:
    stored = stored_segments(plan)
    for p in plan.partitions:
        mine = [i for i, s in enumerate(stored) if s.partition == p.id]
        fields = [
            f".name = {_string(p.name, NAME_BYTES)}",
            f".vttbr = {tables.vttbr(p.id):#x}",
            f".loader_root = {_pa(tables.loader_roots[p.id])}",
            f".ram_ipa = {_pa(GUEST_RAM_IPA)}",
            f".ram_pa = {_pa(p.ram_pa)}",
            f".ram_size = {p.ram_size:#x}",
            f".entry = {_pa(_entry(p))}",
            f".dtb = {_pa(GUEST_RAM_IPA)}",
            f".vcpu_first = {p.vcpus[0].id}",
            f".vcpu_count = {len(p.vcpus)}",
            f".segment_first = {mine[0]}",
            f".segment_count = {len(mine)}",
            f".console = {int(p.console)}",
            f".autostart = {int(p.autostart)}",
            f".fault_action = {{ {', '.join(_fault_actions(p))} }}",
            f".essential = {int(p.essential)}",
            f".restart_limit = {p.restart_limit}",
            f".pmu = {int(p.pmu)}",
        ]
        where = _comment(show_span(dict(p.where).get("name", plan.where), show))
        yield f"/* [{p.id}]  {where} */ {{ {', '.join(fields)} }},"


def _fault_actions(partition: Partition) -> Iterator[str]:
    for fault_class, action in sorted(partition.fault_actions, key=lambda item: item[0].value):
        yield f"[HV_FAULT_{fault_class.name}] = HV_FAULT_{action.name}"


def _entry(partition: Partition) -> int:
    return partition.payload.entry if partition.payload else GUEST_RAM_IPA + GUEST_FLAT_OFFSET


def _segments(plan: SystemPlan) -> Iterator[str]:
    base = plan.box("store").base
    for index, s in enumerate(stored_segments(plan)):
        yield (
            f"/* [{index}] {plan.partitions[s.partition].name}: {_comment(s.name)} */ {{ "
            f".store = {_pa(base + s.offset)}, .ipa = {_pa(s.ipa)}, .size = {s.size:#x}, "
            f".check = 0x{s.check:08x} }},"
        )


def _places(plan: SystemPlan) -> Iterator[str]:
    for place in places(plan):
        what = _string(place.what, WHAT_BYTES)
        yield f"{{ .base = {_pa(place.base)}, .size = {place.size:#x}, .what = {what} }},"


def _irq_owner(plan: SystemPlan) -> Iterator[str]:
    """Runs of equal owners as ranges: a thousand unowned interrupts are one line."""
    owner = irq_owner(plan)
    words = {NONE: "HV_NONE", OWNER_HV: "HV_OWNER_HV"}
    names = {irq.intid: d.name for d in plan.board.devices for irq in d.irqs}
    start = 0
    for end in range(1, len(owner) + 1):
        if end < len(owner) and owner[end] == owner[start] == NONE:
            continue
        if owner[start] == NONE and end - start > 1:
            yield f"[{start} ... {end - 1}] = HV_NONE,"
        else:
            note = f" /* {names[start]} */" if start in names and owner[start] != NONE else ""
            yield f"[{start}] = {words.get(owner[start], owner[start])},{note}"
        start = end


def _bitmaps(plan: SystemPlan, bitmaps: list[list[int]]) -> Iterator[str]:
    """Only words that are not zero; C fills the rest."""
    for partition, words in zip(plan.partitions, bitmaps, strict=True):
        for index, word in enumerate(words):
            if word:
                first = index * 32
                yield (
                    f"[{partition.id} * HV_IRQ_WORDS + {index}] = 0x{word:08x}, "
                    f"/* {partition.name}: INTID {first} to {first + 31} */"
                )


def _array(declaration: str, lines: Iterable[str]) -> str:
    body = [f"    {line}" for line in lines] or ["    0"]
    return "\n".join([f"const {declaration} = {{", *body, "};"]) + "\n"


def _struct(declaration: str, fields: list[tuple[str, str]]) -> str:
    body = [f"    {name} = {value}," for name, value in fields]
    return "\n".join([f"{declaration} = {{", *body, "};"]) + "\n"


def _pa(address: int) -> str:
    return f"{{{address:#x}}}"


def _string(text: str, room: int) -> str:
    """A C string literal that fits `room` bytes with its NUL; other than ASCII becomes `?`."""
    kept = text.encode("ascii", "replace")[: room - 1].decode()
    return '"' + "".join(_char(c) for c in kept) + '"'


def _char(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    return c if c.isprintable() else "?"


def _comment(text: str) -> str:
    return text.replace("*/", "* /")
