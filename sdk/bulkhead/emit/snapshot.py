# SPDX-License-Identifier: Apache-2.0
"""What two systems are compared by: made from a plan, or from the plan.json of one long gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bulkhead.model.system import SystemPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A partition as an integrator thinks of it."""

    name: str
    slot: int
    guest: str
    ram_pa: int
    ram_size: int
    pcpus: tuple[int, ...]
    console: bool
    autostart: bool
    essential: bool
    pmu: bool
    faults: Mapping[str, str]
    restart_limit: int
    bootargs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """`owners` by device: a partition's name, "hv", or ""."""

    board: str
    system: str
    parts: tuple[Part, ...]
    owners: Mapping[str, str]
    features: Mapping[str, Any]


def of_plan(plan: SystemPlan) -> Snapshot:
    features = plan.features
    return Snapshot(
        board=plan.board.name,
        system=plan.system,
        parts=tuple(
            Part(
                name=p.name,
                slot=p.slot,
                guest=p.guest,
                ram_pa=p.ram_pa,
                ram_size=p.ram_size,
                pcpus=tuple(v.pcpu for v in p.vcpus),
                console=p.console,
                autostart=p.autostart,
                essential=p.essential,
                pmu=p.pmu,
                faults={c.name.lower(): a.name.lower() for c, a in p.fault_actions},
                restart_limit=p.restart_limit,
                bootargs=p.bootargs,
            )
            for p in plan.partitions
        ),
        owners={o.device: o.owner for o in plan.owners},
        features={name: getattr(features, name) for name in features.__slots__},
    )


def of_json(plan: Mapping[str, Any]) -> Snapshot:
    """Raises KeyError or TypeError where it is not a plan."""
    return Snapshot(
        board=plan["board"]["name"],
        system=plan["system"],
        parts=tuple(
            Part(
                name=p["name"],
                slot=p["slot"],
                guest=p["guest"],
                ram_pa=p["ram"]["pa"],
                ram_size=p["ram"]["size"],
                pcpus=tuple(v["pcpu"] for v in p["vcpus"]),
                console=p["console"],
                autostart=p["autostart"],
                essential=p.get("essential", False),
                pmu=p.get("pmu", False),
                faults=p["fault_actions"],
                restart_limit=p["restart_limit"],
                bootargs=p["bootargs"],
            )
            for p in plan["partitions"]
        ),
        owners={o["device"]: o["owner"] for o in plan["owners"]},
        features=plan["features"],
    )
