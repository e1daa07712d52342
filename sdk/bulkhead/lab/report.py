# SPDX-License-Identifier: Apache-2.0
"""What the report page shows: one run of the suites, the plan it ran on, its consoles, counts and proof.

Gathers and sums up; templates/report.html lays it out. What is not there is said to be not there.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bulkhead.diag import UserError
from bulkhead.diag.paths import shown, to_type
from bulkhead.lab import bench, history, pages
from bulkhead.lab.attacks import Neighbour
from bulkhead.lab.cases import FAIL, PASS, SKIP, CaseResult, closing_line
from bulkhead.lab.demux import HYPERVISOR
from bulkhead.lab.hil import RESULTS
from bulkhead.lab.image import Image, read_image
from bulkhead.lab.suites import exit_code

CONSOLE_LINES = 400  # the last of each console
CONSOLES = 40  # most consoles in a page
VERDICTS = {0: "passed", 1: "tests failed", 3: "the build failed", 4: "the board or the lab failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    target: str
    name: str
    cases: list[CaseResult]

    @property
    def failed(self) -> int:
        return sum(case.status == FAIL for case in self.cases)


def newest_results(build_dir: Path) -> Path:
    """The folder of the last run. Raises UserError where there is none."""
    found = [
        path for pattern in ("*", "*/round-*") for path in (build_dir / "hil").glob(f"{pattern}/{RESULTS}")
    ]
    if not found:
        raise UserError(f"no suites were run from {shown(build_dir)} yet: {to_type(build_dir, 'hil')}")
    return max(found, key=lambda path: path.stat().st_mtime).parent


def make_page(root: Path, build_dir: Path, folder: Path, kept: history.History) -> str:
    """The page about the run whose results are in `folder`. Raises UserError."""
    try:
        data = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
        cases = [CaseResult(**(row | {"tags": tuple(row["tags"])})) for row in data["cases"]]
        run = history.Run(**data["run"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise UserError(f"{shown(folder)} has no results of a run that can be read: {problem}") from problem
    image = read_image(build_dir)
    code = exit_code(cases)
    return pages.render(
        "report.html", run=run, remarks=data["remarks"], good=code == 0,
        verdict=VERDICTS.get(code, f"exit code {code}"),
        summary=closing_line(cases), suites=_suites(cases), changes=_changes(kept, run, cases),
        same_build=image.build_id == run.build_id, build_id=image.build_id, memory=_memory(image),
        owners=_owners(image), schedule=_schedule(image, folder), consoles=list(_consoles(folder)),
        bench=_bench(root, kept), proof=_proof(build_dir), lines=CONSOLE_LINES,
    )  # fmt: skip


def _suites(cases: list[CaseResult]) -> list[Suite]:
    found: dict[tuple[str, str], list[CaseResult]] = {}
    for case in cases:
        found.setdefault((case.target, case.suite), []).append(case)
    return [Suite(target=target, name=name, cases=its) for (target, name), its in sorted(found.items())]


def _changes(kept: history.History, run: history.Run, cases: list[CaseResult]) -> dict[str, list[str]] | None:
    """What differs from the run before; None where there was none."""
    before = kept.before(run.system, run.targets, run.build_id, run.began)
    if not before:
        return None
    words: dict[str, list[str]] = {
        "fails now": [],
        "passes now": [],
        "skipped now": [],
        "new": [],
        "did not run": [],
    }
    now = {(case.target, case.suite, case.name): case.status for case in cases}
    for key, status in now.items():
        kind = {FAIL: "fails now", PASS: "passes now", SKIP: "skipped now"}[status]
        if key not in before:
            words["new"].append(" · ".join(key))
        elif before[key] != status:
            words[kind].append(" · ".join(key))
    words["did not run"] = [" · ".join(key) for key in before if key not in now]
    return {kind: tests for kind, tests in words.items() if tests}


def _memory(image: Image) -> list[dict[str, Any]]:
    """What lies in RAM, in order, with its share of it."""
    total = sum(region["size"] for region in image.plan["board"]["memory"]) or 1
    rows = [claim for claim in image.plan["claims"] if claim["kind"] != "device"]
    return [
        {"base": f"{row['base']:#x}", "end": f"{row['base'] + row['size'] - 1:#x}",
         "kib": row["size"] // 1024,
         "label": row["label"], "owner": row["owner"] or "nobody", "share": 100 * row["size"] / total}
        for row in rows
    ]  # fmt: skip


def _owners(image: Image) -> list[dict[str, Any]]:
    owners = {entry["device"]: entry["owner"] for entry in image.plan["owners"]}
    return [
        {"device": device["name"], "owner": owners.get(device["name"]) or "nobody",
         "intids": ", ".join(str(irq["intid"]) for irq in device["irqs"])}
        for device in image.plan["board"]["devices"]
    ]  # fmt: skip


def _schedule(image: Image, folder: Path) -> list[dict[str, Any]]:
    """Each pCPU: who is planned on it, and what deadlines that partition itself reported."""
    measured = _measured(folder)
    rows = []
    for cpu in image.plan["board"]["cpus"]:
        on = [p["name"] for p in image.plan["partitions"] for v in p["vcpus"] if v["pcpu"] == cpu["index"]]
        seen = [measured[name] for name in on if name in measured]
        rows.append({"pcpu": cpu["index"], "on": ", ".join(on) or "nobody", "policy": "pinned" if on else "",
                     "seen": "; ".join(seen) or "not measured"})  # fmt: skip
    return rows


def _measured(folder: Path) -> dict[str, str]:
    import re

    found: dict[str, list[re.Match[str]]] = {}
    for path in (folder / "consoles").glob("*/console.txt"):
        with path.open(encoding="utf-8") as file:
            for line in file:
                if match := re.search(r"\] (\S+)\| \S+: " + Neighbour.PATTERN, line):
                    found.setdefault(match[1], []).append(match)
    return {
        name: f"{len(rows)} s of a 1 kHz loop: at most {max(int(r[4]) for r in rows)} ns late, "
        f"{sum(int(r[5]) for r in rows)} deadlines missed"
        for name, rows in found.items()
    }


def _consoles(folder: Path) -> Iterator[dict[str, Any]]:
    """The last lines of each console, line by line with their speaker."""
    for path in sorted((folder / "consoles").glob("*/console.txt"))[:CONSOLES]:
        lines: deque[str] = deque(maxlen=CONSOLE_LINES)
        with path.open(encoding="utf-8") as file:
            lines.extend(line.rstrip("\n") for line in file)
        speakers = sorted({line.split("] ", 1)[-1].split("|", 1)[0] for line in lines if "| " in line})
        yield {"name": path.parent.name, "text": "\n".join(lines),
               "speakers": sorted(speakers, key=lambda s: (s != HYPERVISOR, s))}  # fmt: skip


def _bench(root: Path, kept: history.History) -> list[dict[str, Any]]:
    """Last measured counts beside the baseline and the reference; [] if nothing was measured."""
    measured = {path: values[-1][1] for path, values in kept.bench().items()}
    if not measured:
        return []
    baseline = bench.read_baseline(root)
    return [
        {"what": path.what, "now": measured.get(path.name), "baseline": baseline.get(path.name),
         "target": path.target, "aim": path.aim, "bao": path.bao, "xen": path.xen}
        for path in bench.read_reference(root)
    ]  # fmt: skip


def _proof(build_dir: Path) -> str:
    """What the finished image itself says about who reaches what."""
    from bulkhead.prove.proof import look
    from bulkhead.prove.report import report

    elf, plan = build_dir / "bulkhead.elf", build_dir / "plan.json"
    if not elf.is_file():
        return ""
    return report(look(elf.read_bytes(), json.loads(plan.read_text(encoding="utf-8"))))
