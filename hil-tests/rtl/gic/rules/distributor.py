# SPDX-License-Identifier: Apache-2.0
"""The distributor: IHI 0069, GICD registers, the states of SPIs and their routing."""

from __future__ import annotations

from rules.scene import Scene, rule


@rule("GICD_CTLR")
async def distributor_control_at_reset(s: Scene) -> None:
    assert await s.read("GICD_CTLR") == 0x50  # ARE and DS, no group forwarded
    await s.write("GICD_CTLR", 0xFFFF_FFFF)
    assert await s.read("GICD_CTLR") & 0x7FFF_FFFF == 0x53


@rule("GICD_TYPER")
async def typer_tells_how_many_spis(s: Scene) -> None:
    typer = await s.read("GICD_TYPER")
    assert typer & 31 == s.player.spis // 32
    assert typer >> 25 & 1 == 0  # 1 of N is supported
    await s.write("GICD_TYPER", 0)
    assert await s.read("GICD_TYPER") == typer
    assert await s.read("GICD_PIDR2") >> 4 & 15 == 3


@rule("GICD_ISENABLER<n>, GICD_ICENABLER<n>")
async def enables_are_set_and_cleared_by_ones(s: Scene) -> None:
    await s.write("GICD_ISENABLER", 0x8000_0001, 1)
    await s.write("GICD_ISENABLER", 0x0000_0100, 1)
    assert await s.read("GICD_ISENABLER", 1) == await s.read("GICD_ICENABLER", 1) == 0x8000_0101
    await s.write("GICD_ICENABLER", 0x0000_0001, 1)
    assert await s.read("GICD_ISENABLER", 1) == 0x8000_0100


@rule("GICD_ISENABLER<n>: word 0 belongs to the redistributors")
async def word_zero_is_raz_wi_with_affinity_routing(s: Scene) -> None:
    for name in ("IGROUPR", "ISENABLER", "ISPENDR", "ISACTIVER"):
        await s.write(f"GICD_{name}", 0xFFFF_FFFF, 0)
        assert await s.read(f"GICD_{name}", 0) == 0
    await s.write("GICD_IPRIORITYR", 0xFFFF_FFFF, 0)
    assert await s.read("GICD_IPRIORITYR", 0) == 0


@rule("GICD_ISENABLER<n>: beyond GICD_TYPER.ITLinesNumber")
async def what_is_not_implemented_is_raz_wi(s: Scene) -> None:
    beyond = s.player.spis // 32 + 1
    if beyond > 16:
        return
    for name in ("IGROUPR", "ISENABLER", "ISPENDR", "ISACTIVER"):
        await s.write(f"GICD_{name}", 0xFFFF_FFFF, beyond)
        assert await s.read(f"GICD_{name}", beyond) == 0
    await s.write("GICD_IROUTER", 1, 32 * beyond)
    assert await s.read("GICD_IROUTER", 32 * beyond) == 0


@rule("GICD_IPRIORITYR<n>")
async def five_priority_bits_by_byte_and_word(s: Scene) -> None:
    await s.write("GICD_IPRIORITYR", 0xFF7F_3F07, 8)
    assert await s.read("GICD_IPRIORITYR", 8) == 0xF878_3800
    addr, _ = s.address("GICD_IPRIORITYR", 8)
    await s.write_sized(addr + 2, 0x99, 0)
    assert await s.read_sized(addr + 2, 0) == 0x98
    assert await s.read("GICD_IPRIORITYR", 8) == 0xF898_3800


@rule("GIC register access: widths")
async def bit_arrays_are_words_only(s: Scene) -> None:
    addr, _ = s.address("GICD_ISENABLER", 1)
    for size in (0, 1, 3):
        await s.write_sized(addr & ~((1 << size) - 1), 0xFF, size)
        assert await s.read_sized(addr & ~((1 << size) - 1), size) == 0
    assert await s.read("GICD_ISENABLER", 1) == 0


@rule("GICD_IROUTER<n>")
async def routers_by_double_word_and_by_halves(s: Scene) -> None:
    await s.write("GICD_IROUTER", 0xFFFF_FFFF_FFFF_FFFF, 40)
    assert await s.read("GICD_IROUTER", 40) == 0xFF_80FF_FFFF
    addr, _ = s.address("GICD_IROUTER", 40)
    await s.write_sized(addr + 4, 0x12, 2)
    await s.write_sized(addr, 0x0034_5678, 2)
    assert await s.read("GICD_IROUTER", 40) == 0x12_0034_5678
    assert await s.read_sized(addr + 4, 2) == 0x12


