# SPDX-License-Identifier: Apache-2.0
"""How each shared physical CPU gives its time: the text of its windows -> `Schedule`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from bulkhead.diag import Diagnostic, Span, error
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
        windows, problems = _windows(config, f"{stem}_WINDOWS", vcpus)
        diags += problems
        found.append(
            Schedule(
                pcpu=cpu.index,
                policy=Policy.TABLE,
                frame_ns=config.number(f"{stem}_FRAME_US") * 1000,
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
    text, start = config.get(symbol), _inside(config.span(symbol), 1)  # behind the quote
    windows: list[Window] = []
    diags: list[Diagnostic] = []
    at = 0
    for part in text.split(",") if text.strip() else ():
        where = _inside(start, at + len(part) - len(part.lstrip()))
        at += len(part) + 1
        match = _WINDOW.fullmatch(part.strip())
        if match is None:
            diags.append(_not_understood(part.strip(), where))
            continue
        who = match["who"]
        if who != _IDLE and who not in vcpus:
            diags.append(_nobody(who, _inside(where, match.start("who")), vcpus))
            continue
        windows.append(
            Window(
                begin_ns=_ns(match["begin"]),
                length_ns=_ns(match["length"]),
                vcpu=vcpus.get(who),
                where=where,
            )
        )
    return windows, diags


def _ns(text: str) -> int:
    return int(Decimal(text) * 1000)


def _inside(start: Span, offset: int) -> Span:
    """A place further right on the line, where the column is known."""
    return Span(start.file, start.line, start.col + offset) if start.col else start


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
