# SPDX-License-Identifier: Apache-2.0
"""All rules, in the order in which they are reported, and the one function that runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bulkhead.check.boot import (
    banks_are_made_of_pages,
    memory_banks_are_apart,
    nobody_else_confirms,
    the_image_lies_on_a_block,
    the_loader_uses_memory_that_exists,
)
from bulkhead.check.console import (
    boot_arguments_name_a_console_there_is,
    the_baud_rate_can_be_had,
    the_console_keeps_up,
)
from bulkhead.check.cpus import (
    cpus_have_numbers_of_their_own,
    pcpus_exist,
    pcpus_have_one_vcpu,
    performance_monitors_exist,
    spin_tables_lead_somewhere,
    spin_tables_stay_whole,
    vcpus_of_a_guest_are_alike,
)
from bulkhead.check.deadlines import deadlines_are_guaranteed, windows_give_each_budget
from bulkhead.check.devices import (
    devices_are_no_memory,
    devices_miss_the_guests_machine,
    dma_is_watched,
    dma_meets_the_right_memory,
    dma_reaches_its_owners_memory,
    pages_have_one_owner,
    regions_have_bytes,
)
from bulkhead.check.gic import (
    a_gicv2_serves_eight_cpus,
    cpu_interfaces_have_two_pages,
    gic_frames_are_apart,
    own_interrupts_differ,
    private_interrupts_are_private,
)
from bulkhead.check.guest_files import (
    guest_segments_are_apart,
    guests_begin_at_an_instruction,
    guests_begin_with_code,
    images_say_how_large_they_are,
    linux_has_memory_left,
    linux_is_an_image,
)
from bulkhead.check.guests import (
    guests_begin_inside,
    guests_fit_their_ram,
    guests_leave_room_for_the_devicetree,
)
from bulkhead.check.interrupts import (
    interrupts_have_one_owner,
    interrupts_miss_the_virtual_uart,
    private_interrupts_stay,
)
from bulkhead.check.memory import (
    addresses_can_be_mapped,
    nothing_overlaps,
    ram_is_made_of_pages,
    ram_lies_in_the_banks,
)
from bulkhead.check.memory_cost import fixed_ram_can_use_blocks, sizes_fill_their_blocks
from bulkhead.check.no_effect import (
    guests_do_not_wait_for_a_line_nobody_serves,
    partitions_can_be_noticed,
    restart_limits_are_used,
    somebody_starts_each_partition,
    something_runs,
    the_hypervisor_has_a_driver,
)
from bulkhead.check.partitions import (
    boot_arguments_are_plain,
    boot_arguments_are_short,
    names_are_plain,
    names_are_unique,
    there_is_a_partition,
)
from bulkhead.check.passed_through import devices_come_with_what_they_need
from bulkhead.check.schedules import (
    a_gicv2_shares_no_cpu,
    every_vcpu_has_a_window,
    frames_have_few_windows,
    performance_monitors_are_not_shared,
    shared_cpus_have_single_vcpus,
    the_console_is_served_elsewhere,
    windows_are_apart,
    windows_are_for_this_cpus_vcpus,
    windows_are_long_enough,
    windows_lie_in_the_frame,
)
from bulkhead.diag import Diagnostic
from bulkhead.model.system import SystemPlan

Rule = Callable[[SystemPlan], Iterator[Diagnostic]]

_BOARD: tuple[Rule, ...] = (
    memory_banks_are_apart,
    banks_are_made_of_pages,
    the_image_lies_on_a_block,
    the_loader_uses_memory_that_exists,
    cpus_have_numbers_of_their_own,
    gic_frames_are_apart,
    cpu_interfaces_have_two_pages,
    a_gicv2_serves_eight_cpus,
    private_interrupts_are_private,
    own_interrupts_differ,
    the_baud_rate_can_be_had,
)
_SYSTEM: tuple[Rule, ...] = (
    there_is_a_partition,
    nobody_else_confirms,
    names_are_unique,
    names_are_plain,
    boot_arguments_are_short,
    boot_arguments_are_plain,
    ram_is_made_of_pages,
    ram_lies_in_the_banks,
    nothing_overlaps,
    addresses_can_be_mapped,
    pcpus_exist,
    pcpus_have_one_vcpu,
    performance_monitors_exist,
    windows_are_apart,
    windows_lie_in_the_frame,
    frames_have_few_windows,
    windows_are_for_this_cpus_vcpus,
    every_vcpu_has_a_window,
    windows_are_long_enough,
    shared_cpus_have_single_vcpus,
    the_console_is_served_elsewhere,
    a_gicv2_shares_no_cpu,
    performance_monitors_are_not_shared,
    windows_give_each_budget,
    deadlines_are_guaranteed,
    spin_tables_lead_somewhere,
    spin_tables_stay_whole,
    pages_have_one_owner,
    devices_miss_the_guests_machine,
    devices_are_no_memory,
    regions_have_bytes,
    dma_is_watched,
    dma_meets_the_right_memory,
    dma_reaches_its_owners_memory,
    interrupts_have_one_owner,
    interrupts_miss_the_virtual_uart,
    private_interrupts_stay,
    guests_fit_their_ram,
    guests_leave_room_for_the_devicetree,
    guests_begin_inside,
    guests_begin_with_code,
    guests_begin_at_an_instruction,
    guest_segments_are_apart,
    linux_is_an_image,
)
_ADVICE: tuple[Rule, ...] = (  # warnings alone
    images_say_how_large_they_are,
    linux_has_memory_left,
    devices_come_with_what_they_need,
    sizes_fill_their_blocks,
    fixed_ram_can_use_blocks,
    vcpus_of_a_guest_are_alike,
    the_console_keeps_up,
    boot_arguments_name_a_console_there_is,
    restart_limits_are_used,
    somebody_starts_each_partition,
    something_runs,
    partitions_can_be_noticed,
    the_hypervisor_has_a_driver,
    guests_do_not_wait_for_a_line_nobody_serves,
)
RULES: tuple[Rule, ...] = (*_BOARD, *_SYSTEM, *_ADVICE)


def check(plan: SystemPlan) -> list[Diagnostic]:
    """Everything that is wrong with the plan."""
    return [finding for rule in RULES for finding in rule(plan)]
