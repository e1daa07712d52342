# SPDX-License-Identifier: Apache-2.0
"""GICv2 with one security state: IHI 0048.

Choices that the manual leaves to the implementation: of equal priorities the lower INTID is taken, of
several sources of an SGI the lowest CPU; SGIs can be disabled; an end or GICC_DIR of an SGI that names
another source than the acknowledged one deactivates nothing; an interface chooses among the groups it
has enabled; the triggers of PPIs can be written.
"""

from __future__ import annotations

from collections.abc import Callable

from ref.bank import Bank, bits_of
from ref.interface2 import Interface2, Offer
from ref.operation import GICC_BASE, GICH_BASE, GICV_BASE, Kind, Line, Op, Reply
from ref.registers import get, offset, put
from ref.virtual2 import HCR_WRITABLE, LR_WRITABLE, VirtualInterface2

MAINTENANCE = 25
SGIS = 16
U32 = 0xFFFF_FFFF
SGI_BITS = 0xFFFF
ALL_BUT_SELF, SELF, LIST = 1, 2, 0  # GICD_SGIR.TargetListFilter


class Cpu2:
    """A CPU's banked interrupts and interfaces."""

    def __init__(self, lr_count: int) -> None:
        self.own = Bank(edge_fixed=SGI_BITS)  # its latch has an SGI while a source waits
        self.sources = [0] * SGIS
        self.active_source = [0] * SGIS
        self.physical = Interface2()
        self.virtual = VirtualInterface2(lr_count)
        self.forwarded: Offer | None = None

    def send(self, sgi: int, sources: int) -> None:
        self.sources[sgi] |= sources
        self._settle(sgi)

    def take_back(self, sgi: int, sources: int) -> None:
        self.sources[sgi] &= ~sources
        self._settle(sgi)

    def _settle(self, sgi: int) -> None:
        bit = 1 << sgi
        self.own.latch = self.own.latch | bit if self.sources[sgi] else self.own.latch & ~bit


