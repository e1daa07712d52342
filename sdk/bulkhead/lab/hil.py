# SPDX-License-Identifier: Apache-2.0
"""What `./bulkhead hil` does: targets chosen, the image built, rounds run, results written and kept."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bulkhead.diag import LabError
from bulkhead.diag.paths import shown
from bulkhead.kconfig.system import config_path, recall
from bulkhead.lab import history, quarantine
from bulkhead.lab.campaign import Campaign, Round, run_rounds
from bulkhead.lab.cases import FAIL, CaseResult, closing_line, write_junit
from bulkhead.lab.coordinator import address_of
from bulkhead.lab.image import Image
from bulkhead.lab.launch import Choice, choose
from bulkhead.lab.lease import Lease, lease
from bulkhead.lab.progress import tell
from bulkhead.lab.suites import Selection, exit_code, find_suites
from bulkhead.lab.targets import Target, find_target, read_targets, require_usable

VERSION = 1
RESULTS = "results.json"  # of a round, for `./bulkhead report`


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The command line."""

    suites: tuple[str, ...]
    names: tuple[str, ...]
    targets: Path | None
    out: Path | None
    build: bool
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    jobs: int | None
    repeat: int
    until_fail: bool
    shuffle: bool
    seed: int | None
    rerun_failed: bool
    history: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    names: tuple[str, ...]
    build_id: str
    out: Path
    rounds: tuple[Round, ...]
    seed: int | None

    @property
    def cases(self) -> list[CaseResult]:
        return [case for round_ in self.rounds for case in round_.result.cases]

    @property
    def exit_code(self) -> int:
        return exit_code(self.cases)

    def summary(self) -> list[str]:
        """What is told at the end."""
        unknown = Counter(
            (c.stage, f" on {c.target}" if len(self.names) > 1 else "", c.suite)
            for c in self.cases if c.status == FAIL and c.stage != "test"
        )  # fmt: skip
        lines = [
            f"{stage.upper()} failed{where}, nothing is known about {number} tests of {suite}"
            for (stage, where, suite), number in unknown.items()
        ]
        lines += [remark for round_ in self.rounds for remark in round_.remarks]
        if len(self.rounds) > 1:
            bad = [round_.number for round_ in self.rounds if round_.result.exit_code]
            lines.append(f"{len(self.rounds)} rounds, failed: {', '.join(map(str, bad)) or 'none'}")
        if self.seed is not None:
            lines.append(f"order: --shuffle --seed {self.seed}")
        return [*lines, shown(self.rounds[-1].result.out / "log.html"), closing_line(self.cases)]

    def to_json(self) -> dict[str, Any]:
        rows = [
            {
                "suite": c.suite, "name": c.name, "status": c.status, "stage": c.stage, "message": c.message,
                "seconds": round(c.seconds, 3), "target": c.target, "tags": list(c.tags),
                "round": round_.number,
            }
            for round_ in self.rounds
            for c in round_.result.cases
        ]  # fmt: skip
        return {
            "version": VERSION, "target": ",".join(self.names), "build_id": self.build_id,
            "out": str(self.out), "seed": self.seed,
            "remarks": [r for round_ in self.rounds for r in round_.remarks], "cases": rows,
        }  # fmt: skip


def run(root: Path, build_dir: Path, asked: Asked) -> Done:
    """Raises SdkError; a failed test is a result. Places of a lab are held until the end."""
    with ExitStack() as stack:
        asked, leases = _with_places(root, build_dir, asked, stack)
        done = _run(root, build_dir, asked)
        for held in leases:
            if held.lost.is_set():
                raise LabError(
                    f"LAB: {held.place.name} was lost while the suites ran: no result of it counts"
                )
        return done


def _with_places(root: Path, build_dir: Path, asked: Asked, stack: ExitStack) -> tuple[Asked, list[Lease]]:
    """Targets of kind `lab` as serial ones, on places reserved for this run; as a targets.yaml of the
    run's own.
    """
    found = [find_target(root, name, asked.targets) for name in asked.names]
    if all(target.kind != "lab" for target in found):
        return asked, []
    import yaml

    own = asked.targets or (
        Path(os.environ["BULKHEAD_TARGETS"]) if "BULKHEAD_TARGETS" in os.environ else None
    )
    data: dict[str, Any] = {"version": 1, "targets": {}}
    if own:
        data = yaml.safe_load(own.read_text(encoding="utf-8"))
    names, leases = [], []
    for target in found:
        if target.kind == "lab":
            held = stack.enter_context(
                lease(root, address_of(None), board=target.board, name=target.lab_place, say=_say)
            )
            leases.append(held)
            name = target.name if target.name not in names else f"{target.name}-{held.place.name}"
            target = dataclasses.replace(target, name=name)
            data["targets"][target.name] = _as_serial(target, held.place.console_url)
        names.append(target.name)
    file = build_dir / "hil" / f"places-{os.getpid()}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    stack.callback(file.unlink, missing_ok=True)
    file.write_text(yaml.safe_dump(data), encoding="utf-8")
    return dataclasses.replace(asked, names=tuple(names), targets=file), leases


