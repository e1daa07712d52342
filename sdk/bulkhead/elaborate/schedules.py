# SPDX-License-Identifier: Apache-2.0
"""How each shared physical CPU gives its time: the text of its windows -> `Schedule`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence

from bulkhead.diag import Diagnostic, Span, error
from bulkhead.elaborate.made_windows import make_windows
from bulkhead.elaborate.tasks import inside, nanoseconds, pieces
from bulkhead.kconfig.load import Config
from bulkhead.model.board import Board
from bulkhead.model.system import Partition, Policy, Schedule, Window

_IDLE = "idle"
_TIME = r"\d{1,7}(?:\.\d{1,3})?"
_WINDOW = re.compile(rf"(?P<begin>{_TIME})\s*\+\s*(?P<length>{_TIME})\s+(?P<who>[A-Za-z0-9_.-]+)")


def read_schedules(
    board: Board, config: Config, partitions: Sequence[Partition]
) -> tuple[list[Schedule], list[Diagnostic]]:
    """Of the CPUs whose policy is not `pinned`; a window that cannot be understood is left out."""
    vcpus = {name: v.id for p in partitions for v in p.vcpus for name in _names(p.name, v.index)}
    found: list[Schedule] = []
    diags: list[Diagnostic] = []
    for cpu in board.cpus:
        stem = f"PCPU_{cpu.index}"
        if not config.is_set(f"{stem}_POLICY_TABLE"):
            continue
        frame = config.number(f"{stem}_FRAME_US") * 1000
        if config.get(f"{stem}_WINDOWS").strip():
            windows, problems = _windows(config, f"{stem}_WINDOWS", vcpus)
        else:
            frame, windows, problems = make_windows(
                cpu.index, partitions, config.span(f"{stem}_POLICY_TABLE")
            )
        diags += problems
        found.append(
            Schedule(
                pcpu=cpu.index,
                policy=Policy.TABLE,
                frame_ns=frame,
                windows=tuple(windows),
                where=(
                    ("policy", config.span(f"{stem}_POLICY_TABLE")),
                    ("frame", config.span(f"{stem}_FRAME_US")),
                    ("windows", config.span(f"{stem}_WINDOWS")),
                ),
            )
        )
    return found, diags


def _names(partition: str, index: int) -> Iterator[str]:
    yield f"{partition}.{index}"
    if index == 0:
        yield partition


def _windows(config: Config, symbol: str, vcpus: Mapping[str, int]) -> tuple[list[Window], list[Diagnostic]]:
    text, start = config.get(symbol), inside(config.span(symbol), 1)  # behind the quote
    windows: list[Window] = []
    diags: list[Diagnostic] = []
    for part, where in pieces(text, start):
        match = _WINDOW.fullmatch(part)
        if match is None:
            diags.append(_not_understood(part, where))
            continue
        who = match["who"]
        if who != _IDLE and who not in vcpus:
            diags.append(_nobody(who, inside(where, match.start("who")), vcpus))
            continue
        windows.append(
            Window(
                begin_ns=nanoseconds(match["begin"]),
                length_ns=nanoseconds(match["length"]),
                vcpu=vcpus.get(who),
                where=where,
            )
        )
    return windows, diags


def _not_understood(part: str, where: Span) -> Diagnostic:
    return error(
        "BH-SCHED-001",
        f"'{part}' is not a window" if part else "there is no window between these commas",
        where,
        help="Write begin+length in microseconds and whose it is, as in `300+200 control`.",
    )


def _nobody(who: str, where: Span, vcpus: Mapping[str, int]) -> Diagnostic:
    names = sorted(vcpus)
    close = difflib.get_close_matches(who, names, n=1)
    return error(
        "BH-SCHED-002",
        f"a window is for '{who}', which is no virtual CPU of this system",
        where,
        help=f"Did you mean '{close[0]}'?"
        if close
        else f"There are {', '.join(n for n in names if '.' not in n) or 'none'}, and `idle`.",
    )
