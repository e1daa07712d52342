# SPDX-License-Identifier: Apache-2.0
"""SGIs of the GICv2 and where they come from: IHI 0048, "Software-generated interrupts", "GICD_SGIR"."""

from __future__ import annotations

from rules.v2.scene import EOI_MODE, Scene, rule

ALL_BUT_SELF, SELF = 1, 2


async def ready(s: Scene, *intids: int) -> None:
    await s.deliver(0, 1)
    for cpu in (0, 1):
        for intid in intids:
            await s.set_up(intid, cpu=cpu)


@rule("GICD_SGIR: TargetListFilter 0")
async def an_sgi_goes_to_the_list(s: Scene) -> None:
    await ready(s, 3)
    await s.sgi(3, 2)
    assert s.out.irq == 2
    assert await s.read("GICC_IAR", cpu=1) == 3
    await s.write("GICC_EOIR", 3, cpu=1)
    await s.sgi(3, 3)
    assert s.out.irq == 3
    await s.sgi(3, 0)
    assert await s.read("GICC_IAR", cpu=0) == 3


@rule("GICD_SGIR: TargetListFilter 1")
async def an_sgi_to_all_but_oneself(s: Scene) -> None:
    await ready(s, 3)
    await s.sgi(3, 1, cpu=0, filter_=ALL_BUT_SELF)  # the list does not count
    assert s.out.irq == 2
    assert await s.read("GICD_ISPENDR", 0, cpu=0) == 0


@rule("GICD_SGIR: TargetListFilter 2")
async def an_sgi_to_oneself(s: Scene) -> None:
    await ready(s, 3)
    await s.sgi(3, 0xFF, cpu=1, filter_=SELF)
    assert s.out.irq == 2
    assert await s.read("GICC_IAR", cpu=1) == 1 << 10 | 3


@rule("GICD_SGIR: TargetListFilter 3 is reserved")
async def a_reserved_filter_sends_nothing(s: Scene) -> None:
    await ready(s, 3)
    await s.sgi(3, 0xFF, filter_=3)
    assert s.out.irq == 0
    await s.write_sized(s.address("GICD_SGIR"), 3, 0)
    assert await s.read("GICD_SGIR") == 0


@rule("Software-generated interrupts: source CPU")
async def an_sgi_is_pending_once_for_each_source(s: Scene) -> None:
    await ready(s, 3)
    await s.sgi(3, 1, cpu=1)
    await s.sgi(3, 1, cpu=0)
    await s.sgi(3, 1, cpu=0)
    assert await s.read("GICC_HPPIR") == 3
    assert await s.read("GICC_IAR") == 3
    assert await s.state(3) == "both"
    assert await s.read("GICC_IAR") == 1023
    await s.write("GICC_EOIR", 3)
    assert await s.read("GICC_HPPIR") == 1 << 10 | 3
    assert await s.read("GICC_IAR") == 1 << 10 | 3
    assert await s.state(3) == "active"
    await s.write("GICC_EOIR", 1 << 10 | 3)
    assert (await s.state(3), await s.read("GICC_IAR")) == ("inactive", 1023)


@rule("GICD_SPENDSGIR<n>, GICD_CPENDSGIR<n>")
async def sources_are_set_and_cleared_by_bytes(s: Scene) -> None:
    await ready(s, 6)
    exist = (1 << s.player.cpus) - 1
    at, clear = s.address("GICD_SPENDSGIR") + 6, s.address("GICD_CPENDSGIR") + 6
    await s.write_sized(at, 0xFF, 0)
    assert await s.read("GICD_SPENDSGIR", 1) == await s.read("GICD_CPENDSGIR", 1) == exist << 16
    assert await s.read("GICD_SPENDSGIR", 1, cpu=1) == 0
    assert s.out.irq == 1
    await s.write_sized(clear, 1, 0)
    assert await s.read_sized(at, 0) == exist & ~1
    assert await s.read("GICC_HPPIR") == 1 << 10 | 6
    await s.write("GICD_CPENDSGIR", 0xFFFF_FFFF, 1)
    assert (await s.read("GICD_SPENDSGIR", 1), s.out.irq) == (0, 0)
    await s.write("GICD_SPENDSGIR", 0x0200_0001, 3)
    assert await s.read("GICD_ISPENDR", 0) == 1 << 12 | 1 << 15
    await s.write_sized(at & ~3, 0xFFFF, 1)
    assert await s.read("GICD_SPENDSGIR", 1) == 0


@rule("GICD_ISPENDR<n>: of SGIs")
async def pending_bits_of_sgis_are_read_only(s: Scene) -> None:
    await ready(s, 3)
    await s.write("GICD_ISPENDR", 0xFFFF, 0)
    assert (await s.read("GICD_ISPENDR", 0), s.out.irq) == (0, 0)
    await s.sgi(3, 1)
    await s.write("GICD_ICPENDR", 0xFFFF, 0)
    assert await s.read("GICD_ICPENDR", 0) == 8


@rule("GICD_ISENABLER<n>: of SGIs")
async def a_disabled_sgi_waits(s: Scene) -> None:
    await s.deliver(0, 1)
    await s.sgi(3, 1)
    assert (await s.state(3), s.out.irq) == ("pending", 0)
    await s.set_up(3)
    assert s.out.irq == 1


@rule("GICC_EOIR: CPUID")
async def the_end_of_an_sgi_names_its_source(s: Scene) -> None:
    await ready(s, 3)
    await s.sgi(3, 1, cpu=1)
    assert await s.read("GICC_IAR") == 1 << 10 | 3
    await s.write("GICC_EOIR", 3)  # drops the priority, and deactivates nothing
    assert (await s.state(3), await s.read("GICC_RPR")) == ("active", 0xFF)
    await s.write("GICC_CTLR", 7 | EOI_MODE)
    await s.write("GICC_DIR", 3)
    assert await s.state(3) == "active"
    await s.write("GICC_DIR", 1 << 10 | 3)
    assert await s.state(3) == "inactive"


@rule("GICD_IGROUPR<n>: of SGIs")
async def sgis_have_groups(s: Scene) -> None:
    await s.deliver(ctlr=3)
    await s.set_up(3, group=1)
    await s.sgi(3, 1)
    assert await s.read("GICC_IAR") == 1022
    assert await s.read("GICC_AIAR") == 3
    await s.write("GICC_AEOIR", 3)
    assert await s.state(3) == "inactive"


@rule("Software-generated interrupts: while active")
async def an_sgi_sent_again_while_active_comes_again(s: Scene) -> None:
    await ready(s, 3)
    await s.sgi(3, 1)
    assert await s.read("GICC_IAR") == 3
    await s.sgi(3, 1)
    assert (await s.state(3), s.out.irq) == ("both", 0)
    await s.write("GICC_EOIR", 3)
    assert s.out.irq == 1
