# SPDX-License-Identifier: Apache-2.0
"""Board + configuration + payloads -> `SystemPlan`, in the order a reader would do it by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bulkhead.diag import Diagnostic, Span
from bulkhead.diag.paths import shown
from bulkhead.elaborate.allocate import allocate
from bulkhead.elaborate.claims import all_claims, fixed_claims
from bulkhead.elaborate.guests import GuestFiles
from bulkhead.elaborate.layout import default_sizes, make_boxes
from bulkhead.elaborate.owners import impossible_owners, read_owners
from bulkhead.elaborate.partitions import read_partitions
from bulkhead.elaborate.schedules import read_schedules
from bulkhead.kconfig.load import Config
from bulkhead.lab.bench import read_baseline
from bulkhead.model.board import Board
from bulkhead.model.sizes import ADDRESS_LIMIT, HvSizes
from bulkhead.model.system import LATE_LIMIT_NS, PLAN_VERSION, Features, SystemPlan, driven_cpus
from bulkhead.schedule.costs import switch_instructions

_PLACED = ("CONSOLE_PCPU", "CONSOLE_PERIOD_US", "CONSOLE_BUDGET_BYTES", "POWER_OFF_WHEN_IDLE")


@dataclass(frozen=True, slots=True)
class Elaborated:
    """The plan as far as it could be made, and what was found on the way."""

    plan: SystemPlan
    diags: tuple[Diagnostic, ...]


def elaborate(
    board: Board,
    config: Config,
    files: GuestFiles,
    sizes: HvSizes | None = None,
    system: str = "unnamed",
) -> Elaborated:
    """A guest whose payload is not among `files` is not built yet.

    `sizes` come from the first link; without them generous ones are assumed.
    """
    owners, owner_slots = read_owners(board, config)
    partitions, diags = read_partitions(config, files, owners, owner_slots)
    features = _features(config, board)
    schedules, not_understood = read_schedules(board, config, partitions)
    diags += not_understood
    pcpu_count = len(driven_cpus(board, partitions, features))
    boxes = make_boxes(board, sizes or default_sizes(board, partitions, pcpu_count), pcpu_count)
    fixed = fixed_claims(board, boxes)
    memory = [(r.base, min(r.end, ADDRESS_LIMIT)) for r in board.memory if r.base < ADDRESS_LIMIT]
    partitions, no_room = allocate(partitions, memory, fixed)
    plan = SystemPlan(
        version=PLAN_VERSION,
        board=board,
        system=system,
        partitions=tuple(partitions),
        owners=owners,
        features=features,
        schedules=tuple(s for s in schedules if s.pcpu < pcpu_count),
        boxes=boxes,
        claims=all_claims(board, fixed, partitions, owners),
        where=Span(shown(config.path)),
    )
    before = (*board.remarks, *config.diags, *impossible_owners(board, config))
    return Elaborated(plan, (*before, *diags, *no_room))


def _features(config: Config, board: Board) -> Features:
    return Features(
        console_pcpu=config.number("CONSOLE_PCPU"),
        console_period_us=config.number("CONSOLE_PERIOD_US"),
        console_budget_bytes=config.number("CONSOLE_BUDGET_BYTES"),
        power_off_when_idle=config.is_set("POWER_OFF_WHEN_IDLE") and board.psci_method != "none",
        monitor=config.is_set("MONITOR"),
        confirm_after_ms=config.number("CONFIRM_AFTER_MS"),
        short_paths=config.is_set("SHORT_PATHS"),
        trace_records=_power_of_two(config.number("TRACE_RECORDS")) if config.is_set("TRACE") else 0,
        trace_stops=config.is_set("TRACE_STOP_ON_FAULT"),
        toolchain=config.chosen("TOOLCHAIN", "ZIGLANG", "GCC", "CLANG").lower(),
        window_cost_ns=_window_cost(config),
        optimisation={"SPEED": "-O2", "SIZE": "-Os"}[config.chosen("OPTIMISE", "SPEED", "SIZE")],
        where=tuple((name.lower(), config.span(name)) for name in _PLACED),
    )


def _power_of_two(number: int) -> int:
    """The next one that is not less."""
    return 1 << (number - 1).bit_length()


def _window_cost(config: Config) -> int:
    """In nanoseconds; the switch from the baseline of `./bulkhead bench`."""
    switch = switch_instructions(read_baseline(Path(config.engine.srctree)))
    return LATE_LIMIT_NS - (-switch * config.number("EL2_NS_PER_1000_INSTRUCTIONS") // 1000)
