# SPDX-License-Identifier: Apache-2.0
"""plan.json: the whole plan for machines. The format is documented in docs/plan-json.md.

Keys are sorted, addresses and sizes are numbers, positions are "file:line:col", bytes are
"hex", and what a guest is made of is its size and SHA-256. `version` changes when a key
changes its meaning or goes; a reader ignores keys it does not know.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from bulkhead.diag.span import Span
from bulkhead.emit.paths import ShowPath, portable_path, show_span
from bulkhead.emit.store import Stored, stored_segments
from bulkhead.emit.tables import Tables, make_tables
from bulkhead.model.board import Board, Device, Gic, Irq, Region
from bulkhead.model.system import Partition, Schedule, SystemPlan
from bulkhead.schedule.admit import Admitted, admit
from bulkhead.schedule.of_plan import supply_of


def emit_plan_json(plan: SystemPlan, show: ShowPath = portable_path, build_id: str = "") -> str:
    return json.dumps(plan_object(plan, show, build_id), indent=2, sort_keys=True) + "\n"


def plan_object(plan: SystemPlan, show: ShowPath, build_id: str) -> dict[str, Any]:
    return _Writer(show).plan(plan, build_id)


class _Writer:
    """One method per kind of object; holds only how paths are shown."""

    def __init__(self, show: ShowPath) -> None:
        self._show = show

    def plan(self, plan: SystemPlan, build_id: str) -> dict[str, Any]:
        features, tables = plan.features, make_tables(plan)
        stored = stored_segments(plan)
        return {
            "version": plan.version,
            "build_id": build_id,
            "system": plan.system,
            "where": self.span(plan.where),
            "board": self.board(plan.board),
            "partitions": [self.partition(plan, p, tables, stored) for p in plan.partitions],
            "owners": [
                {"device": o.device, "owner": o.owner, "where": self.span(o.where)}
                for o in sorted(plan.owners, key=lambda o: o.device)
            ],
            "features": {
                "console_pcpu": features.console_pcpu,
                "console_period_us": features.console_period_us,
                "console_budget_bytes": features.console_budget_bytes,
                "power_off_when_idle": features.power_off_when_idle,
                "monitor": features.monitor,
                "confirm_after_ms": features.confirm_after_ms,
                "trace_records": features.trace_records,
                "short_paths": features.short_paths,
                "toolchain": features.toolchain,
                "optimisation": features.optimisation,
            },
            "schedules": [self.schedule(s) for s in plan.schedules],
            "deadlines": [self.deadlines(plan, p) for p in plan.partitions if p.tasks],
            "boxes": [{"name": b.name, "base": b.base, "size": b.size, "used": b.used} for b in plan.boxes],
            "claims": [
                {
                    "base": c.base,
                    "size": c.size,
                    "kind": c.kind,
                    "owner": c.owner,
                    "label": c.label,
                    "where": self.span(c.where),
                }
                for c in plan.claims
            ],
            "confirm": self.region(plan.confirm) if plan.confirm else None,
            "el2_root": tables.el2_root,
        }

    def board(self, board: Board) -> dict[str, Any]:
        return {
            "name": board.name,
            "compatible": list(board.compatible),
            "where": self.span(board.where),
            "memory": [self.region(r) for r in board.memory],
            "reserved": [self.region(r) for r in board.reserved],
            "cpus": [
                {
                    "index": c.index,
                    "mpidr": c.mpidr,
                    "compatible": c.compatible,
                    "enable_method": c.enable_method,
                    "release_address": c.release_address,
                    "where": self.span(c.where),
                }
                for c in board.cpus
            ],
            "gic": self.gic(board.gic),
            "uart": {
                "device": board.uart.device,
                "compatible": board.uart.compatible,
                "region": self.region(board.uart.region),
                "irq": self.irq(board.uart.irq),
                "clock_hz": board.uart.clock_hz,
                "baud": board.uart.baud,
            },
            "devices": [self.device(d) for d in sorted(board.devices, key=lambda d: d.path)],
            "boot": {
                "image": board.boot.image,
                "areas": [self.region(r) for r in board.boot.areas],
            },
            "timer_intids": list(board.timer_intids),
            "pmu": self.irq(board.pmu) if board.pmu else None,
            "psci_method": board.psci_method,
        }

    def gic(self, gic: Gic) -> dict[str, Any]:
        frames = {
            "distributor": gic.distributor,
            "redistributors": gic.redistributors,
            "cpu_interface": gic.cpu_interface,
            "hypervisor_interface": gic.hypervisor_interface,
            "virtual_cpu_interface": gic.virtual_cpu_interface,
        }
        return {
            "version": gic.version,
            "maintenance_intid": gic.maintenance_intid,
            "intid_count": gic.intid_count,
            "redistributor_stride": gic.redistributor_stride,
            "where": self.span(gic.where),
            **{name: self.region(r) if r else None for name, r in frames.items()},
        }

    def device(self, device: Device) -> dict[str, Any]:
        return {
            "name": device.name,
            "symbol": device.symbol,
            "path": device.path,
            "compatible": list(device.compatible),
            "regions": [self.region(r) for r in device.regions],
            "irqs": [self.irq(i) for i in device.irqs],
            "enabled": device.enabled,
            "properties": {name: value.hex() for name, value in device.properties},
            "hypervisor_only": device.hypervisor_only,
            "where": self.span(device.where),
        }

    def partition(
        self, plan: SystemPlan, p: Partition, tables: Tables, stored: Sequence[Stored]
    ) -> dict[str, Any]:
        return {
            "id": p.id,
            "slot": p.slot,
            "name": p.name,
            "guest": portable_path(p.guest),
            "linux": p.linux,
            "initrd": portable_path(p.initrd),
            "overlay": portable_path(p.overlay.name) if p.overlay else "",
            "ram": {"pa": p.ram_pa, "size": p.ram_size, "fixed": p.ram_fixed},
            "vcpus": [{"id": v.id, "index": v.index, "pcpu": v.pcpu} for v in p.vcpus],
            "console": p.console,
            "autostart": p.autostart,
            "essential": p.essential,
            "pmu": p.pmu,
            "fault_actions": {c.name.lower(): a.name.lower() for c, a in p.fault_actions},
            "restart_limit": p.restart_limit,
            "devices": list(p.devices),
            "bootargs": p.bootargs,
            "payload": p.payload
            and {
                "kind": p.payload.kind,
                "entry": p.payload.entry,
                "ipa_base": p.payload.ipa_base,
                "ipa_end": p.payload.ipa_end,
            },
            "segments": [
                {
                    "name": s.name,
                    "ipa": s.ipa,
                    "store": plan.box("store").base + s.offset,
                    "size": s.size,
                    "sha256": hashlib.sha256(s.data[: s.size]).hexdigest(),
                    "crc32c": s.check,
                }
                for s in stored
                if s.partition == p.id
            ],
            "stage2_root": tables.stage2_roots[p.id],
            "loader_root": tables.loader_roots[p.id],
            "vmid": p.id + 1,
            "where": {name: self.span(span) for name, span in p.where},
        }

    def schedule(self, schedule: Schedule) -> dict[str, Any]:
        return {
            "pcpu": schedule.pcpu,
            "policy": schedule.policy.name.lower(),
            "frame_ns": schedule.frame_ns,
            "windows": [
                {
                    "begin_ns": w.begin_ns,
                    "length_ns": w.length_ns,
                    "vcpu": w.vcpu,
                    "where": self.span(w.where),
                }
                for w in schedule.windows
            ],
            "where": {name: self.span(span) for name, span in schedule.where},
        }

    def deadlines(self, plan: SystemPlan, p: Partition) -> dict[str, Any]:
        """A partition's tasks, with the argument that they meet their deadlines (schedule/verify.py)."""
        argument = admit(p.tasks, p.order, supply_of(plan, p))
        if not isinstance(argument, Admitted):
            raise ValueError(f"the deadlines of '{p.name}' are not guaranteed, which check() reports")
        tasks: list[dict[str, Any]] = [
            {"name": t.name, "cost_ns": t.cost, "period_ns": t.period, "deadline_ns": t.deadline}
            for t in argument.tasks
        ]
        for task, response in zip(tasks, argument.responses, strict=False):
            task["response_ns"] = response
        return {
            "vcpu": p.vcpus[0].id, "order": p.order.value, "lost_ns": plan.features.window_cost_ns,
            "tasks": tasks, "looked_ns": argument.looked,
        }  # fmt: skip

    def region(self, region: Region) -> dict[str, Any]:
        return {"base": region.base, "size": region.size, "where": self.span(region.where)}

    def irq(self, irq: Irq) -> dict[str, Any]:
        return {"intid": irq.intid, "edge": irq.edge, "where": self.span(irq.where)}

    def span(self, span: Span) -> str:
        return show_span(span, self._show)
