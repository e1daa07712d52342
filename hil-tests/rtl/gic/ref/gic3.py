# SPDX-License-Identifier: Apache-2.0
"""GICv3 with one security state and affinity routing: IHI 0069.

Choices that the manual leaves to the implementation are marked so: of equal priorities the lower
INTID is taken, and a 1 of N interrupt goes to the lowest-numbered participating CPU.
"""

from __future__ import annotations

from collections.abc import Callable

from ref.bank import Bank
from ref.interface import Interface
from ref.operation import GICR_BASE, GICR_STRIDE, Kind, Line, Op, Reply
from ref.registers import encoding, mask, offset, put, system_registers
from ref.virtual import TALL0, TALL1, TC, TDIR, VirtualInterface

SPURIOUS = 1023
MAINTENANCE = 25
U32 = 0xFFFF_FFFF
IRM = mask("GICD_IROUTER", "IRM")
ROUTER_WRITABLE = 0xFF_80FF_FFFF


class Cpu:
    """A CPU's redistributor and interfaces."""

    def __init__(self, lr_count: int) -> None:
        self.own = Bank(edge_fixed=0xFFFF)  # SGIs are edge triggered
        self.asleep = True
        self.dpg = [False, False]
        self.physical = Interface()
        self.virtual = VirtualInterface(lr_count)
        self.forwarded: tuple[int, int, int] | None = None  # priority, INTID, group

    def participates(self, group: int) -> bool:
        return not self.asleep and self.physical.group_on[group] and not self.dpg[group]


