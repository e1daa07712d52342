# SPDX-License-Identifier: Apache-2.0
"""plan.json: sorted, portable, and every key of it explained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from plans import make_plan
from toolbox import ROOT

from bulkhead.diag.span import Span
from bulkhead.emit.plan_json import emit_plan_json
from bulkhead.model.system import PLAN_VERSION


def test_the_same_bytes_each_time_and_sorted() -> None:
    text = emit_plan_json(make_plan())
    assert text == emit_plan_json(make_plan())
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_what_a_reader_looks_for() -> None:
    plan = json.loads(emit_plan_json(make_plan(), build_id="00112233445566aa"))
    assert plan["version"] == PLAN_VERSION and plan["build_id"] == "00112233445566aa"
    control = plan["partitions"][0]
    assert control["name"] == "control" and control["devices"] == ["rtc@9010000"]
    assert control["ram"] == {"fixed": False, "pa": 0x7FE0_0000, "size": 0x20_0000}
    assert control["where"]["name"] == "build/.config:10"
    assert [s["name"] for s in control["segments"]] == ["guest", "dtb"]
    assert len(control["segments"][0]["sha256"]) == 64
    assert control["fault_actions"] == {
        "stage2": "inject_abort",
        "undefined": "inject_abort",
        "call": "log",
    }


def test_no_path_of_this_machine() -> None:
    plan = make_plan()
    partition = replace(
        plan.partitions[0],
        guest="/home/me/secret/linux.Image",
        where=tuple((name, Span("/home/me/secret/.config", 3)) for name, _ in plan.partitions[0].where),
    )
    text = emit_plan_json(replace(plan, partitions=(partition, plan.partitions[1])))
    assert "secret" not in text and "linux.Image" in text


def test_every_key_is_documented() -> None:
    page = (ROOT / "docs" / "plan-json.md").read_text()
    missing = {key for key in keys(json.loads(emit_plan_json(make_plan()))) if f"`{key}`" not in page}
    assert not missing


def keys(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from keys(item, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            if key not in ("properties", "where"):  # keyed by what the user wrote
                yield from keys(item, key)
