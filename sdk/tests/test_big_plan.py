# SPDX-License-Identifier: Apache-2.0
"""128 partitions and 200 devices: checked within a second, emitted within two, and right."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from big_plan import DEVICES, PARTITIONS, make_big_plan
from table_walker import Memory, runs

from bulkhead.check import check
from bulkhead.diag import has_errors
from bulkhead.emit.config_c import emit_config_c
from bulkhead.emit.counts_h import emit_counts_h
from bulkhead.emit.guest_dtb import emit_guest_dtb
from bulkhead.emit.layout_ld import emit_layout_ld
from bulkhead.emit.map import emit_map
from bulkhead.emit.plan_json import emit_plan_json
from bulkhead.emit.store import emit_store_files, emit_store_S
from bulkhead.emit.tables import emit_tables, make_tables
from bulkhead.model.system import SystemPlan


@pytest.fixture(scope="module")
def plan() -> SystemPlan:
    return make_big_plan()


def cpu_seconds(work: Callable[[], object]) -> float:
    """Of this process alone: other work on the machine does not count."""
    began = time.process_time()
    work()
    return time.process_time() - began


def test_it_is_as_large_as_it_says(plan: SystemPlan) -> None:
    assert len(plan.partitions) == PARTITIONS
    assert sum(len(p.devices) for p in plan.partitions) == DEVICES
    assert not has_errors(check(plan))


def test_rules_take_less_than_a_second(plan: SystemPlan) -> None:
    assert cpu_seconds(lambda: check(plan)) < 1


def test_rules_stay_fast_when_everything_is_wrong(plan: SystemPlan) -> None:
    heap = tuple(replace(p, ram_pa=0x4020_0000, vcpus=plan.partitions[0].vcpus) for p in plan.partitions)
    claims = tuple(replace(c, base=0x4020_0000) if c.kind == "partition" else c for c in plan.claims)
    bad = replace(plan, partitions=heap, claims=tuple(sorted(claims, key=lambda c: c.base)))
    assert cpu_seconds(lambda: check(bad)) < 2


def test_emission_takes_less_than_two_seconds(plan: SystemPlan) -> None:
    def everything() -> None:
        for emit in (emit_config_c, emit_counts_h, emit_layout_ld, emit_map, emit_plan_json):
            emit(plan)
        emit_tables(plan)
        emit_store_S(plan)
        emit_store_files(plan)
        for p in plan.partitions:
            emit_guest_dtb(plan, p)

    assert cpu_seconds(everything) < 2


def test_the_tables_grant_exactly_the_plan(plan: SystemPlan) -> None:
    tables = make_tables(plan)
    memory = Memory(plan.box("tables").base, tables.data)
    for p in plan.partitions:
        reached = [(va, pa, size) for va, pa, size, _ in runs(memory, tables.stage2_roots[p.id])]
        devices = sorted((r.base, r.base, r.size) for d in p.devices for r in plan.device(d).regions)
        assert reached == [*devices, (0x4000_0000, p.ram_pa, p.ram_size)]
