# SPDX-License-Identifier: Apache-2.0
"""GICv2's distributor: IHI 0048, GICD registers, interrupt states, banking and targets."""

from __future__ import annotations

from rules.v2.scene import Scene, rule


@rule("GICD_CTLR")
async def distributor_control_at_reset(s: Scene) -> None:
    assert await s.read("GICD_CTLR") == 0
    await s.write("GICD_CTLR", 0xFFFF_FFFF)
    assert await s.read("GICD_CTLR") == 3


@rule("GICD_TYPER")
async def typer_tells_spis_and_cpus(s: Scene) -> None:
    typer = await s.read("GICD_TYPER")
    assert typer == s.player.spis // 32 | s.player.cpus - 1 << 5
    await s.write("GICD_TYPER", 0)
    assert await s.read("GICD_TYPER") == typer


@rule("Identification registers: ICPIDR2")
async def it_says_that_it_is_a_gicv2(s: Scene) -> None:
    assert await s.read("GICD_ICPIDR2") >> 4 & 15 == 2
    assert await s.read("GICC_IIDR") >> 16 & 15 == 2
    assert await s.read("GICV_IIDR") == await s.read("GICC_IIDR")


@rule("GICD_ISENABLER<n>, GICD_ICENABLER<n>")
async def enables_are_set_and_cleared_by_ones(s: Scene) -> None:
    await s.write("GICD_ISENABLER", 0x8000_0001, 1)
    await s.write("GICD_ISENABLER", 0x0000_0100, 1)
    assert await s.read("GICD_ISENABLER", 1) == await s.read("GICD_ICENABLER", 1) == 0x8000_0101
    await s.write("GICD_ICENABLER", 0x0000_0001, 1)
    assert await s.read("GICD_ISENABLER", 1) == 0x8000_0100


@rule("Interrupt banking")
async def word_zero_is_each_cpus_own(s: Scene) -> None:
    for name in ("IGROUPR", "ISENABLER", "ISACTIVER"):
        await s.write(f"GICD_{name}", 0x0081_0003, 0, cpu=0)
        await s.write(f"GICD_{name}", 0xF000_8000, 0, cpu=1)
        assert await s.read(f"GICD_{name}", 0, cpu=0) == 0x0081_0003
        assert await s.read(f"GICD_{name}", 0, cpu=1) == 0xF000_8000
    await s.write("GICD_IPRIORITYR", 0x0808_0808, 6, cpu=0)
    await s.write("GICD_IPRIORITYR", 0xF0F0_F0F0, 6, cpu=1)
    assert await s.read("GICD_IPRIORITYR", 6, cpu=0) == 0x0808_0808
    await s.write("GICD_ISPENDR", 1 << 20, 0, cpu=1)
    assert (await s.state(20, 0), await s.state(20, 1)) == ("inactive", "pending")


@rule("GICD_ISENABLER<n>: beyond GICD_TYPER.ITLinesNumber")
async def what_is_not_implemented_is_raz_wi(s: Scene) -> None:
    beyond = s.player.spis // 32 + 1
    if beyond > 15:
        return
    for name in ("IGROUPR", "ISENABLER", "ISPENDR", "ISACTIVER"):
        await s.write(f"GICD_{name}", 0xFFFF_FFFF, beyond)
        assert await s.read(f"GICD_{name}", beyond) == 0
    for name in ("IPRIORITYR", "ITARGETSR"):
        await s.write(f"GICD_{name}", 0xFFFF_FFFF, 8 * beyond)
        assert await s.read(f"GICD_{name}", 8 * beyond) == 0
    await s.write("GICD_ICFGR", 0xFFFF_FFFF, 2 * beyond)
    assert await s.read("GICD_ICFGR", 2 * beyond) == 0


@rule("GICD_IPRIORITYR<n>")
async def five_priority_bits_by_byte_and_word(s: Scene) -> None:
    await s.write("GICD_IPRIORITYR", 0xFF7F_3F07, 8)
    assert await s.read("GICD_IPRIORITYR", 8) == 0xF878_3800
    addr = s.address("GICD_IPRIORITYR", 8)
    await s.write_sized(addr + 2, 0x99, 0)
    assert await s.read_sized(addr + 2, 0) == 0x98
    assert await s.read("GICD_IPRIORITYR", 8) == 0xF898_3800


