# SPDX-License-Identifier: Apache-2.0
"""A plan made by hand: two partitions on a small QEMU-virt-like board, one device passed on."""

from __future__ import annotations

from dataclasses import replace

from bulkhead.diag.span import Span
from bulkhead.model.board import Board, BootLoad, Cpu, Device, Gic, Irq, NodeProperty, Region, TreeNode, Uart
from bulkhead.model.system import (
    GUEST_RAM_IPA,
    PLAN_VERSION,
    Box,
    Claim,
    FaultAction,
    FaultClass,
    Features,
    Owner,
    Partition,
    Payload,
    Segment,
    SystemPlan,
    Vcpu,
)

DTS = "dts/small.dts"
CONFIG = "build/.config"
IMAGE_BASE = 0x4020_0000
BOX_SIZES = {
    "text": 0x8000,
    "rodata": 0x3000,
    "tables": 0x1_4000,
    "store": 0x3000,
    "data": 0x2000,
    "pcpu": 0xC000,
    "record": 0x1000,
}


def at(line: int, file: str = DTS) -> Span:
    return Span(file, line, 1)


def region(base: int, size: int, line: int = 1) -> Region:
    return Region(base=base, size=size, where=at(line))


def _node(path: str, **properties: tuple[bytes, tuple[tuple[int, str], ...]]) -> TreeNode:
    made = [NodeProperty(name=name, value=value, links=links) for name, (value, links) in properties.items()]
    return TreeNode(name=path[1:], path=path, labels=(), properties=tuple(made), children=())


def make_board() -> Board:
    uart_irq = Irq(intid=33, edge=False, where=at(41))
    devices = (
        Device(
            name="rtc@9010000",
            symbol="RTC_9010000",
            path="/rtc@9010000",
            compatible=("arm,pl031", "arm,primecell"),
            regions=(region(0x901_0000, 0x1000, 50),),
            irqs=(Irq(intid=34, edge=True, where=at(51)),),
            enabled=True,
            properties=(
                ("compatible", b"arm,pl031\0arm,primecell\0"),
                ("clock-names", b"apb_pclk\0"),
            ),
            where=at(50),
        ),
        Device(
            name="pl011@9000000",
            symbol="PL011_9000000",
            path="/pl011@9000000",
            compatible=("arm,pl011", "arm,primecell"),
            regions=(region(0x900_0000, 0x1000, 40),),
            irqs=(uart_irq,),
            enabled=True,
            properties=(),
            where=at(40),
            hypervisor_only="it is the hypervisor's console",
        ),
    )
    return Board(
        name="small",
        compatible=("linux,dummy-virt",),
        memory=(region(0x4000_0000, 0x4000_0000, 5),),
        reserved=(),
        cpus=tuple(
            Cpu(
                index=i,
                mpidr=i,
                compatible="arm,cortex-a53",
                enable_method="psci",
                release_address=0,
                where=at(10 + i),
            )
            for i in range(2)
        ),
        gic=Gic(
            version=3,
            distributor=region(0x800_0000, 0x1_0000, 20),
            redistributors=region(0x80A_0000, 0xF6_0000, 20),
            cpu_interface=None,
            hypervisor_interface=None,
            virtual_cpu_interface=None,
            maintenance_intid=25,
            intid_count=288,
            where=at(20),
        ),
        uart=Uart(
            device="pl011@9000000",
            compatible="arm,pl011",
            driver="pl011",
            region=region(0x900_0000, 0x1000, 40),
            irq=uart_irq,
            clock_hz=24_000_000,
            baud=115200,
        ),
        devices=devices,
        nodes={
            "/rtc@9010000": _node(
                "/rtc@9010000",
                compatible=(b"arm,pl031\0arm,primecell\0", ()),
                clocks=(bytes(4), ((0, "/apb-pclk"),)),
                **{"clock-names": (b"apb_pclk\0", ())},
            ),
            "/apb-pclk": _node(
                "/apb-pclk", compatible=(b"fixed-clock\0", ()), **{"#clock-cells": (bytes(4), ())}
            ),
        },
        boot=BootLoad(image=IMAGE_BASE, areas=(region(0x4800_0000, 0x20_0000, 60),)),
        timer_intids=(29, 30, 27, 26),
        psci_method="smc",
        where=at(1),
    )


