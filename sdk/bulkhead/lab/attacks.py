# SPDX-License-Identifier: Apache-2.0
"""One attack of a hostile guest: run it by name, and judge it by what everybody else said.

The attacker's own report is only one witness. The others are the hypervisor's lines and the
neighbour, which measures its own deadlines and prints them once a second.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import dataclass
from typing import ClassVar

from bulkhead.lab.demux import HYPERVISOR
from bulkhead.lab.session import Session
from bulkhead.lab.transcript import Line

ATTACK_SECONDS = 30.0
REPORT_SECONDS = 20.0  # the neighbour reports once a second of its own time
SETTLE_SECONDS = 2  # of the neighbour, before the first attack is judged
HARM = re.compile(r"\b(?:(lost|overruns|errors|bus_off)=[1-9]|(received)=0\b)")  # of a bus
RESET = "reset"  # the attack that ends with the attacker's restart


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One report of the neighbour: a second of its life."""

    second: int
    ticks: int
    jitter_ns: int
    missed: int

    PATTERN: ClassVar[str] = r"second=(\d+) ticks=(\d+) jitter_max_ns=(\d+) missed=(\d+)"

    def __str__(self) -> str:
        return f"{self.jitter_ns} ns"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attack came to. `problems` is empty when it was contained."""

    attack: str
    verdict: str  # the attacker's own words
    hypervisor: str  # what EL2 reported, summed up
    before: Neighbour
    during: Neighbour  # the worst of the reports that cover the attack
    problems: tuple[str, ...]


def read_report(match: re.Match[str]) -> Neighbour:
    return Neighbour(*(int(group) for group in match.groups()))


def list_attacks(session: Session, attacker: str = "rogue") -> list[str]:
    """The attacks that the attacker knows, in its order; `reset` is its last."""
    session.console.send_line(attacker, "list")
    names: list[str] = []
    while RESET not in names:
        names.append(session.wait(r"^rogue: attack (\S+)$", attacker, 5.0).match[1])
    return names


def run_attack(
    session: Session,
    attack: str,
    *,
    attacker: str = "rogue",
    neighbour: str = "control",
    before: Neighbour | None = None,
) -> Outcome:
    """Run one attack and wait until the neighbour has reported on all of it. Raises TextNotSeen.

    `before` is what the neighbour reports when nothing happens; without it, its last report.
    """
    before = before or last_report(session, neighbour)
    begin = session.console.transcript.size
    session.console.send_line(attacker, f"attack {attack}")
    session.wait(rf"^attack {re.escape(attack)} start", attacker, 5.0)
    end_pattern = (
        rf"attack {re.escape(attack)} end (.*)|{re.escape(attacker)}: ready"  # after a flood, mid-line
    )
    end = session.wait(end_pattern, attacker, ATTACK_SECONDS)
    verdict = end.match[1] or "restarted"
    reports = _reports_until_past(session, neighbour, begin, end.line.offset)
    during = max(reports, key=lambda report: (report.missed, report.jitter_ns))
    heard = [line for line in session.console.lines(HYPERVISOR) if line.offset >= begin]
    others = [name for name in session.image.partitions if name not in (attacker, neighbour)]
    problems = (
        *_problems(attack, verdict, reports, heard, neighbour, attacker),
        *(text for name in (neighbour, *others) for text in _harm(session, name, begin)),
    )
    return Outcome(attack, verdict, summarise(heard, attacker), before, during, problems)


def last_report(session: Session, neighbour: str) -> Neighbour:
    """The newest report there is; waits until the neighbour has settled."""
    lines = session.console.lines(neighbour)
    found = deque((m for line in lines if (m := re.search(Neighbour.PATTERN, line.text))), SETTLE_SECONDS)
    while len(found) < SETTLE_SECONDS:
        found.append(session.wait(Neighbour.PATTERN, neighbour, REPORT_SECONDS).match)
    return read_report(found[-1])


def usual_report(session: Session, neighbour: str, reports: int) -> Neighbour:
    """The jitter that is most frequent in the neighbour's next reports."""
    found = [
        read_report(session.wait(Neighbour.PATTERN, neighbour, REPORT_SECONDS).match) for _ in range(reports)
    ]
    usual = Counter(report.jitter_ns for report in found).most_common(1)[0][0]
    return next(report for report in found if report.jitter_ns == usual)


def _reports_until_past(session: Session, neighbour: str, begin: int, end: int) -> list[Neighbour]:
    """Every report that began after `begin`, up to the second one after `end`: the first of the
    two may have been on its way while the attack still ran."""
    reports: list[Neighbour] = []
    after = 0
    while after < 2:
        seen = session.wait(Neighbour.PATTERN, neighbour, REPORT_SECONDS)
        if seen.line.offset >= begin:
            reports.append(read_report(seen.match))
        after += seen.line.offset > end
    return reports


def _problems(
    attack: str, verdict: str, reports: list[Neighbour], heard: list[Line], neighbour: str, attacker: str
) -> tuple[str, ...]:
    problems: list[str] = []
    if attack != RESET and not verdict.startswith(("contained", "restarted")):
        problems.append(f"{attacker} says: {verdict}")
    missed = sum(report.missed for report in reports)
    if missed:
        problems.append(f"{neighbour} missed {missed} deadlines")
    for line in heard:
        if line.text.startswith(("CRASH", "boot ")) or line.text.startswith(f"{neighbour}: "):
            problems.append(f"the hypervisor said: {line.text}")
    return tuple(problems)


def _harm(session: Session, partition: str, begin: int) -> list[str]:
    """What a partition's own error counters say since `begin`: of each, the first that is not 0."""
    found: dict[str, str] = {}
    for line in session.console.lines(partition):
        for match in HARM.finditer(line.text) if line.offset >= begin else ():
            found.setdefault(match[1] or match[2], f"{partition} says: {line.text}")
    return list(found.values())


def summarise(heard: list[Line], attacker: str) -> str:
    """The hypervisor's lines about the attacker in a few words."""
    faults: dict[str, int] = {}
    words: list[str] = []
    for line in heard:
        about = line.text.removeprefix(f"{attacker}: ")
        if about == line.text or "reports dropped" in about:  # told late: those of an earlier attack
            continue
        if match := re.match(r"fault (\S+) .*action=(\S+)", about):
            kind = f"{match[1]} fault: {match[2]}"
            faults[kind] = faults.get(kind, 0) + 1
        elif about not in words:
            words.append(about)
    return "; ".join([*faults, *words])
