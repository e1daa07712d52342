# SPDX-License-Identifier: Apache-2.0
"""What only a GICv2 has: its boot, banked registers, targets, SGIs with sources, GICV and its aliases."""

from __future__ import annotations

from cosim.hypervisor2 import Hypervisor2
from cosim.scenarios import SCENARIOS as BOTH
from cosim.scenarios import SPURIOUS, Play, check_spis_after_boot
from ref.operation import GICC_BASE, GICH_BASE, read, write
from ref.registers import offset

SCENARIOS: list[Play] = list(BOTH)
OWN_PENDING, OWN_ACTIVE = 0x00FF_0000, 0xFF00_0007  # of SGIs and PPIs, from before


def scenario(play: Play) -> Play:
    SCENARIOS.append(play)
    return play


def register(h: Hypervisor2, name: str, index: int = 0, cpu: int = 0) -> int:
    """Of the physical controller, past the driver."""
    base = {"GICD": 0, "GICC": GICC_BASE, "GICH": GICH_BASE}[name[:4]]
    return h.do(read(base + offset(name) + 4 * index, cpu=cpu)).data


@scenario
def boot_leaves_the_controller_as_the_driver_promises(h: Hypervisor2) -> None:
    for cpu, addr, value in (
        (0, 0x084, 0xF0), (0, 0x104, 0xFF), (0, 0x204, 0xFF), (0, 0x304, 0xF), (0, 0xF20, 0x0101_0101),
        (1, 0x080, 0xFF), (1, 0x100, 0xFFFF_FFFF), (1, 0x200, OWN_PENDING), (1, 0x300, OWN_ACTIVE),
        (1, 0xF2C, 0x0301_0201), (1, GICC_BASE + 8, 6), (1, GICH_BASE + 0x100, 0x1000_0028),
        (1, GICH_BASE + 0xF0, 5), (1, GICH_BASE + 8, 0xF800_0003),
    ):  # fmt: skip
        h.do(write(addr, value, cpu=cpu))  # what a boot loader left
    h.boot()
    assert register(h, "GICD_CTLR") == 1  # group 0 is forwarded
    check_spis_after_boot(lambda name, index: register(h, name, index), 0)
    for cpu in (0, 1):
        assert register(h, "GICD_IGROUPR", cpu=cpu) == 0
        assert register(h, "GICD_ISENABLER", cpu=cpu) == 1 << 25 | 7
        assert register(h, "GICD_ISPENDR", cpu=cpu) == register(h, "GICD_ISACTIVER", cpu=cpu) == 0
        assert all(register(h, "GICD_SPENDSGIR", n, cpu) == 0 for n in range(4))
        assert all(register(h, "GICD_IPRIORITYR", n, cpu) == 0xA0A0_A0A0 for n in range(8))
        assert (register(h, "GICC_PMR", cpu=cpu), register(h, "GICC_BPR", cpu=cpu)) == (0xF8, 2)
        assert register(h, "GICC_CTLR", cpu=cpu) == 0x201  # EOImode, group 0
        assert (register(h, "GICH_HCR", cpu=cpu), register(h, "GICH_APR", cpu=cpu)) == (1, 0)
        assert register(h, "GICH_VMCR", cpu=cpu) & 3 == 0
        assert h.empty_list_registers(cpu) == h.every_list_register(cpu)


@scenario
def sgis_of_two_vcpus_come_with_their_sources(h: Hypervisor2) -> None:
    h.start()
    h.open(0, 1)
    h.sgi(0, 3, 2)
    assert h.out.virq == 2
    assert (h.ack(1), h.ack(0)) == (3, SPURIOUS)
    h.eoi(3, 1)
    h.sgi(0, 3, 3)
    h.sgi(1, 3, 1)  # the same to vCPU 0, from two
    assert {h.load(0, "GICD_SPENDSGIR", 3, size=1), h.load(0, "GICD_CPENDSGIR", 3, size=1)} == {3}
    first = h.ack(0)
    assert first in (3, 1 << 10 | 3)
    h.eoi(first, 0)
    assert {first, h.ack(0)} == {3, 1 << 10 | 3}
    h.eoi(first ^ 1 << 10, 0)
    assert h.ack(0) == SPURIOUS
    assert h.ack(1) == 3
    h.sgi(0, 3, 2)  # again while it is active
    h.eoi(3, 1)
    assert h.ack(1) == 3
    h.eoi(3, 1)