def make_boxes(sizes: dict[str, int] | None = None) -> tuple[Box, ...]:
    boxes: list[Box] = []
    base = IMAGE_BASE
    for name, size in (sizes or BOX_SIZES).items():
        boxes.append(Box(name=name, base=base, size=size, used=size))
        base += size
    return tuple(boxes)


def make_partition(index: int, name: str, *, ram_pa: int, ram_size: int) -> Partition:
    code = bytes(range(1, 200))
    entry = GUEST_RAM_IPA + 0x1_0000
    return Partition(
        id=index,
        slot=index + 1,
        name=name,
        guest=name,
        payload=Payload(
            path=f"guests/{name}/{name}.elf",
            kind="elf",
            segments=(Segment(name="guest", ipa=entry, data=code + bytes([index])),),
            entry=entry,
            ipa_base=entry,
            ipa_end=entry + 0x4000,
        ),
        ram_pa=ram_pa,
        ram_size=ram_size,
        ram_fixed=False,
        vcpus=(Vcpu(id=index, index=0, pcpu=index),),
        console=True,
        autostart=True,
        fault_actions=(
            (FaultClass.STAGE2, FaultAction.INJECT_ABORT),
            (FaultClass.UNDEFINED, FaultAction.INJECT_ABORT),
            (FaultClass.CALL, FaultAction.LOG),
        ),
        restart_limit=3,
        devices=("rtc@9010000",) if index == 0 else (),
        bootargs="console=ttyAMA0" if index == 0 else "",
        where=tuple(
            (field, Span(CONFIG, 10 * (index + 1) + line))
            for line, field in enumerate(("name", "guest", "ram_size", "ram_base", "pcpus"))
        ),
    )


def make_plan() -> SystemPlan:
    board = make_board()
    boxes = make_boxes()
    partitions = (
        make_partition(0, "control", ram_pa=0x7FE0_0000, ram_size=0x20_0000),
        make_partition(1, "rogue", ram_pa=0x7FDC_0000, ram_size=0x4_0000),
    )
    claims = [
        Claim(
            base=p.ram_pa,
            size=p.ram_size,
            kind="partition",
            owner=p.name,
            label=f"RAM of partition '{p.name}'",
            where=p.span("ram_size"),
        )
        for p in partitions
    ]
    claims += [
        Claim(
            base=b.base,
            size=b.size,
            kind="store" if b.name == "store" else "hypervisor",
            owner="hv",
            label=f"hypervisor {b.name}",
            where=at(1),
        )
        for b in boxes
    ]
    return SystemPlan(
        version=PLAN_VERSION,
        board=board,
        system="small/demo",
        partitions=partitions,
        owners=(
            Owner(device="pl011@9000000", owner="hv", where=at(40)),
            Owner(device="rtc@9010000", owner="control", where=Span(CONFIG, 30)),
        ),
        features=Features(
            console_pcpu=1,
            console_period_us=1000,
            console_budget_bytes=256,
            power_off_when_idle=True,
            monitor=False,
            short_paths=True,
            toolchain="ziglang",
            optimisation="-O2",
        ),
        boxes=boxes,
        claims=tuple(sorted(claims, key=lambda c: c.base)),
        where=Span(CONFIG, 1),
    )


def with_ram(plan: SystemPlan, index: int, *, ram_pa: int, ram_size: int) -> SystemPlan:
    """The same plan, one partition's RAM elsewhere."""
    partitions = list(plan.partitions)
    partitions[index] = replace(partitions[index], ram_pa=ram_pa, ram_size=ram_size)
    return replace(plan, partitions=tuple(partitions))
