# SPDX-License-Identifier: Apache-2.0
"""What a guest sees of the virtual CPU interface: IHI 0069, ICV registers."""

from __future__ import annotations

from rules.scene import Scene, rule


@rule("ICV_IAR1_EL1, ICV_EOIR1_EL1")
async def a_guest_takes_and_ends_a_virtual_interrupt(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 40, 0x80)
    assert s.out.virq == 1
    assert await s.guest_mrs("ICC_HPPIR1_EL1") == 40
    assert await s.guest_mrs("ICC_IAR1_EL1") == 40
    assert await s.mrs("ICH_LR0_EL2") >> 62 == 2
    assert (s.out.virq, await s.guest_mrs("ICC_RPR_EL1")) == (0, 0x80)
    await s.guest_msr("ICC_EOIR1_EL1", 40)
    assert await s.mrs("ICH_LR0_EL2") >> 62 == 0
    assert await s.guest_mrs("ICC_RPR_EL1") == 0xFF


@rule("Virtual interrupt prioritization")
async def the_best_list_register_comes_first(s: Scene) -> None:
    await s.guest()
    for n, (vintid, priority) in enumerate(((40, 0x80), (41, 0x20), (42, 0x60), (43, 0x20))):
        await s.fill(n, vintid, priority)
    assert await s.guest_mrs("ICC_IAR1_EL1") == 41
    assert await s.guest_mrs("ICC_IAR1_EL1") == 1023  # 43 does not preempt its equal
    await s.guest_msr("ICC_EOIR1_EL1", 41)
    assert await s.guest_mrs("ICC_IAR1_EL1") == 43
    await s.guest_msr("ICC_EOIR1_EL1", 43)
    assert await s.guest_mrs("ICC_IAR1_EL1") == 42


@rule("ICH_HCR_EL2.En")
async def a_virtual_interface_that_is_off_signals_nothing(s: Scene) -> None:
    await s.guest(hcr=0)
    await s.fill(0, 40)
    assert (s.out.virq, await s.guest_mrs("ICC_IAR1_EL1")) == (0, 1023)
    await s.msr("ICH_HCR_EL2", 1)
    assert s.out.virq == 1


@rule("ICV_PMR_EL1, ICH_VMCR_EL2.VPMR")
async def the_guests_mask_is_vmcrs(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 40, 0x80)
    await s.guest_msr("ICC_PMR_EL1", 0x80)
    assert (s.out.virq, await s.mrs("ICH_VMCR_EL2") >> 24) == (0, 0x80)
    await s.msr("ICH_VMCR_EL2", 0x90 << 24 | 3)
    assert (s.out.virq, await s.guest_mrs("ICC_PMR_EL1")) == (1, 0x90)


@rule("ICH_VMCR_EL2: VENG0, VENG1, VCBPR, VEOIM, VBPR0, VBPR1")
async def the_guests_controls_are_vmcrs(s: Scene) -> None:
    await s.guest_msr("ICC_IGRPEN1_EL1", 1)
    await s.guest_msr("ICC_BPR0_EL1", 5)
    await s.guest_msr("ICC_BPR1_EL1", 6)
    await s.guest_msr("ICC_CTLR_EL1", 2)
    assert await s.mrs("ICH_VMCR_EL2") == 5 << 21 | 6 << 18 | 1 << 9 | 1 << 3 | 2
    await s.msr("ICH_VMCR_EL2", 1 << 4 | 1)
    assert await s.guest_mrs("ICC_BPR0_EL1") == 2
    assert await s.guest_mrs("ICC_BPR1_EL1") == 3  # with VCBPR: VBPR0 + 1
    assert await s.guest_mrs("ICC_CTLR_EL1") & 3 == 1
    assert await s.guest_mrs("ICC_IGRPEN0_EL1") == 1


@rule("Virtual groups: virtual IRQ and virtual FIQ")
async def virtual_group_0_is_a_virtual_fiq(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 40, group=0)
    assert (s.out.virq, s.out.vfiq) == (0, 1)
    assert await s.guest_mrs("ICC_IAR1_EL1") == 1023
    assert await s.guest_mrs("ICC_IAR0_EL1") == 40
    await s.guest_msr("ICC_EOIR0_EL1", 40)
    assert await s.mrs("ICH_LR0_EL2") >> 62 == 0


@rule("ICV_IGRPEN1_EL1")
async def a_virtual_group_that_is_off_lets_the_other_pass(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 40, 0x10, group=0)
    await s.fill(1, 41, 0x80, group=1)
    await s.guest_msr("ICC_IGRPEN0_EL1", 0)
    assert s.out.virq == 1
    assert await s.guest_mrs("ICC_IAR1_EL1") == 41


