# SPDX-License-Identifier: Apache-2.0
"""What a guest sees through GICV: IHI 0048, "Virtual CPU interface"."""

from __future__ import annotations

from rules.v2.scene import ACK_CTL, CBPR, ENABLED, EOI_MODE, FIQ_EN, GROUPS, Scene, rule


@rule("Virtual CPU interface: reset values")
async def the_guests_interface_at_reset(s: Scene) -> None:
    for name, value in (
        ("CTLR", 0), ("PMR", 0), ("BPR", 2), ("ABPR", 3), ("IAR", 1023), ("AIAR", 1023), ("RPR", 0xFF),
        ("HPPIR", 1023), ("AHPPIR", 1023), ("APR", 0), ("NSAPR", 0),
    ):  # fmt: skip
        assert await s.read(f"GICV_{name}") == value, name


@rule("GICH_VMCR")
async def vmcr_is_the_guests_controls(s: Scene) -> None:
    await s.write("GICH_VMCR", 0xFFFF_FFFF)
    assert await s.read("GICH_VMCR") == 0xF8FC_021F
    assert await s.read("GICV_CTLR") == 0x21F
    assert (await s.read("GICV_PMR"), await s.read("GICV_BPR"), await s.read("GICV_ABPR")) == (0xF8, 7, 7)
    await s.write("GICH_VMCR", 0)
    assert await s.read("GICH_VMCR") == 0x004C_0000  # not below the smallest binary points
    await s.write("GICV_CTLR", EOI_MODE | 2)
    await s.write("GICV_PMR", 0x78)
    await s.write("GICV_BPR", 4)
    await s.write("GICV_ABPR", 6)
    assert await s.read("GICH_VMCR") == 0x7800_0000 | 4 << 21 | 6 << 18 | EOI_MODE | 2
    assert await s.read("GICH_VMCR", cpu=1) == 0x004C_0000


@rule("GICV_IAR, GICV_EOIR")
async def a_virtual_interrupt_from_pending_to_end(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 40, 0x48)
    assert (s.out.virq, s.out.vfiq) == (1, 0)
    assert await s.read("GICV_HPPIR") == 40
    assert await s.read("GICV_IAR") == 40
    assert (s.out.virq, await s.read("GICV_RPR")) == (0, 0x48)
    assert await s.read("GICH_LR", 0) >> 28 & 3 == 2
    await s.write("GICV_EOIR", 40)
    assert await s.read("GICV_RPR") == 0xFF
    assert await s.read("GICH_LR", 0) >> 28 & 3 == 0


@rule("GICH_HCR.En")
async def without_en_nothing_is_signalled(s: Scene) -> None:
    await s.guest(hcr=0)
    await s.fill(0, 40)
    assert (s.out.virq, await s.read("GICV_IAR"), await s.read("GICV_HPPIR")) == (0, 1023, 40)
    await s.write("GICH_HCR", ENABLED)
    assert s.out.virq == 1


@rule("GICH_LR<n>.CPUID")
async def a_virtual_sgi_has_its_source(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 3, source=5)
    assert await s.read("GICV_IAR") == 5 << 10 | 3
    await s.write("GICV_EOIR", 3)  # another one's
    assert await s.read("GICH_LR", 0) >> 28 & 3 == 2
    assert await s.read("GICH_HCR") >> 27 == 1
    await s.write("GICV_CTLR", GROUPS | EOI_MODE)
    await s.write("GICV_DIR", 5 << 10 | 3)
    assert await s.read("GICH_LR", 0) >> 28 & 3 == 0


@rule("GICH_LR<n>: of INTIDs above 15")
async def only_sgis_show_a_source(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 40, source=5)
    assert await s.read("GICV_IAR") == 40
    await s.write("GICV_EOIR", 40)
    await s.fill(0, 3, hw=5)
    assert await s.read("GICV_IAR") == 3


@rule("Virtual interrupt prioritization")
async def the_best_list_register_comes_first(s: Scene) -> None:
    await s.guest()
    for n, (vintid, priority) in enumerate(((40, 0xA0), (41, 0x40), (42, 0x40))):
        await s.fill(n, vintid, priority)
    assert await s.read("GICV_IAR") == 41  # of equals the lower list register
    assert await s.read("GICV_IAR") == 1023
    await s.write("GICV_EOIR", 41)
    assert await s.read("GICV_IAR") == 42


@rule("GICV_PMR, GICV_BPR")
async def virtual_masks_and_preemption(s: Scene) -> None:
    await s.guest()
    await s.write("GICV_PMR", 0x80)
    await s.fill(0, 40, 0x80)
    assert s.out.virq == 0
    await s.write("GICV_PMR", 0xF8)
    assert await s.read("GICV_IAR") == 40
    await s.fill(1, 41, 0x78)
    assert s.out.virq == 1
    await s.write("GICV_BPR", 6)
    assert s.out.virq == 1
    await s.write("GICV_BPR", 7)  # nothing preempts
    assert s.out.virq == 0


@rule("GICV_CTLR.AckCtl, GICV_AIAR")
async def a_guests_group_1_is_the_aliases(s: Scene) -> None:
    await s.guest(ctlr=GROUPS)
    await s.fill(0, 40, group=1)
    assert s.out.virq == 1
    assert (await s.read("GICV_HPPIR"), await s.read("GICV_AHPPIR")) == (1022, 40)
    assert (await s.read("GICV_IAR"), await s.read("GICV_AIAR")) == (1022, 40)
    await s.write("GICV_EOIR", 40)  # drops, and ends nothing of group 1
    assert (await s.read("GICV_RPR"), await s.read("GICH_LR", 0) >> 28 & 3) == (0xFF, 2)
    await s.fill(0, 40, group=1)
    await s.read("GICV_AIAR")
    await s.write("GICV_AEOIR", 40)
    assert await s.read("GICH_LR", 0) >> 28 & 3 == 0
    await s.write("GICV_CTLR", GROUPS | ACK_CTL)
    await s.fill(0, 41, group=1)
    assert await s.read("GICV_IAR") == 41


