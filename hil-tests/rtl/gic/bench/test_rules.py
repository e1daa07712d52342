# SPDX-License-Identifier: Apache-2.0
"""Each directed rule of the top level as a cocotb test, on the RTL with the reference model beside it."""

from __future__ import annotations

from typing import Any

import cocotb

from bench.rtl import VERSION, Rtl
from bench.where import Where
from rules import scene as v3
from rules.v2 import scene as v2

LIMIT_US = 2000


def _test(rule: v2.Rule | v3.Rule, scene_of: Any) -> Any:
    async def body(dut: Any) -> None:
        where.say(f"{rule.name} ({rule.source})")
        scene = scene_of(Rtl(dut))
        await scene.reset()
        await rule.body(scene)

    body.__name__ = body.__qualname__ = rule.name
    return cocotb.test(timeout_time=LIMIT_US, timeout_unit="us")(body)


where = Where()
version: Any = v2 if VERSION == 2 else v3
for _rule in version.all_rules():
    globals()[_rule.name] = _test(_rule, version.Scene)
