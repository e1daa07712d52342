# SPDX-License-Identifier: Apache-2.0
"""A plan as large as they come: 128 partitions on as many CPUs, 200 devices shared out among them."""

from __future__ import annotations

from dataclasses import replace

from plans import IMAGE_BASE, at, make_board, make_partition, region

from bulkhead.diag.span import Span
from bulkhead.elaborate.allocate import allocate
from bulkhead.elaborate.claims import all_claims, fixed_claims
from bulkhead.elaborate.layout import default_sizes, make_boxes
from bulkhead.model.board import Board, Cpu, Device, Irq
from bulkhead.model.system import PLAN_VERSION, Features, Owner, Partition, SystemPlan, Vcpu

PARTITIONS, DEVICES = 128, 200
_MIB = 1 << 20
_RAM = 16 * _MIB
_WHERE = (
    "enable", "name", "guest", "ram_size", "ram_base", "vcpus", "pcpus", "console", "autostart",
    "bootargs", "restart_limit", "fault_stage2", "fault_undefined", "fault_call",
)  # fmt: skip


def make_big_plan(partitions: int = PARTITIONS, devices: int = DEVICES) -> SystemPlan:
    board = make_big_board(devices)
    placed, no_room = _place(board, [_partition(i, partitions, board) for i in range(partitions)])
    assert not no_room
    features = Features(
        console_pcpu=0,
        console_period_us=1000,
        console_budget_bytes=256,
        power_off_when_idle=True,
        monitor=False,
        short_paths=True,
        toolchain="ziglang",
        optimisation="-O2",
    )
    boxes = make_boxes(board, default_sizes(board, placed, PARTITIONS), PARTITIONS)
    owners = [Owner(device=board.uart.device, owner="hv", where=at(40))]
    owner = {name: p.name for p in placed for name in p.devices}
    owners += [
        Owner(device=d.name, owner=owner[d.name], where=d.where) for d in board.devices if d.name in owner
    ]
    fixed = fixed_claims(board, boxes)
    return SystemPlan(
        version=PLAN_VERSION,
        board=board,
        system="big",
        partitions=tuple(placed),
        owners=tuple(owners),
        features=features,
        boxes=boxes,
        claims=all_claims(board, fixed, placed, owners),
        where=Span("build/.config", 1),
    )


def make_big_board(devices: int) -> Board:
    small = make_board()
    made = [_device(i) for i in range(devices)]
    return replace(
        small,
        memory=(region(0x4000_0000, 8 << 30, 5),),
        cpus=tuple(_cpu(i) for i in range(PARTITIONS)),
        gic=replace(small.gic, redistributors=region(0x1000_0000, PARTITIONS * 0x2_0000), intid_count=480),
        devices=(*(d for d in small.devices if d.hypervisor_only), *made),
    )


def _cpu(index: int) -> Cpu:
    return Cpu(
        index=index,
        mpidr=index % 16 | index // 16 << 8,
        compatible="arm,cortex-a53",
        enable_method="psci",
        release_address=0,
        where=at(10 + index),
    )


def _device(index: int) -> Device:
    base = 0x2000_0000 + index * 0x1_0000
    return Device(
        name=f"timer@{base:x}",
        symbol=f"TIMER_{base:X}",
        path=f"/soc/timer@{base:x}",
        compatible=("arm,sp804",),
        regions=(region(base, 0x1000, 1000 + index),),
        irqs=(Irq(intid=64 + index, edge=False, where=at(1000 + index)),),
        enabled=True,
        properties=(("compatible", b"arm,sp804\0"),),
        where=at(1000 + index),
    )


def _partition(index: int, count: int, board: Board) -> Partition:
    own = [
        d.name for i, d in enumerate(d for d in board.devices if not d.hypervisor_only) if i % count == index
    ]
    return replace(
        make_partition(index, f"part{index + 1}", ram_pa=0, ram_size=_RAM),
        vcpus=(Vcpu(id=index, index=0, pcpu=index),),
        devices=tuple(own),
        bootargs="",
        where=tuple((f, Span("build/.config", 100 * index + n)) for n, f in enumerate(_WHERE, 1)),
    )


def _place(board: Board, partitions: list[Partition]) -> tuple[list[Partition], list[object]]:
    memory = [(r.base, r.end) for r in board.memory]
    boxes = make_boxes(board, default_sizes(board, partitions, PARTITIONS), PARTITIONS)
    assert boxes[0].base == IMAGE_BASE
    placed, diags = allocate(partitions, memory, fixed_claims(board, boxes))
    return placed, list(diags)
