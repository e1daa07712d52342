# SPDX-License-Identifier: Apache-2.0
"""Redistributors: SGIs, PPIs and sleep. IHI 0069, GICR registers."""

from __future__ import annotations

from rules.scene import Scene, rule


@rule("GICR_TYPER")
async def typer_tells_whose_it_is_and_which_is_last(s: Scene) -> None:
    for cpu in range(s.player.cpus):
        typer = await s.read("GICR_TYPER", cpu=cpu)
        assert typer >> 32 == cpu
        assert typer >> 8 & 0xFFFF == cpu
        assert typer >> 4 & 1 == (cpu == s.player.cpus - 1)


@rule("GICR_WAKER")
async def asleep_at_reset_and_woken_by_software(s: Scene) -> None:
    assert await s.read("GICR_WAKER") == 6
    await s.write("GICR_WAKER", 0)
    await s.time()
    assert await s.read("GICR_WAKER") == 0
    await s.write("GICR_WAKER", 2)
    await s.time()
    assert await s.read("GICR_WAKER") == 6


@rule("Power management: a sleeping CPU")
async def a_sleeping_cpu_is_asked_to_wake(s: Scene) -> None:
    await s.deliver(0, 1)
    await s.set_up(40)
    await s.write("GICD_IROUTER", 1, 40)
    await s.write("GICR_WAKER", 2, cpu=1)
    await s.line(40, True)
    assert (s.out.irq, s.out.wake) == (0, 2)
    await s.write("GICR_WAKER", 0, cpu=1)
    await s.time()
    assert (s.out.irq, s.out.wake) == (2, 0)


@rule("GICR_IGROUPR0 to GICR_ICACTIVER0")
async def each_cpu_has_its_own_private_interrupts(s: Scene) -> None:
    await s.write("GICR_ISENABLER0", 0x0800_0001, cpu=0)
    await s.write("GICR_ISPENDR0", 0x0800_0000, cpu=1)
    assert await s.read("GICR_ISENABLER0", cpu=0) == 0x0800_0001
    assert await s.read("GICR_ISENABLER0", cpu=1) == 0
    assert await s.read("GICR_ISPENDR0", cpu=0) == 0
    assert await s.read("GICR_ISPENDR0", cpu=1) == 0x0800_0000


@rule("GICR_ICFGR0, GICR_ICFGR1")
async def sgis_are_edge_triggered(s: Scene) -> None:
    assert await s.read("GICR_ICFGR", 0) == 0xAAAA_AAAA
    await s.write("GICR_ICFGR", 0, 0)
    assert await s.read("GICR_ICFGR", 0) == 0xAAAA_AAAA
    await s.write("GICR_ICFGR", 0xFFFF_FFFF, 1)
    assert await s.read("GICR_ICFGR", 1) == 0xAAAA_AAAA


@rule("Private interrupts: a PPI's line")
async def a_ppi_reaches_its_own_cpu(s: Scene) -> None:
    await s.deliver(0, 1)
    for cpu in (0, 1):
        await s.set_up(27, cpu=cpu)
    await s.line(27, True, cpu=1)
    assert s.out.irq == 2
    assert await s.mrs("ICC_IAR1_EL1", 1) == 27
    await s.line(27, False, cpu=1)
    await s.msr("ICC_EOIR1_EL1", 27, 1)
    assert await s.state(27, 1) == "inactive"


@rule("Redistributor register frames")
async def beyond_the_last_redistributor_is_nothing(s: Scene) -> None:
    addr, _ = s.address("GICR_TYPER", 0, s.player.cpus)
    await s.read_sized(addr, 2)
    assert s.out.error
    await s.write_sized(addr, 0, 2)
    assert s.out.error


@rule("GICR_IGRPMODR0, GICR_NSACR, GICR_STATUSR")
async def redistributor_registers_of_other_configurations_are_raz_wi(s: Scene) -> None:
    for name in ("GICR_IGRPMODR0", "GICR_NSACR", "GICR_STATUSR"):
        await s.write(name, 0xFFFF_FFFF)
        assert await s.read(name) == 0
    assert await s.read("GICR_PIDR2") >> 4 & 15 == 3


@rule("The GICR register map: GICR_ISENABLER0 and the like")
async def a_redistributor_has_one_word_of_each_array(s: Scene) -> None:
    addr, size = s.address("GICR_ISENABLER0")
    await s.write_sized(addr + 4, 0xFFFF_FFFF, size)
    assert await s.read_sized(addr + 4, size) == 0
    assert await s.read("GICR_ISENABLER0") == 0
