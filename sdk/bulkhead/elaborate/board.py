# SPDX-License-Identifier: Apache-2.0
"""Devicetree + `board.yaml` -> `Board`. What is missing or malformed is found all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from bulkhead.diag import Span, UserError, error
from bulkhead.dts.address import BadCells, bus_regions, cpu_regions
from bulkhead.dts.bindings import read_bindings
from bulkhead.dts.interrupts import gic_interrupts
from bulkhead.dts.read import read_tree
from bulkhead.dts.tree import Node, Tree
from bulkhead.elaborate.board_yaml import BoardFile, read_board_file
from bulkhead.elaborate.described import described
from bulkhead.elaborate.devices import read_devices
from bulkhead.elaborate.reserved import reserved_memory
from bulkhead.model.board import GICV3_FRAME, GICV3_STRIDE, Board, Cpu, Gic, Irq, Region, Uart

T = TypeVar("T")
_GICV3 = ("arm,gic-v3",)
_GICV2 = ("arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic", "qcom,msm-qgic2")
GICS = (*_GICV3, *_GICV2)
_FLASH_WIDTH = 4
_PMUS = (
    "arm,armv8-pmuv3",
    *(f"arm,cortex-a{n}-pmu" for n in (34, 35, 53, 55, 57, 65, 72, 73, 75, 76, 77, 78, 510, 710, 715)),
    *(f"arm,neoverse-{n}-pmu" for n in ("e1", "n1", "n2", "v1")),
)
_DEFAULT_BAUD = 115200


def read_board(
    root: Path,
    board_name: str,
    overlays: Sequence[Path] = (),
    dts: Path | None = None,
    named: Span | None = None,
) -> Board:
    """The board `boards/<board_name>/`, its tree changed by a system's overlays.

    `dts` replaces the tree that board.yaml names; `named` is where the user named the board.
    Raises UserError with every finding.
    """
    file = read_board_file(root, board_name, named)
    folders = [*file.include, root / "dts", root / "dts" / "include"]
    tree = read_tree(dts or file.dts, overlays, folders)
    reader = BoardReader(tree, file, root / "dts" / "bindings")
    board = reader.read()
    if board is None:
        raise UserError(reader.diags)
    return board


class BoardReader:
    """Reads part after part; `diags` collects what is wrong with each."""

    def __init__(self, tree: Tree, file: BoardFile, bindings: Path) -> None:
        self.tree, self.file = tree, file
        self.bindings = read_bindings(bindings)
        self.diags = [d for d in tree.remarks if d.is_error]
        self.remarks = [d for d in tree.remarks if not d.is_error]

    def read(self) -> Board | None:
        gic_node = self.part(lambda: self.only("interrupt controller", GICS))
        if gic_node is None:
            return None
        memory = self.part(self.memory)
        cpus = self.part(self.cpus)
        timer_node = self.part(self.timer_node)
        timer = self.part(lambda: self.timer(timer_node, gic_node)) if timer_node else None
        gic = self.part(lambda: self.gic(gic_node))
        uart_node = self.part(self.console_node)
        uart = self.part(lambda: self.uart(uart_node, gic_node)) if uart_node else None
        devices, found = read_devices(self.tree, gic_node, uart_node, self.bindings)
        self.diags += [d for d in found if d not in self.diags]
        reserved = self.part(self.reserved)
        if gic and cpus:
            self.part(lambda: _enough_redistributors(gic_node, gic, len(cpus)))
        if self.diags or not (memory and cpus and gic and uart and timer):
            return None
        highest = max((i.intid for d in devices for i in d.irqs), default=31)
        return Board(
            name=self.file.name,
            compatible=self.tree.root.compatible,
            memory=memory,
            reserved=reserved or (),
            cpus=cpus,
            gic=_with_intids(gic, highest),
            uart=uart,
            devices=devices,
            boot=self.file.boot,
            timer_intids=timer,
            psci_method=self.psci_method(),
            where=self.tree.root.where,
            timer_where=timer_node.span("interrupts") if timer_node else None,
            pmu=self.part(lambda: self.pmu(gic_node)),
            remarks=tuple(self.remarks),
            confirm=self.part(self.confirm),
            nodes=described(self.tree),
        )

    def confirm(self) -> Region | None:
        """board.yaml's place, in a flash that the hypervisor's driver can program."""
        place = self.file.confirm
        if place is None:
            return None
        for node in self.tree.compatible_with("cfi-flash"):
            inside = any(r.base <= place.base and place.end <= r.end for r in _regions(node))
            if inside and node.enabled and node.cell("bank-width", 0) == _FLASH_WIDTH:
                return place
        text = f"{place.base:#x} is not in a flash that the hypervisor can program"
        help = f'It needs a node with compatible = "cfi-flash" and bank-width = <{_FLASH_WIDTH}>.'
        raise UserError([error("BH-BRD-002", text, place.where, help=help)])

    def part(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except BadCells as bad:
            if bad.diagnostic not in self.diags:
                self.diags.append(bad.diagnostic)
        except UserError as problem:
            self.diags += problem.diags
        return None

    def only(self, what: str, compatible: Sequence[str]) -> Node:
        for node in self.tree.compatible_with(*compatible):
            if node.enabled:
                return node
        off = next(iter(self.tree.compatible_with(*compatible)), None)
        help = f'Take over the vendor\'s node with compatible = "{compatible[0]}".'
        if off is not None:
            help = f"{off.path} is one, but its status disables it."
        raise self.missing(self.tree.root, f"no {what} ({' or '.join(compatible)})", help)

    def missing(self, node: Node, what: str, help: str = "") -> UserError:
        return UserError([error("BH-DTS-004", f"the devicetree has {what}", node.where, help=help)])

    def memory(self) -> tuple[Region, ...]:
        nodes = [n for n in self.tree.root.children.values() if n.string("device_type") == "memory"]
        found = [r for n in nodes if n.enabled for r in _regions(n)]
        if not found:
            raise self.missing(self.tree.root, 'no memory (a node with device_type = "memory")')
        return tuple(sorted(found, key=lambda r: r.base))

    def reserved(self) -> tuple[Region, ...]:
        regions, remarks = reserved_memory(self.tree)
        self.remarks += remarks
        return regions

    def cpus(self) -> tuple[Cpu, ...]:
        node = self.tree.at("/cpus")
        nodes = [n for n in node.children.values() if n.string("device_type") == "cpu"] if node else []
        found = [self.cpu(i, n) for i, n in enumerate(n for n in nodes if n.enabled)]
        if not found:
            raise self.missing(self.tree.root, "no CPUs (nodes under /cpus)")
        return tuple(found)

    def cpu(self, index: int, node: Node) -> Cpu:
        method = node.string("enable-method") or "psci"
        if method not in ("psci", "spin-table"):
            text = f"{node.path}: enable-method '{method}' is not supported; psci and spin-table are"
            raise UserError([error("BH-DTS-003", text, node.span("enable-method"))])
        release = 0
        for cell in node.cells("cpu-release-addr"):
            release = release << 32 | cell
        mpidr = next(iter(bus_regions(node)), (index, 0))[0]
        return Cpu(
            index=index,
            mpidr=mpidr,
            compatible=node.string("compatible"),
            enable_method=method,
            release_address=release,
            where=node.where,
            places=tuple((p.name, p.where) for p in node.props.values()),
        )

    def timer_node(self) -> Node:
        return self.only("generic timer", ("arm,armv8-timer",))

    def timer(self, node: Node, gic: Node) -> tuple[int, int, int, int]:
        found = [i.intid for i in gic_interrupts(self.tree, node, gic)]
        if len(found) < 4:
            raise BadCells(
                node, "interrupts", "must name four timers: secure, non-secure, virtual, hypervisor"
            )
        return found[0], found[1], found[2], found[3]

    def pmu(self, gic: Node) -> Irq | None:
        """None without one, or where its interrupts are not the CPUs' own: SPIs, one for each CPU."""
        for node in self.tree.compatible_with(*_PMUS):
            irqs = gic_interrupts(self.tree, node, gic) if node.enabled else []
            if irqs and irqs[0].intid < 32:
                return Irq(intid=irqs[0].intid, edge=irqs[0].edge, where=node.span("interrupts"))
        return None

    def gic(self, node: Node) -> Gic:
        version = 3 if set(node.compatible) & set(_GICV3) else 2
        regions = _regions(node)
        if len(regions) < (2 if version == 3 else 4):
            raise BadCells(node, "reg", f"has {len(regions)} regions; a GICv{version} needs more")
        irqs = gic_interrupts(self.tree, node, node)
        if not irqs:
            raise self.missing(node, "no maintenance interrupt (`interrupts`) at the interrupt controller")
        v2 = [None, *regions[1:4]] if version == 2 else [None] * 4
        return Gic(
            version=version,
            distributor=regions[0],
            redistributors=regions[1] if version == 3 else None,
            redistributor_stride=_stride(node),
            cpu_interface=v2[1],
            hypervisor_interface=v2[2],
            virtual_cpu_interface=v2[3],
            maintenance_intid=irqs[0].intid,
            intid_count=32,
            where=node.where,
        )

    def console_node(self) -> Node:
        chosen = self.tree.at("/chosen")
        path = chosen.string("stdout-path").partition(":")[0] if chosen else ""
        node = self.tree.at(path) if path else None
        if node is None or not node.enabled:
            raise self.missing(
                chosen or self.tree.root,
                "no console: /chosen needs a stdout-path to an enabled UART",
                'Write stdout-path = "/path-of-the-uart:115200n8"; in /chosen.',
            )
        return node

    def uart(self, node: Node, gic: Node) -> Uart:
        regions, irqs = _regions(node), gic_interrupts(self.tree, node, gic)
        binding = next((b for c in node.compatible if (b := self.bindings.get(c)) and b.uart), None)
        if binding is None:
            known = ", ".join(b.compatible for b in self.bindings.values() if b.uart)
            text = (
                f"the console {node.name} is a '{node.string('compatible')}'; the hypervisor drives {known}"
            )
            raise UserError([error("BH-DTS-003", text, node.span("compatible"))])
        if not regions or not irqs:
            raise self.missing(node, f"no reg or no interrupt at the console {node.name}")
        clock = self.tree.by_phandle(next(iter(node.cells("clocks")), 0))
        return Uart(
            device=node.name,
            compatible=binding.compatible,
            driver=binding.uart,
            region=regions[0],
            irq=Irq(intid=irqs[0].intid, edge=irqs[0].edge, where=node.span("interrupts")),
            clock_hz=clock.cell("clock-frequency", 0) if clock else 0,
            baud=self.baud(),
            chosen=chosen.span("stdout-path") if (chosen := self.tree.at("/chosen")) else None,
        )

    def baud(self) -> int:
        chosen = self.tree.at("/chosen")
        options = chosen.string("stdout-path").partition(":")[2] if chosen else ""
        digits = options[: len(options) - len(options.lstrip("0123456789"))]
        return int(digits) if digits else _DEFAULT_BAUD

    def psci_method(self) -> str:
        nodes = self.tree.compatible_with("arm,psci-1.0", "arm,psci-0.2", "arm,psci")
        if not nodes:
            return "none"
        return "hvc" if nodes[0].string("method") == "hvc" else "smc"


def _regions(node: Node) -> list[Region]:
    where = node.span("reg")
    return [Region(base=base, size=size, where=where) for base, size in cpu_regions(node)]


def _stride(node: Node) -> int:
    """`redistributor-stride` of the binding: one number, of as many cells as it has."""
    stride = 0
    for cell in node.cells("redistributor-stride"):
        stride = stride << 32 | cell
    if stride % GICV3_FRAME or 0 < stride < GICV3_STRIDE:
        why = f"is {stride:#x}: it must be a multiple of {GICV3_FRAME:#x}, and {GICV3_STRIDE:#x} or more"
        raise BadCells(node, "redistributor-stride", why)
    return stride or GICV3_STRIDE


def _enough_redistributors(node: Node, gic: Gic, cpus: int) -> None:
    frames = gic.redistributors
    if frames is not None and frames.size < cpus * gic.redistributor_stride:
        room = frames.size // gic.redistributor_stride
        raise BadCells(node, "reg", f"has room for {room} redistributors, but there are {cpus} CPUs")


def _with_intids(gic: Gic, highest: int) -> Gic:
    """INTIDs up to the highest one a device has, in whole words of 32."""
    from dataclasses import replace

    return replace(gic, intid_count=max(32, (highest // 32 + 1) * 32))
