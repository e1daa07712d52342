# SPDX-License-Identifier: Apache-2.0
"""GICv2's physical CPU interface: IHI 0048, GICC registers, grouping, preemption, EOImode."""

from __future__ import annotations

from rules.v2.scene import ACK_CTL, CBPR, EOI_MODE, FIQ_EN, GROUPS, Scene, rule


@rule("CPU interface register map: reset values")
async def interface_registers_at_reset(s: Scene) -> None:
    for cpu in range(s.player.cpus):
        for name, value in (
            ("CTLR", 0), ("PMR", 0), ("BPR", 2), ("ABPR", 3), ("IAR", 1023), ("AIAR", 1023), ("RPR", 0xFF),
            ("HPPIR", 1023), ("AHPPIR", 1023), ("APR", 0), ("NSAPR", 0), ("EOIR", 0), ("AEOIR", 0),
            ("DIR", 0),
        ):  # fmt: skip
            assert await s.read(f"GICC_{name}", cpu=cpu) == value, name


@rule("GICC_CTLR")
async def interface_control_has_its_bits(s: Scene) -> None:
    await s.write("GICC_CTLR", 0xFFFF_FFFF)
    assert await s.read("GICC_CTLR") == 0x21F
    assert await s.read("GICC_CTLR", cpu=1) == 0
    await s.write("GICC_CTLR", 0)
    assert await s.read("GICC_CTLR") == 0


@rule("GICC_PMR, GICC_BPR, GICC_ABPR")
async def priorities_have_five_bits_and_binary_points_a_minimum(s: Scene) -> None:
    await s.write("GICC_PMR", 0xFF)
    assert await s.read("GICC_PMR") == 0xF8
    for value in range(8):
        await s.write("GICC_BPR", value)
        await s.write("GICC_ABPR", value)
        assert (await s.read("GICC_BPR"), await s.read("GICC_ABPR")) == (max(value, 2), max(value, 3))
    await s.write("GICC_CTLR", CBPR)
    assert (await s.read("GICC_BPR"), await s.read("GICC_ABPR")) == (7, 7)
    await s.write("GICC_ABPR", 4)
    assert (await s.read("GICC_BPR"), await s.read("GICC_ABPR")) == (7, 4)


@rule("GIC register access: widths")
async def interface_registers_are_words_only(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40)
    await s.line(40, True)
    for size in (0, 1, 3):
        assert await s.read_sized(s.address("GICC_IAR") & ~((1 << size) - 1), size) == 0
        await s.write_sized(s.address("GICC_PMR") & ~((1 << size) - 1), 0, size)
    assert (await s.read("GICC_PMR"), await s.state(40)) == (0xF8, "pending")


@rule("GICC_IAR, GICC_EOIR, GICC_RPR")
async def an_interrupt_from_line_to_end(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40, 0x48)
    await s.line(40, True)
    assert s.out.irq == 1
    assert await s.read("GICC_IAR") == 40
    assert (s.out.irq, await s.read("GICC_RPR"), await s.state(40)) == (0, 0x48, "both")
    await s.line(40, False)
    await s.write("GICC_EOIR", 40)
    assert (await s.read("GICC_RPR"), await s.state(40)) == (0xFF, "inactive")
    assert await s.read("GICC_IAR") == 1023


@rule("GICC_EOIR: special INTIDs")
async def ends_of_special_intids_change_nothing(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40, 0x40)
    await s.line(40, True)
    await s.read("GICC_IAR")
    for intid in (1020, 1021, 1022, 1023):
        await s.write("GICC_EOIR", intid)
        await s.write("GICC_AEOIR", intid)
    assert (await s.read("GICC_RPR"), await s.state(40)) == (0x40, "both")


