# SPDX-License-Identifier: Apache-2.0
"""Functional coverage of a GICv2; coverage.py has GICv3's."""

from __future__ import annotations

from lockstep.bins import Bins, common_bins
from lockstep.coverage import CROSSINGS, LR_STEPS
from lockstep.generate2 import FRAMES, NOT_THERE
from ref import interface2 as gicc
from ref.gic2 import SGIS, Gic2
from ref.interface import IDLE
from ref.interface2 import Interface2, Offer
from ref.operation import GICC_BASE, GICV_BASE, Kind, Op, Reply
from ref.registers import get, tables
from ref.virtual2 import HW, state_of

FIELDS = ("GICD_CTLR", "GICD_SGIR", "GICC_CTLR", "GICV_CTLR", "GICH_HCR", "GICH_VMCR", "GICH_LR")
FIXED = {"GICD_CTLR": {"ARE", "DS", "RWP"}}
FILTERS = ("to a list", "to all others", "to its sender alone", "with a reserved filter")
OTHER = (
    "a line changes with an acknowledge",
    "an edge arrives with its own acknowledge",
    "a line changes with an end",
    "a line changes with a bus write",
    "a line changes with a bus read",
    "an SPI of both CPUs is signalled to both",
    "an SPI of both CPUs is taken by CPU 0",
    "an SPI of both CPUs is taken by CPU 1",
    "an SPI waits without a target",
    "an SGI waits from two sources",
    "an SGI of another CPU is acknowledged",
    "an end of an SGI names another source",
    "GICC_IAR answers 1022",
    "GICV_IAR answers 1022",
    "GICC_AIAR leaves group 0 alone",
    "GICV_AIAR leaves group 0 alone",
    "an acknowledge of group 1 with AckCtl",
    "a guest's acknowledge of group 1 with AckCtl",
    "an end of the other group's register",
    "both CPUs handle interrupts",
    "both CPUs are signalled",
    "IRQ and FIQ on different CPUs",
    "a guest is signalled a FIQ",
    "physical and virtual interrupt at once",
    "nothing there at a bus address",
    "maintenance interrupt acknowledged",
    "an end with EOImode",
    "a DIR with EOImode",
    "a DIR without EOImode",
    "a guest's end with EOImode",
    "a guest's DIR with EOImode",
    "a guest's DIR without EOImode",
    "an end in no list register",
    "a virtual SGI with its source is acknowledged",
    "a special INTID in a list register",
    "CBPR",
    "VCBPR",
)


def all_bins() -> list[str]:
    bins: list[str] = []
    for frame in FRAMES:
        block = "GICC" if frame == "GICV" else frame
        for r in tables().values():
            if r.offset is None or not r.name.startswith(block) or r.name.endswith(NOT_THERE):
                continue
            assert r.access is not None
            ways = [
                w for w in ("read", "write") if (w, r.access.value) not in (("read", "WO"), ("write", "RO"))
            ]
            bins += [f"register: {frame}{r.name[4:]} {way}" for way in ways]
    for name in FIELDS:
        for f in tables()[name.replace("GICV", "GICC")].fields:
            if f.name not in FIXED.get(name, ()):
                bins += [f"field: {name}.{f.name} = {v}" for v in ("0", "not 0")]
    bins += common_bins()
    for side in ("physical", "virtual"):
        bins += [f"priority: {side}: {c}" for c in CROSSINGS]
    bins += [f"list register: {t}" for t in LR_STEPS]
    bins += [f"SGI: {f}" for f in FILTERS]
    return bins + [f"event: {e}" for e in OTHER]


