# SPDX-License-Identifier: Apache-2.0
"""Rules about the console: that it can be driven, that it is fast enough, that a guest has what it names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bulkhead.diag import Diagnostic, error, warning
from bulkhead.model.system import SystemPlan

_OVERSAMPLING = 16  # a PL011 divides its clock by at least 16 (Arm DDI 0183, section 3.3.6)
_SLOWEST = 960  # bytes a second of a 9600 baud line
_UART_DRIVERS = ("ttyAMA", "pl011")


def the_baud_rate_can_be_had(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-CON-001: the console's UART cannot run at the speed asked for.

    A PL011 divides its clock by 16 or more. The speed stands behind the colon of /chosen/stdout-path,
    the clock at the UART's first `clocks`.
    """
    uart = plan.board.uart
    fastest = uart.clock_hz // _OVERSAMPLING
    if uart.clock_hz and not 0 < uart.baud <= fastest:
        yield error(
            "BH-CON-001",
            f"the console {uart.device} cannot run at {uart.baud} baud: its clock has {uart.clock_hz} Hz",
            uart.chosen or plan.board.where,
            (uart.region.where, f"{uart.device} is here"),
            help=f"In /chosen, write {fastest} or less behind the colon of stdout-path, "
            'as in "...:115200n8".',
        )


def the_console_keeps_up(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-CON-002: the console's budget is too small to be useful.

    CONFIG_CONSOLE_BUDGET_BYTES in each CONFIG_CONSOLE_PERIOD_US is all that every partition and the
    hypervisor can print together. Below 960 bytes a second (a 9600 baud line) a page of boot
    messages takes minutes, and guests wait at a full virtual UART. This is a warning.
    """
    budget, period = plan.features.console_budget_bytes, plan.features.console_period_us
    rate = budget * 1_000_000 // max(period, 1)
    if rate < _SLOWEST:
        places = [plan.feature_span(f) for f in ("console_budget_bytes", "console_period_us")]
        where = next((place for place in places if place.file == plan.where.file), places[0])
        enough = -(-_SLOWEST * period // 1_000_000)
        yield warning(
            "BH-CON-002",
            f"the console sends only {rate} bytes a second for all together: {budget} bytes in {period} us",
            where,
            help=f"Set CONFIG_CONSOLE_BUDGET_BYTES={enough} or more, or a shorter CONFIG_CONSOLE_PERIOD_US.",
            fix=(f"CONSOLE_BUDGET_BYTES={enough}",),
        )


def boot_arguments_name_a_console_there_is(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-CON-003: a guest is told to use a UART that it does not have.

    Its boot arguments name a PL011 (console=ttyAMA0, earlycon=pl011,...), but the partition has no
    virtual UART and owns no PL011. It would print into nothing, or fault. This is a warning.
    """
    for p in plan.partitions:
        named = re.search(r"\b(?:console|earlycon)=(\S+)", p.bootargs)
        if named is None or p.console or not named[1].startswith(_UART_DRIVERS):
            continue
        if not any("arm,pl011" in plan.device(name).compatible for name in p.devices):
            yield warning(
                "BH-CON-003",
                f"the boot arguments of partition '{p.name}' name the console {named[1]}, but it has no UART",
                p.span("bootargs"),
                (p.span("console"), "its virtual UART is off here"),
                help=f"Set CONFIG_PART_{p.slot}_CONSOLE=y, or delete {named[0]} from the boot arguments.",
            )