@rule("The effect of interrupt grouping on interrupt acknowledgement: AckCtl 0")
async def iar_does_not_take_group_1(s: Scene) -> None:
    await s.deliver(ctlr=GROUPS)
    await s.set_up(40, group=1)
    await s.line(40, True)
    assert s.out.irq == 1
    assert (await s.read("GICC_HPPIR"), await s.read("GICC_AHPPIR")) == (1022, 40)
    assert await s.read("GICC_IAR") == 1022
    assert await s.state(40) == "pending"
    assert await s.read("GICC_AIAR") == 40
    await s.line(40, False)
    await s.write("GICC_EOIR", 40)  # group 0's register
    assert (await s.state(40), await s.read("GICC_RPR")) == ("active", 0x80)
    await s.write("GICC_AEOIR", 40)
    assert (await s.state(40), await s.read("GICC_RPR")) == ("inactive", 0xFF)


@rule("GICC_AIAR")
async def the_aliases_do_not_take_group_0(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40)
    await s.line(40, True)
    assert (await s.read("GICC_AIAR"), await s.read("GICC_AHPPIR")) == (1023, 1023)
    assert (await s.read("GICC_HPPIR"), await s.read("GICC_IAR")) == (40, 40)
    await s.write("GICC_AEOIR", 40)
    assert await s.read("GICC_RPR") == 0x80
    await s.write("GICC_EOIR", 40)
    assert await s.read("GICC_RPR") == 0xFF


@rule("GICC_CTLR.AckCtl")
async def with_ackctl_iar_takes_both_groups(s: Scene) -> None:
    await s.deliver(ctlr=GROUPS | ACK_CTL)
    await s.set_up(40, group=1)
    await s.line(40, True)
    assert (await s.read("GICC_HPPIR"), await s.read("GICC_IAR")) == (40, 40)
    await s.line(40, False)
    await s.write("GICC_EOIR", 40)
    assert await s.state(40) == "inactive"


@rule("GICC_CTLR.FIQEn")
async def group_0_can_be_fiq(s: Scene) -> None:
    await s.deliver(ctlr=GROUPS | ACK_CTL | FIQ_EN)
    await s.set_up(40, group=0)
    await s.set_up(41, group=1)
    await s.line(41, True)
    assert (s.out.irq, s.out.fiq) == (1, 0)
    await s.line(41, False)
    await s.line(40, True)
    assert (s.out.irq, s.out.fiq) == (0, 1)
    await s.write("GICC_CTLR", GROUPS)
    assert (s.out.irq, s.out.fiq) == (1, 0)


@rule("GICC_CTLR.EnableGrp0, EnableGrp1")
async def an_interface_ignores_a_group_that_is_off(s: Scene) -> None:
    await s.deliver(ctlr=ACK_CTL)
    await s.set_up(40, 0x20, group=0)
    await s.set_up(41, 0x40, group=1)
    for intid in (40, 41):
        await s.line(intid, True)
    assert (s.out.irq, await s.read("GICC_HPPIR")) == (0, 1023)
    await s.write("GICC_CTLR", ACK_CTL | 2)
    assert await s.read("GICC_HPPIR") == 41
    await s.write("GICC_CTLR", ACK_CTL | 1)
    assert await s.read("GICC_IAR") == 40


@rule("GICC_PMR")
async def the_mask_holds_back_equals_and_weaker(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40, 0x80)
    await s.line(40, True)
    await s.write("GICC_PMR", 0x80)
    assert (s.out.irq, await s.read("GICC_IAR"), await s.read("GICC_HPPIR")) == (0, 1023, 40)
    await s.write("GICC_PMR", 0x88)
    assert (s.out.irq, await s.read("GICC_IAR")) == (1, 40)


@rule("Preemption")
async def only_a_higher_priority_preempts(s: Scene) -> None:
    await s.deliver()
    for intid, priority in ((40, 0x80), (41, 0x80), (42, 0x78), (43, 0x88)):
        await s.set_up(intid, priority)
    await s.line(40, True)
    await s.read("GICC_IAR")
    await s.line(40, False)
    for intid in (41, 43):
        await s.line(intid, True)
        assert (s.out.irq, await s.read("GICC_IAR")) == (0, 1023)
    await s.line(42, True)
    assert (await s.read("GICC_IAR"), await s.read("GICC_RPR")) == (42, 0x78)
    await s.line(42, False)
    await s.write("GICC_EOIR", 42)
    assert await s.read("GICC_RPR") == 0x80
    await s.write("GICC_EOIR", 40)
    assert await s.read("GICC_IAR") == 41


