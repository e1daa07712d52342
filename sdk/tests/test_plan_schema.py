# SPDX-License-Identifier: Apache-2.0
"""docs/plan.schema.json describes plan.json: whole, and no less strictly than it says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from big_plan import make_big_plan
from mini_schema import mistakes
from plans import make_plan
from toolbox import ROOT

from bulkhead.emit.plan_json import emit_plan_json
from bulkhead.model.system import PLAN_VERSION, SystemPlan

SCHEMA = json.loads((ROOT / "docs" / "plan.schema.json").read_text())


def as_json(plan: SystemPlan) -> Any:
    return json.loads(emit_plan_json(plan, build_id="00112233445566aa"))


@pytest.mark.parametrize("plan", [make_plan(), make_big_plan(8, 20)])
def test_plans_follow_the_schema(plan: SystemPlan) -> None:  # answers microkit#596
    assert list(mistakes(as_json(plan), SCHEMA, SCHEMA)) == []


def test_the_schema_is_of_this_version() -> None:
    assert SCHEMA["properties"]["version"] == {"const": PLAN_VERSION}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("build_id",), "xyz"),
        (("partitions", 0, "name"), "Upper"),
        (("partitions", 0, "ram", "pa"), -1),
        (("partitions", 0, "ram", "size"), "0x1000"),
        (("boxes", 0, "name"), "heap"),
        (("board", "devices", 0, "irqs", 0, "intid"), 5),
        (("board", "timer_intids"), [1]),
    ],
)
def test_the_schema_refuses(path: tuple[str | int, ...], value: Any) -> None:
    plan = as_json(make_plan())
    inner = plan
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert list(mistakes(plan, SCHEMA, SCHEMA))


def test_a_missing_key_is_a_mistake() -> None:
    plan = as_json(make_plan())
    del plan["partitions"][0]["vmid"]
    assert list(mistakes(plan, SCHEMA, SCHEMA)) == ["$.partitions[0]: vmid is missing"]
