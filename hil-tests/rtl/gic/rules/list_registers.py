# SPDX-License-Identifier: Apache-2.0
"""List registers and maintenance interrupts as EL2 sees them: IHI 0069, ICH registers."""

from __future__ import annotations

from rules.scene import Scene, rule

UIE, LRENPIE, NPIE = 2, 4, 8


@rule("ICH_VTR_EL2")
async def vtr_tells_what_there_is(s: Scene) -> None:
    vtr = await s.mrs("ICH_VTR_EL2")
    assert (vtr & 31) + 1 == s.player.list_registers
    assert (vtr >> 29, vtr >> 26 & 7) == (4, 4)
    await s.mrs("ICH_LR15_EL2")
    assert s.out.undef == (s.player.list_registers < 16)


@rule("ICH_LR<n>_EL2: RES0")
async def list_registers_keep_their_fields(s: Scene) -> None:
    last = s.player.list_registers - 1
    await s.msr(f"ICH_LR{last}_EL2", 0xFFFF_FFFF_FFFF_FFFF)
    assert await s.mrs(f"ICH_LR{last}_EL2") == 0xF0F8_1FFF_0000_FFFF


@rule("ICH_LR<n>_EL2.HW")
async def a_guests_end_deactivates_the_physical_interrupt(s: Scene) -> None:
    await s.deliver()
    await s.msr("ICC_CTLR_EL1", 2)
    await s.guest()
    await s.set_up(40)
    await s.line(40, True)
    await s.mrs("ICC_IAR1_EL1")
    await s.msr("ICC_EOIR1_EL1", 40)
    await s.fill(1, 60, hw=40)
    await s.guest_mrs("ICC_IAR1_EL1")
    assert (await s.state(40), s.out.irq) == ("both", 0)
    await s.guest_msr("ICC_EOIR1_EL1", 60)
    assert (await s.state(40), s.out.irq) == ("pending", 1)


@rule("ICH_EISR_EL2, ICH_ELRSR_EL2, ICH_MISR_EL2.EOI")
async def an_end_with_eoi_set_asks_for_el2(s: Scene) -> None:
    full = (1 << s.player.list_registers) - 1
    await s.guest()
    await s.fill(2, 40, eoi=True)
    assert await s.mrs("ICH_ELRSR_EL2") == full & ~4
    await s.guest_mrs("ICC_IAR1_EL1")
    assert s.out.maintenance == 0
    await s.guest_msr("ICC_EOIR1_EL1", 40)
    assert s.out.maintenance == 1
    assert (await s.mrs("ICH_EISR_EL2"), await s.mrs("ICH_MISR_EL2")) == (4, 1)
    assert await s.mrs("ICH_ELRSR_EL2") == full & ~4  # it is free when EL2 has cleared it
    await s.msr("ICH_LR2_EL2", 0)
    assert (await s.mrs("ICH_EISR_EL2"), s.out.maintenance) == (0, 0)


@rule("ICH_HCR_EL2.UIE")
async def underflow_with_at_most_one_valid(s: Scene) -> None:
    await s.guest()
    for n in range(3):
        await s.fill(n, 40 + n)
    await s.msr("ICH_HCR_EL2", 1 | UIE)
    assert s.out.maintenance == 0
    await s.msr("ICH_LR0_EL2", 0)
    assert s.out.maintenance == 0
    await s.msr("ICH_LR1_EL2", 0)
    assert (s.out.maintenance, await s.mrs("ICH_MISR_EL2")) == (1, 2)


@rule("ICH_HCR_EL2.NPIE")
async def nothing_pending_any_more(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 40)
    await s.msr("ICH_HCR_EL2", 1 | NPIE)
    assert s.out.maintenance == 0
    await s.guest_mrs("ICC_IAR1_EL1")
    assert (s.out.maintenance, await s.mrs("ICH_MISR_EL2")) == (1, 8)