class Coverage2(Bins[Gic2]):
    """Watches a model step by step."""

    def __init__(self) -> None:
        super().__init__(all_bins())
        self._registers = [
            (base + r.offset, base + r.offset + max(r.count * r.stride, r.bits // 8),
             f"{frame}{r.name[4:]}", r)
            for frame, base in FRAMES.items() for r in tables().values()
            if r.offset is not None and r.name.startswith("GICC" if frame == "GICV" else frame)
            and not r.name.endswith(NOT_THERE)
        ]  # fmt: skip

    def _event(self, what: str) -> None:
        self.hit(f"event: {what}")

    # ---- before: what an acknowledge finds ----

    def before(self, op: Op) -> None:
        if op.kind is not Kind.READ or op.size != 2 or op.cpu >= self.model.cpu_count:
            return
        c = self.model.cpus[op.cpu]
        for base, side, interface, offer, on in (
            (GICC_BASE, "physical", c.physical, c.forwarded, True),
            (GICV_BASE, "virtual", c.virtual, c.virtual.offer(), c.virtual.on),
        ):
            if op.addr - base in (gicc.IAR, gicc.AIAR):
                self._crossing(side, op.addr - base == gicc.AIAR, interface, offer if on else None)

    def _crossing(self, side: str, alias: bool, interface: Interface2, offer: Offer | None) -> None:
        def say(what: str) -> None:
            self.hit(f"priority: {side}: {what}")

        if offer is None:
            return say("nothing to acknowledge")
        priority, running = offer.priority, interface.running
        fits = offer.group == 1 if alias else interface.ack_ctl or offer.group == 0
        if not fits:
            return say("the other group's turn")
        if priority >= interface.pmr:
            return say("held back by the mask")
        if running == IDLE:
            return say("acknowledged while idle")
        if interface.can_signal(offer.group, priority):
            depth = (interface.ap[0] | interface.ap[1]).bit_count()
            say("preempts one" if depth == 1 else "preempts two or more")
            before = self._running_group(side, interface)
            if before is not None and before != offer.group:
                say(f"group {offer.group} preempts group {before}")
            return None
        how = "an equal priority" if priority == running else "the running priority"
        return say("held back by " + ("the binary point alone" if priority < running else how))

    def _running_group(self, side: str, interface: Interface2) -> int | None:
        """A guest's active priorities do not say; its list registers do."""
        if side == "physical":
            return interface.running_group
        active = [
            lr for c in self.model.cpus if c.virtual is interface for lr in c.virtual.lr if state_of(lr) & 2
        ]
        return (active[-1] >> 30 & 1) if active else None

    # ---- after ----

    def after(self, op: Op, reply: Reply) -> None:
        if reply.error:
            self.hit("event: nothing there at a bus address")
        elif op.kind in (Kind.READ, Kind.WRITE):
            self._access2(op, reply)
        self.transitions()
        self._sources()
        self._list_registers(op)
        self._outputs(reply)
        self.maintenance()
        self.remember()

    def _access2(self, op: Op, reply: Reply) -> None:
        way = "read" if op.kind is Kind.READ else "write"
        if op.line is not None:
            self.hit(f"event: a line changes with a bus {way}")
        for first, end, name, r in self._registers:
            byte = op.size == 0 and name.endswith(("IPRIORITYR", "ITARGETSR", "PENDSGIR"))
            if first <= op.addr < end and (op.size == 2 or byte):
                self.hit(f"register: {name} {way}")
                if way == "write" and name in FIELDS:
                    for f in r.fields:
                        self.hit(f"field: {name}.{f.name} = {'not 0' if op.data & f.mask else '0'}")
                if name == "GICD_SGIR":
                    self.hit(f"SGI: {FILTERS[get(name, 'TargetListFilter', op.data)]}")
        if op.size == 2:
            c = self.model.cpus[op.cpu]
            self._interface(op, reply, op.addr - GICC_BASE, c.physical, "")
            self._interface(op, reply, op.addr - GICV_BASE, c.virtual, "a guest's ")

    def _interface(self, op: Op, reply: Reply, at: int, interface: Interface2, whose: str) -> None:
        say = self._event
        if op.kind is Kind.READ and at in (gicc.IAR, gicc.AIAR):
            self._acknowledged(op, reply, at == gicc.AIAR, interface, whose)
        elif op.kind is Kind.WRITE and at in (gicc.EOIR, gicc.AEOIR):
            if interface.eoi_mode:
                say(f"{whose or 'an '}end with EOImode")
            if op.line is not None:
                say("a line changes with an end")
            group = interface.running_group
            if (
                not whose
                and group is not None
                and bool(group) != (at == gicc.AEOIR)
                and not interface.ack_ctl
            ):
                say("an end of the other group's register")
            sent = self.model.cpus[op.cpu].active_source
            if not whose and op.data & 0x3FF < SGIS and sent[op.data & 15] != op.data >> 10 & 7:
                say("an end of an SGI names another source")
        elif op.kind is Kind.WRITE and at == gicc.DIR:
            say(f"{whose or 'a '}DIR {'with' if interface.eoi_mode else 'without'} EOImode")

    def _acknowledged(self, op: Op, reply: Reply, alias: bool, interface: Interface2, whose: str) -> None:
        say = self._event
        frame, intid = "GICV" if whose else "GICC", reply.data & 0x3FF
        if op.line is not None:
            say("a line changes with an acknowledge")
            if intid == op.line.intid and op.line.level and not whose:
                say("an edge arrives with its own acknowledge")
        if intid == 1022 and not alias:
            say(f"{frame}_IAR answers 1022")
        offer = self.model.cpus[op.cpu].virtual.offer() if whose else self.model.cpus[op.cpu].forwarded
        if intid == 1023 and alias and offer is not None and not offer.group:
            say(f"{frame}_AIAR leaves group 0 alone")
        if intid >= 1020:
            if whose and op.data == 0 and intid in (1020, 1023) and interface.running == IDLE:
                self._special(op)
            return
        say("VCBPR") if whose and interface.cbpr else say("CBPR") if interface.cbpr else None
        if whose:
            if intid < SGIS and reply.data >> 10:
                say("a virtual SGI with its source is acknowledged")
            lr = next(
                lr for lr in self.model.cpus[op.cpu].virtual.lr if lr & 0x3FF == intid and state_of(lr) == 2
            )
            group = lr >> 30 & 1
        else:
            found = self.model.at(op.cpu, intid)
            assert found is not None
            group = found[0].group >> found[1] & 1
            if intid == 25:
                say("maintenance interrupt acknowledged")
            if intid < SGIS and reply.data >> 10 != op.cpu:
                say("an SGI of another CPU is acknowledged")
            if intid >= 32 and self.model.targets[intid - 32] == 3:
                say(f"an SPI of both CPUs is taken by CPU {op.cpu}")
        if group and not alias:
            say(f"{whose or 'an '}acknowledge of group 1 with AckCtl")

    def _special(self, op: Op) -> None:
        """A list register that had a special INTID pending is now empty."""
        for old, lr in zip(self.lrs[op.cpu], self.model.cpus[op.cpu].virtual.lr, strict=True):
            if old & 0x3FF >= 1020 and state_of(old) == 1 and not state_of(lr):
                self.hit("event: a special INTID in a list register")

    def _sources(self) -> None:
        for c in self.model.cpus:
            if any(s.bit_count() > 1 for s in c.sources):
                self.hit("event: an SGI waits from two sources")

    def _list_registers(self, op: Op) -> None:
        names = ("invalid", "pending", "active", "both")
        for c, before in zip(self.model.cpus, self.lrs, strict=True):
            for lr, old in zip(c.virtual.lr, before, strict=True):
                if state_of(lr) == state_of(old):
                    continue
                step = f"{names[state_of(old)]}->{names[state_of(lr)]}"
                self.hit(f"list register: {step}")
                if lr & HW and op.addr >= GICV_BASE and c.virtual.hardware_ended is not None:
                    self.hit(f"list register: {step} with its physical interrupt")

    def _outputs(self, reply: Reply) -> None:
        m, signalled = self.model, reply.irq | reply.fiq
        if signalled.bit_count() > 1:
            self.hit("event: both CPUs are signalled")
            offers = {c.forwarded.intid for c in m.cpus if c.forwarded is not None}
            if len(offers) == 1 and min(offers) >= 32:
                self.hit("event: an SPI of both CPUs is signalled to both")
            if reply.irq and reply.fiq:
                self.hit("event: IRQ and FIQ on different CPUs")
        if reply.vfiq:
            self.hit("event: a guest is signalled a FIQ")
        if signalled & (reply.virq | reply.vfiq):
            self.hit("event: physical and virtual interrupt at once")
        if all(c.physical.running != IDLE for c in m.cpus):
            self.hit("event: both CPUs handle interrupts")
        if any(
            b.pending >> i & 1 and not m.targets[32 * w + i] for w, b in enumerate(m.banks) for i in range(32)
        ):
            self.hit("event: an SPI waits without a target")
