# SPDX-License-Identifier: Apache-2.0
"""The physical CPU interface: IHI 0069, ICC registers, "Preemption", "Priority drop", SGIs."""

from __future__ import annotations

from rules.scene import Scene, rule


async def pend(s: Scene, *interrupts: tuple[int, int]) -> None:
    for intid, priority in interrupts:
        await s.set_up(intid, priority)
        await s.bit("ISPENDR", intid)


@rule("ICC_IAR1_EL1: nothing pending")
async def spurious_when_nothing_is_pending(s: Scene) -> None:
    await s.deliver()
    assert await s.mrs("ICC_IAR1_EL1") == 1023
    assert await s.mrs("ICC_IAR0_EL1") == 1023
    assert await s.mrs("ICC_RPR_EL1") == 0xFF


@rule("ICC_PMR_EL1")
async def the_mask_holds_back_its_own_priority(s: Scene) -> None:
    await s.deliver()
    await pend(s, (40, 0x80))
    await s.msr("ICC_PMR_EL1", 0x80)
    assert (s.out.irq, await s.mrs("ICC_IAR1_EL1")) == (0, 1023)
    assert await s.mrs("ICC_HPPIR1_EL1") == 40
    await s.msr("ICC_PMR_EL1", 0x88)
    assert s.out.irq == 1
    await s.msr("ICC_PMR_EL1", 0xFF)
    assert await s.mrs("ICC_PMR_EL1") == 0xF8


@rule("ICC_PMR_EL1: the lowest priority")
async def the_lowest_priority_is_never_signalled(s: Scene) -> None:
    await s.deliver()
    await pend(s, (40, 0xF8))
    assert s.out.irq == 0


@rule("Preemption")
async def a_higher_group_priority_preempts(s: Scene) -> None:
    await s.deliver()
    await pend(s, (40, 0x80))
    assert await s.mrs("ICC_IAR1_EL1") == 40
    assert await s.mrs("ICC_RPR_EL1") == 0x80
    await pend(s, (41, 0x80))
    assert s.out.irq == 0
    await pend(s, (42, 0x78))
    assert s.out.irq == 1
    assert await s.mrs("ICC_IAR1_EL1") == 42
    assert await s.mrs("ICC_RPR_EL1") == 0x78
    assert await s.mrs("ICC_AP1R0_EL1") == 1 << 16 | 1 << 15
    await s.msr("ICC_EOIR1_EL1", 42)
    assert await s.mrs("ICC_RPR_EL1") == 0x80
    await s.msr("ICC_EOIR1_EL1", 40)
    assert await s.mrs("ICC_IAR1_EL1") == 41


@rule("Priority grouping: ICC_BPR1_EL1")
async def the_binary_point_of_group_1_takes_bits_from_preemption(s: Scene) -> None:
    await s.deliver()
    await s.msr("ICC_BPR1_EL1", 0)
    assert await s.mrs("ICC_BPR1_EL1") == 3  # the least there is
    await s.msr("ICC_BPR1_EL1", 5)  # bits 7 to 5 preempt
    await pend(s, (40, 0x90))
    assert await s.mrs("ICC_IAR1_EL1") == 40
    assert await s.mrs("ICC_RPR_EL1") == 0x80
    await pend(s, (41, 0x80))
    assert s.out.irq == 0
    await pend(s, (42, 0x78))
    assert s.out.irq == 1


@rule("Priority grouping: ICC_BPR0_EL1")
async def the_binary_point_of_group_0_counts_one_less(s: Scene) -> None:
    await s.deliver()
    await s.msr("ICC_BPR0_EL1", 0)
    assert await s.mrs("ICC_BPR0_EL1") == 2
    await s.msr("ICC_BPR0_EL1", 7)  # nothing preempts
    await s.set_up(40, 0x80, group=0)
    await s.set_up(41, 0x00, group=0)
    await s.bit("ISPENDR", 40)
    assert await s.mrs("ICC_IAR0_EL1") == 40
    await s.bit("ISPENDR", 41)
    assert s.out.fiq == 0
    await s.msr("ICC_EOIR0_EL1", 40)
    assert s.out.fiq == 1


