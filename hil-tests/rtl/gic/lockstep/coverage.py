# SPDX-License-Identifier: Apache-2.0
"""Functional coverage of a GICv3: what the operations of a run brought about."""

from __future__ import annotations

from lockstep.bins import Bins, common_bins
from ref.bank import bits_of
from ref.gic3 import IRM, Cpu, Gic3
from ref.interface import IDLE
from ref.operation import GICR_BASE, GICR_STRIDE, Kind, Op, Reply
from ref.registers import system_registers, tables

FLOOR = 95.0  # per cent
FIXED = {  # fields that a write cannot change
    "GICD_CTLR": {"ARE", "DS", "RWP"}, "GICR_CTLR": {"RWP", "UWP"}, "GICR_WAKER": {"ChildrenAsleep"},
    "ICC_CTLR_EL1": {"PRIbits", "IDbits", "A3V"}, "ICC_SRE_EL2": {"SRE", "DFB", "DIB", "Enable"},
    "ICH_VMCR_EL2": {"VAckCtl", "VFIQEn"}, "ICH_HCR_EL2": {"EOIcount"},
}  # fmt: skip
CROSSINGS = (
    "acknowledged while idle",
    "preempts one",
    "preempts two or more",
    "held back by an equal priority",
    "held back by the mask",
    "held back by the running priority",
    "held back by the binary point alone",
    "group 0 preempts group 1",
    "group 1 preempts group 0",
    "nothing to acknowledge",
    "the other group's turn",
)
LR_STEPS = (
    "invalid->pending",
    "pending->active",
    "active->invalid",
    "both->pending",
    "invalid->both",
    "invalid->active",
    "pending->invalid",
    "active->invalid with its physical interrupt",
)
OTHER = (
    "a line changes with an acknowledge",
    "an edge arrives with its own acknowledge",
    "a line changes with an end",
    "a line changes with a bus write",
    "a line changes with a bus read",
    "1 of N goes to CPU 0",
    "1 of N goes to CPU 1",
    "an SGI to its sender",
    "an SGI to another CPU",
    "an SGI to all others",
    "an SGI of the wrong group",
    "a sleeping CPU is asked to wake",
    "both CPUs handle interrupts",
    "both CPUs are signalled",
    "IRQ and FIQ on different CPUs",
    "an access is UNDEFINED",
    "an access of a guest is trapped",
    "no frame at a bus address",
    "physical and virtual interrupt at once",
    "maintenance interrupt acknowledged",
    "an end with EOImode",
    "a DIR with EOImode",
    "a guest's end with EOImode",
    "a guest's DIR with EOImode",
    "an end in no list register",
    "a special INTID in a list register",
    "CBPR",
    "VCBPR",
)


def all_bins(lr_count: int = 4) -> list[str]:
    bins: list[str] = []
    for r in tables().values():
        if (r.offset is None and r.encoding is None) or not r.name.startswith(
            ("GICD", "GICR", "ICC_", "ICH_")
        ):
            continue
        if r.name.startswith("ICH_LR") and int(r.name[6:-4]) >= lr_count:
            continue
        if r.name.startswith("ICH_AP") and "R0" not in r.name:
            continue  # with more preemption bits
        assert r.access is not None
        ways = [w for w in ("read", "write") if (w, r.access.value) not in (("read", "WO"), ("write", "RO"))]
        if r.offset is not None and r.name.endswith(("STATUSR", "SGIR", "TYPER2", "IIDR")):
            ways = ways[:1]  # nothing behind them here
        bins += [f"register: {r.name} {way}" for way in ways]
        if r.name.startswith("ICC_") and r.name.endswith("EL1") and "SGI" not in r.name:
            bins += [f"register: {r.name} {way} by a guest" for way in ways]
        if "write" in ways:
            for f in r.fields:
                if f.name not in FIXED.get(r.name, ()):
                    bins += [f"field: {r.name}.{f.name} = {v}" for v in ("0", "not 0")]
    for f in tables()["ICH_LR_EL2"].fields:
        bins += [f"field: ICH_LR_EL2.{f.name} = {v}" for v in ("0", "not 0")]
    bins += common_bins()
    for side in ("physical", "virtual"):
        bins += [f"priority: {side}: {c}" for c in CROSSINGS]
    bins += [f"list register: {t}" for t in LR_STEPS]
    bins += [f"trap: {n}" for n in ("TC", "TALL0", "TALL1", "TDIR")]
    return bins + [f"event: {e}" for e in OTHER]