@rule("GICV_CTLR.FIQEn")
async def a_guests_group_0_can_be_fiq(s: Scene) -> None:
    await s.guest(ctlr=GROUPS | FIQ_EN)
    await s.fill(0, 40, group=0)
    assert (s.out.virq, s.out.vfiq) == (0, 1)
    await s.fill(0, 40, group=1)
    assert (s.out.virq, s.out.vfiq) == (1, 0)


@rule("GICV_CTLR.EnableGrp0, EnableGrp1")
async def a_guests_groups_are_switched_apart(s: Scene) -> None:
    await s.guest(ctlr=2)
    await s.fill(0, 40, 0x20, group=0)
    assert (s.out.virq, await s.read("GICV_HPPIR")) == (0, 1023)
    await s.fill(1, 41, 0x40, group=1)
    assert await s.read("GICV_AHPPIR") == 41
    await s.write("GICV_CTLR", 1)
    assert await s.read("GICV_IAR") == 40


@rule("GICV_ABPR, GICV_CTLR.CBPR")
async def a_guests_group_1_has_its_binary_point(s: Scene) -> None:
    await s.guest()
    await s.write("GICV_ABPR", 7)
    await s.fill(0, 40, 0x80, group=1)
    assert await s.read("GICV_IAR") == 40
    await s.fill(1, 41, 0x10, group=1)
    assert s.out.virq == 1
    await s.fill(1, 41, 0x78, group=1)
    await s.write("GICV_CTLR", GROUPS | ACK_CTL | CBPR)
    await s.write("GICV_BPR", 7)
    assert s.out.virq == 0


@rule("GICV_CTLR.EOImode, GICV_DIR")
async def a_guest_can_split_its_ends(s: Scene) -> None:
    await s.guest(ctlr=GROUPS | EOI_MODE)
    await s.bit("ISACTIVER", 50)
    await s.fill(0, 40, hw=50)
    await s.read("GICV_IAR")
    await s.write("GICV_EOIR", 40)
    assert (await s.read("GICV_RPR"), await s.state(50)) == (0xFF, "active")
    assert await s.read("GICH_LR", 0) >> 28 & 3 == 2
    await s.write("GICV_DIR", 40)
    assert (await s.read("GICH_LR", 0) >> 28 & 3, await s.state(50)) == (0, "inactive")


@rule("GICV_DIR: without EOImode")
async def a_guests_dir_without_eoimode_does_nothing(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 40)
    await s.read("GICV_IAR")
    await s.write("GICV_DIR", 40)
    assert await s.read("GICH_LR", 0) >> 28 & 3 == 2


@rule("GICH_APR")
async def one_register_has_both_groups_active_priorities(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 40, 0x90, group=1)
    await s.read("GICV_IAR")
    await s.fill(1, 41, 0x30, group=0)
    await s.read("GICV_IAR")
    assert await s.read("GICH_APR") == await s.read("GICV_APR") == 1 << 18 | 1 << 6
    await s.write("GICV_NSAPR", 0xFFFF_FFFF)
    assert await s.read("GICV_NSAPR") == 0
    await s.write("GICV_APR", 1 << 4)
    assert (await s.read("GICH_APR"), await s.read("GICV_RPR")) == (1 << 4, 0x20)
    for cpu in range(s.player.cpus):
        for value in (0xFFFF_FFFF, 0):
            await s.write("GICH_APR", value, cpu=cpu)
            assert await s.read("GICV_APR", cpu=cpu) == value
    assert await s.read("GICV_RPR") == 0xFF


@rule("GICV_EOIR: another priority than the running one")
async def an_end_out_of_order_drops_and_deactivates_nothing(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 40, 0x90)
    await s.read("GICV_IAR")
    await s.fill(1, 41, 0x30)
    await s.read("GICV_IAR")
    await s.write("GICV_EOIR", 40)
    assert (await s.read("GICV_RPR"), await s.read("GICH_LR", 0) >> 28 & 3) == (0x90, 2)
    assert await s.read("GICH_HCR") >> 27 == 0


@rule("GICH_LR<n>.State: pending and active")
async def pending_and_active_is_signalled_when_ended(s: Scene) -> None:
    await s.guest()
    await s.write("GICH_APR", 1 << 16)
    await s.fill(0, 40, state=3)
    assert s.out.virq == 0
    await s.write("GICV_EOIR", 40)
    assert (s.out.virq, await s.read("GICH_LR", 0) >> 28 & 3) == (1, 1)


@rule("GICH_LR<n>.VirtualID: special INTIDs")
async def special_intids_in_a_list_register_leave_nothing_active(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 1022)
    assert await s.read("GICV_IAR") == 1022
    assert (await s.read("GICH_APR"), await s.read("GICH_LR", 0) >> 28 & 3) == (0, 0)


@rule("GIC register access: widths")
async def a_guests_registers_are_words_only(s: Scene) -> None:
    await s.guest()
    await s.fill(0, 40)
    for size in (0, 1, 3):
        assert await s.read_sized(s.address("GICV_IAR") & ~((1 << size) - 1), size) == 0
        await s.write_sized(s.address("GICV_PMR") & ~((1 << size) - 1), 0, size)
    assert (await s.read("GICV_PMR"), s.out.virq) == (0xF8, 1)
