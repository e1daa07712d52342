# SPDX-License-Identifier: Apache-2.0
"""Keywords: partitions through the monitor, the hypervisor's health events, time measured, attacks."""

from __future__ import annotations

import time
from typing import Any

from robot.api import SkipExecution, logger
from robot.api.deco import keyword
from robot.utils import timestr_to_secs

from bulkhead.lab import monitor
from bulkhead.lab.attacks import REPORT_SECONDS, Neighbour, read_report, run_attack
from bulkhead_keywords.base import Keywords, TestFailure, image

POLL_SECONDS = 0.02
FAULT = (
    r"^{name}: fault (?P<class>\S+) vcpu=(?P<vcpu>\d+) pc=(?P<pc>\S+) esr=(?P<esr>\S+)"
    r"(?: insn=(?P<insn>\S+))?(?: addr=(?P<addr>\S+) \((?P<what>.*)\) (?P<access>\S+))?"
    r" action=(?P<action>\S+)$"
)


class Partitions(Keywords):
    @keyword("Ask Monitor")
    def ask_monitor(self, command: str) -> list[dict[str, Any]]:
        """The rows of the monitor's answer to `ps`, `stats`, `health`, `plan`, ... (docs/monitor.md), as
        dictionaries.
        """
        if not monitor.has_monitor(self._open):
            raise SkipExecution(f"the system '{image().system}' has no monitor (CONFIG_MONITOR)")
        with self._blamed():
            return monitor.ask(self._open, command)

    @keyword("Partition State")
    def partition_state(self, name: str) -> str:
        """`off`, `starting`, `running` or `stopping`, as the monitor tells."""
        rows = self.ask_monitor("ps")
        return str(next(row["state"] for row in rows if row["name"] == name))

    @keyword("Partition Should Become")
    def partition_should_become(self, name: str, state: str, timeout: str = "10 s") -> None:
        """The partition is in that state, or comes to it before the deadline."""
        deadline = time.monotonic() + timestr_to_secs(timeout) * self._open.console.speed
        while (found := self.partition_state(name)) != state:
            if time.monotonic() > deadline:
                raise TestFailure(f"'{name}' is {found}, and was to become {state} within {timeout}")
            time.sleep(POLL_SECONDS)

    @keyword("Stop Partition")
    def stop_partition(self, name: str) -> None:
        """Ask the monitor to stop it, and wait until it is off."""
        self.ask_monitor(f"stop {name}")
        self.partition_should_become(name, "off")

    @keyword("Start Partition")
    def start_partition(self, name: str) -> None:
        """Ask the monitor to start it, and wait until it runs."""
        self.ask_monitor(f"start {name}")
        self.partition_should_become(name, "running")

    @keyword("Restart Partition")
    def restart_partition(self, name: str) -> int:
        """Ask the monitor to restart it, and wait for the new life; returns its number of restarts."""
        self._open.console.skip_to_now()
        self.ask_monitor(f"restart {name}")
        count = self._wait("hv", rf"^{name}: restart n=(\d+)$", "20 s").match[1]
        self._wait("hv", f"^{name}: running$", "20 s")
        return int(count)

    @keyword("Wait For Fault")
    def wait_for_fault(self, name: str, timeout: str = "10 s") -> dict[str, str]:
        """The hypervisor's next report of a fault of `name`: class, vcpu, pc, esr, insn, addr, what,
        access, action.
        """
        found = self._wait("hv", FAULT.replace("{name}", name), timeout).match.groupdict()
        return {field: value or "" for field, value in found.items()}

    @keyword("Faults Of")
    def faults_of(self, name: str) -> dict[str, int]:
        """How many faults of each class the monitor has counted for a partition since the boot."""
        rows = self.ask_monitor("health")
        return {row["class"]: int(row["faults"]) for row in rows if row["name"] == name}

    @keyword("Attack Should Be Contained")
    def attack_should_be_contained(
        self, attack: str, attacker: str = "rogue", neighbour: str = "control"
    ) -> None:
        """Let the attacker run an attack by name; it must be contained and the neighbour on time."""
        with self._blamed(f"attack {attack}: "):
            outcome = run_attack(self._open, attack, attacker=attacker, neighbour=neighbour)
        logger.info(f"{outcome.verdict}; the hypervisor said: {outcome.hypervisor or 'nothing'}")
        logger.info(f"neighbour before: {outcome.before}, during: {outcome.during}")
        if outcome.problems:
            raise TestFailure(f"attack {attack}: " + "; ".join(outcome.problems))

    @keyword("Measure Jitter")
    def measure_jitter(self, name: str = "control", seconds: int = 5) -> dict[str, int]:
        """The partition's next reports of its 1 kHz loop: `max_ns`, `missed` deadlines, `ticks`.

        On a target with `exact_time` a nanosecond is an instruction; elsewhere it is the board's time.
        """
        self._open.console.skip_to_now()
        found = [
            read_report(self._wait(name, Neighbour.PATTERN, f"{REPORT_SECONDS} s").match)
            for _ in range(int(seconds))
        ]
        measured = {
            "max_ns": max(report.jitter_ns for report in found),
            "missed": sum(report.missed for report in found),
            "ticks": sum(report.ticks for report in found),
        }
        logger.info(f"{name}: {measured}")
        return measured

    @keyword("Jitter Should Be At Most")
    def jitter_should_be_at_most(self, max_ns: int, name: str = "control", seconds: int = 5) -> None:
        """No report of the next seconds has more jitter than that, or a missed deadline."""
        found = self.measure_jitter(name, seconds)
        if found["missed"] or found["max_ns"] > int(max_ns):
            raise TestFailure(
                f"{name} was up to {found['max_ns']} ns late and missed {found['missed']} deadlines"
            )

    @keyword("Neighbour Should Be On Time")
    def neighbour_should_be_on_time(self, neighbour: str = "control", seconds: int = 2) -> None:
        """The neighbour's next reports have no missed deadline."""
        for _ in range(int(seconds)):
            report = read_report(self._wait(neighbour, Neighbour.PATTERN, "20 s").match)
            if report.missed:
                raise TestFailure(
                    f"{neighbour} missed {report.missed} deadlines in its second {report.second}"
                )
