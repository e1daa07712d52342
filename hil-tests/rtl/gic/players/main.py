# SPDX-License-Identifier: Apache-2.0
"""A lockstep run in a process of its own: `python -m players.main JOB`, a file of bulkhead.sim.lockstep.

Lines that begin with `# ` are for whoever waits. What came of it is written to `results.json` beside the job.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lockstep.generate import Generator
from players.campaign import Campaign, Verdict
from players.compare import Comparison, report
from players.deviations import deviations_of
from players.machine import QemuGic, Vgic
from players.narrow import NarrowGenerator
from players.partial import PartialGic3
from players.player import Player, PlayerFailed
from players.rtl import RtlPlayer
from players.text import NotAnOperation, read_text
from ref.gic3 import Gic3
from rules.scene import all_rules

CPUS, SPIS, LIST_REGISTERS = 2, 64, 4


def say(text: str) -> None:
    print(f"# {text}", flush=True)


def whole_model() -> Gic3:
    return Gic3(CPUS, SPIS, LIST_REGISTERS)


def rules_by_source() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for rule in all_rules():
        found.setdefault(rule.source, []).append(rule.name)
    return found


def make_rtl(job: Mapping[str, Any], out: Path) -> Comparison:
    return Comparison(RtlPlayer(job["command"], job["environment"], out), whole_model, ())


def make_qemu(job: Mapping[str, Any], out: Path) -> Comparison:
    player = QemuGic(Path(job["program"]), Path(job["player"]), out, cpus=CPUS, spis=SPIS)
    return Comparison(player, whole_model, deviations_of("qemu"))


def make_vgic(job: Mapping[str, Any], out: Path) -> Comparison:
    player: Player = Vgic(
        Path(job["program"]), Path(job["image"]), job["ram"], out, cpus=CPUS, spis=SPIS, pcpus=job["pcpus"]
    )
    return Comparison(player, lambda: PartialGic3(CPUS, job["present"], job["edge"]), deviations_of("vgic"))


MAKERS: dict[str, Callable[[Mapping[str, Any], Path], Comparison]] = {
    "rtl": make_rtl,
    "qemu": make_qemu,
    "vgic": make_vgic,
}


def whole_generator(model: Gic3, seed: int) -> Generator:
    return Generator(model, seed)


def narrow_generator(model: Gic3, seed: int) -> Generator:
    assert isinstance(model, PartialGic3)
    return NarrowGenerator(model, seed)


# Players of one group get the same operations.
GROUPS: tuple[tuple[tuple[str, ...], Callable[[Gic3, int], Generator]], ...] = (
    (("rtl", "qemu"), whole_generator),
    (("vgic",), narrow_generator),
)


def run(job: Mapping[str, Any], out: Path) -> Iterator[dict[str, Any]]:
    for names, make_generator in GROUPS:
        wanted = [name for name in names if name in job["players"]]
        if not wanted:
            continue
        with ExitStack() as players:
            comparisons = []
            for name in wanted:
                began = time.monotonic()
                try:
                    comparison = MAKERS[name](job["players"][name], out / name)
                except Exception as broken:  # whatever kept it from starting, the others play
                    yield result(Verdict(player=name, operations=0, seconds=0, why=str(broken)), began)
                    continue
                players.callback(comparison.player.close)
                comparisons.append(comparison)
            if not comparisons:
                continue
            if job["replay"]:
                yield from (replay(c, Path(job["replay"])) for c in comparisons)
                continue
            began = time.monotonic()
            playing = " and ".join(c.player.name for c in comparisons)
            say(f"{playing}: {job['ops']} operations from seed {job['seed']}")
            campaign = Campaign(
                comparisons=comparisons,
                make_generator=make_generator,
                say=say,
                out=out,
                rules=rules_by_source(),
            )
            yield from (result(v, began) for v in campaign.run(job["seed"], job["ops"]))


def result(verdict: Verdict, began: float) -> dict[str, Any]:
    speed = verdict.operations / verdict.seconds if verdict.seconds else 0
    if not verdict.why:
        say(f"{verdict.player}: {verdict.operations} operations agree; alone {speed:.0f} a second")
    return {
        "player": verdict.player,
        "operations": verdict.operations,
        "speed": round(speed),
        "why": verdict.why,
        "seconds": time.monotonic() - began,
    }


def replay(comparison: Comparison, path: Path) -> dict[str, Any]:
    """Saved operations, said side by side where they differ."""
    began = time.monotonic()
    try:
        ops = read_text(path.read_text(encoding="utf-8"), path.name)
        found = comparison.replay(ops)
        why = "\n".join(report(found, rules_by_source())) if found else ""
        count = len(ops)
    except (NotAnOperation, PlayerFailed, OSError) as wrong:
        why, count = str(wrong), 0
    return result(
        Verdict(player=comparison.player.name, operations=count, seconds=comparison.seconds, why=why), began
    )


def main(path: Path) -> None:
    job = json.loads(path.read_text(encoding="utf-8"))
    results = list(run(job, path.parent))
    (path.parent / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
