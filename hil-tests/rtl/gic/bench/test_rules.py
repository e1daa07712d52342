# SPDX-License-Identifier: Apache-2.0
"""Each directed rule as a cocotb test, on the RTL with the reference model beside it."""

from __future__ import annotations

from typing import Any

import cocotb

from bench.rtl import Rtl
from bench.where import Where
from rules.scene import Rule, Scene, all_rules

LIMIT_US = 2000


def _test(rule: Rule) -> Any:
    async def body(dut: Any) -> None:
        where.say(f"{rule.name} ({rule.source})")
        scene = Scene(Rtl(dut))
        await scene.reset()
        await rule.body(scene)

    body.__name__ = body.__qualname__ = rule.name
    return cocotb.test(timeout_time=LIMIT_US, timeout_unit="us")(body)


where = Where()
for _rule in all_rules():
    globals()[_rule.name] = _test(_rule)
