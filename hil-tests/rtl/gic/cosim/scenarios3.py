# SPDX-License-Identifier: Apache-2.0
"""What only a GICv3 has: its boot, redistributors, affinity routing, SGIs by system registers."""

from __future__ import annotations

from cosim.hypervisor3 import Hypervisor3
from cosim.scenarios import SCENARIOS as BOTH
from cosim.scenarios import SPURIOUS, Play, check_spis_after_boot
from ref.operation import Kind, Op, mrs
from ref.registers import offset

SCENARIOS: list[Play] = list(BOTH)


def scenario(play: Play) -> Play:
    SCENARIOS.append(play)
    return play


def register(h: Hypervisor3, name: str, index: int = 0, cpu: int | None = None) -> int:
    """Of the physical controller, past the driver."""
    addr = offset(name) + 4 * index + (0 if cpu is None else 0xA0000 + 0x20000 * cpu)
    return h.do(Op(Kind.READ, addr=addr)).data


@scenario
def boot_leaves_the_controller_as_the_driver_promises(h: Hypervisor3) -> None:
    for addr, value in (
        (0x104, 0xFF),
        (0x204, 0xFF),
        (0x304, 0xF),
        (0xB0100, 0xFFFF_FFFF),
        (0xB0300, 1 << 27),
    ):
        h.do(Op(Kind.WRITE, addr=addr, data=value))  # what a boot loader left
    h.boot()
    assert register(h, "GICD_CTLR") & 0x13 == 0x12  # affinity routing, group 1 forwarded
    check_spis_after_boot(lambda name, index: register(h, name, index), 0xFFFF_FFFF)
    for cpu in (0, 1):
        assert register(h, "GICR_WAKER", cpu=cpu) == 0
        assert register(h, "GICR_IGROUPR0", cpu=cpu) == 0xFFFF_FFFF
        assert register(h, "GICR_ISENABLER0", cpu=cpu) & ~0xFFFF == 1 << 25
        assert register(h, "GICR_ISENABLER0", cpu=cpu) & 7 == 7
        assert register(h, "GICR_ISPENDR0", cpu=cpu) == register(h, "GICR_ISACTIVER0", cpu=cpu) == 0
        assert register(h, "GICR_IPRIORITYR", 6, cpu) == 0xA0A0_A0A0
        assert h.do(mrs(cpu, "ICC_PMR_EL1")).data == 0xF8
        assert h.do(mrs(cpu, "ICC_CTLR_EL1")).data & 3 == 2  # EOImode
        assert h.do(mrs(cpu, "ICC_IGRPEN1_EL1")).data == 1
        assert h.do(mrs(cpu, "ICH_HCR_EL2")).data == 1
        assert h.empty_list_registers(cpu) == h.every_list_register(cpu)


@scenario
def sgis_between_vcpus(h: Hypervisor3) -> None:
    h.start()
    h.open(0, 1)
    for cpu in (0, 1):
        for intid in (3, 9):
            h.set_up(intid, cpu=cpu)
    h.send_sgi(0, 3 << 24 | 2)
    assert h.out.virq == 2
    assert (h.ack(1), h.ack(0)) == (3, SPURIOUS)
    h.send_sgi(0, 3 << 24 | 2)  # again while it is active
    h.eoi(3, 1)
    assert h.ack(1) == 3
    h.eoi(3, 1)
    h.send_sgi(1, 9 << 24 | 3)
    assert (h.ack(0), h.ack(1)) == (9, 9)
    h.eoi(9, 0)
    h.eoi(9, 1)
    h.send_sgi(1, 3 << 24 | 1 << 40)  # all but itself
    assert (h.ack(0), h.ack(1)) == (3, SPURIOUS)
    h.eoi(3, 0)
    h.send_sgi(0, 3 << 24 | 1 << 16 | 2)  # an affinity that nobody has
    assert h.ack(1) == SPURIOUS
    h.send_sgi(0, 3 << 24 | 2, group=0)  # of the wrong group
    assert h.ack(1) == SPURIOUS


@scenario
def groups_priorities_and_control(h: Hypervisor3) -> None:
    h.start()
    h.open(0)
    for intid in (40, 42):
        h.set_up(intid, 0x80)
        h.line(intid, True)
    h.store(0, "GICD_IPRIORITYR", 0x20, 42, size=1)
    assert h.load(0, "GICD_IPRIORITYR", 10) == 0x20_0080 | 0  # 40 and 42
    assert h.ack() == 42
    h.line(42, False)
    h.eoi(42)
    h.store(0, "GICD_IGROUPR", h.load(0, "GICD_IGROUPR", 1) & ~(1 << 8), 1)
    assert h.ack() == SPURIOUS  # group 0: IAR0's
    h.store(0, "GICD_IGROUPR", h.load(0, "GICD_IGROUPR", 1) | 1 << 8, 1)
    h.store(0, "GICD_CTLR", 1)
    assert h.ack() == SPURIOUS
    assert h.load(0, "GICD_CTLR") & 3 == 1
    h.store(0, "GICD_CTLR", 3)
    assert h.ack() == 40
    h.line(40, False)
    h.eoi(40)


@scenario
def what_a_guest_does_not_own_it_cannot_reach(h: Hypervisor3) -> None:
    h.start()
    h.open(0)
    before = [register(h, "GICD_ISENABLER", w) for w in (1, 2)]
    for name in ("GICD_ISENABLER", "GICD_ISPENDR", "GICD_ISACTIVER", "GICD_ICENABLER"):
        for word, owned in ((1, 0xFFFF << 8 | 2), (2, 0xF << 6)):
            h.store(0, name, 0xFFFF_FFFF & ~owned, word)
            assert h.load(0, name, word) & ~owned == 0
    assert [register(h, "GICD_ISENABLER", w) for w in (1, 2)] == before
    assert [register(h, "GICD_ISPENDR", w) for w in (1, 2)] == [0, 0]
    h.store(0, "GICD_IROUTER", 1, 60, size=8)
    assert h.load(0, "GICD_IROUTER", 60, size=8) == 0
    h.own_store(0, "GICR_ICENABLER0", 0xFFFF_FFFF)
    assert register(h, "GICR_ISENABLER0", cpu=0) & (1 << 25 | 7) == 1 << 25 | 7  # EL2's own stay on
