# SPDX-License-Identifier: Apache-2.0
"""One interrupt from its line to its end, for a picture: life.txt is played while waves are recorded, and the
simulated time of each operation is noted."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cocotb
from cocotb.utils import get_sim_time

from bench.rtl import Rtl
from players.text import read_text

LIFE = Path(__file__).resolve().parent / "life.txt"


@cocotb.test(timeout_time=1000, timeout_unit="us")
async def an_interrupt_lives(dut: Any) -> None:
    rtl = Rtl(dut)
    await rtl.reset()
    notes = []
    for op in read_text(LIFE.read_text(encoding="utf-8"), LIFE.name):
        began = get_sim_time("ns")
        reply = await rtl.do(op)
        notes.append({"ns": began, "op": str(op), "data": reply.data})
    (Path(os.environ["GIC_OUT"]) / "life.json").write_text(json.dumps(notes, indent=1), encoding="utf-8")