@rule("GICD_IROUTER<n>: beyond GICD_TYPER.ITLinesNumber")
async def routers_of_no_interrupt_are_nobodys_alias(s: Scene) -> None:
    for intid in range(32, 32 + s.player.spis):
        await s.write("GICD_IROUTER", 0x4100 | intid, intid)
    for intid in (*range(32 + s.player.spis, 1020, 37), 32 + 512, 32 + 571):
        assert await s.read("GICD_IROUTER", intid) == 0, intid
        await s.write("GICD_IROUTER", 0x77, intid)
    for intid in range(32, 32 + s.player.spis):
        assert await s.read("GICD_IROUTER", intid) == 0x4100 | intid


@rule("GICD_ICFGR<n>")
async def trigger_has_one_bit_of_two(s: Scene) -> None:
    await s.write("GICD_ICFGR", 0xFFFF_FFFF, 2)
    assert await s.read("GICD_ICFGR", 2) == 0xAAAA_AAAA
    await s.write("GICD_ICFGR", 0, 2)
    assert await s.read("GICD_ICFGR", 2) == 0


@rule("GICD_IGRPMODR<n>, GICD_NSACR<n>, GICD_ITARGETSR<n>, GICD_SGIR")
async def registers_of_other_configurations_are_raz_wi(s: Scene) -> None:
    for name in ("GICD_IGRPMODR", "GICD_NSACR", "GICD_ITARGETSR"):
        await s.write(name, 0xFFFF_FFFF, 2)
        assert await s.read(name, 2) == 0
    await s.deliver(0)
    await s.set_up(3)
    await s.write("GICD_SGIR", 1 << 16 | 3)  # WI with affinity routing
    assert await s.state(3) == "inactive"


@rule("Interrupt handling state machine: edge")
async def an_edge_is_latched_and_taken_once(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40, edge=True)
    await s.line(40, True)
    assert (await s.state(40), s.out.irq & 1) == ("pending", 1)
    await s.line(40, False)
    assert await s.state(40) == "pending"
    assert await s.mrs("ICC_IAR1_EL1") == 40
    assert await s.state(40) == "active"
    await s.line(40, True)
    assert await s.state(40) == "both"
    await s.msr("ICC_EOIR1_EL1", 40)
    assert (await s.state(40), s.out.irq & 1) == ("pending", 1)


@rule("Interrupt handling state machine: level")
async def a_level_is_pending_as_long_as_it_is_high(s: Scene) -> None:
    await s.deliver()
    await s.set_up(41)
    await s.line(41, True)
    assert await s.mrs("ICC_IAR1_EL1") == 41
    assert await s.state(41) == "both"  # the line is still high
    await s.line(41, False)
    assert await s.state(41) == "active"
    await s.msr("ICC_EOIR1_EL1", 41)
    assert await s.state(41) == "inactive"
    await s.line(41, True)
    await s.line(41, False)
    assert (await s.state(41), s.out.irq) == ("inactive", 0)


@rule("GICD_ISPENDR<n>, GICD_ICPENDR<n>: level-sensitive")
async def icpendr_does_not_lower_a_line(s: Scene) -> None:
    await s.deliver()
    await s.set_up(42)
    await s.line(42, True)
    await s.bit("ICPENDR", 42)
    assert await s.state(42) == "pending"
    await s.line(42, False)
    await s.bit("ISPENDR", 42)
    assert await s.state(42) == "pending"
    await s.bit("ICPENDR", 42)
    assert await s.state(42) == "inactive"


@rule("Interrupt handling state machine: an edge in the cycle of the acknowledge")
async def an_edge_with_the_acknowledge_is_a_new_one(s: Scene) -> None:
    await s.deliver()
    await s.set_up(43, edge=True)
    await s.bit("ISPENDR", 43)
    assert await s.mrs_while("ICC_IAR1_EL1", 43, True) == 43
    assert await s.state(43) == "both"


@rule("GICD_ISACTIVER<n>, GICD_ICACTIVER<n>")
async def an_active_interrupt_is_not_signalled(s: Scene) -> None:
    await s.deliver()
    await s.set_up(44)
    await s.bit("ISACTIVER", 44)
    await s.line(44, True)
    assert (await s.state(44), s.out.irq) == ("both", 0)
    await s.bit("ICACTIVER", 44)
    assert (await s.state(44), s.out.irq & 1) == ("pending", 1)


@rule("GICD_CTLR.EnableGrp0, EnableGrp1")
async def a_group_that_is_off_is_not_forwarded(s: Scene) -> None:
    await s.deliver()
    await s.set_up(45, group=1)
    await s.set_up(46, group=0)
    await s.line(45, True)
    await s.line(46, True)
    assert (s.out.irq & 1, s.out.fiq & 1) == (1, 0)  # of equals the lower number
    await s.write("GICD_CTLR", 1)
    assert (s.out.irq & 1, s.out.fiq & 1) == (0, 1)
    await s.write("GICD_CTLR", 2)
    assert (s.out.irq & 1, s.out.fiq & 1) == (1, 0)
    await s.write("GICD_CTLR", 0)
    assert (s.out.irq, s.out.fiq) == (0, 0)
    assert await s.state(45) == "pending"


