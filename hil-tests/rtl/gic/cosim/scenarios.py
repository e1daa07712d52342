# SPDX-License-Identifier: Apache-2.0
"""What the hypervisor's driver and vGIC must do, as a guest and its devices see it, with either GIC version.

Each scenario gets a hypervisor that was just powered on. They run on the RTL in the simulator and on
the reference model, and they are what seeded bugs in the C code must fail.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from cosim.hypervisor import EDGES, OWNED, Hypervisor

Play = Callable[[Any], None]  # of this hypervisor, or of one version's
SCENARIOS: list[Play] = []
SPURIOUS = 1023
LRS = 4


def scenario(play: Play) -> Play:
    SCENARIOS.append(play)
    return play


def check_spis_after_boot(read: Callable[[str, int], int], group: int) -> None:
    """What the driver promises of each word of SPIs. `read`: a distributor's register by name and index."""
    for word in (1, 2):
        assert read("GICD_IGROUPR", word) == group
        assert read("GICD_ISENABLER", word) == 0
        assert read("GICD_ISPENDR", word) == 0
        assert read("GICD_ISACTIVER", word) == 0
    for word in range(8, 24):
        assert read("GICD_IPRIORITYR", word) == 0xA0A0_A0A0
    edges = read("GICD_ICFGR", 2) | read("GICD_ICFGR", 3) << 32
    assert {32 + i for i in range(32) if edges >> 2 * i + 1 & 1} == EDGES


@scenario
def a_device_reaches_its_guest_and_the_guests_end_the_device(h: Hypervisor) -> None:
    h.start()
    h.open(0)
    h.set_up(40)
    assert h.physical(40) == (True, False, False)
    h.line(40, True)
    assert (h.out.virq, h.physical(40)) == (1, (True, True, True))
    before = h.accesses
    assert h.ack() == 40
    h.line(40, False)
    h.eoi(40)
    assert h.accesses == before  # neither acknowledge nor end comes to EL2
    assert h.physical(40) == (True, False, False)
    h.line(40, True)
    assert h.ack() == 40
    h.eoi(40)
    assert h.ack() == 40  # the line is still high: it comes again
    h.line(40, False)
    h.eoi(40)
    assert h.ack() == SPURIOUS


@scenario
def an_edge_comes_once(h: Hypervisor) -> None:
    h.start()
    h.open(0)
    h.set_up(41)
    h.pulse(41)
    assert h.ack() == 41
    h.pulse(41)
    assert h.ack() == SPURIOUS  # active
    h.eoi(41)
    assert h.ack() == 41
    h.eoi(41)
    assert h.ack() == SPURIOUS


@scenario
def made_pending_twice_comes_once(h: Hypervisor) -> None:
    h.start()
    h.open(0)
    for intid in (40, 41):  # a level, an edge
        h.set_up(intid)
        bit = 1 << intid % 32
        h.store(0, "GICD_ISPENDR", bit, 1)
        h.store(0, "GICD_ISPENDR", bit, 1)
        assert h.ack() == intid
        h.eoi(intid)
        assert h.ack() == SPURIOUS
        h.store(0, "GICD_ISPENDR", bit, 1)
        assert h.ack() == intid
        h.store(0, "GICD_ISPENDR", bit, 1)  # active and pending
        h.eoi(intid)
        assert h.ack() == intid
        h.eoi(intid)
        assert h.ack() == SPURIOUS


@scenario
def priorities_are_bytes_or_words(h: Hypervisor) -> None:
    h.start()
    h.set_up(40, 0xA0)
    h.store(0, "GICD_IPRIORITYR", 0x3030, 20, size=2)
    assert h.load(0, "GICD_IPRIORITYR", 20, size=2) == 0
    assert h.load(0, "GICD_IPRIORITYR", 40, size=1) == 0xA0
    assert h.load(0, "GICD_IPRIORITYR", 10) & 0xFF == 0xA0