@rule("GIC register access: widths")
async def bit_arrays_are_words_only(s: Scene) -> None:
    addr = s.address("GICD_ISENABLER", 1)
    for size in (0, 1, 3):
        at = addr + 4 & ~((1 << size) - 1)
        await s.write_sized(at, 0xFF, size)
        assert await s.read_sized(at, size) == 0
    assert await s.read("GICD_ISENABLER", 1) == await s.read("GICD_ISENABLER", 2) == 0
    await s.write_sized(s.address("GICD_CTLR"), 3, 0)
    assert await s.read("GICD_CTLR") == 0
    await s.write_sized(s.address("GICD_IPRIORITYR", 8), 0xFFFF, 1)
    assert await s.read("GICD_IPRIORITYR", 8) == 0


@rule("GICD_ICFGR<n>")
async def sgis_are_edges_and_others_can_be_chosen(s: Scene) -> None:
    assert await s.read("GICD_ICFGR", 0) == 0xAAAA_AAAA
    await s.write("GICD_ICFGR", 0xFFFF_FFFF, 1)
    await s.write("GICD_ICFGR", 0, 0)
    assert await s.read("GICD_ICFGR", 0) == await s.read("GICD_ICFGR", 1) == 0xAAAA_AAAA
    await s.write("GICD_ICFGR", 0, 1)
    await s.write("GICD_ICFGR", 0xFFFF_FFFF, 2)
    assert await s.read("GICD_ICFGR", 2) == 0xAAAA_AAAA
    await s.write("GICD_ICFGR", 8, 1, cpu=1)
    assert (await s.read("GICD_ICFGR", 1, cpu=0), await s.read("GICD_ICFGR", 1, cpu=1)) == (0, 8)


@rule("GICD_ITARGETSR<n>: of SGIs and PPIs")
async def targets_of_private_interrupts_are_who_asks(s: Scene) -> None:
    many = s.player.cpus > 1
    for cpu in range(s.player.cpus):
        own = 0x0101_0101 << cpu if many else 0
        await s.write("GICD_ITARGETSR", 0xFFFF_FFFF, 0, cpu)
        await s.write("GICD_ITARGETSR", 0, 7, cpu)
        assert await s.read("GICD_ITARGETSR", 0, cpu) == await s.read("GICD_ITARGETSR", 7, cpu) == own
        assert await s.read_sized(s.address("GICD_ITARGETSR") + 27, 0, cpu) == own & 0xFF


@rule("GICD_ITARGETSR<n>: CPUs that exist")
async def targets_are_bytes_of_existing_cpus(s: Scene) -> None:
    exist = (1 << s.player.cpus) - 1
    assert await s.read("GICD_ITARGETSR", 10) == 0
    await s.write("GICD_ITARGETSR", 0xFFFF_FFFF, 10)
    assert await s.read("GICD_ITARGETSR", 10) == 0x0101_0101 * exist
    addr = s.address("GICD_ITARGETSR", 10)
    await s.write_sized(addr + 1, 2, 0)
    await s.write_sized(addr + 2, 0xFF00 & ~exist & 0xFF, 0)
    assert await s.read("GICD_ITARGETSR", 10) == exist << 24 | 2 << 8 | exist
    assert await s.read_sized(addr + 1, 0) == 2
    assert await s.read_sized(addr, 1) == 0


@rule("GICD_ITARGETSR<n>: no target")
async def an_spi_without_a_target_goes_nowhere(s: Scene) -> None:
    await s.deliver(0, 1)
    await s.set_up(40, targets=0)
    await s.line(40, True)
    assert (await s.state(40), s.out.irq) == ("pending", 0)
    await s.write_sized(s.address("GICD_ITARGETSR") + 40, 2, 0)
    assert s.out.irq == 2


@rule("Interrupt handling state machine: 1-N model")
async def an_spi_of_two_targets_is_taken_once(s: Scene) -> None:
    await s.deliver(0, 1)
    await s.set_up(40, targets=3)
    await s.line(40, True)
    assert s.out.irq == 3
    assert await s.read("GICC_IAR", cpu=1) == 40
    assert s.out.irq == 0
    assert await s.read("GICC_IAR", cpu=0) == 1023
    await s.line(40, False)
    await s.write("GICC_EOIR", 40, cpu=1)
    assert await s.state(40) == "inactive"


