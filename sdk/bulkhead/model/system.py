# SPDX-License-Identifier: Apache-2.0
"""The resolved system: one object that every checker, emitter, report and test reads.

`elaborate` makes it, `plan.json` is its written form. `pa` is a physical address, `ipa` a
guest-physical one; sizes are in bytes. Ids are dense and count from 0; a slot is the Kconfig
slot the partition was described in and counts from 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from bulkhead.diag.span import Span
from bulkhead.model.board import Board, Cpu, Device, Region
from bulkhead.schedule.tasks import Order, Request, Task

PLAN_VERSION = 1

# What every guest sees (docs/architecture.md, "The guest's machine").
GUEST_RAM_IPA = 0x4000_0000
GUEST_GICD_IPA = 0x0800_0000
GUEST_GICD_SIZE = 0x1_0000
GUEST_GICC_IPA = 0x0801_0000
GUEST_GICC_SIZE = 0x2000
GUEST_GICR_IPA = 0x080A_0000
GUEST_GICR_STRIDE = 0x2_0000  # one redistributor: RD frame and SGI frame, 64 KiB each
GUEST_UART_IPA = 0x0900_0000
GUEST_UART_SIZE = 0x1000
GUEST_UART_INTID = 33
GUEST_FLAT_OFFSET = 0x8_0000  # where a flat binary is loaded and entered
GUEST_IMAGE_OFFSET = 0x20_0000  # where an arm64 Image with text_offset 0 is loaded


class FaultAction(Enum):
    """What becomes of a partition that faults. The value is `enum hv_fault_action` at EL2."""

    LOG = 0  # report, skip the instruction
    INJECT_ABORT = 1  # report, give the guest the exception real hardware would
    STOP = 2
    RESTART = 3
    RESTART_LIMIT = 4  # restart at most `restart_limit` times, then stop


class FaultClass(Enum):
    """What a partition can do wrong. The value is `enum hv_fault_class` at EL2."""

    STAGE2 = 0  # an access outside what it owns
    UNDEFINED = 1  # a trapped instruction or system register nobody may use
    CALL = 2  # a forbidden or malformed call (SMC to the firmware, ...)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vcpu:
    id: int  # dense over the whole system
    index: int  # within its partition; also its virtual MPIDR affinity 0
    pcpu: int  # index of the physical CPU it runs on


# Of shared CPUs. A step of a partition's start takes less; it is begun only where it ends within the turn.
START_STEP_NS = 10_000
LATE_LIMIT_NS = 10_000  # a turn that ends later is counted as an overrun
WINDOWS_MAX = 256  # of a frame
WINDOW_SHORTEST_NS = 2_000  # a switch takes a noticeable part of less


class Policy(Enum):
    """How a physical CPU gives its time to virtual ones. The value is `enum hv_policy` at EL2."""

    PINNED = 0
    TABLE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A part of a frame, in nanoseconds from the frame's begin."""

    begin_ns: int
    length_ns: int
    vcpu: int | None  # id over the whole system; None: nobody runs
    where: Span

    @property
    def end_ns(self) -> int:
        return self.begin_ns + self.length_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How a shared physical CPU gives its time. A pinned one has none."""

    pcpu: int
    policy: Policy
    frame_ns: int
    windows: tuple[Window, ...]  # as written; what none covers is idle
    where: tuple[tuple[str, Span], ...]  # "policy", "frame", "windows"

    def span(self, field: str) -> Span:
        return dict(self.where)[field]

    def of(self, vcpu: int) -> tuple[Window, ...]:
        return tuple(w for w in self.windows if w.vcpu == vcpu)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Bytes the start of a partition copies: from the payload store to guest RAM."""

    name: str  # "guest", "dtb", ...
    ipa: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A range of addresses that a guest's file asks for, its zero-filled part included."""

    base: int
    size: int
    execute: bool

    @property
    def end(self) -> int:
        return self.base + self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A guest as loaded: its segments (without the devicetree), entry, and extent with bss."""

    path: str
    kind: str  # "elf", "image", "flat"
    segments: tuple[Segment, ...]
    entry: int
    ipa_base: int  # lowest address used
    ipa_end: int  # exclusive end of what it occupies, zero-filled part and initrd included
    extents: tuple[Extent, ...] = ()  # of an ELF file, by its program headers
    open_ended: bool = False  # an Image of an old kernel: how much it zero-fills is not said
    initrd: Extent | None = None  # where Linux's first file system lies


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayText:
    """Devicetree source to be merged into a guest's tree: its name as configured, its file, and what is
    in that file after the preprocessor, with line markers."""

    name: str
    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    id: int
    slot: int
    name: str
    guest: str  # as configured: name of a guest folder or path of a file
    linux: bool = False  # the guest must be a Linux kernel
    initrd: str = ""  # of Linux, as configured; "" without one
    overlay: OverlayText | None = None  # over its devicetree
    payload: Payload | None  # None until the guest is built
    ram_pa: int
    ram_size: int
    ram_fixed: bool  # the address was given by the user
    vcpus: tuple[Vcpu, ...]
    console: bool
    autostart: bool
    pmu: bool = False  # its vCPUs have the performance monitors of their pCPUs
    fault_actions: tuple[tuple[FaultClass, FaultAction], ...]
    restart_limit: int
    essential: bool = False  # an image is confirmed once each of these is healthy
    devices: tuple[str, ...]  # names of owned devices
    bootargs: str
    budget: Request | None = None  # what its virtual CPU 0 asks of a shared CPU
    tasks: tuple[Task, ...] = ()  # of its virtual CPU 0, whose deadlines must be guaranteed
    order: Order = Order.FIXED_PRIORITY  # in which they run
    where: tuple[tuple[str, Span], ...]  # field name -> where the user set it

    def span(self, field: str) -> Span:
        """Where `field` ("name", "ram_size", "pcpus", "guest", ...) was set."""
        return dict(self.where)[field]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Where one section group of the hypervisor lies: `size` is reserved, `used` was linked."""

    name: str  # text, rodata, tables, store, data, pcpu, record (in this order)
    base: int
    size: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One entry of the global interval map: everything that occupies physical memory."""

    base: int
    size: int
    kind: str  # hypervisor, store, partition, load-area, reserved, device
    owner: str  # "hv", a partition's name, or "boot loader"
    label: str  # human words: "RAM of partition 'control'"
    where: Span

    @property
    def end(self) -> int:
        return self.base + self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who owns a device: `owner` is a partition's name, "hv", or "" for nobody."""

    device: str
    owner: str
    where: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Hypervisor options from Kconfig."""

    console_pcpu: int  # the pCPU that drains the rings
    console_period_us: int
    console_budget_bytes: int
    power_off_when_idle: bool
    monitor: bool  # the shell on the console
    confirm_after_ms: int = 0  # how long essential partitions run before they count as healthy
    short_paths: bool
    toolchain: str  # "ziglang", "gcc" or "clang"
    optimisation: str  # "-O2", "-Os"
    trace_records: int = 0  # each pCPU keeps, a power of two; 0: no trace
    trace_stops: bool = False  # at the first fault
    window_cost_ns: int = 0  # what EL2 takes at the begin of a window, at worst
    where: tuple[tuple[str, Span], ...] = ()  # field name -> where the user set it


def driven_cpus(board: Board, partitions: Sequence[Partition], features: Features) -> tuple[Cpu, ...]:
    """CPU 0 (it boots) up to the last one that a vCPU or the console needs."""
    used = [0, features.console_pcpu, *(v.pcpu for p in partitions for v in p.vcpus)]
    return board.cpus[: max(used) + 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPlan:
    version: int
    board: Board
    system: str  # name of the system's folder
    partitions: tuple[Partition, ...]
    owners: tuple[Owner, ...]
    features: Features
    boxes: tuple[Box, ...]
    claims: tuple[Claim, ...]  # sorted by base
    where: Span
    schedules: tuple[Schedule, ...] = ()  # of the shared CPUs among `pcpus`, by number
    _devices: Mapping[str, Device] = field(init=False, repr=False, compare=False)
    _owners: Mapping[str, Owner] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_devices", {d.name: d for d in self.board.devices})
        object.__setattr__(self, "_owners", {o.device: o for o in self.owners})

    @property
    def pcpus(self) -> tuple[Cpu, ...]:
        """The CPUs the hypervisor runs on; what lies behind them stays off."""
        return driven_cpus(self.board, self.partitions, self.features)

    @property
    def parked(self) -> tuple[int, ...]:
        """The spin tables of those others: the firmware left them polling, so they do not stay off."""
        return tuple(c.release_address for c in self.board.cpus[len(self.pcpus) :] if c.release_address)

    @property
    def confirm(self) -> Region | None:
        """Where the hypervisor confirms its image; None where it never does."""
        return self.board.confirm if any(p.essential for p in self.partitions) else None

    def partition(self, name: str) -> Partition:
        return next(p for p in self.partitions if p.name == name)

    def schedule(self, pcpu: int) -> Schedule | None:
        """Of a shared CPU; None: one vCPU has it alone."""
        return next((s for s in self.schedules if s.pcpu == pcpu), None)

    def vcpu_name(self, vcpu: int) -> str:
        """As windows name it: `control`, or `control.1` for another than its first."""
        p, v = next((p, v) for p in self.partitions for v in p.vcpus if v.id == vcpu)
        return f"{p.name}.{v.index}" if v.index else p.name

    def device(self, name: str) -> Device:
        return self._devices[name]

    def owner(self, device: str) -> Owner:
        return self._owners[device]

    def feature_span(self, field: str) -> Span:
        """Where a field of `features` was set."""
        return dict(self.features.where).get(field, self.where)

    def box(self, name: str) -> Box:
        return next(b for b in self.boxes if b.name == name)
