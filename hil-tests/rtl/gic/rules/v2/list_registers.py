# SPDX-License-Identifier: Apache-2.0
"""GICv2's list registers and maintenance interrupts: IHI 0048, GICH registers."""

from __future__ import annotations

from rules.v2.scene import ENABLED, EOI_MODE, GROUPS, Scene, rule

UIE, LRENPIE, NPIE, VGRP0E, VGRP0D, VGRP1E, VGRP1D = 2, 4, 8, 0x10, 0x20, 0x40, 0x80
EOI, U, LRENP, NP = 1, 2, 4, 8  # GICH_MISR


@rule("Virtual interface control register map: reset values")
async def virtual_control_at_reset(s: Scene) -> None:
    count = s.player.list_registers
    for cpu in range(s.player.cpus):
        for name, value in (
            ("HCR", 0), ("VTR", 0x9000_0000 | count - 1), ("VMCR", 0x004C_0000), ("MISR", 0), ("EISR", 0),
            ("ELRSR", (1 << count) - 1), ("APR", 0),
        ):  # fmt: skip
            assert await s.read(f"GICH_{name}", cpu=cpu) == value, name
        for n in range(count):
            assert await s.read("GICH_LR", n, cpu) == 0


@rule("GICH_LR<n>")
async def list_registers_keep_what_they_have_bits_for(s: Scene) -> None:
    last = s.player.list_registers - 1
    await s.write("GICH_LR", 0xFFFF_FFFF, last)
    assert await s.read("GICH_LR", last) == 0xFF8F_FFFF
    assert await s.read("GICH_LR", last, cpu=1) == 0
    await s.write("GICH_LR", 0xFFFF_FFFF, last + 1)
    assert await s.read("GICH_LR", last + 1) == 0
    for cpu in range(s.player.cpus):
        for n in range(last + 1):
            for value in (0xFF8F_FFFF, 0):
                await s.write("GICH_LR", value, n, cpu)
                assert await s.read("GICH_LR", n, cpu) == value


@rule("GIC register access: widths")
async def virtual_control_registers_are_words_only(s: Scene) -> None:
    for size in (0, 1, 3):
        await s.write_sized(s.address("GICH_HCR"), 1, size)
        assert await s.read_sized(s.address("GICH_VTR") & ~((1 << size) - 1), size) == 0
    assert await s.read("GICH_HCR") == 0


@rule("GICH_HCR")
async def virtual_control_keeps_its_bits(s: Scene) -> None:
    await s.write("GICH_HCR", 0xFFFF_FFFF)
    assert await s.read("GICH_HCR") == 0xF800_00FF
    assert await s.read("GICH_HCR", cpu=1) == 0


@rule("GICH_EISR<n>, GICH_ELRSR<n>: EOI")
async def an_end_that_asked_for_maintenance(s: Scene) -> None:
    await s.deliver()
    await s.set_up(25)
    await s.guest()
    await s.fill(1, 40, eoi=True)
    assert s.out.maintenance == 0
    assert await s.read("GICV_IAR") == 40
    await s.write("GICV_EOIR", 40)
    assert (s.out.maintenance, s.out.irq) == (1, 1)
    assert await s.read("GICH_EISR") == 2
    assert await s.read("GICH_ELRSR") & 2 == 0
    assert await s.read("GICH_MISR") == EOI
    assert await s.read("GICC_IAR") == 25
    await s.write("GICH_LR", 0, 1)
    assert (s.out.maintenance, await s.read("GICH_EISR")) == (0, 0)


@rule("GICH_HCR.UIE")
async def underflow_is_one_valid_register_or_none(s: Scene) -> None:
    await s.guest(hcr=ENABLED)
    for n in (0, 1):
        await s.fill(n, 40 + n)
    await s.write("GICH_HCR", ENABLED | UIE)
    assert s.out.maintenance == 0
    assert await s.read("GICV_IAR") == 40
    assert s.out.maintenance == 0  # active is valid
    await s.write("GICV_EOIR", 40)
    assert (s.out.maintenance, await s.read("GICH_MISR")) == (1, U)


@rule("GICH_HCR.NPIE")
async def no_pending_is_asked_for_apart(s: Scene) -> None:
    await s.guest(hcr=ENABLED | NPIE)
    assert (s.out.maintenance, await s.read("GICH_MISR")) == (1, NP)
    await s.fill(0, 40)
    assert s.out.maintenance == 0
    await s.read("GICV_IAR")
    assert s.out.maintenance == 1


