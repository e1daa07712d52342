# SPDX-License-Identifier: Apache-2.0
"""The RTL as a player of a lockstep run: operations come over a socket, and simulated time stands still while
it waits for them (players/rtl.py is the other end)."""

from __future__ import annotations

import os
from multiprocessing.connection import Connection
from typing import Any

import cocotb

from bench.rtl import Rtl


@cocotb.test()
async def what_it_is_sent_is_played(dut: Any) -> None:
    rtl = Rtl(dut)
    with Connection(int(os.environ["GIC_PLAYER"])) as host:
        while True:
            try:
                ops = host.recv()
            except EOFError:
                return
            if ops is None:
                await rtl.reset()
            host.send([] if ops is None else await rtl.run(ops))