@scenario
def the_virtual_timer_is_each_cpus_own(h: Hypervisor) -> None:
    h.start()
    h.open(0, 1)
    for cpu in (0, 1):
        h.set_up(27, cpu=cpu)
    h.line(27, True, cpu=1)
    assert h.out.virq == 2
    assert h.ack(0) == SPURIOUS
    assert h.ack(1) == 27
    h.line(27, False, cpu=1)
    h.eoi(27, 1)
    assert h.physical(27, 1) == (True, False, False)


@scenario
def what_is_disabled_waits_and_comes_when_enabled(h: Hypervisor) -> None:
    h.start()
    h.open(0)
    h.set_up(40)
    h.store(0, "GICD_ICENABLER", 1 << 8, 1)
    assert h.physical(40)[0] is False
    h.line(40, True)
    assert (h.out.virq, h.ack()) == (0, SPURIOUS)
    assert h.load(0, "GICD_ISPENDR", 1) >> 8 & 1
    h.store(0, "GICD_ISENABLER", 1 << 8, 1)
    assert h.ack() == 40
    assert h.load(0, "GICD_ISACTIVER", 1) >> 8 & 1
    h.line(40, False)
    h.eoi(40)


@scenario
def what_is_pending_while_disabled_can_be_taken_back(h: Hypervisor) -> None:
    h.start()
    h.open(0)
    h.set_up(41)
    h.store(0, "GICD_ICENABLER", 1 << 9, 1)
    h.pulse(41)
    assert h.load(0, "GICD_ISPENDR", 1) >> 9 & 1
    h.store(0, "GICD_ICPENDR", 1 << 9, 1)
    h.store(0, "GICD_ISENABLER", 1 << 9, 1)
    assert h.ack() == SPURIOUS
    h.pulse(41)
    assert h.ack() == 41
    h.eoi(41)


@scenario
def what_waits_in_a_list_register_can_be_disabled(h: Hypervisor) -> None:
    h.start()
    h.open(0)
    h.set_up(40)
    h.line(40, True)
    assert h.out.virq == 1
    h.store(0, "GICD_ICENABLER", 1 << 8, 1)
    assert (h.out.virq, h.ack()) == (0, SPURIOUS)
    h.store(0, "GICD_ISENABLER", 1 << 8, 1)
    assert h.ack() == 40
    h.line(40, False)
    h.eoi(40)
    assert h.physical(40) == (True, False, False)


@scenario
def more_interrupts_than_list_registers_come_by_priority(h: Hypervisor) -> None:
    h.start()
    h.open(0)
    wanted = [
        (42, 0xC0),
        (44, 0x40),
        (46, 0x80),
        (48, 0x20),
        (50, 0xE0),
        (52, 0x60),
        (54, 0xA0),
        (70, 0x10),
        (71, 0xD0),
    ]
    for intid, priority in wanted:
        h.set_up(intid, priority)
    for intid, _ in wanted:
        h.line(intid, True)
    for intid, _ in sorted(wanted, key=lambda w: w[1]):
        assert h.ack() == intid
        h.line(intid, False)
        h.eoi(intid)
    assert h.ack() == SPURIOUS
    assert all(h.physical(intid) == (True, False, False) for intid, _ in wanted)


@scenario
def nested_handlers_that_fill_all_list_registers(h: Hypervisor) -> None:
    h.start()
    h.open(0)
    nested = [(40 + 2 * i, 0xC0 - 0x20 * i) for i in range(6)]
    for intid, priority in nested:
        h.set_up(intid, priority)
    entered = []
    for intid, _ in nested:
        h.line(intid, True)
        got = h.ack()
        if got != SPURIOUS:
            assert got == intid
            entered.append(intid)
    assert len(entered) >= LRS
    for intid in reversed(entered):
        h.line(intid, False)
        h.eoi(intid)
    for intid in [i for i, _ in reversed(nested) if i not in entered]:
        assert h.ack() == intid
        h.line(intid, False)
        h.eoi(intid)
    assert h.ack() == SPURIOUS


