# SPDX-License-Identifier: Apache-2.0
"""The interrupt controller's reference model alone: the directed rules, and what its tools promise."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "hil-tests" / "rtl" / "gic"))

from bulkhead.diag import BuildFailed  # noqa: E402
from bulkhead.sim import design, gic, mutants  # noqa: E402
from bulkhead.sim.cosim import build_library, driver_sources  # noqa: E402
from bulkhead.sim.coverage import read_coverage, share  # noqa: E402
from bulkhead.sim.registers_sv import registers_package  # noqa: E402
from bulkhead.sim.report import coverage_page  # noqa: E402
from cosim.scenarios import Play, storm  # noqa: E402
from cosim.version import COSIMS  # noqa: E402
from lockstep.coverage import Coverage  # noqa: E402
from lockstep.coverage2 import Coverage2  # noqa: E402
from lockstep.generate import Profile  # noqa: E402
from lockstep.scoreboard import Stream  # noqa: E402
from ref.gic2 import Gic2  # noqa: E402
from ref.gic3 import Gic3  # noqa: E402
from rules import scene as v3  # noqa: E402
from rules.v2 import scene as v2  # noqa: E402

MODELS = [Gic3, Gic2]


@pytest.mark.parametrize("rule", v3.all_rules(), ids=lambda r: r.name)
def test_rule(rule: v3.Rule) -> None:
    async def play() -> None:
        scene = v3.Scene(v3.ModelPlayer())
        await scene.reset()
        await rule.body(scene)

    asyncio.run(play())


@pytest.mark.parametrize("rule", v2.all_rules(), ids=lambda r: r.name)
def test_rule_of_v2(rule: v2.Rule) -> None:
    async def play() -> None:
        scene = v2.Scene(v3.ModelPlayer(of=Gic2))
        await scene.reset()
        await rule.body(scene)

    asyncio.run(play())


@pytest.mark.parametrize(("top", "rules"), [(design.V3, v3.all_rules()), (design.V2, v2.all_rules())])
def test_every_rule_is_run_on_the_rtl_too(top: design.Top, rules: list[v3.Rule]) -> None:
    names = gic.test_names(ROOT, top)
    assert {r.name for r in rules} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("model", MODELS)
def test_a_seed_gives_the_same_operations(model: type[Gic3 | Gic2]) -> None:
    def operations(seed: int) -> list[object]:
        return list(Stream(model(), seed, Profile()).chunk(300))

    assert operations(7) == operations(7)
    assert operations(7) != operations(8)


@pytest.mark.parametrize("of", MODELS)
def test_random_operations_reach_most_bins(of: type[Gic3 | Gic2]) -> None:
    coverage = Coverage2() if of is Gic2 else Coverage()
    for seed in (1, 2):
        model = of()
        coverage.watch(model)
        stream = Stream(model, seed, Profile())
        stream.observer = coverage
        stream.chunk(2000)
    assert coverage.percent() > 80


def test_the_registers_package_has_what_the_tables_have() -> None:
    text = design.register_text(ROOT)
    assert "localparam logic [15:0] GICD_CTLR = 16'h0;" in text
    assert "localparam logic [15:0] ICC_IAR1_EL1 = 16'hc660;" in text
    assert "localparam logic [16:0] GICR_IGROUPR0 = 17'h10080;" in text
    assert "UART" not in text
    assert registers_package([]).splitlines()[1:] == ["package gic_regs_pkg;", "endpackage"]


@pytest.mark.parametrize(
    ("version", "play"), [(v, s) for v, c in COSIMS.items() for s in c.scenarios],
    ids=lambda x: x if isinstance(x, int) else x.__name__,
)  # fmt: skip
def test_scenario(version: int, play: Play) -> None:
    """The driver and the vGIC on the reference model."""
    cosim = COSIMS[version]
    play(cosim.hypervisor(build_library(ROOT, version), cosim.model().do))


@pytest.mark.parametrize("version", COSIMS)
def test_scenarios_hold_on_a_large_controller(version: int) -> None:
    """Nothing in them takes two CPUs, 64 SPIs or four list registers for granted."""
    cosim = COSIMS[version]
    for play in cosim.scenarios:
        play(cosim.hypervisor(build_library(ROOT, version), cosim.model(8, 480, 16).do))


@pytest.mark.parametrize("version", COSIMS)
@pytest.mark.parametrize("seed", range(2, 8))
def test_storm(seed: int, version: int) -> None:
    cosim = COSIMS[version]
    storm(cosim.hypervisor(build_library(ROOT, version), cosim.model().do), seed, 500)


@pytest.mark.parametrize(("top", "least"), [(design.V3, 40), (design.V2, 40)])
def test_the_mutants_fit_their_sources(top: design.Top, least: int) -> None:
    rtl, c = (mutants.tables(ROOT, of, top) for of in ("rtl", "c"))
    for table in (rtl, c):
        assert len({m.number for m in table}) == len(table) >= least
    files = {path.stem: path for path in design.sources(ROOT, top)}
    files |= {path.name: path for path in driver_sources(ROOT, top.version)}
    for name in {m.file for m in (*rtl, *c)}:
        here = [m for m in (*rtl, *c) if m.file == name]
        seeded = mutants.seed_bugs(files[name].read_text(encoding="utf-8"), here, "chosen_mutant")
        assert seeded.count("chosen_mutant ==") == len(here)


def test_a_mutant_that_fits_no_more_is_an_error() -> None:
    gone = mutants.Mutant(number=1, file="f", old="a + b", new="a - b", breaks="adding")
    assert mutants.seed_bugs("x = a + b;", [gone], "m") == "x = (m == 1 ? (a - b) : (a + b));"
    with pytest.raises(BuildFailed, match="mutant 1: 'a \\+ b' stands 0 times in f"):
        mutants.seed_bugs("x = a;", [gone], "m")
    with pytest.raises(BuildFailed, match="stands 2 times"):
        mutants.seed_bugs("a + b, a + b", [gone], "m")


def test_coverage_is_read_and_shown() -> None:
    points = [
        ("\x01f\x02/x/hdl/gic_word.sv\x01l\x0212\x01page\x02v_line/gic_word\x01o\x02if\x01h\x02a", 0),
        ("\x01f\x02/x/hdl/gic_word.sv\x01l\x0212\x01page\x02v_line/gic_word\x01o\x02if\x01h\x02b", 3),
        ("\x01f\x02/x/hdl/gic_word.sv\x01l\x0220\x01page\x02v_toggle/gic_word\x01o\x02latch[0]\x01h\x02a", 0),
        ("\x01f\x02/x/tb/tb_v3.sv\x01l\x021\x01page\x02v_line/tb\x01o\x02if\x01h\x02a", 0),
    ]
    text = "# SystemC::Coverage-3\n" + "".join(f"C '{keys}' {count}\n" for keys, count in points)
    files = read_coverage(text)
    assert list(files) == ["gic_word.sv"]
    assert (share(files["gic_word.sv"].lines), share(files["gic_word.sv"].toggles)) == (100, 0)
    page = coverage_page({"state: a": 2, "state: <b>": 0}, files, "t")
    assert "50.0 % of 2 bins" in page
    assert "&lt;b&gt;<td class=n>never" in page
    assert "20: latch[0]" in page