@rule("ICC_CTLR_EL1.CBPR")
async def one_binary_point_for_both_groups(s: Scene) -> None:
    await s.deliver()
    await s.msr("ICC_BPR0_EL1", 4)
    await s.msr("ICC_BPR1_EL1", 3)
    await s.msr("ICC_CTLR_EL1", 1)
    assert await s.mrs("ICC_BPR1_EL1") == 5
    await s.msr("ICC_BPR1_EL1", 7)  # ignored
    await pend(s, (40, 0x90))
    assert await s.mrs("ICC_IAR1_EL1") == 40
    assert await s.mrs("ICC_RPR_EL1") == 0x80
    await s.msr("ICC_CTLR_EL1", 0)
    assert await s.mrs("ICC_BPR1_EL1") == 3


@rule("ICC_CTLR_EL1.CBPR: the largest binary point")
async def the_shared_binary_point_ends_at_seven(s: Scene) -> None:
    for el1 in (False, True):
        await s.msr("ICC_CTLR_EL1", 1, el1=el1)
        await s.msr("ICC_BPR0_EL1", 7, el1=el1)
        assert await s.mrs("ICC_BPR1_EL1", el1=el1) == 7
        await s.msr("ICC_BPR0_EL1", 6, el1=el1)
        assert await s.mrs("ICC_BPR1_EL1", el1=el1) == 7


@rule("ICC_CTLR_EL1")
async def control_has_its_constants(s: Scene) -> None:
    assert await s.mrs("ICC_CTLR_EL1") == 4 << 8 | 1 << 15
    await s.msr("ICC_CTLR_EL1", 0xFFFF_FFFF)
    assert await s.mrs("ICC_CTLR_EL1") == 4 << 8 | 1 << 15 | 3


@rule("ICC_CTLR_EL1.EOImode = 0")
async def an_end_drops_and_deactivates(s: Scene) -> None:
    await s.deliver()
    await pend(s, (40, 0x80))
    await s.mrs("ICC_IAR1_EL1")
    await s.msr("ICC_DIR_EL1", 40)  # nothing without EOImode
    assert await s.state(40) == "active"
    await s.msr("ICC_EOIR1_EL1", 40)
    assert await s.state(40) == "inactive"
    assert await s.mrs("ICC_RPR_EL1") == 0xFF


@rule("ICC_CTLR_EL1.EOImode = 1, ICC_DIR_EL1")
async def drop_and_deactivation_apart(s: Scene) -> None:
    await s.deliver()
    await s.msr("ICC_CTLR_EL1", 2)
    await pend(s, (40, 0x80))
    await s.mrs("ICC_IAR1_EL1")
    await s.msr("ICC_EOIR1_EL1", 40)
    assert (await s.mrs("ICC_RPR_EL1"), await s.state(40)) == (0xFF, "active")
    await pend(s, (41, 0xA0))
    assert await s.mrs("ICC_IAR1_EL1") == 41  # what is dropped holds nothing back
    await s.msr("ICC_DIR_EL1", 40)
    assert await s.state(40) == "inactive"


@rule("ICC_EOIR1_EL1: special INTIDs")
async def an_end_of_a_special_intid_changes_nothing(s: Scene) -> None:
    await s.deliver()
    await pend(s, (40, 0x80))
    await s.mrs("ICC_IAR1_EL1")
    for intid in range(1020, 1024):
        await s.msr("ICC_EOIR1_EL1", intid)
    assert await s.mrs("ICC_RPR_EL1") == 0x80


@rule("Interrupt grouping: IRQ and FIQ")
async def group_0_is_fiq_and_acknowledged_by_iar0(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40, group=0)
    await s.bit("ISPENDR", 40)
    assert (s.out.irq, s.out.fiq) == (0, 1)
    assert await s.mrs("ICC_HPPIR1_EL1") == 1023
    assert await s.mrs("ICC_IAR1_EL1") == 1023
    assert await s.mrs("ICC_HPPIR0_EL1") == 40
    assert await s.mrs("ICC_IAR0_EL1") == 40
    assert await s.mrs("ICC_AP0R0_EL1") == 1 << 16
    await s.msr("ICC_EOIR1_EL1", 40)  # the other group's: ignored
    assert await s.state(40) == "active"
    await s.msr("ICC_EOIR0_EL1", 40)
    assert await s.state(40) == "inactive"


