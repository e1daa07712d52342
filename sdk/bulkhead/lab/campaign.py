# SPDX-License-Identifier: Apache-2.0
"""`hil` as a whole: the same suites on targets, as often as asked, and what is done about a lab that fails.

A test failure is never tried again by itself. What the lab spoiled is, on the target's stand-ins in their
order, and both results are told.
"""

from __future__ import annotations

import dataclasses
import datetime
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bulkhead.diag import UserError
from bulkhead.diag.paths import shown
from bulkhead.lab.cases import FAIL, CaseResult
from bulkhead.lab.quarantine import Entry, apply
from bulkhead.lab.session import Stage
from bulkhead.lab.suites import RunResult, Selection, read_cases, run_suites
from bulkhead.lab.targets import Target

LAB_STAGES = {Stage.LAB.value, Stage.FLASH.value}  # what another board may do better


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What is asked for. `known` are all targets by name, for stand-ins; `say` is told of what happens."""

    root: Path
    build_dir: Path
    on: tuple[Target, ...]
    known: dict[str, Target]
    targets: Path | None
    suites: tuple[Path, ...]
    out: Path
    selection: Selection
    jobs: int
    repeat: int
    until_fail: bool
    shuffle: bool
    seed: int
    rerun_failed: bool
    quarantine: tuple[Entry, ...]
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One run of all suites on all targets."""

    number: int
    result: RunResult
    remarks: tuple[str, ...]  # quarantine, and what was tried again
    seed: int | None


def run_rounds(campaign: Campaign) -> Iterator[Round]:
    """Each round as it ends. Raises LabError, UserError."""
    for number in range(1, campaign.repeat + 1):
        out = campaign.out if campaign.repeat == 1 else campaign.out / f"round-{number}"
        seed = random.Random(campaign.seed + number - 1).randrange(1 << 31) if campaign.shuffle else None
        done = _round(campaign, number, out, seed)
        yield done
        if campaign.until_fail and done.result.exit_code:
            return


def _round(campaign: Campaign, number: int, out: Path, seed: int | None) -> Round:
    selection = dataclasses.replace(campaign.selection, seed=seed)
    if campaign.rerun_failed:
        selection = dataclasses.replace(selection, only=_failed_before(out, campaign.on))
    result = run_suites(
        campaign.root, campaign.build_dir, campaign.on, campaign.targets, campaign.suites, out,
        selection=selection, jobs=campaign.jobs,
    )  # fmt: skip
    cases, tried = _with_stand_ins(campaign, list(result.cases), out, selection)
    judged, listed = apply(list(campaign.quarantine), cases, datetime.date.today())
    result = dataclasses.replace(result, cases=tuple(judged))
    return Round(number=number, result=result, remarks=(*tried, *listed), seed=seed)


def _failed_before(out: Path, on: Sequence[Target]) -> frozenset[tuple[str, str, str]]:
    """Target, suite and name of each test that failed in the last results."""
    last = out / "output.xml"
    if not last.is_file():
        raise UserError(f"there are no results in {shown(out)} of which the failed tests could be run again")
    cases = read_cases(last, on[0].name if len(on) == 1 else "")
    failed = frozenset((case.target, case.suite, case.name) for case in cases if case.status == FAIL)
    if not failed:
        raise UserError(f"of the results in {shown(out)} no test failed")
    return failed


def _with_stand_ins(
    campaign: Campaign, cases: list[CaseResult], out: Path, selection: Selection
) -> tuple[list[CaseResult], list[str]]:
    """The cases with what the lab spoiled run again elsewhere, and a sentence for each such suite."""
    remarks: list[str] = []
    for target in campaign.on:
        for name in target.stand_ins:
            spoiled = {c.suite for c in cases if c.target == target.name and _is_labs(c)}
            if not spoiled:
                break
            stand_in = campaign.known[name]
            why = next(c.message for c in cases if c.target == target.name and _is_labs(c)).splitlines()[0]
            remarks.append(f"{target.name}: {why}: {', '.join(sorted(spoiled))} tried again on {name}")
            campaign.say(remarks[-1])
            again = run_suites(
                campaign.root, campaign.build_dir, [stand_in], campaign.targets,
                [path for path in campaign.suites if path.stem in spoiled], out / f"on-{name}",
                selection=dataclasses.replace(selection, only=None),
            )  # fmt: skip
            cases = [c for c in cases if not (c.target == target.name and c.suite in spoiled)]
            cases += [dataclasses.replace(c, target=target.name) if _is_labs(c) else c for c in again.cases]
    return cases, remarks


def _is_labs(case: CaseResult) -> bool:
    return case.status == FAIL and case.stage in LAB_STAGES