@scenario
def an_emulated_devices_line(h: Hypervisor) -> None:
    h.start()
    h.open(0)
    h.set_up(33)  # the guest's UART: no hardware behind it
    h.call(0, "vgic_set_level", 0, 33, 1)
    h.settle()
    assert h.ack() == 33
    h.eoi(33)
    assert h.ack() == 33  # still high
    h.call(0, "vgic_set_level", 0, 33, 0)
    h.settle()
    h.eoi(33)
    assert h.ack() == SPURIOUS
    h.call(0, "vgic_set_level", 0, 33, 1)
    h.settle()
    h.call(0, "vgic_set_level", 0, 33, 0)
    h.settle()
    assert h.ack() == SPURIOUS  # fell before it was taken


@scenario
def pending_bits_that_a_guest_writes(h: Hypervisor) -> None:
    h.start()
    h.open(0)
    for intid in (33, 40, 41):
        h.set_up(intid)
        h.store(0, "GICD_ISPENDR", 1 << intid % 32, 1)
        assert h.ack() == intid
        h.eoi(intid)
        assert h.ack() == SPURIOUS
    for intid in (33, 41):
        h.store(0, "GICD_ISPENDR", 1 << intid % 32, 1)
        assert h.load(0, "GICD_ISPENDR", 1) >> intid % 32 & 1
        h.store(0, "GICD_ICPENDR", 1 << intid % 32, 1)
        assert not h.load(0, "GICD_ISPENDR", 1) >> intid % 32 & 1
        assert h.ack() == SPURIOUS
    assert h.physical(41) == (True, False, False)


@scenario
def active_bits_that_a_guest_writes(h: Hypervisor) -> None:
    h.start()
    h.open(0)
    for intid in (33, 40):
        h.set_up(intid)
        h.store(0, "GICD_ISPENDR", 1 << intid % 32, 1)
        assert h.ack() == intid
        h.store(0, "GICD_ICACTIVER", 1 << intid % 32, 1)
        assert not h.load(0, "GICD_ISACTIVER", 1) >> intid % 32 & 1
        h.drop_all(0)
    assert h.physical(40) == (True, False, False)
    h.store(0, "GICD_ISACTIVER", 1 << 1, 1)
    h.store(0, "GICD_ISPENDR", 1 << 1, 1)
    assert h.ack() == SPURIOUS
    h.store(0, "GICD_ICACTIVER", 1 << 1, 1)
    assert h.ack() == 33


@scenario
def an_interrupt_follows_its_route(h: Hypervisor) -> None:
    h.start()
    h.open(0, 1)
    h.set_up(40)
    h.route(40, 1)
    h.line(40, True)
    assert (h.ack(0), h.ack(1)) == (SPURIOUS, 40)
    h.line(40, False)
    h.eoi(40, 1)
    h.line(40, True)
    assert h.out.virq == 2
    h.route(40, 0)  # while it waits at the other vCPU
    assert (h.ack(1), h.ack(0)) == (SPURIOUS, 40)
    h.line(40, False)
    h.eoi(40)
    assert h.physical(40) == (True, False, False)


@scenario
def a_vcpu_goes_off_in_its_handler_and_comes_back(h: Hypervisor) -> None:
    h.start()
    h.open(0, 1)
    h.set_up(40, cpu=1)
    h.line(40, True)
    assert h.ack(1) == 40
    h.cpu_off(1)
    h.settle()
    assert h.empty_list_registers(1) == h.every_list_register(1)
    h.line(40, False)
    h.cpu_on(1)
    h.open(1)
    assert h.load(1, "GICD_ISACTIVER", 1) >> 8 & 1  # an SPI stays active until somebody ends it
    h.store(1, "GICD_ICACTIVER", 1 << 8, 1)
    assert h.physical(40) == (True, False, False)
    h.line(40, True)
    assert h.ack(1) == 40
    h.line(40, False)
    h.eoi(40, 1)


