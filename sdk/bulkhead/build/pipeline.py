# SPDX-License-Identifier: Apache-2.0
"""A configured build folder -> image. Read `run` from top to bottom: it is the pipeline.

Files are changed in one step each, the stamp is written last, and ninja makes only what is
older than its sources: wherever a build is killed, the next one continues.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bulkhead.build.files import keep_only, write_if_changed
from bulkhead.build.flags import Folders
from bulkhead.build.image import LinkedElf, LinkedSizes, boxes_fit, finish, make_build_id
from bulkhead.build.inputs import input_files, input_folders
from bulkhead.build.linked import look_at
from bulkhead.build.ninja import Ninja, NinjaFailed
from bulkhead.build.ninja_file import (
    FINAL_ELF,
    FIRST_ELF,
    OWN_OBJECTS,
    GuestSources,
    Sources,
    hypervisor_sources,
    make_ninja,
)
from bulkhead.build.result import ELF, IMAGE, MAP, PLAN, SBOM, BoxUse, BuildResult
from bulkhead.build.sbom import epoch, make_sbom
from bulkhead.build.stamp import Stamp, begin, gather, write_stamp
from bulkhead.build.toolchain import Toolchain, find_toolchain
from bulkhead.check import check
from bulkhead.diag import BuildFailed, Diagnostic, UserError, error, has_errors, render_text
from bulkhead.diag.paths import stable
from bulkhead.elaborate.guests import Guest, sources_in
from bulkhead.elaborate.payload import BadPayload, load_payload
from bulkhead.elaborate.project import Project, open_project
from bulkhead.emit.compare import compare
from bulkhead.emit.config_c import emit_config_c
from bulkhead.emit.counts_h import emit_counts_h
from bulkhead.emit.guest_dtb import emit_guest_dtb
from bulkhead.emit.layout_ld import emit_layout_ld
from bulkhead.emit.map import emit_map
from bulkhead.emit.plan_json import emit_plan_json
from bulkhead.emit.store import emit_store_files, emit_store_S, store_size
from bulkhead.emit.tables import emit_tables
from bulkhead.model.sizes import HvSizes
from bulkhead.model.system import Box, Payload, SystemPlan
from bulkhead.prove.statements import refusals

# Boxes of the first link: room for anything, since only the sizes are read from it.
_FIRST_BOX = 0x40_0000
_ROUNDS = 6  # sizes and tables depend on each other a little; two rounds are usual


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What stays the same while one build goes from step to step."""

    project: Project
    folders: Folders
    tools: Toolchain
    ninja: Ninja
    optimisation: str
    hv: tuple[Path, ...]  # sources of the hypervisor

    def show(self, file: str) -> str:
        return stable(file, self.folders.root, self.folders.build)


def run(root: Path, build_dir: Path, lock: int, verbose: bool) -> BuildResult:
    """The whole build, by whoever holds the folder's lock (descriptor `lock`)."""
    began_ns = time.time_ns()
    project = open_project(root, build_dir)
    configured, _ = _plan(project, {}, None)
    tools = find_toolchain(configured.features.toolchain)
    files, folders = input_files(project, tools), input_folders(project)
    inputs = gather(files, folders)
    begin(build_dir, inputs)
    job = _Job(
        project=project,
        folders=Folders(root=root, build=build_dir),
        tools=tools,
        ninja=Ninja(build_dir=build_dir, tools=tools, lock=lock, verbose=verbose),
        optimisation=configured.features.optimisation,
        hv=hypervisor_sources(
            root / "hv-arm64" / "src",
            project.board.gic.version,
            project.board.uart.driver,
            monitor=configured.features.monitor,
            confirm=configured.confirm is not None,
            shared=bool(configured.schedules),
        ),
    )
    payloads = _build_guests(job)
    first, _ = _plan(project, payloads, None)
    sizes = _first_link(job, first)
    for _ in range(_ROUNDS):
        plan, findings = _fitted_plan(project, payloads, sizes)
        linked = _final_link(job, plan)
        sizes = linked.sizes()
        if boxes_fit(plan, sizes):
            break
    else:
        raise BuildFailed("BH-BUILD-003: the hypervisor's size changes with every link")
    if wrong := look_at(plan, linked):
        raise BuildFailed("\n".join(wrong))
    outputs, result = _write_outputs(job, plan, linked, findings)
    stamp = Stamp(
        files=files,
        folders=folders,
        inputs=inputs,
        outputs=gather(map(str, outputs), []),
        result=result.to_stamp(),
        epoch=epoch(),
    )
    write_stamp(build_dir, stamp, began_ns)
    return result


