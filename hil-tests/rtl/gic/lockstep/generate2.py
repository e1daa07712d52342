# SPDX-License-Identifier: Apache-2.0
"""Random operations for a GICv2, from a seed; generate.py does it for GICv3.

It looks at the reference model as it goes, so that handlers end what they acknowledged and list
registers hold what may be in them; by chance it does the odd thing too.
"""

from __future__ import annotations

from collections.abc import Callable

from lockstep.choices import SGIS, Choices
from lockstep.generate import ARRAYS, MAINTENANCE, Profile
from ref import interface2 as gicc
from ref.gic2 import Gic2
from ref.interface2 import Interface2, Offer
from ref.operation import GICC_BASE, GICH_BASE, GICV_BASE, Kind, Op, Reply, line, read, write
from ref.registers import mask, offset, put, tables
from ref.virtual2 import ACTIVE, HW, STATE_AT, state_of

DELIVERING = gicc.GROUP0 | gicc.GROUP1
FRAMES = {"GICD": 0, "GICC": GICC_BASE, "GICH": GICH_BASE, "GICV": GICV_BASE}
NOT_THERE = ("TYPER2", "STATUSR", "IGRPMODR", "NSACR", "IROUTER", "PIDR2")  # GICD registers of a GICv3
LOOKS = ("CTLR", "PMR", "BPR", "RPR", "HPPIR", "ABPR", "AHPPIR", "APR", "NSAPR", "IIDR")


class Handler:
    """What a CPU, or its guest, acknowledged: values of GICC_IAR and their groups."""

    def __init__(self, base: int) -> None:
        self.base = base
        self.held: list[tuple[int, int]] = []
        self.split: list[int] = []  # dropped, to be deactivated by GICC_DIR
        self.offered: Offer | None = None