@rule("GICD_ITARGETSR<n>: changes while pending")
async def a_pending_spi_follows_its_targets(s: Scene) -> None:
    await s.deliver(0, 1)
    await s.set_up(40, edge=True)
    await s.line(40, True)
    assert s.out.irq == 1
    await s.write_sized(s.address("GICD_ITARGETSR") + 40, 2, 0)
    assert s.out.irq == 2
    assert await s.read("GICC_IAR", cpu=0) == 1023
    assert await s.read("GICC_IAR", cpu=1) == 40


@rule("GICD_CTLR: EnableGrp0, EnableGrp1")
async def groups_are_forwarded_apart(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40, group=0)
    await s.set_up(41, group=1)
    await s.line(40, True)
    await s.write("GICD_CTLR", 2)
    assert s.out.irq == 0
    await s.line(41, True)
    assert await s.read("GICC_IAR") == 41
    await s.write("GICC_EOIR", 41)
    await s.write("GICD_CTLR", 1)
    assert await s.read("GICC_IAR") == 40
    await s.write("GICD_CTLR", 0)
    assert await s.read("GICC_IAR") == 1023


@rule("Interrupt handling state machine: level")
async def a_level_is_pending_as_long_as_it_is_high(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40)
    await s.line(40, True)
    await s.bit("ICPENDR", 40)
    assert await s.state(40) == "pending"  # the line still says so
    assert await s.read("GICC_IAR") == 40
    assert await s.state(40) == "both"
    await s.write("GICC_EOIR", 40)
    assert (await s.state(40), s.out.irq) == ("pending", 1)
    await s.line(40, False)
    assert (await s.state(40), s.out.irq) == ("inactive", 0)


@rule("GICD_ISPENDR<n>: of a level")
async def a_level_can_be_made_pending_by_software(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40)
    await s.bit("ISPENDR", 40)
    assert (await s.state(40), s.out.irq) == ("pending", 1)
    await s.bit("ICPENDR", 40)
    assert (await s.state(40), s.out.irq) == ("inactive", 0)


@rule("Interrupt handling state machine: edge")
async def an_edge_while_active_comes_afterwards(s: Scene) -> None:
    await s.deliver()
    await s.set_up(41, edge=True)
    await s.line(41, True)
    assert await s.read("GICC_IAR") == 41
    assert await s.state(41) == "active"
    await s.line(41, False)
    await s.line(41, True)
    assert (await s.state(41), s.out.irq) == ("both", 0)
    await s.write("GICC_EOIR", 41)
    assert (await s.state(41), s.out.irq) == ("pending", 1)
    await s.bit("ICPENDR", 41)
    assert (await s.state(41), s.out.irq) == ("inactive", 0)


@rule("Interrupt handling state machine: a new edge with the acknowledge")
async def an_edge_in_the_cycle_of_its_acknowledge_is_not_lost(s: Scene) -> None:
    await s.deliver()
    await s.set_up(41, edge=True)
    await s.bit("ISPENDR", 41)
    assert await s.read_while("GICC_IAR", 41, True) == 41
    assert await s.state(41) == "both"


@rule("GICD_ISACTIVER<n>, GICD_ICACTIVER<n>")
async def software_can_set_and_clear_active(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40)
    await s.line(40, True)
    await s.bit("ISACTIVER", 40)
    assert (await s.state(40), s.out.irq) == ("both", 0)
    assert await s.read("GICD_ICACTIVER", 1) == 1 << 8
    await s.bit("ICACTIVER", 40)
    assert (await s.state(40), s.out.irq) == ("pending", 1)


@rule("GICD_ICENABLER<n>")
async def a_disabled_interrupt_stays_pending(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40)
    await s.line(40, True)
    await s.bit("ICENABLER", 40)
    assert (await s.state(40), s.out.irq) == ("pending", 0)
    await s.bit("ISENABLER", 40)
    assert s.out.irq == 1


