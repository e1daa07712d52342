# SPDX-License-Identifier: Apache-2.0
"""The map: every byte of RAM has a name, every byte of the hypervisor somebody who pays for it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from big_plan import make_big_plan
from click.testing import CliRunner, Result
from plans import make_plan

from bulkhead.cli.main import cli
from bulkhead.emit.compare import compare, comparison_object, emit_comparison
from bulkhead.emit.cost import RoomCost, costs, emit_costs
from bulkhead.emit.map import memory_rows, partition_rows
from bulkhead.emit.map_svg import emit_map_svg
from bulkhead.emit.plan_json import emit_plan_json
from bulkhead.emit.store import store_size
from bulkhead.emit.tables import emit_tables
from bulkhead.model.sizes import PCPU_BLOCK_SIZE
from bulkhead.model.system import GUEST_RAM_IPA, SystemPlan

SMALL, BIG = make_plan(), make_big_plan()


@pytest.mark.parametrize("plan", [SMALL, BIG])
def test_every_byte_of_ram_has_a_name(plan: SystemPlan) -> None:  # answers microkit#253, zephyr#36428
    for bank in plan.board.memory:
        at = bank.base
        for row in (r for r in memory_rows(plan) if bank.base <= r.base < bank.end):
            assert row.base == at and row.label
            at = row.end
        assert at == bank.end


@pytest.mark.parametrize("plan", [SMALL, BIG])
def test_every_byte_of_a_partitions_ram_has_a_name(plan: SystemPlan) -> None:
    for p in plan.partitions:
        for one in (p, replace(p, payload=None)):
            rows = [r for r in partition_rows(plan, one) if r.label.startswith("RAM: ")]
            at = GUEST_RAM_IPA
            for row in rows:
                assert row.base == at and row.size
                at = row.end
            assert at == GUEST_RAM_IPA + p.ram_size
            found = [r for r in rows if r.label == f"RAM: guest {p.guest}"]
            assert [(r.base, r.end) for r in found] == (
                [(one.payload.ipa_base, one.payload.ipa_end)] if one.payload else []
            )


@pytest.mark.parametrize("plan", [SMALL, BIG])
def test_every_byte_of_tables_and_payloads_is_charged(plan: SystemPlan) -> None:
    found = costs(plan)
    by_box = {box: sum(c.size for c in found if c.box == box) for box in ("tables", "store", "pcpu")}
    assert by_box["tables"] == len(emit_tables(plan))
    assert by_box["store"] == store_size(plan)
    assert by_box["pcpu"] == len(plan.pcpus) * PCPU_BLOCK_SIZE
    assert {c.owner for c in found} == {"hv", *(p.name for p in plan.partitions)}


def test_costs_as_text() -> None:
    text = emit_costs(costs(SMALL), [RoomCost(room="vdev", text=1200, rodata=3, data=40)])
    assert "control" in text and "stage-2 page tables" in text
    assert text.splitlines()[-1].split() == ["vdev", "1200", "3", "40"]


def test_svg_is_well_formed_and_the_same_each_time() -> None:
    plan = replace(SMALL, system='<"&>')
    text = emit_map_svg(plan)
    assert text == emit_map_svg(plan)
    root = ET.fromstring(text)
    titles = [t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == len(memory_rows(plan)) and any("control" in t for t in titles)


def test_comparison_of_plans() -> None:
    old = json.loads(emit_plan_json(SMALL))
    new = json.loads(emit_plan_json(SMALL))
    new["boxes"][0]["used"] += 100
    new["partitions"][1]["ram"]["pa"] = 0x6000_0000
    new["partitions"][0]["name"] = "linux"
    found = compare(old, new)
    assert found.growth == 100
    assert found.moved == (("rogue", 0x7FDC_0000, 0x6000_0000),)
    assert "'rogue' moved from 0x7fdc0000 to 0x60000000" in emit_comparison(found)
    assert "+100" in emit_comparison(found)
    assert comparison_object(found)["boxes"][0]["growth"] == 100
    gone = {c.what: c.growth for c in found.ram}
    assert gone["control"] == -0x20_0000 and gone["linux"] == 0x20_0000


def gate(build: Path, *args: str | Path) -> Result:
    return CliRunner().invoke(cli, ["-d", str(build), "map", "--compare", *map(str, args)])


def test_size_gate(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text(emit_plan_json(SMALL))
    grown = json.loads(old.read_text())
    grown["boxes"][0]["used"] += 100
    (tmp_path / "plan.json").write_text(json.dumps(grown))
    assert gate(tmp_path, old).exit_code == 0
    assert gate(tmp_path, old, "--max-growth", "100").exit_code == 0
    refused = gate(tmp_path, old, "--max-growth", "99")
    assert refused.exit_code == 1 and "grew by 100 bytes; 99 are allowed" in refused.stderr


@pytest.mark.parametrize("text", ["", "[]", '{"version": 99, "boxes": [1], "partitions": [1]}', "{}"])
def test_what_is_no_plan_is_a_sentence(tmp_path: Path, text: str) -> None:
    old = tmp_path / "old.json"
    old.write_text(text)
    assert "cannot be compared" in str(gate(tmp_path, old).exception)