@scenario
def the_same_sgi_comes_again_and_again(h: Hypervisor2) -> None:
    """Between pCPUs too: EL2 ends its own SGIs with their source."""
    h.start()
    h.open(0, 1)
    for _ in range(3):
        for sender, to in ((1, 0), (0, 1)):
            h.sgi(sender, 3, 1 << to)
            assert h.ack(to) == sender << 10 | 3
            h.eoi(sender << 10 | 3, to)
    assert (register(h, "GICD_ISACTIVER"), register(h, "GICD_ISACTIVER", cpu=1)) == (0, 0)


@scenario
def a_new_life_has_no_sgi_of_the_old_one(h: Hypervisor2) -> None:
    h.start()
    h.open(0, 1)
    for sender in (0, 1):
        h.sgi(sender, 3, 1)
    h.restart()
    h.open(0)
    assert (h.load(0, "GICD_SPENDSGIR"), h.ack()) == (0, SPURIOUS)
    h.sgi(0, 3, 1)
    assert h.ack() == 3
    h.eoi(3)
    assert h.ack() == SPURIOUS


@scenario
def filters_of_sgir(h: Hypervisor2) -> None:
    h.start()
    h.open(0, 1)
    h.store(1, "GICD_SGIR", 1 << 24 | 9)  # all others
    assert (h.ack(0), h.ack(1)) == (1 << 10 | 9, SPURIOUS)
    h.eoi(1 << 10 | 9, 0)
    h.store(1, "GICD_SGIR", 2 << 24 | 1 << 16 | 9)  # itself alone
    assert (h.ack(0), h.ack(1)) == (SPURIOUS, 1 << 10 | 9)
    h.eoi(1 << 10 | 9, 1)
    h.store(1, "GICD_SGIR", 3 << 24 | 3 << 16 | 9)  # reserved
    h.store(1, "GICD_SGIR", 0xFC << 16 | 9)  # vCPUs that are not there
    assert (h.ack(0), h.ack(1)) == (SPURIOUS, SPURIOUS)


@scenario
def sources_that_a_guest_writes(h: Hypervisor2) -> None:
    h.start()
    h.open(0)
    h.store(0, "GICD_SPENDSGIR", 0xFE, 6, size=1)
    assert h.load(0, "GICD_SPENDSGIR", 1) == 2 << 16  # of vCPUs that exist
    assert h.load(0, "GICD_ISPENDR") == 1 << 6
    h.store(0, "GICD_CPENDSGIR", 2, 6, size=1)
    assert (h.load(0, "GICD_SPENDSGIR", 1), h.ack()) == (0, SPURIOUS)
    h.store(0, "GICD_SPENDSGIR", 3 << 16, 1)
    h.store(0, "GICD_CPENDSGIR", 1 << 16, 1)
    assert h.ack() == 1 << 10 | 6
    h.eoi(1 << 10 | 6)
    assert h.ack() == SPURIOUS
    h.store(0, "GICD_ISPENDR", 0xFFFF)  # SGIs have no bit there
    h.store(0, "GICD_ICENABLER", 0xFFFF)
    assert (h.load(0, "GICD_ISPENDR"), h.load(0, "GICD_ISENABLER")) == (0, 0xFFFF)


@scenario
def targets_that_a_guest_reads_and_writes(h: Hypervisor2) -> None:
    h.start()
    h.open(0, 1)
    for cpu in (0, 1):
        assert h.load(cpu, "GICD_ITARGETSR", 6) == 0x0101_0101 << cpu
        h.store(cpu, "GICD_ITARGETSR", 0, 6)
        assert h.load(cpu, "GICD_ITARGETSR", 27, size=1) == 1 << cpu
    h.set_up(40)
    h.store(0, "GICD_ITARGETSR", 0xFF, 40, size=1)
    assert h.load(0, "GICD_ITARGETSR", 10) == 3
    h.line(40, True)
    assert (h.ack(0), h.ack(1)) == (40, SPURIOUS)  # one of the two, once
    h.line(40, False)
    h.eoi(40)
    h.store(0, "GICD_ITARGETSR", 0, 40, size=1)
    h.line(40, True)
    assert (h.ack(0), h.ack(1)) == (SPURIOUS, SPURIOUS)
    h.store(0, "GICD_ITARGETSR", 2, 40, size=1)
    assert h.ack(1) == 40
    assert register(h, "GICD_ITARGETSR", 10) & 0xFF == 2  # the device interrupts its pCPU, no other one
    h.line(40, False)
    h.eoi(40, 1)
    assert h.physical(40) == (True, False, False)


