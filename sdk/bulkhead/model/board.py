# SPDX-License-Identifier: Apache-2.0
"""What the hardware is, as read from the board's devicetree and `board.yaml`.

Every address is physical and in bytes, every size in bytes, `end` is exclusive. Interrupts
are INTIDs (SPI n is INTID n + 32, PPI n is INTID n + 16; Arm IHI 0069, section 2.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bulkhead.diag.diagnostic import Diagnostic
from bulkhead.diag.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A range of physical addresses and where it was described."""

    base: int
    size: int
    where: Span

    @property
    def end(self) -> int:
        return self.base + self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpu:
    """A physical CPU: `index` counts in devicetree order, `mpidr` is its `reg`."""

    index: int
    mpidr: int
    compatible: str
    enable_method: str  # "psci" or "spin-table"
    release_address: int  # of the spin table; 0 with PSCI
    where: Span
    places: tuple[tuple[str, Span], ...] = ()  # property -> where it was set, in an overlay for example

    def span(self, name: str) -> Span:
        """Where property `name` was set, or the node where it was not."""
        return dict(self.places).get(name, self.where)


def spin_tables(cpus: Iterable[Cpu]) -> list[Region]:
    """The words that CPUs without PSCI poll until the boot pCPU writes there where they are to go."""
    return [
        Region(base=c.release_address, size=8, where=c.span("cpu-release-addr"))
        for c in cpus
        if c.release_address
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Irq:
    """One interrupt of a device. `edge` as the third cell of the GIC binding says."""

    intid: int
    edge: bool
    where: Span

    @property
    def text(self) -> str:
        """How it is always printed: both numbers."""
        if self.intid >= 32:
            return f"SPI {self.intid - 32} (INTID {self.intid})"
        return f"PPI {self.intid - 16} (INTID {self.intid})"


GICV3_FRAME = 0x1_0000
GICV3_STRIDE = 2 * GICV3_FRAME  # RD frame and SGI frame, 64 KiB each


@dataclass(frozen=True, slots=True, kw_only=True)
class Gic:
    """The interrupt controller. For v3 `redistributors` is the frames' range (`redistributor_stride` a CPU);
    for v2 the CPU interface, GICH and GICV are given and `redistributors` is None."""

    version: int  # 2 or 3
    distributor: Region
    redistributors: Region | None
    redistributor_stride: int = GICV3_STRIDE  # from one CPU's to the next: twice as much with a GICv4
    cpu_interface: Region | None
    hypervisor_interface: Region | None
    virtual_cpu_interface: Region | None
    maintenance_intid: int
    intid_count: int  # INTIDs the plan covers: 32 + number of SPIs, multiple of 32
    where: Span


def interface_pages(interface: Region) -> tuple[int, int]:
    """The two pages of a GICv2's CPU interface, or of its virtual one.

    A board that has it on 128 KiB repeats each page through 64 KiB, for systems with pages of that size.
    """
    return interface.base, interface.base + (0x1_0000 if interface.size >= 0x2_0000 else 0x1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uart:
    """The UART the hypervisor's console uses (`stdout-path`)."""

    device: str  # name of the Device
    compatible: str  # the one that the driver is for
    driver: str  # hv-arm64/src/dev/uart_<driver>.c
    region: Region
    irq: Irq
    clock_hz: int
    baud: int
    chosen: Span | None = None  # where stdout-path stands, which says the speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """An assignable (or hypervisor-owned) device node.

    `symbol` is the stem of its Kconfig choice: node name and unit address in capitals
    (`serial@9000000` -> `SERIAL_9000000`), never an order. `properties` are the raw bytes of
    the node's properties that a guest's devicetree may copy (compatible, clock-names, ...).
    """

    name: str
    symbol: str
    path: str
    compatible: tuple[str, ...]
    regions: tuple[Region, ...]
    irqs: tuple[Irq, ...]
    enabled: bool
    properties: tuple[tuple[str, bytes], ...]
    where: Span
    hypervisor_only: str = ""  # why a partition can never own it ("" when it can)
    dma: bool = False  # it reads and writes memory by itself, or nobody has said that it does not
    # Exclusive end of the physical addresses that its DMA reaches, by `dma-ranges` of the buses above
    # it and the `dma-bits` of its binding; None: all. RAM of an owner at or above it is out of reach.
    dma_limit: int | None = None


_BOARD_YAML = Span("board.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeProperty:
    """A property of the board's tree. `links` are the phandles in its value, by byte offset, with the
    path of the node each names; None where the value means nothing outside of that tree."""

    name: str
    value: bytes
    links: tuple[tuple[int, str], ...] | None = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeNode:
    """A node of the board's tree, for devicetrees of guests. `children` are paths, `labels` as written."""

    name: str
    path: str
    labels: tuple[str, ...]
    properties: tuple[NodeProperty, ...]
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BootLoad:
    """What the boot loader writes to RAM before the first instruction of ours (`board.yaml`)."""

    image: int  # where it puts bulkhead.img
    areas: tuple[Region, ...] = field(default=())  # other RAM it uses: its devicetree, its initrd
    where: Span = _BOARD_YAML  # of `image`


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    name: str
    compatible: tuple[str, ...]
    memory: tuple[Region, ...]
    reserved: tuple[Region, ...]
    cpus: tuple[Cpu, ...]
    gic: Gic
    uart: Uart
    devices: tuple[Device, ...]
    boot: BootLoad
    timer_intids: tuple[int, int, int, int]  # secure, non-secure physical, virtual, hypervisor
    psci_method: str  # "smc" or "hvc": how EL2 calls the firmware; "none" where it has no PSCI
    where: Span
    timer_where: Span | None = None  # where the timers' interrupts stand
    pmu: Irq | None = None  # overflow of the performance monitors, of each CPU its own (a PPI)
    remarks: tuple[Diagnostic, ...] = ()  # warnings about the devicetree
    # Flash where the hypervisor may confirm an image by one word (`banks: confirm:` of board.yaml): whole
    # erase blocks of a cfi-flash on 32 bits.
    confirm: Region | None = None
    nodes: Mapping[str, TreeNode] = field(default_factory=dict, repr=False)  # of the devicetree, by path
