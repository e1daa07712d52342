# SPDX-License-Identifier: Apache-2.0
"""A proof for people and for programs: what each partition and EL2 reach, and which statements hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bulkhead.model.sizes import addresses
from bulkhead.prove.proof import PartitionView, Proof
from bulkhead.prove.statements import FIRST_SPI, STATEMENTS, claim, contradictions
from bulkhead.prove.walk import Reach

JSON_VERSION = 1


def report(proof: Proof) -> str:
    lines = []
    for view in proof.partitions:
        lines += [_title(proof, view), *_reached(proof, view.stage2), *_interrupts(proof, view), ""]
    lines += ["EL2, while guests run", *_reached(proof, proof.el2), ""]
    lines.append(f"proved of build {proof.header['build_id']}, from {len(proof.tables)} translation tables:")
    found = contradictions(proof)
    for code, problems in found.items():
        lines.append(f"  {code}  {'' if not problems else 'DOES NOT HOLD: '}{claim(STATEMENTS[code])}")
        lines += [f"    {problem}" for problem in problems]
    return "\n".join(lines) + "\n"


def proof_object(proof: Proof) -> dict[str, Any]:
    return {
        "version": JSON_VERSION,
        "build_id": proof.header["build_id"],
        "tables": len(proof.tables),
        "partitions": [
            {
                "name": view.name,
                "vmid": view.vmid,
                "pcpus": _pcpus(proof, view),
                "reaches": [_row(proof, r) for r in view.stage2],
                "intids": sorted(view.intids),
            }
            for view in proof.partitions
        ],
        "el2": [_row(proof, r) for r in proof.el2],
        "statements": [
            {"code": code, "text": claim(STATEMENTS[code]), "contradictions": problems}
            for code, problems in contradictions(proof).items()
        ],
    }


def _title(proof: Proof, view: PartitionView) -> str:
    return f"{view.name}: VMID {view.vmid}, pCPU {', '.join(map(str, _pcpus(proof, view)))}"


def _pcpus(proof: Proof, view: PartitionView) -> list[int]:
    return [vcpu["pcpu"] for vcpu in proof.vcpus if vcpu["partition"] == view.id]


def _reached(proof: Proof, reached: Iterable[Reach]) -> list[str]:
    rows = []
    for r in reached:
        target = "" if r.va == r.pa else f" -> {r.pa:#010x}"
        kind = "device" if r.device else "memory"
        rows.append(
            f"  {addresses(r.va, r.va + r.size)}{target:<14}  {r.rights} {kind}  {_what(proof, r)}".rstrip()
        )
    return rows


def _row(proof: Proof, r: Reach) -> dict[str, Any]:
    return {
        "base": r.va,
        "pa": r.pa,
        "size": r.size,
        "rights": r.rights,
        "device": r.device,
        "what": _what(proof, r),
    }


def _interrupts(proof: Proof, view: PartitionView) -> list[str]:
    names = {
        irq["intid"]: device["name"] for device in proof.plan["board"]["devices"] for irq in device["irqs"]
    }
    return [f"  SPI {n - FIRST_SPI} (INTID {n})  {names.get(n, '?')}" for n in sorted(view.intids)]


def _what(proof: Proof, r: Reach) -> str:
    """Names of what lies in a range, by the plan."""
    return ", ".join(name for name, base, size in _named(proof.plan) if base < r.end and r.pa < base + size)


def _named(plan: Mapping[str, Any]) -> Iterable[tuple[str, int, int]]:
    for partition in plan["partitions"]:
        yield f"RAM of '{partition['name']}'", partition["ram"]["pa"], partition["ram"]["size"]
    for box in plan["boxes"]:
        if box["size"]:
            yield box["name"], box["base"], box["size"]
    gic = plan["board"]["gic"]
    for name, words in (
        ("distributor", "GIC distributor"),
        ("redistributors", "GIC redistributors"),
        ("cpu_interface", "GIC CPU interface"),
        ("hypervisor_interface", "GIC hypervisor interface"),
        ("virtual_cpu_interface", "GIC virtual CPU interface"),
    ):
        if gic[name]:
            yield words, gic[name]["base"], gic[name]["size"]
    for device in plan["board"]["devices"]:
        for region in device["regions"]:
            if device["regions"][0]["base"] != gic["distributor"]["base"]:
                yield device["name"], region["base"], region["size"]
