# SPDX-License-Identifier: Apache-2.0
"""The demonstration: every attack of the hostile partition in turn, and what the neighbour noticed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from bulkhead.diag import LabError, UserError
from bulkhead.lab.attacks import Neighbour, Outcome, list_attacks, run_attack, usual_report
from bulkhead.lab.console import TextNotSeen
from bulkhead.lab.session import Session

ATTACKER, NEIGHBOUR = "rogue", "control"  # or, where nobody is called so, the first of the others
DEMO_SECONDS = 150.0  # where a host is so slow that this is not enough, it says so

QUIET_REPORTS = 6  # of the neighbour, before the first attack

# QEMU serves its CPUs in turn on one clock. Where both have an event at the same instant it may
# serve rogue's first, and rogue's instructions up to its next wait (seen: 3 to 101) then stand on
# control's clock. That is chance, one second in a hundred, so such an attack is run again: what
# really disturbs its neighbour does so every time.
TRIES = 5
# A timer every 2 us meets each of control's ticks, in every try.
TURN_TAKING = {"timer-storm": 128}
# Before this version a CPU's turn could last beyond the other's deadline, in any attack.
EVEN_TURNS_QEMU = (8, 1)
UNEVEN_TURNS = 128


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one attack is judged: by its outcome and by the neighbour's jitter, to the instruction."""

    outcome: Outcome
    problems: tuple[str, ...]
    tries: int = 1

    @property
    def is_good(self) -> bool:
        return not self.problems


def neighbour_of(partitions: list[str]) -> str:
    """Who keeps deadlines beside the attacker. Raises UserError where the cast is not complete."""
    others = [name for name in partitions if name != ATTACKER]
    if ATTACKER not in partitions or not others:
        has = ", ".join(partitions)
        raise UserError(f"the demo needs a partition named '{ATTACKER}' and a neighbour; there are {has}")
    return NEIGHBOUR if NEIGHBOUR in others else others[0]


def run_attacks(
    session: Session, slack: int = 0, clock: Callable[[], float] = time.monotonic
) -> Iterator[Verdict]:
    """Each attack as it has been judged. Raises LabError when the target stops answering.

    `slack`: instructions of jitter that this emulator adds by itself (`emulator_slack`).
    """
    deadline = clock() + DEMO_SECONDS
    neighbour = neighbour_of(session.image.partitions)
    try:
        session.wait("^rogue: ready", ATTACKER, 20.0)
        names = list_attacks(session, ATTACKER)
        usual = usual_report(session, neighbour, QUIET_REPORTS)
        for name in names:
            if clock() > deadline:
                raise LabError(f"the demo did not end within {DEMO_SECONDS:.0f} s; attack '{name}' was next")
            attack = partial(run_attack, session, name, attacker=ATTACKER, neighbour=neighbour, before=usual)
            yield run_until_clear(attack, slack)
    except TextNotSeen as problem:
        raise LabError(str(problem)) from problem


def emulator_slack(qemu_version: tuple[int, int]) -> int:
    """Instructions of jitter that an older QEMU adds by itself."""
    return 0 if qemu_version >= EVEN_TURNS_QEMU else UNEVEN_TURNS


def counter_step(machine: Mapping[str, str]) -> int:
    """Instructions that a tick of the machine's counter is: jitter cannot be told finer. 0: each one."""
    counter_hz = int(machine.get("counter_hz", 0))
    return -(-1_000_000_000 // counter_hz) if counter_hz else 0


def run_until_clear(attack: Callable[[], Outcome], slack: int = 0) -> Verdict:
    """Run it; again where nothing but the neighbour's jitter speaks against it."""
    for tries in range(1, TRIES + 1):
        outcome = attack()
        verdict = judge(outcome, tries, slack)
        if verdict.is_good or outcome.problems:
            break
    return verdict


def judge(outcome: Outcome, tries: int = 1, slack: int = 0) -> Verdict:
    problems = list(outcome.problems)
    change = outcome.during.jitter_ns - outcome.before.jitter_ns
    if change > max(slack, TURN_TAKING.get(outcome.attack, 0)):
        problems.append(f"the neighbour's jitter grew by {change} instructions, {tries} times")
    return Verdict(outcome, tuple(problems), tries)


def neighbour_text(before: Neighbour, during: Neighbour) -> str:
    text = f"{before.jitter_ns} -> {during.jitter_ns} ns"
    if during.missed:
        text += f", {during.missed} missed"
    elif during.jitter_ns > before.jitter_ns:
        text += " (QEMU serves both CPUs in turn)"
    return text