@rule("Priority grouping: GICC_BPR")
async def the_binary_point_makes_groups_of_priorities(s: Scene) -> None:
    await s.deliver()
    await s.write("GICC_BPR", 5)  # bits 7 and 6
    await s.set_up(40, 0xB8)
    await s.set_up(41, 0x80)
    await s.set_up(42, 0x78)
    await s.line(40, True)
    assert await s.read("GICC_IAR") == 40
    assert await s.read("GICC_RPR") == 0x80
    await s.line(41, True)
    assert s.out.irq == 0
    await s.line(42, True)
    assert s.out.irq == 1


@rule("Priority grouping: GICC_ABPR, GICC_CTLR.CBPR")
async def group_1_has_its_binary_point_unless_cbpr(s: Scene) -> None:
    await s.deliver()
    await s.write("GICC_BPR", 2)
    await s.write("GICC_ABPR", 7)  # bit 7
    for intid, priority in ((40, 0xB8), (41, 0x90)):
        await s.set_up(intid, priority, group=1)
    await s.line(40, True)
    assert (await s.read("GICC_IAR"), await s.read("GICC_RPR")) == (40, 0x80)
    await s.line(41, True)
    assert s.out.irq == 0
    await s.write("GICC_EOIR", 40)
    await s.line(40, False)
    await s.write("GICC_CTLR", GROUPS | ACK_CTL | CBPR)
    assert (await s.read("GICC_IAR"), await s.read("GICC_RPR")) == (41, 0x90)


@rule("GICC_APR<n>, GICC_NSAPR<n>")
async def active_priorities_are_a_bit_each_by_group(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40, 0x90, group=1)
    await s.set_up(41, 0x30, group=0)
    for intid in (40, 41):
        await s.line(intid, True)
        assert await s.read("GICC_IAR") == intid
    assert (await s.read("GICC_APR"), await s.read("GICC_NSAPR")) == (1 << 6, 1 << 18)
    await s.write("GICC_APR", 0)
    assert await s.read("GICC_RPR") == 0x90
    await s.write("GICC_NSAPR", 1 << 31)
    assert await s.read("GICC_RPR") == 0xF8
    await s.write("GICC_NSAPR", 0xFFFF_FFFF, 1)  # with more priority bits
    assert await s.read("GICC_NSAPR", 1) == 0


@rule("GICC_CTLR.EOImode, GICC_DIR")
async def with_eoimode_the_end_only_drops(s: Scene) -> None:
    await s.deliver(ctlr=GROUPS | ACK_CTL | EOI_MODE)
    await s.set_up(40)
    await s.line(40, True)
    await s.read("GICC_IAR")
    await s.line(40, False)
    await s.write("GICC_EOIR", 40)
    assert (await s.read("GICC_RPR"), await s.state(40)) == (0xFF, "active")
    await s.write("GICC_DIR", 40)
    assert await s.state(40) == "inactive"
    await s.bit("ISACTIVER", 40)
    await s.write("GICC_DIR", 1022)
    assert await s.state(40) == "active"


@rule("GICC_DIR: without EOImode")
async def dir_without_eoimode_does_nothing(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40)
    await s.line(40, True)
    await s.read("GICC_IAR")
    await s.write("GICC_DIR", 40)
    assert await s.state(40) == "both"


@rule("GICC_EOIR: nothing is active")
async def an_end_without_an_acknowledge_changes_nothing(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40)
    await s.bit("ISACTIVER", 40)
    await s.write("GICC_EOIR", 40)
    assert await s.state(40) == "active"


@rule("Interrupt banking: CPU interfaces")
async def each_cpu_has_its_interface(s: Scene) -> None:
    await s.deliver(0, 1)
    await s.write("GICC_PMR", 0x40, cpu=1)
    assert await s.read("GICC_PMR", cpu=0) == 0xF8
    await s.set_up(40, 0x80, targets=3)
    await s.line(40, True)
    assert s.out.irq == 1
    await s.read("GICC_IAR")
    assert (await s.read("GICC_RPR", cpu=0), await s.read("GICC_RPR", cpu=1)) == (0x80, 0xFF)
