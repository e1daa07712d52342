# SPDX-License-Identifier: Apache-2.0
"""Lockstep: the same operations to several interrupt controllers, each compared with the reference model.

The players run in a process of their own (hil-tests/rtl/gic/players/main.py), which gets a job as a file and
leaves its results as one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bulkhead.build.tools import tool_environment
from bulkhead.diag import LabError, SdkError
from bulkhead.lab.cases import FAIL, PASS, CaseResult
from bulkhead.lab.image import Image
from bulkhead.lab.processes import wait_for
from bulkhead.runners import hosttools
from bulkhead.runners.lifetime import end_with_parent
from bulkhead.sim.design import V3, build, rtl_folder
from bulkhead.sim.environment import prepare
from bulkhead.sim.options import Options
from bulkhead.sim.plain import plain
from bulkhead.sim.players import PARTITION, build_player, write_vgic_system
from bulkhead.sim.run import Run, environment_of, follow

SUITE = "sim.lockstep"
PLAYERS = ("rtl", "qemu", "vgic")
SAMPLE, LONG = 10_000, 400_000
START_SECONDS, SECONDS_PER_OP = 400.0, 0.02  # on a slow and loaded host
SGIS, TIMERS = 0xFFFF, 1 << 27 | 1 << 30


def case_name(player: str) -> str:
    return f"{player} agrees with the model"


def names() -> list[str]:
    return [f"{SUITE}.{case_name(player)}" for player in PLAYERS]


def run_lockstep(o: Options, players: Sequence[str], replay: Path | None = None) -> list[CaseResult]:
    """A result for each player."""
    wanted = [player for player in players if o.selects(f"{SUITE}.{case_name(player)}")]
    o = replace(o, root=plain(o.root), out=plain(o.out))
    out = o.out / "lockstep"
    out.mkdir(parents=True, exist_ok=True)
    job: dict[str, Any] = {
        "players": {},
        "seed": o.seed,
        "ops": o.ops or (LONG if o.long else SAMPLE),
        "replay": str(replay.absolute()) if replay else None,
    }
    found = []
    for player in wanted:
        try:
            job["players"][player] = _describe(o, player, out)
        except SdkError as problem:
            found.append(CaseResult(SUITE, case_name(player), FAIL, str(problem), stage="build"))
    if job["players"]:
        found += _play(o, job, out)
    return found


def _describe(o: Options, player: str, out: Path) -> dict[str, Any]:
    """What a player is made of, built."""
    if player == "rtl":
        return _simulator(o, out / player)
    program = str(hosttools.require("qemu-system-aarch64", f"lockstep: the player '{player}'"))
    elf = build_player(o.root)
    if player == "qemu":
        return {"program": program, "player": str(elf)}
    assert o.prepare is not None, "who wants this player says how a system is built"
    image = o.prepare(str(write_vgic_system(elf, out / "systems")), "sim/lockstep/build")
    return {"program": program, "image": str(image.path), **owned(image)}


def _simulator(o: Options, out: Path) -> dict[str, Any]:
    env = prepare(o.root, o.say)
    made = build(env, o.root, V3, o.say)
    run = Run(name=SUITE, modules=("bench.play",), seconds=0, environment={})
    environment = environment_of(env, o.root, made, run, out / "results.xml", out / "where.txt")
    return {"command": [str(made.program)], "environment": environment}


def owned(image: Image) -> dict[str, Any]:
    """Where the partition's memory is, and which interrupts are its own: words of 32, and which are edges."""
    partition = next(p for p in image.plan["partitions"] if p["name"] == PARTITION)
    present, edge = [SGIS | TIMERS, 0, 0], [SGIS, 0, 0]
    devices = [d for d in image.plan["board"]["devices"] if d["name"] in partition["devices"]]
    for irq in (irq for device in devices for irq in device["irqs"]):
        bit = 1 << irq["intid"] % 32
        present[irq["intid"] // 32] |= bit
        edge[irq["intid"] // 32] |= bit * irq["edge"]
    if partition["console"]:
        present[1] |= 1 << 1
    return {"ram": partition["ram"]["pa"], "pcpus": image.cpus, "present": present, "edge": edge}


def _play(o: Options, job: dict[str, Any], out: Path) -> list[CaseResult]:
    results, log = out / "results.json", out / "log.txt"
    results.unlink(missing_ok=True)
    (out / "job.json").write_text(json.dumps(job, indent=1), encoding="utf-8")
    folders = [str(rtl_folder(o.root)), str(Path(__file__).resolve().parents[2])]
    seconds = START_SECONDS + job["ops"] * SECONDS_PER_OP * len(job["players"])
    began = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-P", "-u", "-m", "players.main", str(out / "job.json")],
            env=tool_environment({"PYTHONPATH": os.pathsep.join(folders), "PYTHONDONTWRITEBYTECODE": "1"}),
            cwd=out,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGKILL),
        )
        try:
            follow(process.poll, log, began + seconds, o.say)
            wait_for(process, 5.0)
            why = f"ended with status {process.returncode} and no results"
        except LabError:
            why = f"did not end within {seconds:.0f} s"
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if not results.is_file():
        tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
        spent = time.monotonic() - began
        return [
            CaseResult(SUITE, case_name(p), FAIL, f"{why}:\n{tail}", spent, "lab") for p in job["players"]
        ]
    rows = json.loads(results.read_text(encoding="utf-8"))
    return [
        CaseResult(SUITE, case_name(r["player"]), FAIL if r["why"] else PASS, r["why"], r["seconds"])
        for r in rows
    ]
