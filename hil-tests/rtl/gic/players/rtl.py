# SPDX-License-Identifier: Apache-2.0
"""The RTL as a player: a simulator in a process of its own, which bench/play.py serves."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from bulkhead.runners.lifetime import end_with_parent
from players.player import Player, PlayerFailed, seen
from ref.operation import Op, Reply

ANSWER_SECONDS = 120.0
BATCH = 512


class RtlPlayer(Player):
    """`command` and `environment` start the simulator."""

    name = "rtl"

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], out: Path) -> None:
        out.mkdir(parents=True, exist_ok=True)
        ours, theirs = socket.socketpair()
        self._log = out / "log.txt"
        with theirs, self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=out, env={**environment, "GIC_PLAYER": str(theirs.fileno())},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[theirs.fileno()],
                start_new_session=True, preexec_fn=end_with_parent(signal.SIGKILL),
            )  # fmt: skip
        self._simulator = Connection(os.dup(ours.fileno()))
        ours.close()

    def reset(self) -> None:
        self._ask(None)

    def run(self, ops: Sequence[Op]) -> list[Reply]:
        parts = (ops[first : first + BATCH] for first in range(0, len(ops), BATCH))
        return [seen(reply) for part in parts for reply in self._ask(list(part))]

    def _ask(self, ops: list[Op] | None) -> list[Reply]:
        try:
            self._simulator.send(ops)
            if not self._simulator.poll(ANSWER_SECONDS):
                raise PlayerFailed(f"rtl: the simulator was silent for {ANSWER_SECONDS:.0f} s")
            found: list[Reply] = self._simulator.recv()
            return found
        except (EOFError, OSError) as gone:
            said = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise PlayerFailed(f"rtl: the simulator ended:\n{said}") from gone

    def close(self) -> None:
        self._simulator.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5.0)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