@rule("PPIs")
async def a_ppi_is_its_cpus_alone(s: Scene) -> None:
    await s.deliver(0, 1)
    for cpu in (0, 1):
        await s.set_up(27, cpu=cpu)
    await s.line(27, True, cpu=1)
    assert s.out.irq == 2
    assert (await s.read("GICC_IAR", cpu=0), await s.read("GICC_IAR", cpu=1)) == (1023, 27)
    await s.write("GICC_EOIR", 27, cpu=0)  # not its own
    assert await s.state(27, 1) == "both"
    await s.line(27, False, cpu=1)
    await s.write("GICC_EOIR", 27, cpu=1)
    assert await s.state(27, 1) == "inactive"


@rule("Interrupt prioritization")
async def the_best_priority_is_offered(s: Scene) -> None:
    await s.deliver()
    for intid, priority in ((40, 0xA0), (50, 0x40), (90, 0x40), (18, 0x80)):
        await s.set_up(intid, priority)
        await s.line(intid, True)
    for intid in (50, 90, 18, 40):  # of equals the lower number
        assert await s.read("GICC_HPPIR") == intid
        await s.line(intid, False)


@rule("Memory map: nothing there")
async def other_addresses_and_cpus_are_bus_errors(s: Scene) -> None:
    for addr in (0x1000, 0x12000, 0x20000, 0x31000, 0x42000, 0x8_0000):
        await s.read_sized(addr, 2)
        assert s.out.error
        await s.write_sized(addr, 1, 2)
        assert s.out.error
    if s.player.cpus < 8:
        await s.read_sized(0, 2, cpu=7)
        assert s.out.error
        await s.write_sized(0, 3, 2, cpu=7)
        assert s.out.error
    assert await s.read("GICD_CTLR") == 0


@rule("Interrupt IDs")
async def every_interrupt_is_delivered(s: Scene) -> None:
    """One after the other, from line or sender to end, at every CPU that it can reach."""
    cpus = range(s.player.cpus)
    await s.deliver(*cpus)
    for intid in range(32 + s.player.spis):
        for cpu in cpus if intid < 32 else cpus[:2]:
            if intid == 25:
                continue
            await s.set_up(intid, intid % 31 * 8, edge=True, cpu=cpu, targets=1 << cpu)
            if intid < 16:
                for sender in cpus:
                    await s.sgi(intid, 1 << cpu, sender)
            else:
                await s.line(intid, True, cpu)
            for source in cpus if intid < 16 else (0,):
                assert await s.read("GICC_IAR", cpu=cpu) == source << 10 | intid
                await s.write("GICC_EOIR", source << 10 | intid, cpu=cpu)
            if intid >= 16:
                await s.line(intid, False, cpu)
            assert await s.state(intid, cpu) == "inactive"


@rule("Distributor register map: arrays")
async def every_bit_of_the_arrays_is_kept(s: Scene) -> None:
    ones = 0xFFFF_FFFF
    for word in range(s.player.spis // 32 + 1):
        for cpu in range(s.player.cpus) if word == 0 else (0,):
            for value in (ones, 0):
                await s.write("GICD_IGROUPR", value, word, cpu)
                assert await s.read("GICD_IGROUPR", word, cpu) == value
                for n in range(8 * word, 8 * word + 8):
                    await s.write("GICD_IPRIORITYR", value, n, cpu)
                    assert await s.read("GICD_IPRIORITYR", n, cpu) == value & 0xF8F8_F8F8
                for n in (2 * word, 2 * word + 1):
                    await s.write("GICD_ICFGR", value, n, cpu)
                    edges = 0xAAAA_AAAA if n == 0 else value & 0xAAAA_AAAA
                    assert await s.read("GICD_ICFGR", n, cpu) == edges
            own = 0xFFFF if word == 0 else 0
            for what, readonly in (("ENABLER", 0), ("PENDR", own), ("ACTIVER", 0)):
                await s.write(f"GICD_IS{what}", ones, word, cpu)
                assert await s.read(f"GICD_IS{what}", word, cpu) == ones & ~readonly
                await s.write(f"GICD_IC{what}", ones, word, cpu)
                assert await s.read(f"GICD_IC{what}", word, cpu) == 0
    for n in range(8, s.player.spis // 4 + 8):
        for value in (ones, 0):
            await s.write("GICD_ITARGETSR", value, n)