@rule("Affinity routing: GICD_IROUTER<n>")
async def an_spi_goes_to_the_cpu_of_its_affinity(s: Scene) -> None:
    await s.deliver(0, 1)
    await s.set_up(47)
    await s.write("GICD_IROUTER", 1, 47)
    await s.line(47, True)
    assert s.out.irq == 2
    assert await s.mrs("ICC_IAR1_EL1", 0) == 1023
    await s.write("GICD_IROUTER", 0x100, 47)  # an affinity that nobody has
    assert s.out.irq == 0
    await s.write("GICD_IROUTER", 0, 47)
    assert s.out.irq == 1


@rule("1 of N model")
async def one_of_n_goes_to_one_participating_cpu(s: Scene) -> None:
    await s.deliver(0, 1)
    await s.set_up(48)
    await s.write("GICD_IROUTER", 1 << 31, 48)
    await s.line(48, True)
    assert s.out.irq in (1, 2)
    await s.msr("ICC_IGRPEN1_EL1", 0, 0)
    assert s.out.irq == 2
    await s.write("GICR_CTLR", 1 << 25, cpu=1)  # DPG1NS
    assert s.out.irq == 0
    await s.write("GICR_CTLR", 0, cpu=1)
    assert await s.mrs("ICC_IAR1_EL1", 1) == 48


@rule("Interrupt prioritization")
async def the_highest_priority_is_taken_first(s: Scene) -> None:
    await s.deliver()
    for intid, priority in ((50, 0x90), (51, 0x30), (52, 0x30), (63, 0x28)):
        await s.set_up(intid, priority)
        await s.bit("ISPENDR", intid)
    taken = []
    for _ in range(4):
        taken.append(await s.mrs("ICC_IAR1_EL1"))
        await s.msr("ICC_EOIR1_EL1", taken[-1])
    assert taken == [63, 51, 52, 50]


@rule("INTIDs")
async def every_interrupt_is_delivered(s: Scene) -> None:
    """One after the other, from line or sender to end, at every CPU that it can reach."""
    cpus = range(s.player.cpus)
    await s.deliver(*cpus)
    for intid in range(32 + s.player.spis):
        for cpu in cpus if intid < 32 else cpus[:2]:
            if intid == 25:
                continue
            await s.set_up(intid, intid % 31 * 8, edge=True, cpu=cpu)
            if intid < 16:
                await s.msr("ICC_SGI1R_EL1", intid << 24 | 1 << cpu, 0)
            elif intid >= 32:
                await s.write("GICD_IROUTER", cpu, intid)
            if intid >= 16:
                await s.line(intid, True, cpu)
            assert await s.mrs("ICC_IAR1_EL1", cpu) == intid
            await s.msr("ICC_EOIR1_EL1", intid, cpu)
            if intid >= 16:
                await s.line(intid, False, cpu)
            assert await s.state(intid, cpu) == "inactive"


@rule("The GICD register map, the GICR register map: arrays")
async def every_bit_of_the_arrays_is_kept(s: Scene) -> None:
    ones = 0xFFFF_FFFF
    for word in range(s.player.spis // 32 + 1):
        for cpu in range(s.player.cpus) if word == 0 else (0,):
            block, zero = ("GICR", "0") if word == 0 else ("GICD", "")
            for value in (ones, 0):
                await s.write(f"{block}_IGROUPR{zero}", value, word, cpu)
                assert await s.read(f"{block}_IGROUPR{zero}", word, cpu) == value
                for n in range(8 * word, 8 * word + 8):
                    await s.write(f"{block}_IPRIORITYR", value, n, cpu)
                    assert await s.read(f"{block}_IPRIORITYR", n, cpu) == value & 0xF8F8_F8F8
                for n in (2 * word, 2 * word + 1):
                    await s.write(f"{block}_ICFGR", value, n, cpu)
                    edges = 0xAAAA_AAAA if n == 0 else value & 0xAAAA_AAAA
                    assert await s.read(f"{block}_ICFGR", n, cpu) == edges
            for what in ("ENABLER", "PENDR", "ACTIVER"):
                await s.write(f"{block}_IS{what}{zero}", ones, word, cpu)
                assert await s.read(f"{block}_IS{what}{zero}", word, cpu) == ones
                await s.write(f"{block}_IC{what}{zero}", ones, word, cpu)
                assert await s.read(f"{block}_IC{what}{zero}", word, cpu) == 0
    for spi in range(32, 32 + s.player.spis):
        for value in (0xFF_80FF_FFFF, 0):
            await s.write("GICD_IROUTER", value, spi)
            assert await s.read("GICD_IROUTER", spi) == value