class Generator2(Choices):
    def __init__(self, model: Gic2, seed: int, profile: Profile) -> None:
        super().__init__(model, seed)
        self.model, self.profile = model, profile
        self.physical = [Handler(GICC_BASE) for _ in model.cpus]
        self.guests = [Handler(GICV_BASE) for _ in model.cpus]
        spis = self.rng.sample(range(32, 32 + model.spi_count), 10)
        self.sgis = self.rng.sample(range(SGIS), 4)
        self.pool = [*self.sgis, *self.rng.sample(range(SGIS, 32), 4), MAINTENANCE, *spis, *spis]
        weights = {
            self.line: 30, self.acknowledge: 24, self.end: 20, self.bits: 16, self.priority: 8,
            self.target: 5, self.sgi: 9, self.sources: 4, self.config: 4, self.control: 2,
            self.cpu_control: 5, self.look: 6, self.heal: 9, self.fill: 16, self.guest_ack: 16,
            self.guest_end: 14,
            self.guest_control: 5,
            self.guest_look: 5, self.hypervisor: 7, self.anywhere: 6,
        }  # fmt: skip
        self.acts = list(weights)
        self.weights = list(weights.values())

    # ---- the stream ----

    def start(self) -> list[Op]:
        """From reset to a controller that delivers. The rest is chance."""
        rng = self.rng
        ops = [write(offset("GICD_CTLR"), 3)]
        words = self.model.spi_count // 32 + 1
        for n in range(self.model.cpu_count):
            ops += [
                self.own(n, "GICD_ICFGR", rng.getrandbits(32) & 0xAAAA_AAAA, 1),
                self.own(n, "GICD_IGROUPR", rng.getrandbits(32)),
                self.own(n, "GICD_ISENABLER", 0xFFFF_FFFF),
                self.own(n, "GICC_PMR", 0xFF),
                self.own(n, "GICC_CTLR", DELIVERING | rng.choice((0, gicc.ACK_CTL))),
                self.own(n, "GICV_PMR", 0xFF),
                self.own(n, "GICV_CTLR", DELIVERING | rng.choice((0, gicc.ACK_CTL))),
                self.own(n, "GICH_HCR", 1),
            ]
        for half in range(2, 2 * words):
            ops.append(self.own(0, "GICD_ICFGR", rng.getrandbits(32) & 0xAAAA_AAAA, half))
        for w in range(1, words):
            ops.append(self.own(0, "GICD_IGROUPR", rng.getrandbits(32), w))
            ops.append(self.own(0, "GICD_ISENABLER", 0xFFFF_FFFF, w))
        for w in range(8, 8 * words):
            ops.append(self.own(0, "GICD_ITARGETSR", rng.getrandbits(32) | rng.getrandbits(32), w))
        return ops

    def own(self, cpu: int, name: str, value: int, index: int = 0) -> Op:
        return write(self.address(name, index), value, 2, cpu)

    def address(self, name: str, index: int = 0) -> int:
        r = tables()[name.replace("GICV", "GICC")]
        return FRAMES[name[:4]] + (r.offset or 0) + index * r.stride

    def next(self) -> Op:
        rng = self.rng
        op = rng.choices(self.acts, self.weights)[0](rng.randrange(self.model.cpu_count)) or Op(Kind.TIME)
        if op.line is None and rng.random() < 0.07:
            intid, cpu = self.interrupt(lines=True)
            if op.kind is Kind.READ and op.addr == GICC_BASE + gicc.IAR and rng.random() < 0.6:
                offer = self.model.cpus[op.cpu].forwarded  # of what is just acknowledged
                if offer is not None:
                    intid, cpu = offer.intid, op.cpu
            if intid >= SGIS and intid != MAINTENANCE:
                op = op._replace(line=self.toggle(intid, cpu))
        return op

    def saw(self, op: Op, reply: Reply) -> None:
        """What the model answered: handlers are entered and left."""
        self.note_level(op.line)
        if reply.error or op.size != 2:
            return
        for handler, interface in ((self.physical[op.cpu], self.model.cpus[op.cpu].physical),
                                   (self.guests[op.cpu], self.model.cpus[op.cpu].virtual)):  # fmt: skip
            at = op.addr - handler.base
            if op.kind is Kind.READ and at in (gicc.IAR, gicc.AIAR):
                if handler.offered and reply.data == handler.offered.shown and reply.data & 0x3FF < 1020:
                    handler.held.append((reply.data, handler.offered.group))
            elif op.kind is Kind.WRITE and at in (gicc.EOIR, gicc.AEOIR):
                if handler.held and handler.held[-1][0] == op.data:
                    handler.held.pop()
                    if interface.eoi_mode:
                        handler.split.append(op.data)
            elif op.kind is Kind.WRITE and at == gicc.DIR and op.data in handler.split:
                handler.split.remove(op.data)

    # ---- acts; each returns an operation or None ----

    def line(self, cpu: int) -> Op | None:
        intid, cpu = self.interrupt(lines=True)
        return None if intid == MAINTENANCE else line(*self.toggle(intid, cpu))

    def acknowledge(self, cpu: int) -> Op:
        c = self.model.cpus[cpu]
        return self._acknowledge(cpu, self.physical[cpu], c.physical, c.forwarded)

    def guest_ack(self, cpu: int) -> Op:
        v = self.model.cpus[cpu].virtual
        return self._acknowledge(cpu, self.guests[cpu], v, v.offer())

    def _acknowledge(self, cpu: int, handler: Handler, interface: Interface2, offer: Offer | None) -> Op:
        handler.offered = offer
        alias = offer is not None and offer.group == 1 and not (interface.ack_ctl and self.rng.random() < 0.7)
        if self.rng.random() < 0.1:
            alias = not alias
        return read(handler.base + (gicc.AIAR if alias else gicc.IAR), 2, cpu)

    def end(self, cpu: int) -> Op | None:
        return self._end(cpu, self.physical[cpu], self.model.cpus[cpu].physical)

    def guest_end(self, cpu: int) -> Op | None:
        return self._end(cpu, self.guests[cpu], self.model.cpus[cpu].virtual)

    def _end(self, cpu: int, handler: Handler, interface: Interface2) -> Op | None:
        rng = self.rng
        if handler.split and rng.random() < 0.5:
            if interface.eoi_mode:
                return write(handler.base + gicc.DIR, rng.choice(handler.split), 2, cpu)
            handler.split.clear()
            return None
        if self.profile.odd_ends and rng.random() < 0.08:
            register = rng.choice((gicc.EOIR, gicc.AEOIR, gicc.DIR))
            named = rng.choice((*self.pool, 77, 1020, 1023)) | rng.choice((0, 0, 1, 5)) << 10
            return write(handler.base + register, named, 2, cpu)
        if not handler.held:
            return None
        shown, group = handler.held[-1]
        if interface.running_group is None or (interface.split and interface.running_group != group):
            handler.held.pop()  # somebody wrote the active priorities
            return None
        alias = group == 1 and not (interface.ack_ctl and rng.random() < 0.7)
        return write(handler.base + (gicc.AEOIR if alias else gicc.EOIR), shown, 2, cpu)

    def bits(self, cpu: int) -> Op:
        rng = self.rng
        intid, cpu = self.interrupt()
        name = rng.choices(ARRAYS, (2, 6, 3, 6, 4, 1, 3))[0]
        at = self.address(f"GICD_{name}", intid // 32)
        if rng.random() < 0.25:
            return read(at, 2, cpu)
        value = 1 << intid % 32
        if name == "IGROUPR":
            value ^= self.model.bus_read(cpu, at, 2) or 0
        elif rng.random() < 0.15:
            value |= rng.getrandbits(32) & rng.getrandbits(32)
        return write(at, value, 2, cpu)

    def priority(self, cpu: int) -> Op:
        intid, cpu = self.interrupt()
        return self._bytes(cpu, offset("GICD_IPRIORITYR") + intid, self.some_priority)

    def target(self, cpu: int) -> Op:
        intid, cpu = self.interrupt()
        return self._bytes(
            cpu,
            offset("GICD_ITARGETSR") + intid,
            lambda: self.rng.choice((0, 1, 2, 3, 3, 0xFF, self.rng.getrandbits(8))),
        )

    def sources(self, cpu: int) -> Op:
        base = offset(self.rng.choice(("GICD_SPENDSGIR", "GICD_CPENDSGIR")))
        return self._bytes(cpu, base + self.rng.choice(self.sgis), lambda: self.rng.getrandbits(8))

    def _bytes(self, cpu: int, at: int, value: Callable[[], int]) -> Op:
        rng = self.rng
        if rng.random() < 0.2:
            at &= ~3
            word = sum(value() << 8 * i for i in range(4))
            return read(at, 2, cpu) if rng.random() < 0.5 else write(at, word, 2, cpu)
        return read(at, 0, cpu) if rng.random() < 0.2 else write(at, value(), 0, cpu)

    def sgi(self, cpu: int) -> Op:
        rng = self.rng
        value = put("GICD_SGIR", "INTID", rng.choice(self.sgis))
        value |= put("GICD_SGIR", "TargetListFilter", rng.choices((0, 1, 2, 3), (12, 3, 3, 1))[0])
        value |= put("GICD_SGIR", "CPUTargetList", rng.choice((rng.getrandbits(8), rng.getrandbits(2))))
        return write(offset("GICD_SGIR"), value, 2, cpu)

    def config(self, cpu: int) -> Op:
        """Level or edge. Only of one that is disabled: else UNPREDICTABLE."""
        intid, cpu = self.interrupt()
        at = self.address("GICD_ICFGR", intid // 16)
        if self.rng.random() < 0.2:
            return read(at, 2, cpu)
        found = self.model.at(cpu, intid)
        assert found is not None
        if found[0].enabled >> found[1] & 1:
            return self.own(cpu, "GICD_ICENABLER", 1 << intid % 32, intid // 32)
        return write(at, (self.model.bus_read(cpu, at, 2) or 0) ^ 2 << 2 * (intid % 16), 2, cpu)

    def control(self, cpu: int) -> Op:
        if self.rng.random() < 0.3:
            return read(offset("GICD_CTLR"), 2, cpu)
        return write(offset("GICD_CTLR"), self.rng.choice((3, 3, 3, 3, 2, 1, 0)), 2, cpu)

    def cpu_control(self, cpu: int) -> Op:
        return self._control(cpu, self.physical[cpu])

    def guest_control(self, cpu: int) -> Op:
        return self._control(cpu, self.guests[cpu])

    def _control(self, cpu: int, handler: Handler) -> Op:
        rng = self.rng
        choice = rng.randrange(5)
        if choice == 0:
            return write(
                handler.base + gicc.PMR, rng.choice((0xFF, 0xF0, 0x80, 0, rng.getrandbits(8))), 2, cpu
            )
        if choice == 1:
            return write(handler.base + rng.choice((gicc.BPR, gicc.ABPR)), rng.randrange(8), 2, cpu)
        if choice == 2 and self.profile.active_writes and rng.random() < 0.3:
            handler.held.clear()
            return write(
                handler.base + rng.choice((gicc.APR, gicc.NSAPR)),
                rng.choice((0, rng.getrandbits(32))),
                2,
                cpu,
            )
        value = rng.choice((DELIVERING, DELIVERING, DELIVERING, 1, 2))
        for bit in (gicc.ACK_CTL, gicc.FIQ_EN, gicc.CBPR, gicc.EOI_MODE):
            value |= bit * rng.randrange(2)
        return write(handler.base + gicc.CTLR, value, 2, cpu)

    def look(self, cpu: int) -> Op:
        return read(self.address(f"GICC_{self.rng.choice(LOOKS)}"), 2, cpu)

    def guest_look(self, cpu: int) -> Op:
        return read(self.address(f"GICV_{self.rng.choice(LOOKS)}"), 2, cpu)

    def heal(self, cpu: int) -> Op | None:
        """Back to what delivers, one thing at a time: or chance would soon have turned everything off."""
        c = self.model.cpus[cpu]
        wrong: list[Op] = []
        if self.model.enables != [True, True]:
            wrong.append(write(offset("GICD_CTLR"), 3))
        for handler, i in ((self.physical[cpu], c.physical), (self.guests[cpu], c.virtual)):
            if i.pmr < 0xF0:
                wrong.append(write(handler.base + gicc.PMR, 0xFF, 2, cpu))
            if i.group_on != [True, True]:
                wrong.append(write(handler.base + gicc.CTLR, DELIVERING | gicc.ACK_CTL * i.ack_ctl, 2, cpu))
            wrong += [
                write(handler.base + at, 0, 2, cpu)
                for at, ap in ((gicc.APR, i.ap[0]), (gicc.NSAPR, i.ap[1]))
                if ap and not handler.held
            ]
        if not c.virtual.on:
            wrong.append(self.own(cpu, "GICH_HCR", 1))
        held = {shown & 0x3FF for h in (*self.physical, *self.guests) for shown, _ in h.held}
        held |= {shown & 0x3FF for h in (*self.physical, *self.guests) for shown in h.split}
        for word, bank in enumerate((c.own, *self.model.banks)):
            stuck = bank.active & ~sum(1 << i % 32 for i in held if i // 32 == word)
            if stuck:
                wrong.append(self.own(cpu, "GICD_ICACTIVER", stuck, word))
            if bank.enabled != 0xFFFF_FFFF:
                wrong.append(self.own(cpu, "GICD_ISENABLER", 0xFFFF_FFFF, word))
        idle = [n for n, t in enumerate(self.model.targets) if not t and 32 + n in self.pool]
        if idle and self.model.cpu_count > 1:
            wrong.append(write(offset("GICD_ITARGETSR") + 32 + self.rng.choice(idle), 3, 0, cpu))
        return self.rng.choice(wrong) if wrong else None

    # ---- list registers ----

    def fill(self, cpu: int) -> Op | None:
        """One list register: of no interrupt that another one has."""
        rng, lrs = self.rng, self.model.cpus[cpu].virtual.lr
        n = rng.randrange(len(lrs))
        if state_of(lrs[n]) and rng.random() < 0.8:
            return None if rng.random() < 0.7 else read(self.address("GICH_LR", n), 2, cpu)
        taken = {lr & 0x3FF for i, lr in enumerate(lrs) if i != n and state_of(lr)}
        taken |= {shown & 0x3FF for shown, _ in self.guests[cpu].held}
        taken |= {shown & 0x3FF for shown in self.guests[cpu].split}
        vintid = rng.choice((0, 3, 3, 9, 16, 27, 32, 33, 40, 63, 500, 1019, *range(64, 72)))
        if self.profile.odd_ends and rng.random() < 0.02:
            vintid = rng.choice((1020, 1023))
        if vintid in taken:
            return None
        state = rng.choices((0, 1, 2, 3), (2, 12, 1, 1))[0]
        value = put("GICH_LR", "Priority", self.some_priority() >> 3) | vintid | rng.randrange(2) << 30
        if rng.random() < 0.4 and state < ACTIVE:
            physical, _ = self.interrupt()
            others = {lr >> 10 & 0x3FF for i, lr in enumerate(lrs) if i != n and lr & HW}
            if physical not in others:
                value |= HW | physical << 10
        else:
            value |= (rng.random() < 0.4) << 19
            if vintid < SGIS:
                value |= rng.randrange(8) << 10
        return self.own(cpu, "GICH_LR", value | state << STATE_AT, n)

    def hypervisor(self, cpu: int) -> Op:
        rng = self.rng
        choice = rng.randrange(8)
        if choice == 0:
            events = rng.choice((0, 0, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, rng.getrandbits(8) & 0xFE))
            count = rng.choice((0, 0, 0, 1, 31)) << 27
            return self.own(cpu, "GICH_HCR", (rng.random() < 0.9) | events | count)
        if choice == 1:
            value = put("GICH_VMCR", "VMPriMask", rng.choice((31, 31, 16, 0)))
            value |= put("GICH_VMCR", "VMBP", rng.randrange(8)) | put("GICH_VMCR", "VMABP", rng.randrange(8))
            for name in ("VEM", "VMCBPR", "VMFIQEn", "VMAckCtl"):
                value |= mask("GICH_VMCR", name) * rng.randrange(2)
            return self.own(cpu, "GICH_VMCR", value | rng.choice((3, 3, 3, 1, 2)))
        if choice == 2 and self.profile.active_writes and rng.random() < 0.3:
            self.guests[cpu].held.clear()
            return self.own(cpu, "GICH_APR", rng.choice((0, 0, rng.getrandbits(32))))
        name = rng.choice(("HCR", "VTR", "MISR", "EISR", "ELRSR", "VMCR", "APR"))
        return read(self.address(f"GICH_{name}"), 2, cpu)

    def anywhere(self, cpu: int) -> Op:
        """Any register of the map with any width, and what is not there."""
        rng = self.rng
        if rng.random() < 0.06:
            beyond = rng.choice((0x1000, 0x12000, 0x20000, 0x31000, 0x42000, 0xFF_F000))
            return read(beyond, 2, cpu) if rng.random() < 0.5 else write(beyond, 3, 2, cpu)
        if rng.random() < 0.04 and self.model.cpu_count < 8:
            return read(offset("GICD_TYPER"), 2, 7)
        frame = rng.choice(tuple(FRAMES))
        block = "GICC" if frame == "GICV" else frame
        r = rng.choice([r for r in tables().values() if r.offset is not None and r.name.startswith(block)
                        and not r.name.endswith(NOT_THERE)])  # fmt: skip
        size = rng.choice((0, 1, 2, 2, 2, 3))
        at = (r.offset or 0) + r.stride * rng.randrange(r.count) if r.count > 1 else r.offset or 0
        at = FRAMES[frame] + at & ~((1 << size) - 1)
        if size != 2 and not r.name.endswith(("IPRIORITYR", "ITARGETSR", "SGIR")) and rng.random() < 0.4:
            return write(at, rng.getrandbits(8 << size), size, cpu)
        if r.name.endswith(("TYPER", "IIDR", "PIDR2", "VTR", "MISR", "HPPIR", "RPR")) and rng.random() < 0.4:
            return write(at, rng.getrandbits(8 << size), size, cpu)
        if size == 2 and at - FRAMES[frame] in (gicc.IAR, gicc.AIAR) and block == "GICC":
            return Op(Kind.TIME)  # a handler's to read
        return read(at, size, cpu)