class Gic3:
    """Takes one operation after the other; `do` is what every player has."""

    def __init__(self, cpus: int = 2, spis: int = 64, lr_count: int = 4) -> None:
        self.cpu_count, self.spi_count, self.lr_count = cpus, spis, lr_count
        self.reset()
        self._mrs, self._msr = self._system_registers()

    def reset(self) -> None:
        self.enables = [False, False]
        self.banks = [Bank() for _ in range(self.spi_count // 32)]
        self.router = [0] * self.spi_count
        self.cpus = [Cpu(self.lr_count) for _ in range(self.cpu_count)]

    # ---- operations ----

    def do(self, op: Op) -> Reply:
        value, undef, trap, error = 0, False, False, False
        if op.kind is Kind.WRITE:
            self._apply_line(op.line)
            error = not self.bus_write(op.addr, op.size, op.data)
        elif op.kind is Kind.READ:
            found = self.bus_read(op.addr, op.size)
            error, value = found is None, found or 0
        elif op.kind is Kind.MRS or op.kind is Kind.MSR:
            value, undef, trap = self._system(op)
        if op.kind is not Kind.WRITE:
            self._apply_line(op.line)
        irq, fiq, virq, vfiq, maintenance, wake = self.outputs()
        return Reply(value, undef, trap, error, irq, fiq, virq, vfiq, maintenance, wake, self.digest())

    def _apply_line(self, change: Line | None) -> None:
        if change is None:
            return
        if change.intid >= 32:
            self.banks[change.intid // 32 - 1].set_line(change.intid % 32, change.level)
        elif change.intid != MAINTENANCE:
            self.cpus[change.cpu].own.set_line(change.intid, change.level)

    # ---- what is forwarded: "Interrupt prioritization", "Affinity routing", "1 of N model" ----

    def target(self, spi: int, group: int) -> int | None:
        """CPU of an SPI. IMPLEMENTATION DEFINED with IRM: the lowest-numbered that participates."""
        router = self.router[spi]
        if router & IRM:
            return next((n for n, c in enumerate(self.cpus) if c.participates(group)), None)
        affinity = (router >> 32 & 0xFF) << 24 | router & 0xFF_FFFF
        return affinity if affinity < self.cpu_count else None  # CPU n is 0.0.0.n

    def _ready(self, bank: Bank) -> int:
        on = (bank.group if self.enables[1] else 0) | (~bank.group if self.enables[0] else 0)
        return bank.pending & bank.enabled & ~bank.active & on & U32

    def settle(self) -> None:
        """Maintenance lines, then for each CPU the best that is forwarded to its interface."""
        best: list[tuple[int, int, int] | None] = []
        for c in self.cpus:
            c.own.set_line(MAINTENANCE, c.virtual.maintenance)
        self.wake = 0
        for n, c in enumerate(self.cpus):
            best.append(None)
            ready = self._ready(c.own)
            while ready:
                intid = (ready & -ready).bit_length() - 1
                ready &= ready - 1
                self._consider(best, n, c.own, intid, intid)
        for w, bank in enumerate(self.banks):
            ready = self._ready(bank)
            while ready:
                i = (ready & -ready).bit_length() - 1
                ready &= ready - 1
                to = self.target(32 * w + i, bank.group >> i & 1)
                if to is not None:
                    self._consider(best, to, bank, i, 32 * (w + 1) + i)
        for n, c in enumerate(self.cpus):
            c.forwarded = best[n]

    def _consider(
        self, best: list[tuple[int, int, int] | None], n: int, bank: Bank, i: int, intid: int
    ) -> None:
        c, group = self.cpus[n], bank.group >> i & 1
        if c.asleep:
            self.wake |= 1 << n
            return
        if not c.physical.group_on[group]:
            return
        offer = (bank.priority[i], intid, group)
        now = best[n]
        if now is None or offer < now:
            best[n] = offer

    def outputs(self) -> tuple[int, int, int, int, int, int]:
        self.settle()
        irq = fiq = virq = vfiq = maintenance = 0
        for n, c in enumerate(self.cpus):
            bit = 1 << n
            if c.forwarded is not None and c.physical.can_signal(c.forwarded[2], c.forwarded[0]):
                if c.forwarded[2]:
                    irq |= bit
                else:
                    fiq |= bit
            v, f = c.virtual.outputs()
            virq |= bit * v
            vfiq |= bit * f
            maintenance |= bit * c.virtual.maintenance
        return irq, fiq, virq, vfiq, maintenance, self.wake

    def digest(self) -> int:
        """The same number as the RTL's bench makes of its state."""
        d = 0x811C9DC5
        for b in self.banks:
            for word in (b.enabled, b.pending, b.active, b.group):
                d = (d ^ word) * 0x0100_0193 & U32
        for c in self.cpus:
            o = c.own
            for word in (o.enabled, o.pending, o.active, o.group, *c.physical.ap, *c.virtual.ap):
                d = (d ^ word) * 0x0100_0193 & U32
            for lr in c.virtual.lr:
                d = (d ^ lr & U32) * 0x0100_0193 & U32
                d = (d ^ lr >> 32) * 0x0100_0193 & U32
        return d

    # ---- GICD and GICR ----

    def bus_read(self, addr: int, size: int) -> int | None:
        if addr < 0x10000:
            return self._gicd_read(addr, size)
        cpu, at = divmod(addr - GICR_BASE, GICR_STRIDE)
        if addr < GICR_BASE or cpu >= self.cpu_count:
            return None
        return self._gicr_read(cpu, at, size)

    def bus_write(self, addr: int, size: int, value: int) -> bool:
        if addr < 0x10000:
            self._gicd_write(addr, size, value)
            return True
        cpu, at = divmod(addr - GICR_BASE, GICR_STRIDE)
        if addr < GICR_BASE or cpu >= self.cpu_count:
            return False
        self._gicr_write(cpu, at, size, value)
        return True

    def _bank(self, word: int) -> Bank | None:
        """Of the distributor: word 0 is RAZ/WI with affinity routing."""
        return self.banks[word - 1] if 0 < word <= len(self.banks) else None

    def _gicd_read(self, at: int, size: int) -> int:
        if IGROUPR <= at < IPRIORITYR:
            bank = self._bank(at % 0x80 // 4)
            return bank.read_bits(at // 0x80) if bank and size == 2 else 0
        if IPRIORITYR <= at < IPRIORITYR + 0x400:
            bank = self._bank((at - IPRIORITYR) // 32)
            return bank.read_priority(at % 32, 1 << size) if bank and size in (0, 2) else 0
        if ICFGR <= at < ICFGR + 0x100:
            bank = self._bank((at - ICFGR) // 8)
            return bank.read_config(at // 4 & 1) if bank and size == 2 else 0
        if IROUTER <= at < IROUTER + 0x2000:
            spi = (at - IROUTER) // 8 - 32
            if not 0 <= spi < self.spi_count or size < 2:
                return 0
            return self.router[spi] if size == 3 else self.router[spi] >> 8 * (at & 4) & U32
        if size != 2:
            return 0
        if at == GICD_CTLR:
            return int(self.enables[0]) | int(self.enables[1]) << 1 | ARE | DS
        if at == GICD_TYPER:
            return put("GICD_TYPER", "ITLinesNumber", len(self.banks)) | put("GICD_TYPER", "IDbits", 9)
        if at == GICD_PIDR2:
            return put("GICD_PIDR2", "ArchRev", 3)
        return 0

    def _gicd_write(self, at: int, size: int, value: int) -> None:
        if IGROUPR <= at < IPRIORITYR:
            bank = self._bank(at % 0x80 // 4)
            if bank and size == 2:
                bank.write_bits(at // 0x80, value)
        elif IPRIORITYR <= at < IPRIORITYR + 0x400:
            bank = self._bank((at - IPRIORITYR) // 32)
            if bank and size in (0, 2):
                bank.write_priority(at % 32, 1 << size, value)
        elif ICFGR <= at < ICFGR + 0x100:
            bank = self._bank((at - ICFGR) // 8)
            if bank and size == 2:
                bank.write_config(at // 4 & 1, value)
        elif IROUTER <= at < IROUTER + 0x2000:
            spi = (at - IROUTER) // 8 - 32
            if not 0 <= spi < self.spi_count or size < 2:
                return
            if size == 2:
                shift = 8 * (at & 4)
                value = self.router[spi] & ~(U32 << shift) | (value & U32) << shift
            self.router[spi] = value & ROUTER_WRITABLE
        elif at == GICD_CTLR and size == 2:
            self.enables = [bool(value & 1), bool(value & 2)]

    def _typer(self, cpu: int) -> int:
        return (
            put("GICR_TYPER", "DPGS", 1) | put("GICR_TYPER", "Last", cpu == self.cpu_count - 1)
            | put("GICR_TYPER", "Processor_Number", cpu) | put("GICR_TYPER", "Affinity", cpu)
        )  # fmt: skip

    def _gicr_read(self, n: int, at: int, size: int) -> int:
        c = self.cpus[n]
        if SGI_FRAME + IGROUPR <= at < SGI_FRAME + IPRIORITYR:
            return c.own.read_bits((at - SGI_FRAME) // 0x80) if size == 2 and at % 0x80 < 4 else 0
        if SGI_FRAME + IPRIORITYR <= at < SGI_FRAME + IPRIORITYR + 32:
            return c.own.read_priority(at % 32, 1 << size) if size in (0, 2) else 0
        if SGI_FRAME + ICFGR <= at < SGI_FRAME + ICFGR + 8:
            return c.own.read_config(at // 4 & 1) if size == 2 else 0
        if GICR_TYPER <= at < GICR_TYPER + 8:
            return self._typer(n) if size == 3 else self._typer(n) >> 8 * (at & 4) & U32 if size == 2 else 0
        if size != 2:
            return 0
        if at == GICR_CTLR:
            return int(c.dpg[0]) << 24 | int(c.dpg[1]) << 25
        if at == GICR_WAKER:
            return 6 if c.asleep else 0
        if at == GICR_PIDR2:
            return put("GICD_PIDR2", "ArchRev", 3)
        return 0

    def _gicr_write(self, n: int, at: int, size: int, value: int) -> None:
        c = self.cpus[n]
        if SGI_FRAME + IGROUPR <= at < SGI_FRAME + IPRIORITYR:
            if size == 2 and at % 0x80 < 4:
                c.own.write_bits((at - SGI_FRAME) // 0x80, value)
        elif SGI_FRAME + IPRIORITYR <= at < SGI_FRAME + IPRIORITYR + 32:
            if size in (0, 2):
                c.own.write_priority(at % 32, 1 << size, value)
        elif at == SGI_FRAME + ICFGR + 4:
            if size == 2:
                c.own.write_config(1, value)
        elif at == GICR_CTLR and size == 2:
            c.dpg = [bool(value >> 24 & 1), bool(value >> 25 & 1)]
        elif at == GICR_WAKER and size == 2:
            c.asleep = bool(value & 2)

    # ---- system registers ----

    def _system(self, op: Op) -> tuple[int, bool, bool]:
        """Value, UNDEFINED, trapped to EL2."""
        name = system_registers().get(op.addr)
        if name is None or (op.el1 and name.endswith("_EL2")):
            return 0, True, False
        handlers = self._mrs if op.kind is Kind.MRS else self._msr
        handler = handlers.get((name, op.el1))
        if handler is None:
            return 0, True, False
        cpu = self.cpus[op.cpu]
        if op.el1 and self._trapped(cpu.virtual.hcr, name):
            return 0, False, True
        if op.kind is Kind.MSR:
            handler(op.cpu, op.data)
            return 0, False, False
        return handler(op.cpu, 0) or 0, False, False

    @staticmethod
    def _trapped(hcr: int, name: str) -> bool:
        """ICH_HCR_EL2: TC, TALL0, TALL1, TDIR. An SGI of a guest always goes to EL2 (HCR_EL2.IMO, FMO)."""
        if "SGI" in name:
            return True
        if name == "ICC_DIR_EL1" and hcr & TDIR:
            return True
        if name in COMMON:
            return bool(hcr & TC)
        if name in GROUP0:
            return bool(hcr & TALL0)
        return bool(hcr & TALL1) if name in GROUP1 else False

    def _acknowledge(self, n: int, group: int) -> int:
        self.settle()
        c = self.cpus[n]
        if c.forwarded is None or c.forwarded[2] != group or not c.physical.can_signal(group, c.forwarded[0]):
            return SPURIOUS
        priority, intid, _ = c.forwarded
        bank, i = self._at(n, intid)
        bank.activate(i)
        c.physical.raise_priority(group, priority)
        return intid

    def _at(self, n: int, intid: int) -> tuple[Bank, int]:
        return (self.cpus[n].own, intid) if intid < 32 else (self.banks[intid // 32 - 1], intid % 32)

    def _highest_pending(self, n: int, group: int) -> int:
        self.settle()
        found = self.cpus[n].forwarded
        return found[1] if found is not None and found[2] == group else SPURIOUS

    def _end(self, n: int, group: int, value: int) -> None:
        """An end of the other group than the running one, or while nothing is active, is ignored."""
        intid, c = value & 0xFF_FFFF, self.cpus[n].physical
        if intid >= 1020 or c.running_group != group:
            return
        c.drop(group)
        if not c.eoi_mode:
            self._deactivate(n, intid)

    def _deactivate(self, n: int, intid: int) -> None:
        if intid < 32 + self.spi_count:
            bank, i = self._at(n, intid)
            bank.deactivate(i)

    def _dir(self, n: int, value: int) -> None:
        if self.cpus[n].physical.eoi_mode and value & 0xFF_FFFF < 1020:
            self._deactivate(n, value & 0xFF_FFFF)

    def _sgi(self, n: int, group: int, value: int) -> None:
        """To the CPUs where the SGI is of this group."""
        bit = 1 << (value >> 24 & 15)
        others = value >> 40 & 1
        if not others and (
            value >> 16 & 0xFF or value >> 32 & 0xFF or value >> 48 & 0xFF or value >> 44 & 15
        ):
            return  # no CPU has that affinity
        for to, c in enumerate(self.cpus):
            wanted = to != n if others else value >> to & 1
            if wanted and bool(c.own.group & bit) == bool(group):
                c.own.latch |= bit

    def _virtual_end(self, n: int, act: Callable[[VirtualInterface], None]) -> None:
        """What a guest's end deactivates behind a list register."""
        v = self.cpus[n].virtual
        v.hardware_ended = None
        act(v)
        if v.hardware_ended is not None:
            self._deactivate(n, v.hardware_ended)

    def _system_registers(self) -> tuple[dict[tuple[str, bool], Handler], dict[tuple[str, bool], Handler]]:
        """(name, at EL1) -> what a read, what a write does. What is not here is UNDEFINED."""
        mrs: dict[tuple[str, bool], Handler] = {}
        msr: dict[tuple[str, bool], Handler] = {}
        for el1 in (False, True):
            of = (lambda n: self.cpus[n].virtual) if el1 else (lambda n: self.cpus[n].physical)
            _common(mrs, msr, el1, of)
        for g in (0, 1):
            mrs[f"ICC_IAR{g}_EL1", False] = lambda n, _, g=g: self._acknowledge(n, g)
            mrs[f"ICC_HPPIR{g}_EL1", False] = lambda n, _, g=g: self._highest_pending(n, g)
            msr[f"ICC_EOIR{g}_EL1", False] = lambda n, v, g=g: self._end(n, g, v)
            mrs[f"ICC_IAR{g}_EL1", True] = lambda n, _, g=g: self.cpus[n].virtual.acknowledge(g)
            mrs[f"ICC_HPPIR{g}_EL1", True] = lambda n, _, g=g: self.cpus[n].virtual.highest_pending(g)
            msr[f"ICC_EOIR{g}_EL1", True] = lambda n, v, g=g: self._virtual_end(n, lambda i: i.end(g, v))
            for el1 in (False, True):
                msr[f"ICC_SGI{g}R_EL1", el1] = lambda n, v, g=g: self._sgi(n, g, v)
        msr["ICC_DIR_EL1", False] = self._dir
        msr["ICC_DIR_EL1", True] = lambda n, v: self._virtual_end(n, lambda i: i.deactivate(v))
        for el1 in (False, True):
            msr["ICC_ASGI1R_EL1", el1] = lambda n, v: None  # there is no other security state
        mrs["ICC_SRE_EL2", False] = lambda n, _: 15
        msr["ICC_SRE_EL2", False] = lambda n, v: None
        virtual = {
            "ICH_HCR_EL2": (lambda v: v.hcr, VirtualInterface.write_hcr),
            "ICH_VTR_EL2": (lambda v: VTR | self.lr_count - 1, None),
            "ICH_MISR_EL2": (VirtualInterface.misr, None),
            "ICH_EISR_EL2": (VirtualInterface.ended, None),
            "ICH_ELRSR_EL2": (VirtualInterface.empty, None),
            "ICH_VMCR_EL2": (VirtualInterface.read_vmcr, VirtualInterface.write_vmcr),
        }
        for name, (get, set_) in virtual.items():
            mrs[name, False] = lambda n, _, get=get: get(self.cpus[n].virtual)
            if set_ is not None:
                msr[name, False] = lambda n, v, set_=set_: set_(self.cpus[n].virtual, v)
        for i in range(self.lr_count):
            mrs[f"ICH_LR{i}_EL2", False] = lambda n, _, i=i: self.cpus[n].virtual.lr[i]
            msr[f"ICH_LR{i}_EL2", False] = lambda n, v, i=i: self.cpus[n].virtual.write_lr(i, v)
        for g in (0, 1):
            mrs[f"ICH_AP{g}R0_EL2", False] = lambda n, _, g=g: self.cpus[n].virtual.ap[g]
            msr[f"ICH_AP{g}R0_EL2", False] = lambda n, v, g=g: _set_ap(self.cpus[n].virtual, g, v)
        return mrs, msr


Handler = Callable[[int, int], "int | None"]


def _set_ap(interface: Interface, group: int, value: int) -> None:
    interface.ap[group] = value & U32


def _write_ctlr(interface: Interface, value: int) -> None:
    interface.cbpr, interface.eoi_mode = bool(value & 1), bool(value & 2)


def _set_group(interface: Interface, group: int, value: int) -> None:
    interface.group_on[group] = bool(value & 1)


def _common(
    mrs: dict[tuple[str, bool], Handler],
    msr: dict[tuple[str, bool], Handler],
    el1: bool,
    of: Callable[[int], Interface],
) -> None:
    """Registers that the physical and the virtual interface have alike."""
    mrs["ICC_PMR_EL1", el1] = lambda n, _: of(n).pmr
    msr["ICC_PMR_EL1", el1] = lambda n, v: of(n).write_pmr(v)
    mrs["ICC_CTLR_EL1", el1] = lambda n, _: CTLR_FIXED | int(of(n).cbpr) | int(of(n).eoi_mode) << 1
    msr["ICC_CTLR_EL1", el1] = lambda n, v: _write_ctlr(of(n), v)
    mrs["ICC_RPR_EL1", el1] = lambda n, _: of(n).running
    mrs["ICC_SRE_EL1", el1] = lambda n, _: 7
    msr["ICC_SRE_EL1", el1] = lambda n, v: None
    for g in (0, 1):
        mrs[f"ICC_BPR{g}_EL1", el1] = lambda n, _, g=g: of(n).read_bpr(g)
        msr[f"ICC_BPR{g}_EL1", el1] = lambda n, v, g=g: of(n).write_bpr(g, v)
        mrs[f"ICC_IGRPEN{g}_EL1", el1] = lambda n, _, g=g: int(of(n).group_on[g])
        msr[f"ICC_IGRPEN{g}_EL1", el1] = lambda n, v, g=g: _set_group(of(n), g, v)
        mrs[f"ICC_AP{g}R0_EL1", el1] = lambda n, _, g=g: of(n).ap[g]
        msr[f"ICC_AP{g}R0_EL1", el1] = lambda n, v, g=g: _set_ap(of(n), g, v)


SGI_FRAME = 0x10000
IGROUPR, IPRIORITYR, ICFGR, IROUTER = (
    offset(f"GICD_{n}") for n in ("IGROUPR", "IPRIORITYR", "ICFGR", "IROUTER")
)
GICD_CTLR, GICD_TYPER, GICD_PIDR2 = (offset(f"GICD_{n}") for n in ("CTLR", "TYPER", "PIDR2"))
GICR_CTLR, GICR_TYPER, GICR_WAKER, GICR_PIDR2 = (
    offset(f"GICR_{n}") for n in ("CTLR", "TYPER", "WAKER", "PIDR2")
)
ARE, DS = mask("GICD_CTLR", "ARE"), mask("GICD_CTLR", "DS")
CTLR_FIXED = put("ICC_CTLR_EL1", "PRIbits", 4) | put("ICC_CTLR_EL1", "A3V", 1)
VTR = sum(
    put("ICH_VTR_EL2", f, v) for f, v in (("TDS", 1), ("nV4", 1), ("A3V", 1), ("PREbits", 4), ("PRIbits", 4))
)
COMMON = {"ICC_CTLR_EL1", "ICC_PMR_EL1", "ICC_RPR_EL1", "ICC_DIR_EL1"}
GROUP0 = {f"ICC_{n}_EL1" for n in ("IAR0", "EOIR0", "HPPIR0", "BPR0", "AP0R0", "IGRPEN0")}
GROUP1 = {f"ICC_{n}_EL1" for n in ("IAR1", "EOIR1", "HPPIR1", "BPR1", "AP1R0", "IGRPEN1")}
assert encoding("ICH_LR0_EL2") == 3 << 14 | 4 << 11 | 12 << 7 | 12 << 3
