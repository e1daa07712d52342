# SPDX-License-Identifier: Apache-2.0
"""Random operations for a GICv3, from a seed.

The generator looks at the reference model as it goes, so that handlers end what they acknowledged
and list registers hold what may be in them; by chance it does the odd thing too, unless the profile
says that a player's behaviour is then its own business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lockstep.choices import Choices
from ref.gic3 import IRM, Gic3
from ref.operation import GICR_BASE, GICR_STRIDE, Kind, Op, Reply, line, mrs, msr, read, write
from ref.registers import offset, put, tables
from ref.virtual import is_special

SGI_FRAME = 0x10000
ARRAYS = ("IGROUPR", "ISENABLER", "ICENABLER", "ISPENDR", "ICPENDR", "ISACTIVER", "ICACTIVER")
MAINTENANCE = 25


@dataclass(frozen=True, slots=True)
class Profile:
    """What the players of a run can be compared in."""

    lines: bool = True
    with_access: bool = True  # a line that changes in the very cycle of an access
    one_of_n: bool = True
    sleep: bool = True
    odd_ends: bool = True  # ends that the manual calls UNPREDICTABLE; the model and the RTL agree on them
    odd_widths: bool = True
    active_writes: bool = True  # ICC_AP, ICH_AP
    virtual: bool = True
    traps: bool = True
    group0: bool = True


class Generator(Choices):
    def __init__(self, model: Gic3, seed: int, profile: Profile = Profile()) -> None:
        super().__init__(model, seed)
        self.model, self.profile = model, profile
        self.held: list[list[tuple[int, int]]] = [[] for _ in model.cpus]  # acknowledged: INTID, group
        self.guest: list[list[tuple[int, int]]] = [[] for _ in model.cpus]
        self.split: list[list[int]] = [[] for _ in model.cpus]  # dropped, to be deactivated by DIR
        self.guest_split: list[list[int]] = [[] for _ in model.cpus]
        self.pool = self._choose_pool()
        weights = {
            self.line: 30, self.acknowledge: 24, self.end: 20, self.bits: 16, self.priority: 8, self.route: 4,
            self.sgi: 8, self.config: 4, self.control: 2, self.cpu_control: 5, self.look: 6, self.heal: 8,
        }  # fmt: skip
        if profile.virtual:
            weights |= {
                self.fill: 16,
                self.guest_ack: 16,
                self.guest_end: 14,
                self.guest_control: 5,
                self.hypervisor: 6,
            }
        if profile.sleep:
            weights[self.sleep] = 1
        if profile.odd_widths:
            weights[self.anywhere] = 5
        self.acts = list(weights)
        self.cumulative = [sum(list(weights.values())[: i + 1]) for i in range(len(weights))]

    # ---- the stream ----

    def start(self) -> list[Op]:
        """From reset to a controller that delivers. The rest is chance."""
        ops = [write(offset("GICD_CTLR"), 3)]
        for n in range(self.model.cpu_count):
            ops.append(write(self.gicr(n, "GICR_WAKER"), 0))
            ops.append(write(self.gicr(n, "GICR_ICFGR") + 4, self.rng.getrandbits(32) & 0xAAAA_AAAA))
            ops += [
                write(self.gicr(n, "GICR_IGROUPR0"), self.groups()),
                write(self.gicr(n, "GICR_ISENABLER0"), 0xFFFF_FFFF),
            ]
            ops += [
                msr(n, "ICC_PMR_EL1", 0xFF),
                msr(n, "ICC_IGRPEN0_EL1", int(self.profile.group0)),
                msr(n, "ICC_IGRPEN1_EL1", 1),
            ]
            if self.profile.virtual:
                ops += [msr(n, "ICH_HCR_EL2", 1), msr(n, "ICH_VMCR_EL2", 0xFF << 24 | 3)]
        for half in range(2, self.model.spi_count // 16 + 2):
            ops.append(write(offset("GICD_ICFGR") + 4 * half, self.rng.getrandbits(32) & 0xAAAA_AAAA))
        for w in range(1, self.model.spi_count // 32 + 1):
            ops += [
                write(offset("GICD_IGROUPR") + 4 * w, self.groups()),
                write(offset("GICD_ISENABLER") + 4 * w, 0xFFFF_FFFF),
            ]
        return ops

    def groups(self) -> int:
        return self.rng.getrandbits(32) | self.rng.getrandbits(32) if self.profile.group0 else 0xFFFF_FFFF

    def next(self) -> Op:
        rng = self.rng
        op = rng.choices(self.acts, cum_weights=self.cumulative)[0](rng.randrange(self.model.cpu_count))
        if op is None:
            op = Op(Kind.TIME)
        p = self.profile
        if p.lines and p.with_access and op.line is None and rng.random() < 0.06:
            intid, cpu = self.interrupt(lines=True)
            if op.kind is Kind.MRS and rng.random() < 0.5 and self.model.cpus[op.cpu].forwarded:
                intid, cpu = self.model.cpus[op.cpu].forwarded[1], op.cpu  # of what is just acknowledged
            if intid >= 16 and intid != MAINTENANCE:
                op = op._replace(line=self.toggle(intid, cpu))
        return op

    def saw(self, op: Op, reply: Reply) -> None:
        """What the model answered: handlers are entered and left."""
        self.note_level(op.line)
        if reply.undef or reply.trap:
            return
        name = _NAMES.get(op.addr, "") if op.kind in (Kind.MRS, Kind.MSR) else ""
        held = (self.guest if op.el1 else self.held)[op.cpu]
        if op.kind is Kind.MRS and name.startswith("ICC_IAR") and not is_special(reply.data):
            held.append((reply.data, int(name[7])))
        elif (
            op.kind is Kind.MSR
            and name.startswith("ICC_EOIR")
            and held
            and held[-1] == (op.data, int(name[8]))
        ):
            held.pop()
            interface = self.model.cpus[op.cpu].virtual if op.el1 else self.model.cpus[op.cpu].physical
            if interface.eoi_mode:
                (self.guest_split if op.el1 else self.split)[op.cpu].append(op.data)
        elif op.kind is Kind.MSR and name == "ICC_DIR_EL1":
            waits = (self.guest_split if op.el1 else self.split)[op.cpu]
            if op.data in waits:
                waits.remove(op.data)

    # ---- choices ----

    def _choose_pool(self) -> list[int]:
        spis = self.rng.sample(range(32, 32 + self.model.spi_count), 10)
        return [0, 1, 7, 15, 18, 23, 27, 30, *spis, *spis]

    def gicr(self, cpu: int, name: str) -> int:
        return GICR_BASE + cpu * GICR_STRIDE + offset(name)

    def array(self, name: str, intid: int, cpu: int) -> int:
        if intid < 32:
            return GICR_BASE + cpu * GICR_STRIDE + SGI_FRAME + offset(f"GICD_{name}")
        return offset(f"GICD_{name}") + 4 * (intid // 32)

    # ---- acts; each returns an operation or None ----

    def line(self, cpu: int) -> Op | None:
        if not self.profile.lines:
            return None
        intid, cpu = self.interrupt(lines=True)
        if intid == MAINTENANCE:
            return None
        return line(*self.toggle(intid, cpu))

    def acknowledge(self, cpu: int) -> Op:
        found = self.model.cpus[cpu].forwarded
        group = found[2] if found and self.rng.random() < 0.9 else self.rng.randrange(2)
        return mrs(cpu, f"ICC_IAR{group}_EL1")

    def end(self, cpu: int) -> Op | None:
        rng, split = self.rng, self.split[cpu]
        if split and rng.random() < 0.5:
            intid = rng.choice(split)
            return (
                msr(cpu, "ICC_DIR_EL1", intid)
                if self.model.cpus[cpu].physical.eoi_mode
                else self.clear_active(intid, cpu)
            )
        if self.profile.odd_ends and rng.random() < 0.08:
            return msr(
                cpu,
                rng.choice(("ICC_EOIR0_EL1", "ICC_EOIR1_EL1", "ICC_DIR_EL1")),
                rng.choice((*self.pool, 1020, 1022, 1023)),
            )
        if not self.held[cpu]:
            return None
        intid, group = self.held[cpu][-1]
        if self.model.cpus[cpu].physical.running_group != group:
            self.held[cpu].pop()  # somebody wrote the active priorities
            return None
        return msr(cpu, f"ICC_EOIR{group}_EL1", intid)

    def clear_active(self, intid: int, cpu: int) -> Op:
        if intid in self.split[cpu]:
            self.split[cpu].remove(intid)
        return write(self.array("ICACTIVER", intid, cpu), 1 << intid % 32)

    def bits(self, cpu: int) -> Op:
        rng = self.rng
        intid, cpu = self.interrupt()
        name = rng.choices(ARRAYS, (2, 6, 3, 6, 4, 1, 3))[0]
        at = self.array(name, intid, cpu)
        if rng.random() < 0.25:
            return read(at)
        if name == "IGROUPR":
            if not self.profile.group0:
                return read(at)
            old = self.model.bus_read(at, 2) or 0
            return write(at, old ^ 1 << intid % 32)
        value = 1 << intid % 32
        if rng.random() < 0.15:
            value |= rng.getrandbits(32) & rng.getrandbits(32)
        return write(at, value)

    def priority(self, cpu: int) -> Op:
        intid, cpu = self.interrupt()
        at = (
            (GICR_BASE + cpu * GICR_STRIDE + SGI_FRAME if intid < 32 else 0)
            + offset("GICD_IPRIORITYR")
            + intid
        )
        if self.rng.random() < 0.2:
            at &= ~3
            return (
                read(at)
                if self.rng.random() < 0.5
                else write(at, sum(self.some_priority() << 8 * i for i in range(4)))
            )
        return read(at, 0) if self.rng.random() < 0.2 else write(at, self.some_priority(), 0)

    def route(self, cpu: int) -> Op:
        rng = self.rng
        intid = rng.choice([i for i in self.pool if i >= 32])
        at = offset("GICD_IROUTER") + 8 * intid
        if rng.random() < 0.2:
            return read(at, 3)
        value = rng.randrange(self.model.cpu_count)
        if self.profile.one_of_n and rng.random() < 0.3:
            value |= IRM
        if rng.random() < 0.1:
            value |= rng.choice((1 << 8, 1 << 16, 1 << 32, 0x40))
        if self.profile.odd_widths and rng.random() < 0.15:
            half = rng.randrange(2)
            return write(at + 4 * half, value >> 32 * half & 0xFFFF_FFFF)
        return write(at, value, 3)

    def sgi(self, cpu: int) -> Op:
        rng = self.rng
        value = put("ICC_SGI1R_EL1", "INTID", rng.choice((0, 1, 7, 15))) | rng.getrandbits(
            self.model.cpu_count
        )
        if rng.random() < 0.2:
            value |= 1 << 40
        elif rng.random() < 0.1:
            value |= 1 << rng.choice((16, 32, 44, 48))
        names = (
            ("ICC_SGI1R_EL1", "ICC_SGI1R_EL1", "ICC_SGI0R_EL1") if self.profile.group0 else ("ICC_SGI1R_EL1",)
        )
        if self.profile.odd_ends:
            names += ("ICC_ASGI1R_EL1",)
        return msr(cpu, rng.choice(names), value)

    def config(self, cpu: int) -> Op:
        """Level or edge. Only of one that is disabled: else UNPREDICTABLE."""
        intid, cpu = self.interrupt()
        base = GICR_BASE + cpu * GICR_STRIDE + SGI_FRAME if intid < 32 else 0
        at = base + offset("GICD_ICFGR") + 4 * (intid // 16)
        old = self.model.bus_read(at, 2) or 0
        bank, i = self.model._at(cpu, intid)
        if self.rng.random() < 0.2:
            return read(at)
        if bank.enabled >> i & 1:
            return write(self.array("ICENABLER", intid, cpu), 1 << intid % 32)
        return write(at, old ^ 2 << 2 * (intid % 16))

    def control(self, cpu: int) -> Op:
        if self.rng.random() < 0.3:
            return read(offset("GICD_CTLR"))
        return write(offset("GICD_CTLR"), self.rng.choice((3, 3, 3, 3, 2, 1, 0)))

    def cpu_control(self, cpu: int) -> Op:
        rng = self.rng
        choice = rng.randrange(6)
        if choice == 0:
            return msr(
                cpu, "ICC_PMR_EL1", rng.choice((0xFF, 0xFF, 0xF0, 0xB0, 0x80, 0x00, rng.getrandbits(8)))
            )
        if choice == 1:
            return msr(cpu, rng.choice(("ICC_BPR0_EL1", "ICC_BPR1_EL1")), rng.choice((0, 2, 3, 4, 5, 6, 7)))
        if choice == 2:
            held = self.held[cpu] or self.split[cpu]
            ctlr = rng.choice((0, 2) if not self.profile.odd_ends else (0, 2, 0, 2, 1, 3))
            return (
                msr(cpu, "ICC_CTLR_EL1", ctlr)
                if not held or self.profile.odd_ends
                else mrs(cpu, "ICC_CTLR_EL1")
            )
        if choice == 3 and self.profile.group0:
            return msr(cpu, f"ICC_IGRPEN{rng.randrange(2)}_EL1", int(rng.random() < 0.75))
        if choice == 4 and self.profile.one_of_n:
            return write(self.gicr(cpu, "GICR_CTLR"), rng.choice((0, 0, 1, 2, 3)) << 24)
        if choice == 5 and self.profile.active_writes and rng.random() < 0.2:
            self.held[cpu].clear()
            return msr(
                cpu, rng.choice(("ICC_AP0R0_EL1", "ICC_AP1R0_EL1")), rng.choice((0, 0, rng.getrandbits(32)))
            )
        return mrs(
            cpu,
            rng.choice(
                (
                    "ICC_PMR_EL1",
                    "ICC_BPR0_EL1",
                    "ICC_BPR1_EL1",
                    "ICC_CTLR_EL1",
                    "ICC_AP1R0_EL1",
                    "ICC_AP0R0_EL1",
                )
            ),
        )

    def look(self, cpu: int) -> Op:
        names = ["ICC_RPR_EL1", "ICC_HPPIR0_EL1", "ICC_HPPIR1_EL1", "ICC_IGRPEN1_EL1", "ICC_AP0R0_EL1"]
        if self.profile.odd_widths:
            if self.rng.random() < 0.1:
                return msr(cpu, self.rng.choice(("ICC_SRE_EL1", "ICC_SRE_EL2")), 0)
            names += ["ICC_SRE_EL1", "ICC_SRE_EL2", "ICC_IGRPEN0_EL1"]
        return mrs(cpu, self.rng.choice(names))

    def heal(self, cpu: int) -> Op | None:
        """Back to what delivers, one thing at a time: or chance would soon have turned everything off."""
        c = self.model.cpus[cpu]
        wrong: list[Op] = []
        if self.model.enables != [True, True]:
            wrong.append(write(offset("GICD_CTLR"), 3))
        if c.asleep:
            wrong.append(write(self.gicr(cpu, "GICR_WAKER"), 0))
        for el1, i, held in ((False, c.physical, self.held[cpu]), (True, c.virtual, self.guest[cpu])):
            if i.pmr < 0xF0:
                wrong.append(msr(cpu, "ICC_PMR_EL1", 0xFF, el1))
            wrong += [
                msr(cpu, f"ICC_IGRPEN{g}_EL1", 1, el1)
                for g in (0, 1)
                if not i.group_on[g] and (g or self.profile.group0)
            ]
            wrong += [msr(cpu, f"ICC_AP{g}R0_EL1", 0, el1) for g in (0, 1) if i.ap[g] and not held]
        if self.profile.virtual and not c.virtual.hcr & 1:
            wrong.append(msr(cpu, "ICH_HCR_EL2", 1))
        for bank, base in ((c.own, cpu), *((b, None) for b in self.model.banks)):
            first = 0 if base is not None else 32 * (self.model.banks.index(bank) + 1)
            stuck = bank.active & ~sum(
                1 << i % 32
                for held in (*self.held, *self.split)
                for i in {x if isinstance(x, int) else x[0] for x in held}
            )
            if stuck:
                wrong.append(write(self.array("ICACTIVER", first, cpu), stuck))
            if bank.enabled != 0xFFFF_FFFF:
                wrong.append(write(self.array("ISENABLER", first, cpu), 0xFFFF_FFFF))
        return self.rng.choice(wrong) if wrong else None

    def sleep(self, cpu: int) -> Op:
        at = self.gicr(cpu, "GICR_WAKER")
        return read(at) if self.rng.random() < 0.3 else write(at, 2 if self.rng.random() < 0.3 else 0)

    # ---- the virtual interface ----

    def fill(self, cpu: int) -> Op | None:
        """One list register: of no interrupt that another one has ("Usage model for the List registers")."""
        rng, lrs = self.rng, self.model.cpus[cpu].virtual.lr
        n = rng.randrange(len(lrs))
        if lrs[n] >> 62 and rng.random() < 0.8:
            return None if rng.random() < 0.7 else mrs(cpu, f"ICH_LR{n}_EL2")
        taken = {
            lr & 0xFFFF for i, lr in enumerate(lrs) if i != n and (lr >> 62 or self.profile.odd_ends is False)
        }
        taken |= {intid for intid, _ in self.guest[cpu]} | set(self.guest_split[cpu])
        vintid = rng.choice((0, 3, 16, 27, 32, 33, 40, 63, 500, 1019, *range(64, 72)))
        if self.profile.odd_ends and rng.random() < 0.02:
            vintid = rng.choice((1020, 1023, 8192))
        if vintid in taken:
            return None
        state = rng.choices((0, 1, 2, 3), (2, 12, 1, 1))[0]
        value = (
            state << 62
            | self.some_priority() << 48
            | vintid
            | int(not self.profile.group0 or rng.random() < 0.7) << 60
        )
        if rng.random() < 0.4 and state != 3:
            physical, _ = self.interrupt()
            others = {lr >> 32 & 0x1FFF for i, lr in enumerate(lrs) if i != n and lr & 1 << 61}
            if physical >= 16 and physical not in others:
                value |= 1 << 61 | physical << 32
        elif rng.random() < 0.4:
            value |= 1 << 41
        if state & 2:
            value &= ~(3 << 62) if not self.profile.odd_ends else ~0
        return msr(cpu, f"ICH_LR{n}_EL2", value)

    def guest_ack(self, cpu: int) -> Op:
        v = self.model.cpus[cpu].virtual
        n = v.best()
        group = v.lr[n] >> 60 & 1 if n is not None and self.rng.random() < 0.9 else self.rng.randrange(2)
        return mrs(cpu, f"ICC_IAR{group}_EL1", el1=True)

    def guest_end(self, cpu: int) -> Op | None:
        rng, split = self.rng, self.guest_split[cpu]
        v = self.model.cpus[cpu].virtual
        if split and rng.random() < 0.6:
            if not v.eoi_mode:
                split.clear()
                return None
            return msr(cpu, "ICC_DIR_EL1", rng.choice(split), el1=True)
        if self.profile.odd_ends and rng.random() < 0.1:
            name = rng.choice(("ICC_EOIR0_EL1", "ICC_EOIR1_EL1", "ICC_DIR_EL1"))
            return msr(cpu, name, rng.choice((27, 32, 40, 65, 77, 1023)), el1=True)
        if not self.guest[cpu]:
            return None
        intid, group = self.guest[cpu][-1]
        if v.running_group != group:
            self.guest[cpu].pop()
            return None
        return msr(cpu, f"ICC_EOIR{group}_EL1", intid, el1=True)

    def guest_control(self, cpu: int) -> Op:
        rng = self.rng
        choice = rng.randrange(6)
        if choice == 0:
            return msr(cpu, "ICC_PMR_EL1", rng.choice((0xFF, 0xF0, 0x80, rng.getrandbits(8))), el1=True)
        if choice == 1:
            return msr(cpu, rng.choice(("ICC_BPR0_EL1", "ICC_BPR1_EL1")), rng.randrange(8), el1=True)
        if choice == 2 and not self.guest[cpu]:
            return msr(cpu, "ICC_CTLR_EL1", rng.choice((0, 2, 0, 2, 1, 3)), el1=True)
        if choice == 3:
            return msr(cpu, f"ICC_IGRPEN{rng.randrange(2)}_EL1", int(rng.random() < 0.75), el1=True)
        if self.profile.odd_widths and choice == 4:
            if rng.random() < 0.3:
                return msr(cpu, "ICC_SRE_EL1", 0, el1=True)
            if self.profile.active_writes:
                self.guest[cpu].clear()
                return msr(cpu, f"ICC_AP{rng.randrange(2)}R0_EL1", 0, el1=True)
        names = (
            "RPR",
            "HPPIR0",
            "HPPIR1",
            "PMR",
            "BPR0",
            "BPR1",
            "CTLR",
            "IGRPEN0",
            "IGRPEN1",
            "SRE",
            "AP0R0",
            "AP1R0",
        )
        return mrs(cpu, f"ICC_{rng.choice(names)}_EL1", el1=True)

    def hypervisor(self, cpu: int) -> Op:
        rng = self.rng
        choice = rng.randrange(8)
        if choice == 0:
            events = rng.choice((0, 0, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, rng.getrandbits(8) & 0xFE))
            traps = (
                rng.choice((0x400, 0x800, 0x1000, 0x4000)) if self.profile.traps and rng.random() < 0.2 else 0
            )
            return msr(cpu, "ICH_HCR_EL2", (rng.random() < 0.9) | events | traps)
        if choice == 1:
            mode = self.model.cpus[cpu].virtual.eoi_mode if self.guest[cpu] else rng.random() < 0.5
            value = put("ICH_VMCR_EL2", "VPMR", rng.choice((0xFF, 0xFF, 0x80, 0)))
            value |= put("ICH_VMCR_EL2", "VBPR0", rng.randrange(8)) | put(
                "ICH_VMCR_EL2", "VBPR1", rng.randrange(8)
            )
            value |= put("ICH_VMCR_EL2", "VEOIM", mode) | put("ICH_VMCR_EL2", "VCBPR", rng.random() < 0.3)
            return msr(cpu, "ICH_VMCR_EL2", value | rng.choice((3, 3, 3, 1, 2)))
        if choice == 2 and self.profile.active_writes and rng.random() < 0.3:
            self.guest[cpu].clear()
            return msr(
                cpu, rng.choice(("ICH_AP0R0_EL2", "ICH_AP1R0_EL2")), rng.choice((0, 0, rng.getrandbits(32)))
            )
        if choice == 3 and self.profile.traps:
            return msr(cpu, rng.choice(("ICC_SGI1R_EL1", "ICC_SGI0R_EL1")), rng.getrandbits(4), el1=True)
        names = ("HCR", "VTR", "MISR", "EISR", "ELRSR", "VMCR", "AP0R0", "AP1R0")
        if self.profile.odd_widths and rng.random() < 0.1:
            return mrs(cpu, "ICH_HCR_EL2", el1=True)  # UNDEFINED
        return mrs(cpu, f"ICH_{rng.choice(names)}_EL2")

    def anywhere(self, cpu: int) -> Op:
        """Any register of the map with any width, and what is not there."""
        rng = self.rng
        block = rng.choice(("GICD", "GICR"))
        r = rng.choice([r for r in tables().values() if r.offset is not None and r.name.startswith(block)])
        size = rng.choice((0, 1, 2, 2, 2, 3))
        at = (r.offset or 0) + r.stride * rng.randrange(r.count) if r.count > 1 else r.offset or 0
        at &= ~((1 << size) - 1)
        if block == "GICR":
            at += GICR_BASE + GICR_STRIDE * rng.randrange(self.model.cpu_count + (rng.random() < 0.1))
        harmless = r.name.endswith(
            ("TYPER", "IIDR", "PIDR2", "STATUSR", "TYPER2", "NSACR", "IGRPMODR", "IGRPMODR0", "NSACR0")
        )
        if (
            size != 2
            and not r.name.endswith("IPRIORITYR")
            and rng.random() < 0.4
            and not (size == 3 and "ROUTER" in r.name)
        ):
            harmless = True
        return (
            write(at, rng.getrandbits(8 << size), size) if harmless and rng.random() < 0.5 else read(at, size)
        )


_NAMES: dict[int, str] = {}


def _fill_names() -> None:
    from ref.registers import system_registers

    _NAMES.update(system_registers())


_fill_names()
Act = Callable[[int], "Op | None"]