class Coverage(Bins[Gic3]):
    """Watches a model step by step."""

    def __init__(self) -> None:
        super().__init__(all_bins())
        self._by_offset = {
            block: [(r.offset, r.offset + max(r.count * r.stride, r.bits // 8), r) for r in tables().values()
                    if r.offset is not None and r.name.startswith(block)]
            for block in ("GICD", "GICR")
        }  # fmt: skip

    # ---- before and after each operation ----

    def before(self, op: Op) -> None:
        if op.kind is Kind.MRS and (name := system_registers().get(op.addr, "")).startswith("ICC_IAR"):
            self._acknowledge(op, int(name[7]))

    def after(self, op: Op, reply: Reply) -> None:
        self._access(op, reply)
        self.transitions()
        self._list_registers(op)
        self._signals(reply)
        self.maintenance()
        self.remember()

    def _acknowledge(self, op: Op, group: int) -> None:
        c = self.model.cpus[op.cpu]
        side = "virtual" if op.el1 else "physical"
        interface = c.virtual if op.el1 else c.physical
        offer = self._offer(c, op.el1)
        say = lambda what: self.hit(f"priority: {side}: {what}")  # noqa: E731
        if offer is None:
            say("nothing to acknowledge")
            return
        priority, of = offer
        running = interface.running
        if of != group:
            say("the other group's turn")
        elif priority >= interface.pmr:
            say("held back by the mask")
        elif running == IDLE:
            say("acknowledged while idle")
        elif interface.can_signal(of, priority):
            depth = (interface.ap[0] | interface.ap[1]).bit_count()
            say("preempts one" if depth == 1 else "preempts two or more")
            if interface.running_group != of:
                say(f"group {of} preempts group {1 - of}")
        elif priority == running:
            say("held back by an equal priority")
        elif priority < running:
            say("held back by the binary point alone")
        else:
            say("held back by the running priority")

    @staticmethod
    def _offer(c: Cpu, el1: bool) -> tuple[int, int] | None:
        if not el1:
            return (c.forwarded[0], c.forwarded[2]) if c.forwarded else None
        n = c.virtual.best()
        return (
            None
            if n is None or not c.virtual.hcr & 1
            else (c.virtual.lr[n] >> 48 & 0xFF, c.virtual.lr[n] >> 60 & 1)
        )

    def _access(self, op: Op, reply: Reply) -> None:
        if reply.undef:
            return self.hit("event: an access is UNDEFINED")
        if reply.error:
            return self.hit("event: no frame at a bus address")
        if op.kind is Kind.TIME:
            return None
        way = "read" if op.kind in (Kind.READ, Kind.MRS) else "write"
        if op.line is not None and op.kind in (Kind.READ, Kind.WRITE):
            self.hit(f"event: a line changes with a bus {way}")
        if op.kind in (Kind.MRS, Kind.MSR):
            return self._system(op, reply, way)
        block = "GICD" if op.addr < GICR_BASE else "GICR"
        at = op.addr if block == "GICD" else (op.addr - GICR_BASE) % GICR_STRIDE
        for first, end, r in self._by_offset[block]:
            if first <= at < end and (r.bits == 8 << op.size or (op.size == 0 and "IPRIORITYR" in r.name)):
                self.hit(f"register: {r.name} {way}")
                if way == "write":
                    self._fields(r.name, op.data)
        return None

    def _system(self, op: Op, reply: Reply, way: str) -> None:
        name = system_registers()[op.addr]
        c = self.model.cpus[op.cpu]
        if reply.trap:
            self.hit("event: an access of a guest is trapped")
            for bit, trap in ((10, "TC"), (11, "TALL0"), (12, "TALL1"), (14, "TDIR")):
                if c.virtual.hcr >> bit & 1 and "SGI" not in name:
                    self.hit(f"trap: {trap}")
            return
        self.hit(f"register: {name} {way}{' by a guest' if op.el1 else ''}")
        if way == "write":
            self._fields(name, op.data)
            if name.startswith("ICH_LR"):
                self._fields("ICH_LR_EL2", op.data)
        if op.line is not None:
            self.hit("event: a line changes with an acknowledge") if "IAR" in name else None
            self.hit("event: a line changes with an end") if "EOIR" in name else None
            if "IAR" in name and not op.el1 and reply.data == op.line.intid and op.line.level:
                self.hit("event: an edge arrives with its own acknowledge")
        side = c.virtual if op.el1 else c.physical
        who = "a guest's " if op.el1 else "a" + ("n " if "EOIR" in name else " ")
        if side.eoi_mode and ("EOIR" in name or "DIR" in name):
            self.hit(f"event: {who}{'end' if 'EOIR' in name else 'DIR'} with EOImode")
        if "IAR" in name and reply.data < 1020:
            if side.cbpr:
                self.hit("event: VCBPR" if op.el1 else "event: CBPR")
            if reply.data == 25 and not op.el1:
                self.hit("event: maintenance interrupt acknowledged")
            if not op.el1 and reply.data >= 32 and self.model.router[reply.data - 32] & IRM and op.cpu < 2:
                self.hit(f"event: 1 of N goes to CPU {op.cpu}")
        elif "IAR" in name and op.el1 and reply.data < 1023:
            self.hit("event: a special INTID in a list register")
        if "SGI" in name and "ASGI" not in name:
            self._sgi(op, int(name[7]))

    def _sgi(self, op: Op, group: int) -> None:
        if op.data >> 40 & 1:
            self.hit("event: an SGI to all others")
        elif not op.data >> 16 & 0xFF and not op.data >> 32:
            for to in bits_of(op.data & (1 << self.model.cpu_count) - 1):
                if self.model.cpus[to].own.group >> (op.data >> 24 & 15) & 1 != group:
                    self.hit("event: an SGI of the wrong group")
                else:
                    self.hit(
                        "event: an SGI to its sender" if to == op.cpu else "event: an SGI to another CPU"
                    )

    def _fields(self, name: str, value: int) -> None:
        for f in tables()[name].fields:
            self.hit(f"field: {name}.{f.name} = {'not 0' if value & f.mask else '0'}")

    def _list_registers(self, op: Op) -> None:
        for c, before in zip(self.model.cpus, self.lrs, strict=True):
            for lr, old_lr in zip(c.virtual.lr, before, strict=True):
                if lr >> 62 != old_lr >> 62:
                    names = ("invalid", "pending", "active", "both")
                    step = f"{names[old_lr >> 62]}->{names[lr >> 62]}"
                    self.hit(f"list register: {step}")
                    if (
                        step == "active->invalid"
                        and lr & 1 << 61
                        and op.el1
                        and c.virtual.hardware_ended is not None
                    ):
                        self.hit(f"list register: {step} with its physical interrupt")

    def _signals(self, reply: Reply) -> None:
        if reply.wake:
            self.hit("event: a sleeping CPU is asked to wake")
        signalled = reply.irq | reply.fiq
        if signalled.bit_count() > 1:
            self.hit("event: both CPUs are signalled")
            if reply.irq and reply.fiq:
                self.hit("event: IRQ and FIQ on different CPUs")
        if signalled & (reply.virq | reply.vfiq):
            self.hit("event: physical and virtual interrupt at once")
        if all(c.physical.running != IDLE for c in self.model.cpus):
            self.hit("event: both CPUs handle interrupts")