@rule("ICH_HCR_EL2.EOIcount, LRENPIE")
async def an_end_without_a_list_register_is_counted(s: Scene) -> None:
    await s.guest(hcr=1 | LRENPIE)
    await s.guest_msr("ICC_EOIR1_EL1", 50)  # drops nothing: not counted
    assert await s.mrs("ICH_HCR_EL2") >> 27 == 0
    await s.msr("ICH_AP1R0_EL2", 1 << 10)
    await s.guest_msr("ICC_EOIR1_EL1", 50)
    assert (await s.mrs("ICH_HCR_EL2") >> 27, s.out.maintenance) == (1, 1)
    assert await s.mrs("ICH_MISR_EL2") == 4
    assert await s.mrs("ICH_AP1R0_EL2") == 0
    await s.guest_msr("ICC_CTLR_EL1", 2)
    await s.guest_msr("ICC_DIR_EL1", 50)
    assert await s.mrs("ICH_HCR_EL2") >> 27 == 2
    await s.guest_msr("ICC_DIR_EL1", 1023)  # no interrupt's number
    assert await s.mrs("ICH_HCR_EL2") >> 27 == 2


@rule("ICH_HCR_EL2: VGrp0EIE, VGrp0DIE, VGrp1EIE, VGrp1DIE")
async def el2_learns_when_a_guest_turns_a_group_on_or_off(s: Scene) -> None:
    for group in (0, 1):
        for on in (0, 1):
            await s.msr("ICH_VMCR_EL2", 0)
            bit = 1 << 4 + 2 * group + (not on)
            await s.guest_msr(f"ICC_IGRPEN{group}_EL1", 1 - on)
            await s.msr("ICH_HCR_EL2", 1 | bit)
            assert s.out.maintenance == 0
            await s.guest_msr(f"ICC_IGRPEN{group}_EL1", on)
            assert (s.out.maintenance, await s.mrs("ICH_MISR_EL2")) == (1, bit)


@rule("Maintenance interrupts: the PPI")
async def the_maintenance_interrupt_is_ppi_25(s: Scene) -> None:
    await s.deliver()
    await s.set_up(25)
    await s.guest(hcr=1 | UIE)
    assert s.out.irq == 1
    assert await s.mrs("ICC_IAR1_EL1") == 25
    await s.msr("ICH_HCR_EL2", 1)
    await s.msr("ICC_EOIR1_EL1", 25)
    assert (await s.state(25), s.out.irq) == ("inactive", 0)


@rule("ICH_LR<n>_EL2.State: pending and active")
async def pending_and_active_is_taken_again_after_its_end(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 40)
    await s.guest_mrs("ICC_IAR1_EL1")
    await s.fill(0, 40, state=3)
    assert s.out.virq == 0
    await s.guest_msr("ICC_EOIR1_EL1", 40)
    assert (await s.mrs("ICH_LR0_EL2") >> 62, s.out.virq) == (1, 1)


@rule("ICV_IAR1_EL1: a special INTID in a list register")
async def a_special_intid_is_returned_and_not_activated(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 1021)
    assert await s.guest_mrs("ICC_IAR1_EL1") == 1021
    assert await s.mrs("ICH_LR0_EL2") >> 62 == 0
    assert await s.guest_mrs("ICC_RPR_EL1") == 0xFF


@rule("ICH_LR<n>_EL2, ICH_AP0R0_EL2, ICH_AP1R0_EL2, ICH_HCR_EL2")
async def every_bit_of_the_virtual_state_is_kept(s: Scene) -> None:
    for cpu in range(s.player.cpus):
        lrs = [(f"ICH_LR{n}_EL2", 0xF0F8_1FFF_0000_FFFF) for n in range(s.player.list_registers)]
        for name, bits in (*lrs, ("ICH_AP0R0_EL2", 0xFFFF_FFFF), ("ICH_AP1R0_EL2", 0xFFFF_FFFF),
                           ("ICH_HCR_EL2", 0xF800_5CFF)):  # fmt: skip
            for value in (0xFFFF_FFFF_FFFF_FFFF, 0):
                await s.msr(name, value, cpu)
                assert await s.mrs(name, cpu) == value & bits