@scenario
def priorities_control_and_group_1(h: Hypervisor2) -> None:
    h.start()
    h.open(0)
    for intid in (40, 42):
        h.set_up(intid, 0x80)
        h.line(intid, True)
    h.store(0, "GICD_IPRIORITYR", 0x20, 42, size=1)
    assert h.load(0, "GICD_IPRIORITYR", 10) == 0x20_0080
    assert h.ack() == 42
    h.line(42, False)
    h.eoi(42)
    h.store(0, "GICD_IGROUPR", 1 << 8, 1)
    assert h.ack() == SPURIOUS  # its interface has group 1 off
    h.gicv_write(0, "CTLR", 3)
    assert (h.ack(), h.gicv(0, "AIAR")) == (1022, 40)
    h.line(40, False)
    h.gicv_write(0, "AEOIR", 40)
    assert h.physical(40) == (True, False, False)
    h.line(40, True)
    h.store(0, "GICD_CTLR", 1)
    assert h.gicv(0, "AIAR") == SPURIOUS
    assert h.load(0, "GICD_CTLR") == 1
    h.store(0, "GICD_CTLR", 2)
    assert h.gicv(0, "AIAR") == 40
    h.line(40, False)
    h.gicv_write(0, "AEOIR", 40)


@scenario
def a_guest_splits_drop_and_deactivation(h: Hypervisor2) -> None:
    h.start()
    h.open(0)
    h.gicv_write(0, "CTLR", 0x201)
    h.set_up(40)
    h.line(40, True)
    assert h.ack() == 40
    h.line(40, False)
    h.eoi(40)
    assert h.physical(40) == (True, False, True)
    h.gicv_write(0, "DIR", 40)
    assert h.physical(40) == (True, False, False)


@scenario
def what_the_vgic_says_it_is(h: Hypervisor2) -> None:
    h.start()
    assert h.load(0, "GICD_TYPER") == 2 | 1 << 5
    assert h.load(0, "GICD_ICPIDR2") >> 4 & 15 == 2
    for addr in (0x84, 0x104, 0x204, 0x304, 0xC08):
        assert h.call(0, "vgic_distributor_read", 0, addr, 1) == 0  # words only
    assert h.load(0, "GICD_ICFGR") == 0xAAAA_AAAA
    h.store(0, "GICD_ICFGR", 0)
    assert h.load(0, "GICD_ICFGR") == 0xAAAA_AAAA
    assert h.load(0, "GICD_ICFGR", 2) == 0x8888_0000  # as the plan has it
    h.store(0, "GICD_ICFGR", 0xFFFF_FFFF, 2)
    assert h.load(0, "GICD_ICFGR", 2) == 0xAAAA_0008


@scenario
def what_a_guest_does_not_own_it_cannot_reach(h: Hypervisor2) -> None:
    h.start()
    h.open(0)
    before = [register(h, "GICD_ISENABLER", w) for w in (1, 2)]
    for name in ("GICD_ISENABLER", "GICD_ISPENDR", "GICD_ISACTIVER", "GICD_ICENABLER"):
        for word, owned in ((1, 0xFFFF << 8 | 2), (2, 0xF << 6)):
            h.store(0, name, 0xFFFF_FFFF & ~owned, word)
            assert h.load(0, name, word) & ~owned == 0
    assert [register(h, "GICD_ISENABLER", w) for w in (1, 2)] == before
    assert [register(h, "GICD_ISPENDR", w) for w in (1, 2)] == [0, 0]
    targets = register(h, "GICD_ITARGETSR", 15)
    h.store(0, "GICD_ITARGETSR", 2, 60, size=1)
    assert register(h, "GICD_ITARGETSR", 15) == targets
    h.store(0, "GICD_ICENABLER", 0xFFFF_FFFF)
    h.store(0, "GICD_ISACTIVER", 0xFFFF_FFFF & ~(1 << 27))
    assert register(h, "GICD_ISENABLER") == 1 << 25 | 7  # EL2's own stay as they are
    assert register(h, "GICD_ISACTIVER") == 0