def _plan(
    project: Project, payloads: Mapping[str, Payload], sizes: HvSizes | None
) -> tuple[SystemPlan, list[Diagnostic]]:
    """The checked plan and the warnings about it. Raises UserError with all findings."""
    made = project.elaborate(payloads, sizes)
    findings = list(made.diags)
    if not has_errors(findings):
        findings += check(made.plan)
    if has_errors(findings):
        raise UserError(findings)
    return made.plan, findings


def _build_guests(job: _Job) -> dict[str, Payload]:
    """Compile the guests that are folders; the payload of each, by its configured name."""
    _write_ninja(job, ())
    guests = [guest for guest in job.project.guests.values() if guest.folder is not None]
    if guests:
        try:
            job.ninja.make("guests", "a guest")
        except NinjaFailed as problem:
            raise BuildFailed(_blame(job, guests, problem) or str(problem)) from None
    payloads = {}
    for guest in guests:
        try:
            payloads[guest.name] = load_payload((job.folders.build / guest.elf).read_bytes(), guest.elf)
        except BadPayload as problem:
            raise BuildFailed(f"guest '{guest.name}' cannot be used: {problem}") from None
    return payloads


def _blame(job: _Job, guests: Iterable[Guest], problem: NinjaFailed) -> list[Diagnostic]:
    """BH-BUILD-004 for each guest of which a step failed; none where it was the library."""
    found = []
    for guest in guests:
        mine = (f"{OWN_OBJECTS}/{guest.stem}/", guest.elf)
        if not any(file.startswith(mine) for file in problem.outputs):
            continue
        if guest.elf in problem.outputs and "undefined symbol: guest_main" in problem.said:
            text, help = "it defines no guest_main()", "Define `void guest_main(void)`: the library calls it."
        else:
            text, help = "the messages above say why", "Correct the files they name, and build again."
        where = job.project.guest_span(guest.name)
        found.append(
            error("BH-BUILD-004", f"guest '{guest.name}' could not be built: {text}", where, help=help)
        )
    return found


def _first_link(job: _Job, plan: SystemPlan) -> LinkedSizes:
    """Link with boxes that hold anything, to learn what the hypervisor needs."""
    roomy = replace(plan, boxes=_roomy_boxes(plan))
    write_if_changed(job.folders.gen / "hv_counts.h", emit_counts_h(roomy))
    write_if_changed(job.folders.first / "hv_config.c", emit_config_c(roomy, job.show))
    write_if_changed(job.folders.first / "hv_layout.ld", emit_layout_ld(roomy))
    job.ninja.make("first", "the hypervisor")
    return LinkedElf((job.folders.build / FIRST_ELF).read_bytes()).sizes()


def _roomy_boxes(plan: SystemPlan) -> tuple[Box, ...]:
    base = plan.boxes[0].base
    return tuple(
        replace(box, base=base + number * _FIRST_BOX, size=_FIRST_BOX)
        for number, box in enumerate(plan.boxes)
    )


def _fitted_plan(
    project: Project, payloads: Mapping[str, Payload], linked: LinkedSizes
) -> tuple[SystemPlan, list[Diagnostic]]:
    """The plan whose boxes are as large as what goes into them. How many tables there are depends
    on where the boxes lie, so the plan is made again until they fit."""
    tables, store = 0, 0
    for _ in range(_ROUNDS):
        sizes = HvSizes(text=linked.text, rodata=linked.rodata, tables=tables, store=store, data=linked.data)
        plan, findings = _plan(project, payloads, sizes)
        tables, store = len(emit_tables(plan)), store_size(plan)
        if tables <= plan.box("tables").size and store <= plan.box("store").size:
            return plan, findings
    raise BuildFailed("BH-BUILD-003: the page tables' size changes with every layout")


