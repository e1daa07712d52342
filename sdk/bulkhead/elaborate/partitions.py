# SPDX-License-Identifier: Apache-2.0
"""The Kconfig slots that are enabled -> partitions, still without addresses of allocated RAM."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bulkhead.diag import Diagnostic, Span, error
from bulkhead.elaborate.guests import GuestFiles
from bulkhead.elaborate.payload import with_initrd
from bulkhead.elaborate.tasks import inside, read_budget, read_tasks
from bulkhead.kconfig.load import Config
from bulkhead.kconfig.slots import SLOTS
from bulkhead.model.system import FaultAction, FaultClass, Owner, Partition, Vcpu
from bulkhead.schedule.tasks import Order

_VCPUS_MAX = 8  # of one partition, as Kconfig has it
_ACTIONS = tuple(action.name for action in FaultAction)
# Field of Partition -> the symbol of its slot that sets it.
_FIELDS = {
    "enable": "ENABLE",
    "name": "NAME",
    "guest": "GUEST",
    "initrd": "INITRD",
    "ram_size": "RAM_SIZE",
    "ram_base": "RAM_BASE",
    "vcpus": "VCPUS",
    "pcpus": "PCPUS",
    "console": "CONSOLE",
    "autostart": "AUTOSTART",
    "essential": "ESSENTIAL",
    "pmu": "PMU",
    "bootargs": "BOOTARGS",
    "overlay": "OVERLAY",
    "budget": "BUDGET",
    "tasks": "TASKS",
    "restart_limit": "RESTART_LIMIT",
}


def enabled_slots(config: Config) -> list[int]:
    return [n for n in range(1, SLOTS + 1) if config.is_set(f"PART_{n}_ENABLE")]


def read_partitions(
    config: Config,
    files: GuestFiles,
    owners: tuple[Owner, ...],
    owner_slots: Mapping[str, int],
) -> tuple[list[Partition], list[Diagnostic]]:
    """Partitions by slot. `owner_slots` says which slot owns a device."""
    found: list[Partition] = []
    diags: list[Diagnostic] = []
    next_vcpu = 0
    for slot in enabled_slots(config):
        vcpus, problems = _vcpus(config, slot, next_vcpu)
        next_vcpu += len(vcpus)
        diags += problems
        devices = tuple(o.device for o in owners if owner_slots.get(o.device) == slot)
        partition = _partition(config, slot, len(found), vcpus, devices, files)
        times, problems = _times(config, partition)
        diags += problems
        found.append(replace(partition, **times))
    return found, diags


def _times(config: Config, p: Partition) -> tuple[dict[str, Any], list[Diagnostic]]:
    """Fields about its time: what it asks for, and the tasks that need it."""
    stem = f"PART_{p.slot}"
    budget, problems = read_budget(config.get(f"{stem}_BUDGET"), p.name, p.span("budget"))
    tasks, more = read_tasks(config.get(f"{stem}_TASKS"), inside(p.span("tasks"), 1))  # behind the quote
    order = Order.EDF if config.is_set(f"{stem}_TASKS_EDF") else Order.FIXED_PRIORITY
    return {"budget": budget, "tasks": tasks, "order": order}, [*problems, *more]


def _partition(
    config: Config,
    slot: int,
    id: int,
    vcpus: tuple[Vcpu, ...],
    devices: tuple[str, ...],
    files: GuestFiles,
) -> Partition:
    stem = f"PART_{slot}"
    guest = config.get(f"{stem}_GUEST")
    linux = config.is_set(f"{stem}_KIND_LINUX")
    initrd = config.get(f"{stem}_INITRD") if linux else ""
    payload = files.payloads.get(guest)
    if payload is not None and initrd in files.initrds:
        payload = with_initrd(payload, files.initrds[initrd])
    base = config.number(f"{stem}_RAM_BASE")
    return Partition(
        id=id,
        slot=slot,
        name=config.get(f"{stem}_NAME"),
        guest=guest,
        linux=linux,
        initrd=initrd,
        overlay=files.overlays.get(config.get(f"{stem}_OVERLAY")),
        payload=payload,
        ram_pa=base,
        ram_size=config.number(f"{stem}_RAM_SIZE"),
        ram_fixed=base != 0,
        vcpus=vcpus,
        console=config.is_set(f"{stem}_CONSOLE"),
        autostart=config.is_set(f"{stem}_AUTOSTART"),
        pmu=config.is_set(f"{stem}_PMU"),
        fault_actions=tuple((c, _action(config, stem, c)) for c in FaultClass),
        restart_limit=config.number(f"{stem}_RESTART_LIMIT"),
        essential=config.is_set(f"{stem}_ESSENTIAL"),
        devices=devices,
        bootargs=config.get(f"{stem}_BOOTARGS"),
        where=tuple(_places(config, stem)),
    )


def _action(config: Config, stem: str, fault: FaultClass) -> FaultAction:
    return FaultAction[config.chosen(f"{stem}_FAULT_{fault.name}", *_ACTIONS)]


def _places(config: Config, stem: str) -> list[tuple[str, Span]]:
    places = [(field, config.span(f"{stem}_{symbol}")) for field, symbol in _FIELDS.items()]
    for fault in FaultClass:
        symbol = f"{stem}_FAULT_{fault.name}"
        places.append(
            (f"fault_{fault.name.lower()}", config.span(f"{symbol}_{_action(config, stem, fault).name}"))
        )
    return places


def _vcpus(config: Config, slot: int, first: int) -> tuple[tuple[Vcpu, ...], list[Diagnostic]]:
    """One vCPU per physical CPU listed; BH-CPU-003 where the list and the number disagree."""
    symbol, count = f"PART_{slot}_PCPUS", config.number(f"PART_{slot}_VCPUS")
    text, name = config.get(symbol), config.get(f"PART_{slot}_NAME")
    parts = [p.strip() for p in text.split(",")]
    if not all(p.isascii() and p.isdigit() for p in parts):
        problem = error(
            "BH-CPU-003",
            f"'{text}' is not a list of physical CPUs for partition '{name}'",
            config.span(symbol),
            help=_as_list(text) or 'Numbers from 0 with commas between them, as in "0" or "2,3".',
        )
        return (), [problem]
    pcpus = [int(p) for p in parts]
    vcpus = tuple(Vcpu(id=first + i, index=i, pcpu=pcpu) for i, pcpu in enumerate(pcpus))
    if len(pcpus) == count:
        return vcpus, []
    problem = error(
        "BH-CPU-003",
        f"partition '{name}' has {_cpus(count, 'virtual')}, but lists {_cpus(len(pcpus), 'physical')}: "
        "each virtual one needs its own",
        config.span(symbol),
        (config.span(f"PART_{slot}_VCPUS"), f"the number of virtual CPUs, {count}, is set here"),
        help=f"List {count} number{'s' * (count != 1)} in CONFIG_{symbol}, "
        f"or set CONFIG_PART_{slot}_VCPUS={len(pcpus)}.",
        fix=(f"PART_{slot}_VCPUS={len(pcpus)}",),
    )
    return vcpus, [problem]


def _cpus(count: int, kind: str) -> str:
    return f"{count} {kind} CPU{'s' * (count != 1)}"


def _as_list(text: str) -> str:
    """For `1-3` and `1 3`, as other tools have them."""
    numbers = re.findall(r"[0-9]{1,3}", text)
    ends = re.fullmatch(r"\s*([0-9]{1,3})\s*-\s*([0-9]{1,3})\s*", text)
    if ends and int(ends[1]) < int(ends[2]):
        numbers = [str(n) for n in range(int(ends[1]), int(ends[2]) + 1)]
    plain = re.fullmatch(r"[0-9 ,;:-]+", text) and not text.strip().startswith("-")
    return f'Write "{",".join(numbers)}".' if plain and 0 < len(numbers) <= _VCPUS_MAX else ""