@rule("ICC_IGRPEN0_EL1, ICC_IGRPEN1_EL1")
async def a_group_off_at_the_interface_lets_the_other_pass(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40, 0x40, group=0)
    await s.set_up(41, 0x80, group=1)
    await s.bit("ISPENDR", 40)
    await s.bit("ISPENDR", 41)
    assert (s.out.irq, s.out.fiq) == (0, 1)
    await s.msr("ICC_IGRPEN0_EL1", 0)
    assert (s.out.irq, s.out.fiq) == (1, 0)
    assert await s.mrs("ICC_IAR1_EL1") == 41


@rule("ICC_SGI1R_EL1: target list")
async def sgis_reach_the_cpus_of_the_list(s: Scene) -> None:
    await s.deliver(0, 1)
    for cpu in (0, 1):
        await s.set_up(5, cpu=cpu)
    await s.msr("ICC_SGI1R_EL1", 5 << 24 | 2)
    assert s.out.irq == 2
    await s.msr("ICC_SGI1R_EL1", 5 << 24 | 3)
    assert s.out.irq == 3
    assert await s.mrs("ICC_IAR1_EL1", 1) == 5
    assert await s.state(5, 1) == "active"  # the second one was the same pending state


@rule("ICC_SGI1R_EL1.IRM")
async def sgis_to_all_but_self(s: Scene) -> None:
    await s.deliver(*range(s.player.cpus))
    for cpu in range(s.player.cpus):
        await s.set_up(6, cpu=cpu)
    await s.msr("ICC_SGI1R_EL1", 6 << 24 | 1 << 40)
    assert s.out.irq == (1 << s.player.cpus) - 2


@rule("ICC_SGI1R_EL1: affinity and range")
async def sgis_to_affinities_that_nobody_has_go_nowhere(s: Scene) -> None:
    await s.deliver()
    await s.set_up(7)
    for bit in (16, 32, 44, 48):
        await s.msr("ICC_SGI1R_EL1", 7 << 24 | 1 << bit | 1)
    assert (await s.state(7), s.out.irq) == ("inactive", 0)


@rule("Forwarding an SGI to a target CPU")
async def an_sgi_needs_the_group_of_its_register(s: Scene) -> None:
    await s.deliver()
    await s.set_up(8, group=0)
    await s.msr("ICC_SGI1R_EL1", 8 << 24 | 1)
    assert await s.state(8) == "inactive"
    await s.msr("ICC_SGI0R_EL1", 8 << 24 | 1)
    assert (await s.state(8), s.out.fiq) == ("pending", 1)


@rule("ICC_SRE_EL1, ICC_SRE_EL2")
async def system_registers_cannot_be_turned_off(s: Scene) -> None:
    await s.msr("ICC_SRE_EL1", 0)
    await s.msr("ICC_SRE_EL2", 0)
    assert (await s.mrs("ICC_SRE_EL1"), await s.mrs("ICC_SRE_EL2")) == (7, 15)


@rule("ICC_AP1R0_EL1")
async def active_priorities_can_be_saved_and_restored(s: Scene) -> None:
    await s.deliver()
    await pend(s, (40, 0x80))
    await s.mrs("ICC_IAR1_EL1")
    saved = await s.mrs("ICC_AP1R0_EL1")
    await s.msr("ICC_AP1R0_EL1", 0)
    assert await s.mrs("ICC_RPR_EL1") == 0xFF
    await s.msr("ICC_AP1R0_EL1", saved)
    assert await s.mrs("ICC_RPR_EL1") == 0x80


@rule("System register accesses: direction")
async def reads_of_write_only_registers_are_undefined(s: Scene) -> None:
    for name in ("ICC_EOIR1_EL1", "ICC_DIR_EL1", "ICC_SGI1R_EL1"):
        await s.mrs(name)
        assert s.out.undef
    for name in ("ICC_IAR1_EL1", "ICC_RPR_EL1", "ICC_HPPIR0_EL1"):
        await s.msr(name, 0)
        assert s.out.undef