def _final_link(job: _Job, plan: SystemPlan) -> LinkedElf:
    gen = job.folders.gen
    store = emit_store_files(plan)
    for name, data in store.items():
        write_if_changed(gen / "store" / name, data)
    keep_only(gen / "store", store)
    write_if_changed(gen / "tables.bin", emit_tables(plan))
    write_if_changed(gen / "store.S", emit_store_S(plan))
    write_if_changed(gen / "hv_counts.h", emit_counts_h(plan))
    write_if_changed(gen / "hv_config.c", emit_config_c(plan, job.show))
    write_if_changed(gen / "hv_layout.ld", emit_layout_ld(plan))
    _write_ninja(job, tuple(store))
    job.ninja.make("final", "the hypervisor")
    return LinkedElf((job.folders.build / FINAL_ELF).read_bytes())


def _write_outputs(
    job: _Job, plan: SystemPlan, linked: LinkedElf, findings: Sequence[Diagnostic]
) -> tuple[list[Path], BuildResult]:
    """What the user asked for: ELF, image, plan, map, the guests' devicetrees. Nothing that is not proved."""
    build_dir = job.folders.build
    build_id = make_build_id(emit_plan_json(plan, job.show), bytes(linked.raw))
    finish(linked, build_id)
    image = linked.image()
    written = emit_plan_json(plan, job.show, build_id)
    if wrong := refusals(bytes(linked.raw), json.loads(written)):
        raise BuildFailed("\n".join(wrong))
    outputs: dict[str, str | bytes] = {
        ELF: bytes(linked.raw),
        IMAGE: image,
        PLAN: written,
        MAP: emit_map(plan),
        SBOM: make_sbom(job.project, plan, job.tools, build_id, bytes(linked.raw), image),
    }
    for partition in plan.partitions:
        outputs[f"dtb/{partition.name}.dtb"] = emit_guest_dtb(plan, partition)
    moved = _moved(build_dir / PLAN, written)
    for name, data in outputs.items():
        write_if_changed(build_dir / name, data)
    keep_only(build_dir / "dtb", [f"{p.name}.dtb" for p in plan.partitions])
    result = BuildResult(
        build_dir=build_dir,
        system=plan.system,
        board=plan.board.name,
        build_id=build_id,
        image_bytes=len(image),
        boxes=tuple(BoxUse(name=b.name, base=b.base, size=b.size, used=b.used) for b in plan.boxes),
        warnings=render_text(findings),
        moved=moved,
    )
    return [build_dir / name for name in outputs], result


def _moved(last: Path, now: str) -> tuple[str, ...]:
    """Partitions that do not lie where the last plan had them."""
    try:
        found = compare(json.loads(last.read_text(encoding="utf-8")), json.loads(now)).moved
    except (OSError, ValueError, KeyError, TypeError):
        return ()  # no last plan, or one of another version
    return tuple(f"the RAM of '{name}' moved from {before:#x} to {here:#x}" for name, before, here in found)


def _write_ninja(job: _Job, store_files: tuple[str, ...]) -> None:
    root = job.folders.root
    guests = {  # one folder may have several names
        guest.stem: GuestSources(
            stem=guest.stem, elf=guest.elf, folder=guest.folder, files=sources_in(guest.folder)
        )
        for _, guest in sorted(job.project.guests.items())
        if guest.folder is not None
    }
    sources = Sources(
        hv=job.hv,
        guest_lib=sources_in(root / "rtos-guests" / "lib"),
        guests=tuple(guests[stem] for stem in sorted(guests)),
        store_files=store_files,
    )
    text = make_ninja(job.tools, job.folders, sources, job.optimisation)
    write_if_changed(job.folders.build / "build.ninja", text)