def _as_serial(target: Target, url: str) -> dict[str, Any]:
    """The entry of a place's console, with the power and flash commands of its lab entry."""
    power = {verb: list(words) for verb, words in dataclasses.asdict(target.power).items() if words}
    entry: dict[str, Any] = {
        "kind": "serial", "board": target.board, "boot_seconds": target.boot_seconds,
        "console": {"url": url, "baud": target.baud}, "capabilities": ["lab", *target.capabilities],
        "stand_ins": list(target.stand_ins),
    }  # fmt: skip
    if power:
        entry["power"] = power
    if target.flash.command:
        entry["flash"] = {"method": "command", "command": list(target.flash.command)}
    return entry


def _run(root: Path, build_dir: Path, asked: Asked) -> Done:
    known = read_targets(root, asked.targets)
    choices = _choose(root, build_dir, asked)
    own = recall(root, build_dir).suites if config_path(build_dir).is_file() else None
    lists = [root / quarantine.SHIPPED, *([own / quarantine.NAME] if own else [])]
    folder = (asked.out or build_dir / "hil" / "+".join(asked.names)).absolute()
    seed = asked.seed if asked.seed is not None else random.randrange(1 << 31) if asked.shuffle else 0
    jobs = asked.jobs or len(asked.names)
    campaign = Campaign(
        root=root, build_dir=build_dir, on=tuple(choice.target for choice in choices), known=known,
        targets=asked.targets, suites=tuple(find_suites(root, asked.suites, own)), out=folder,
        selection=Selection(include=asked.include, exclude=asked.exclude), jobs=jobs, repeat=asked.repeat,
        until_fail=asked.until_fail, shuffle=asked.shuffle, seed=seed, rerun_failed=asked.rerun_failed,
        quarantine=tuple(quarantine.read_quarantine(lists)), say=_say,
    )  # fmt: skip
    kept = history.History(asked.history or root / history.FILE)
    revision = history.revision_of(root)
    rounds: list[Round] = []
    began = time.time()
    for done in run_rounds(campaign):
        rounds.append(done)
        _keep(kept, revision, campaign, choices[0].image, done, began)
        began = time.time()
        if jobs > 1 or len(asked.names) > 1:
            tell(done.result.cases)
        if asked.repeat > 1:
            _say(f"round {done.number}: {closing_line(done.result.cases)}")
        about = {
            "target": ",".join(asked.names),
            "board": choices[0].target.board,
            "build": done.result.build_id,
        }
        if asked.shuffle:
            about["seed"] = str(done.seed)
        write_junit(_with_target(done.result.cases, asked.names), done.result.out / "junit.xml", about)
    return Done(
        names=asked.names, build_id=choices[0].image.build_id, out=folder, rounds=tuple(rounds),
        seed=seed if asked.shuffle else None,
    )  # fmt: skip


def _keep(
    kept: history.History, revision: str, campaign: Campaign, image: Image, done: Round, began: float
) -> None:
    """The round in the history, and results.json beside its log for the report."""
    about = history.Run(
        began=began, revision=revision, system=image.system, board=image.board,
        targets=",".join(target.name for target in campaign.on), build_id=done.result.build_id,
        seconds=time.time() - began, exit_code=done.result.exit_code,
    )  # fmt: skip
    kept.add_run(about, done.result.cases)
    rows = {"run": dataclasses.asdict(about), "remarks": done.remarks,
            "cases": [dataclasses.asdict(case) for case in done.result.cases]}  # fmt: skip
    (done.result.out / RESULTS).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _choose(root: Path, build_dir: Path, asked: Asked) -> list[Choice]:
    """The targets, and the image, built once. A port that cannot be opened is the result of one target,
    not the end of all, where there are others or stand-ins."""
    chosen: list[Choice] = []
    for name in dict.fromkeys(asked.names):
        target = find_target(root, name, asked.targets)
        dry = bool(target.stand_ins) or len(asked.names) > 1
        chosen.append(choose(root, build_dir, name, asked.targets, build=asked.build and not chosen, dry=dry))
        for stand_in in target.stand_ins:
            require_usable(root, find_target(root, stand_in, asked.targets), target.board)
    return chosen


def _with_target(cases: tuple[CaseResult, ...], names: tuple[str, ...]) -> list[CaseResult]:
    """With several targets a suite is told apart by where it ran."""
    if len(names) == 1:
        return list(cases)
    return [dataclasses.replace(case, suite=f"{case.target}.{case.suite}") for case in cases]


def _say(text: str) -> None:
    print(f"bulkhead: {text}", file=sys.stderr, flush=True)