class Gic2:
    """Takes one operation after the other; `do` is what every player has."""

    def __init__(self, cpus: int = 2, spis: int = 64, lr_count: int = 4) -> None:
        self.cpu_count, self.spi_count, self.lr_count = cpus, spis, lr_count
        self.reset()

    def reset(self) -> None:
        self.enables = [False, False]
        self.banks = [Bank() for _ in range(self.spi_count // 32)]
        self.targets = [int(self.cpu_count == 1)] * self.spi_count
        self.cpus = [Cpu2(self.lr_count) for _ in range(self.cpu_count)]

    # ---- operations ----

    def do(self, op: Op) -> Reply:
        value, error = 0, False
        if op.kind is Kind.WRITE:
            self._apply_line(op.line)
            error = not self.bus_write(op.cpu, op.addr, op.size, op.data)
        elif op.kind is Kind.READ:
            found = self.bus_read(op.cpu, op.addr, op.size)
            error, value = found is None, found or 0
        undef = op.kind in (Kind.MRS, Kind.MSR)  # there are no system registers
        if op.kind is not Kind.WRITE:
            self._apply_line(op.line)
        irq, fiq, virq, vfiq, maintenance = self.outputs()
        return Reply(value, undef, False, error, irq, fiq, virq, vfiq, maintenance, 0, self.digest())

    def _apply_line(self, change: Line | None) -> None:
        if change is None:
            return
        if change.intid >= 32:
            self.banks[change.intid // 32 - 1].set_line(change.intid % 32, change.level)
        elif change.intid != MAINTENANCE:
            self.cpus[change.cpu].own.set_line(change.intid, change.level)

    # ---- what is forwarded: "Interrupt prioritization", "Handling different interrupt types" ----

    def _ready(self, bank: Bank) -> int:
        on = (bank.group if self.enables[1] else 0) | (~bank.group if self.enables[0] else 0)
        return bank.pending & bank.enabled & ~bank.active & on & U32

    def settle(self) -> None:
        """Maintenance lines, then for each CPU the best that is forwarded to its interface."""
        best: list[Offer | None] = []
        for c in self.cpus:
            c.own.set_line(MAINTENANCE, c.virtual.maintenance)
            best.append(None)
            for i in bits_of(self._ready(c.own)):
                source = bits_of(c.sources[i])[0] if i < SGIS else 0
                self._consider(best, len(best) - 1, Offer(c.own.priority[i], i, c.own.group >> i & 1, source))
        for w, bank in enumerate(self.banks):
            for i in bits_of(self._ready(bank)):
                offer = Offer(bank.priority[i], 32 * (w + 1) + i, bank.group >> i & 1)
                for to in bits_of(self.targets[32 * w + i]):
                    self._consider(best, to, offer)
        for n, c in enumerate(self.cpus):
            c.forwarded = best[n]

    def _consider(self, best: list[Offer | None], to: int, offer: Offer) -> None:
        now = best[to]
        if self.cpus[to].physical.group_on[offer.group] and (now is None or offer < now):
            best[to] = offer

    def outputs(self) -> tuple[int, int, int, int, int]:
        self.settle()
        irq = fiq = virq = vfiq = maintenance = 0
        for n, c in enumerate(self.cpus):
            i, f = c.physical.outputs(c.forwarded)
            v, vf = c.virtual.outputs(c.virtual.offer(), c.virtual.on)
            irq, fiq, virq, vfiq = irq | i << n, fiq | f << n, virq | v << n, vfiq | vf << n
            maintenance |= c.virtual.maintenance << n
        return irq, fiq, virq, vfiq, maintenance

    def digest(self) -> int:
        """The same number as the RTL's bench makes of its state."""
        d = 0x811C9DC5
        for b in self.banks:
            for word in (b.enabled, b.pending, b.active, b.group):
                d = (d ^ word) * 0x0100_0193 & U32
        for c in self.cpus:
            o = c.own
            sent = [sum(s << 8 * i for i, s in enumerate(c.sources[n : n + 4])) for n in range(0, SGIS, 4)]
            for word in (o.enabled, o.pending, o.active, o.group, *c.physical.ap, c.virtual.ap[0], *sent,
                         *c.virtual.lr):  # fmt: skip
                d = (d ^ word) * 0x0100_0193 & U32
        return d

    # ---- the bus ----

    def bus_read(self, cpu: int, addr: int, size: int) -> int | None:
        """None: nothing is there."""
        if cpu >= self.cpu_count:
            return None
        self.settle()
        if addr < 0x1000:
            return self._gicd_read(cpu, addr, size)
        for base, pages, read in ((GICC_BASE, 2, self._gicc_read), (GICH_BASE, 1, self._gich_read),
                                  (GICV_BASE, 2, self._gicv_read)):  # fmt: skip
            if base <= addr < base + 0x1000 * pages:
                return read(cpu, addr - base) if size == 2 else 0
        return None

    def bus_write(self, cpu: int, addr: int, size: int, value: int) -> bool:
        if cpu >= self.cpu_count:
            return False
        if addr < 0x1000:
            self._gicd_write(cpu, addr, size, value)
            return True
        for base, pages, write in ((GICC_BASE, 2, self._gicc_write), (GICH_BASE, 1, self._gich_write),
                                   (GICV_BASE, 2, self._gicv_write)):  # fmt: skip
            if base <= addr < base + 0x1000 * pages:
                if size == 2:
                    write(cpu, addr - base, value)
                return True
        return False

    # ---- GICD ----

    def _bank(self, cpu: int, word: int) -> Bank | None:
        """Word 0 is the accessing CPU's own ("Interrupt banking")."""
        if word == 0:
            return self.cpus[cpu].own
        return self.banks[word - 1] if word <= len(self.banks) else None

    def _gicd_read(self, cpu: int, at: int, size: int) -> int:
        if IGROUPR <= at < IPRIORITYR:
            bank = self._bank(cpu, at % 0x80 // 4)
            return bank.read_bits(at // 0x80) if bank and size == 2 else 0
        if ICFGR <= at < ICFGR + 0x100:
            bank = self._bank(cpu, (at - ICFGR) // 8)
            return bank.read_config(at // 4 & 1) if bank and size == 2 else 0
        if size in (0, 2):
            count = 1 << size
            if IPRIORITYR <= at < IPRIORITYR + 0x400:
                bank = self._bank(cpu, (at - IPRIORITYR) // 32)
                return bank.read_priority(at % 32, count) if bank else 0
            if (byte := self._bytes(cpu, at)) is not None:
                return sum(byte(i) << 8 * i for i in range(count))
        if size != 2:
            return 0
        if at == GICD_CTLR:
            return int(self.enables[0]) | int(self.enables[1]) << 1
        if at == GICD_TYPER:
            words = put("GICD_TYPER", "ITLinesNumber", len(self.banks))
            return words | put("GICD_TYPER", "CPUNumber", self.cpu_count - 1)
        return put("GICD_ICPIDR2", "ArchRev", 2) if at == ICPIDR2 else 0

    def _bytes(self, cpu: int, at: int) -> Callable[[int], int] | None:
        """Registers of bytes but for the priorities: what the byte some places on reads."""
        if ITARGETSR <= at < ITARGETSR + 0x400:
            return lambda i: self.target(cpu, at - ITARGETSR + i)
        for base in (CPENDSGIR, SPENDSGIR):
            if base <= at < base + SGIS:
                return lambda i: self.cpus[cpu].sources[at - base + i]
        return None

    def target(self, cpu: int, intid: int) -> int:
        """A byte of GICD_ITARGETSR: RAZ with one CPU; of SGIs and PPIs the CPU that asks."""
        if self.cpu_count == 1 or intid >= 32 + self.spi_count:
            return 0
        return 1 << cpu if intid < 32 else self.targets[intid - 32]

    def _gicd_write(self, cpu: int, at: int, size: int, value: int) -> None:
        if IGROUPR <= at < IPRIORITYR:
            word, array = at % 0x80 // 4, at // 0x80
            bank = self._bank(cpu, word)
            if bank and size == 2:
                pending = (ISPENDR // 0x80, ICPENDR // 0x80)  # of SGIs: read-only there
                bank.write_bits(array, value & ~SGI_BITS if word == 0 and array in pending else value)
        elif ICFGR <= at < ICFGR + 0x100:
            bank = self._bank(cpu, (at - ICFGR) // 8)
            if bank and size == 2 and at != ICFGR:
                bank.write_config(at // 4 & 1, value)
        elif size in (0, 2) and at >= IPRIORITYR and at != GICD_SGIR:
            self._write_bytes(cpu, at, 1 << size, value)
        elif at == GICD_CTLR and size == 2:
            self.enables = [bool(value & 1), bool(value & 2)]
        elif at == GICD_SGIR and size == 2:
            self._sgi(cpu, value)

    def _write_bytes(self, cpu: int, at: int, count: int, value: int) -> None:
        if at < IPRIORITYR + 0x400:
            bank = self._bank(cpu, (at - IPRIORITYR) // 32)
            if bank:
                bank.write_priority(at % 32, count, value)
            return
        exist = (1 << self.cpu_count) - 1
        for i in range(count):
            byte = value >> 8 * i & 0xFF & exist
            spi, clear, set_ = at + i - ITARGETSR - 32, at + i - CPENDSGIR, at + i - SPENDSGIR
            if 0 <= spi < self.spi_count and self.cpu_count > 1:
                self.targets[spi] = byte
            elif 0 <= clear < SGIS:
                self.cpus[cpu].take_back(clear, byte)
            elif 0 <= set_ < SGIS:
                self.cpus[cpu].send(set_, byte)

    def _sgi(self, cpu: int, value: int) -> None:
        targets = {
            LIST: get("GICD_SGIR", "CPUTargetList", value), ALL_BUT_SELF: ~(1 << cpu), SELF: 1 << cpu,
        }.get(get("GICD_SGIR", "TargetListFilter", value), 0)  # fmt: skip
        for to in bits_of(targets & (1 << self.cpu_count) - 1):
            self.cpus[to].send(get("GICD_SGIR", "INTID", value), 1 << cpu)

    # ---- GICC ----

    def at(self, cpu: int, intid: int) -> tuple[Bank, int] | None:
        bank = self._bank(cpu, intid // 32)
        return None if bank is None else (bank, intid % 32)

    def _gicc_read(self, cpu: int, at: int) -> int:
        c = self.cpus[cpu]
        value, acknowledges = c.physical.read(at, c.forwarded)
        if acknowledges and c.forwarded is not None:
            offer = c.forwarded
            found = self.at(cpu, offer.intid)
            assert found is not None
            found[0].activate(found[1])
            if offer.intid < SGIS:
                c.active_source[offer.intid] = offer.source
                c.take_back(offer.intid, 1 << offer.source)
        return value

    def _gicc_write(self, cpu: int, at: int, value: int) -> None:
        c = self.cpus[cpu]
        end = c.physical.write(at, value)
        if end is not None and (end.intid >= SGIS or end.source == c.active_source[end.intid]):
            self._deactivate(cpu, end.intid)

    def _deactivate(self, cpu: int, intid: int) -> None:
        if found := self.at(cpu, intid):
            found[0].deactivate(found[1])

    # ---- GICH, GICV ----

    def _gich_read(self, cpu: int, at: int) -> int:
        v = self.cpus[cpu].virtual
        if GICH_LR <= at < GICH_LR + 4 * self.lr_count:
            return v.lr[(at - GICH_LR) // 4]
        vtr = put("GICH_VTR", "ListRegs", self.lr_count - 1)
        vtr |= put("GICH_VTR", "PREbits", 4) | put("GICH_VTR", "PRIbits", 4)
        found = {GICH_HCR: v.hcr, GICH_VTR: vtr, GICH_VMCR: v.read_vmcr(), GICH_MISR: v.misr(),
                 GICH_EISR: v.ended(), GICH_ELRSR: v.empty(), GICH_APR: v.ap[0]}  # fmt: skip
        return found.get(at, 0)

    def _gich_write(self, cpu: int, at: int, value: int) -> None:
        v = self.cpus[cpu].virtual
        if GICH_LR <= at < GICH_LR + 4 * self.lr_count:
            v.lr[(at - GICH_LR) // 4] = value & LR_WRITABLE
        elif at == GICH_HCR:
            v.hcr = value & HCR_WRITABLE
        elif at == GICH_VMCR:
            v.write_vmcr(value)
        elif at == GICH_APR:
            v.ap[0] = value

    def _gicv_read(self, cpu: int, at: int) -> int:
        return self.cpus[cpu].virtual.guest_read(at)

    def _gicv_write(self, cpu: int, at: int, value: int) -> None:
        v = self.cpus[cpu].virtual
        v.guest_write(at, value)
        if v.hardware_ended is not None:
            self._deactivate(cpu, v.hardware_ended)


IGROUPR, ISPENDR, ICPENDR, IPRIORITYR, ITARGETSR, ICFGR, CPENDSGIR, SPENDSGIR = (
    offset(f"GICD_{n}")
    for n in ("IGROUPR", "ISPENDR", "ICPENDR", "IPRIORITYR", "ITARGETSR", "ICFGR", "CPENDSGIR", "SPENDSGIR")
)
GICD_CTLR, GICD_TYPER, GICD_SGIR, ICPIDR2 = (
    offset(f"GICD_{n}") for n in ("CTLR", "TYPER", "SGIR", "ICPIDR2")
)
GICH_HCR, GICH_VTR, GICH_VMCR, GICH_MISR, GICH_EISR, GICH_ELRSR, GICH_APR, GICH_LR = (
    offset(f"GICH_{n}") for n in ("HCR", "VTR", "VMCR", "MISR", "EISR", "ELRSR", "APR", "LR")
)
