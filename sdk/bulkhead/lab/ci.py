# SPDX-License-Identifier: Apache-2.0
"""Pipelines for a system, in three tiers: what needs no machine, what needs QEMU, what needs the lab.

The tiers are one list; each service's file is a template over it. Forks of a repository can run the first
two: they need no secret and no board.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from bulkhead.lab import pages

FILES = {"github": Path(".github") / "workflows" / "bulkhead.yml", "gitlab": Path(".gitlab-ci.yml")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`always`: also where a step before it failed."""

    name: str
    run: str
    always: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """`results` and `junit` are in the build folder; `needs` is the tier before it."""

    name: str
    steps: tuple[Step, ...]
    results: str
    junit: str = ""
    needs: str = ""
    minutes: int = 30
    lab: bool = False


def tiers(system: str, checkout: str, lab_target: str) -> list[Tier]:
    """`checkout` is the folder of Bulkhead in the repository, "" or with a slash at its end."""
    command = f"./{checkout}bulkhead"
    configure = Step(name="configure", run=shlex.join([command, "defconfig", system]))
    build = Step(name="build", run=f"{command} build")
    report = Step(name="report", run=f"{command} report", always=True)
    found = [
        Tier(
            name="check", steps=(configure, Step(name="check", run=f"{command} check"), build),
            results="plan.json",
        ),
        Tier(
            name="qemu", steps=(configure, Step(name="suites", run=f"{command} hil --target qemu"), report),
            results="hil/", junit="hil/qemu/junit.xml", needs="check", minutes=60,
        ),
    ]  # fmt: skip
    if lab_target:
        suites = Step(name="suites", run=shlex.join([command, "hil", "--target", lab_target]))
        found.append(
            Tier(
                name="lab", steps=(configure, suites, report), results="hil/",
                junit=f"hil/{lab_target}/junit.xml", needs="qemu", minutes=60, lab=True,
            )
        )  # fmt: skip
    return found


def make_pipeline(service: str, system: str, checkout: str, lab_target: str) -> str:
    """The text of the service's file."""
    return pages.render(f"{service}.yml", tiers=tiers(system, checkout, lab_target), checkout=checkout)