@rule("ICV_BPR1_EL1: preemption")
async def virtual_preemption_follows_the_virtual_binary_point(s: Scene) -> None:
    await s.guest()
    await s.guest_msr("ICC_BPR1_EL1", 6)
    await s.fill(0, 40, 0x70)
    await s.guest_mrs("ICC_IAR1_EL1")
    assert await s.mrs("ICH_AP1R0_EL2") == 1 << 8
    await s.fill(1, 41, 0x40)
    assert s.out.virq == 0
    await s.fill(2, 42, 0x38)
    assert s.out.virq == 1


@rule("ICV_CTLR_EL1.EOImode, ICV_DIR_EL1")
async def a_guest_deactivates_apart(s: Scene) -> None:
    await s.guest()
    await s.guest_msr("ICC_CTLR_EL1", 2)
    await s.fill(0, 40)
    await s.guest_mrs("ICC_IAR1_EL1")
    await s.guest_msr("ICC_EOIR1_EL1", 40)
    assert (await s.mrs("ICH_LR0_EL2") >> 62, await s.guest_mrs("ICC_RPR_EL1")) == (2, 0xFF)
    await s.guest_msr("ICC_DIR_EL1", 40)
    assert await s.mrs("ICH_LR0_EL2") >> 62 == 0


@rule("ICV_AP1R0_EL1")
async def active_priorities_of_guest_and_el2_are_the_same(s: Scene) -> None:
    await s.guest_msr("ICC_AP1R0_EL1", 0x1234)
    assert await s.mrs("ICH_AP1R0_EL2") == 0x1234
    await s.msr("ICH_AP0R0_EL2", 0x8000_0000)
    assert await s.guest_mrs("ICC_AP0R0_EL1") == 0x8000_0000
    assert await s.guest_mrs("ICC_RPR_EL1") == 2 * 8


@rule("ICV registers and the physical interface")
async def a_guest_never_reaches_the_physical_interface(s: Scene) -> None:
    await s.deliver()
    await s.set_up(40)
    await s.bit("ISPENDR", 40)
    assert await s.guest_mrs("ICC_IAR1_EL1") == 1023
    await s.guest_msr("ICC_PMR_EL1", 0)
    assert s.out.irq == 1
    assert await s.mrs("ICC_PMR_EL1") == 0xF8


@rule("ICH registers at EL1")
async def list_registers_are_undefined_to_a_guest(s: Scene) -> None:
    for name in ("ICH_HCR_EL2", "ICH_LR0_EL2", "ICH_VMCR_EL2", "ICC_SRE_EL2"):
        await s.guest_mrs(name)
        assert s.out.undef
        await s.guest_msr(name, 0)
        assert s.out.undef


@rule("ICH_HCR_EL2: TC, TALL0, TALL1, TDIR")
async def traps_take_their_registers_and_no_others(s: Scene) -> None:
    trapped = {
        1 << 10: ("ICC_PMR_EL1", "ICC_CTLR_EL1", "ICC_RPR_EL1"),
        1 << 11: ("ICC_IAR0_EL1", "ICC_BPR0_EL1", "ICC_IGRPEN0_EL1", "ICC_HPPIR0_EL1", "ICC_AP0R0_EL1"),
        1 << 12: ("ICC_IAR1_EL1", "ICC_BPR1_EL1", "ICC_IGRPEN1_EL1", "ICC_HPPIR1_EL1", "ICC_AP1R0_EL1"),
    }
    for bit in (*trapped, 0, 1 << 14):
        await s.msr("ICH_HCR_EL2", 1 | bit)
        for own, names in trapped.items():
            for name in names:
                await s.guest_mrs(name)
                assert s.out.trap == (own == bit), (bit, name)
        await s.guest_msr("ICC_DIR_EL1", 40)
        assert s.out.trap == (bit in (1 << 10, 1 << 14))


@rule("ICC_SGI1R_EL1 at EL1 with HCR_EL2.IMO")
async def a_guests_sgi_goes_to_el2(s: Scene) -> None:
    await s.deliver()
    await s.set_up(3)
    await s.guest_msr("ICC_SGI1R_EL1", 3 << 24 | 1)
    assert s.out.trap
    assert await s.state(3) == "inactive"


@rule("ICV_HPPIR0_EL1, ICV_HPPIR1_EL1")
async def a_guest_sees_what_waits_by_group(s: Scene) -> None:
    await s.guest()
    for group in (0, 1):
        await s.fill(0, 40 + group, group=group)
        for asked in (0, 1):
            seen = await s.guest_mrs(f"ICC_HPPIR{asked}_EL1")
            assert seen == (40 + group if asked == group else 1023)