@scenario
def a_new_life_finds_everything_quiet(h: Hypervisor) -> None:
    h.start()
    h.open(0, 1)
    for intid in (27, 40, 41, 42, 70):
        h.set_up(intid)
    h.set_up(3)
    for intid in (40, 41, 42, 70):
        h.line(intid, True)
    h.ack()
    h.sgi(0, 3, 1)
    h.line(41, False)
    h.restart()
    h.settle()
    assert h.guest_state(0) == (0, 0)
    for intid in OWNED - {27}:
        enabled, _, active = h.physical(intid)
        assert not enabled and not active, intid
    for word in (1, 2):
        assert h.load(0, "GICD_ISENABLER", word) == h.load(0, "GICD_ISACTIVER", word) == 0
        assert h.load(0, "GICD_IGROUPR", word) == 0
    assert (h.load_own(0, "ISPENDR"), h.load_own(0, "ISENABLER")) == (0, h.ALWAYS_ENABLED)
    h.open(0)
    h.set_up(40)
    assert h.ack() == 40  # its line is high in the new life too
    h.line(40, False)
    h.eoi(40)
    h.set_up(41)
    assert h.ack() == SPURIOUS  # the edge was the old life's


def storm(h: Hypervisor, seed: int, steps: int) -> None:
    """At random: nothing comes that was not raised, nothing that was raised is lost."""
    rng = random.Random(seed)
    h.start()
    h.open(0, 1)
    levels = [40, 42, 44, 46, 48, 50, 52, 70, 71, 72]
    edges = [41, 43, 45, 47]
    home = {intid: rng.randrange(2) for intid in (*levels, *edges)}
    for intid in home:
        h.set_up(intid, rng.choice((0x20, 0x40, 0x80, 0xA0, 0xC0)), home[intid])
    for cpu in (0, 1):
        h.set_up(5, rng.choice((0x60, 0xB0)), cpu)
    high: set[int] = set()
    due: set[tuple[int, int]] = set()  # edges and SGIs that must still come: INTID, vCPU
    may: Counter[tuple[int, int]] = Counter()  # and how often they may: events meet on the way
    held: list[list[int]] = [[], []]
    taken = 0
    for _ in range(steps):
        act, cpu = rng.randrange(10), rng.randrange(2)
        if act < 3:
            intid = rng.choice(levels)
            if intid not in high:
                high.add(intid)
                h.line(intid, True)
        elif act == 3:
            intid = rng.choice(edges)
            h.pulse(intid)
            due.add((intid, home[intid]))
            may[intid, home[intid]] += 1
        elif act == 4:
            targets = rng.randrange(1, 4)
            h.sgi(cpu, 5, targets)
            for to in (0, 1):
                if targets >> to & 1:
                    due.add((h.shown(5, cpu), to))
                    may[h.shown(5, cpu), to] += 1
        elif act < 8 and len(held[cpu]) < 6:
            taken += take(h, cpu, high, due, may, held, home)
        elif held[cpu]:
            finish(h, cpu, high, held)
    for _ in range(200):
        for cpu in (0, 1):
            while held[cpu]:
                finish(h, cpu, high, held)
            taken += take(h, cpu, high, due, may, held, home)
    assert not high and not due and not held[0] and not held[1], (high, due, held)
    assert taken > steps // 10
    for intid in home:
        assert h.physical(intid) == (True, False, False), intid


def take(
    h: Hypervisor, cpu: int, high: set[int], due: set[tuple[int, int]], may: Counter[tuple[int, int]],
    held: list[list[int]], home: dict[int, int],
) -> int:  # fmt: skip
    intid = h.ack(cpu)
    if intid == SPURIOUS:
        return 0
    assert intid not in held[cpu], f"{intid} while it is active"
    if may[intid, cpu]:
        may[intid, cpu] -= 1
        due.discard((intid, cpu))
    else:
        assert intid in high and home[intid] == cpu, f"vCPU {cpu} is given {intid}, which nobody raised"
    held[cpu].append(intid)
    return 1


def finish(h: Hypervisor, cpu: int, high: set[int], held: list[list[int]]) -> None:
    intid = held[cpu].pop()
    if intid in high:
        high.discard(intid)
        h.line(intid, False)
    h.eoi(intid, cpu)


@scenario
def a_storm_loses_nothing(h: Hypervisor) -> None:
    storm(h, 1, 400)