@rule("GICH_HCR.EOICount, LRENPIE")
async def ends_in_no_list_register_are_counted(s: Scene) -> None:
    await s.guest(hcr=ENABLED | LRENPIE)
    await s.write("GICH_APR", 1 << 16)
    await s.write("GICV_EOIR", 77)
    assert await s.read("GICH_HCR") >> 27 == 1
    assert (s.out.maintenance, await s.read("GICH_MISR")) == (1, LRENP)
    await s.write("GICV_EOIR", 77)  # nothing is active: no end
    assert await s.read("GICH_HCR") >> 27 == 1
    await s.write("GICV_CTLR", GROUPS | EOI_MODE)
    await s.write("GICV_DIR", 77)
    assert await s.read("GICH_HCR") >> 27 == 2
    await s.write("GICH_HCR", ENABLED | LRENPIE | 31 << 27)
    await s.write("GICV_DIR", 77)
    assert (await s.read("GICH_HCR") >> 27, s.out.maintenance) == (0, 0)


@rule("GICH_HCR.VGrp0EIE, VGrp0DIE, VGrp1EIE, VGrp1DIE")
async def the_guests_groups_make_events(s: Scene) -> None:
    await s.guest(ctlr=0)
    for event, ctlr in ((VGRP0E, 1), (VGRP0D, 2), (VGRP1E, 2), (VGRP1D, 1)):
        await s.write("GICH_HCR", ENABLED | event)
        await s.write("GICV_CTLR", ctlr)
        assert (s.out.maintenance, await s.read("GICH_MISR")) == (1, event)
        await s.write("GICV_CTLR", 3 - ctlr)
        assert s.out.maintenance == 0


@rule("Maintenance interrupts")
async def maintenance_needs_the_interface_on(s: Scene) -> None:
    await s.write("GICH_HCR", NPIE)
    assert s.out.maintenance == 0
    await s.write("GICH_HCR", NPIE | ENABLED)
    assert s.out.maintenance == 1
    assert await s.state(25) == "pending"
    assert await s.state(25, cpu=1) == "inactive"
    await s.line(25, True)  # the controller's own
    await s.write("GICH_HCR", 0)
    assert s.out.maintenance == 0


@rule("GICH_LR<n>.HW, PhysicalID")
async def an_end_reaches_the_physical_interrupt(s: Scene) -> None:
    await s.deliver(ctlr=GROUPS | EOI_MODE)
    await s.set_up(50)
    await s.line(50, True)
    await s.read("GICC_IAR")
    await s.write("GICC_EOIR", 50)
    await s.line(50, False)
    await s.guest()
    await s.fill(0, 33, hw=50)
    assert await s.read("GICV_IAR") == 33
    assert await s.state(50) == "active"
    await s.write("GICV_EOIR", 33)
    assert await s.state(50) == "inactive"
    assert await s.read("GICH_LR", 0) >> 28 & 3 == 0
    assert await s.read("GICH_ELRSR") & 1


@rule("GICH_LR<n>.HW: 0")
async def without_hw_nothing_physical_ends(s: Scene) -> None:
    await s.guest()
    await s.bit("ISACTIVER", 50)
    await s.fill(0, 33, source=50)  # reserved bits too
    await s.read("GICV_IAR")
    await s.write("GICV_EOIR", 33)
    assert (await s.state(50), await s.read("GICH_LR", 0) >> 28 & 3) == ("active", 0)


@rule("GICH_LR<n>.PhysicalID: a PPI")
async def an_end_reaches_the_cpus_own_ppi(s: Scene) -> None:
    for cpu in (0, 1):
        await s.bit("ISACTIVER", 27, cpu)
    await s.guest(cpu=1)
    await s.fill(2, 27, hw=27, cpu=1)
    await s.read("GICV_IAR", cpu=1)
    await s.write("GICV_EOIR", 27, cpu=1)
    assert (await s.state(27, 0), await s.state(27, 1)) == ("active", "inactive")


@rule("GICH_LR<n>.PhysicalID: what is no PPI or SPI")
async def physical_sgis_and_special_intids_are_not_deactivated(s: Scene) -> None:
    await s.guest()
    await s.bit("ISACTIVER", 3)
    for physical in (3, 1023):
        await s.fill(0, 40, hw=physical)
        await s.read("GICV_IAR")
        await s.write("GICV_EOIR", 40)
        assert await s.read("GICH_LR", 0) >> 28 & 3 == 0
    assert await s.state(3) == "active"


@rule("GICH_ELRSR<n>")
async def empty_registers_are_those_with_nothing(s: Scene) -> None:
    everyone = (1 << s.player.list_registers) - 1
    await s.fill(0, 40)
    await s.fill(1, 41, state=2)
    await s.fill(2, 42, state=3)
    await s.fill(3, 43, state=0, eoi=True)
    assert await s.read("GICH_ELRSR") == everyone & ~15
    assert await s.read("GICH_EISR") == 8
    await s.fill(3, 43, state=0, hw=512 | 43)  # with HW that bit is the physical INTID's
    assert (await s.read("GICH_ELRSR"), await s.read("GICH_EISR")) == (everyone & ~7, 0)
