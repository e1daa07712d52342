# SPDX-License-Identifier: Apache-2.0
"""What the tests of a lab need to run its servers on loopback: a port, a supervisor, patience."""

from __future__ import annotations

import contextlib
import random
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 60.0


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds
        time.sleep(0.2)
    return time.monotonic() - began


class Supervisor:
    """Starts a program again whenever it ends, as systemd would."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._command, self._folder = command, folder
        self._over = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with (self._folder / f"{Path(self._command[0]).name}-{id(self)}.log").open("ab") as log:
            while not self._over.is_set():
                self.process = subprocess.Popen(
                    self._command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
                self.process.wait()
                self._over.wait(1.0)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()

    def end(self) -> None:
        self._over.set()
        while self._thread.is_alive():
            if self.process is not None:
                self.process.kill()
            self._thread.join(0.2)


def free_port() -> int:
    """Below those that the kernel hands out by itself: nobody takes it while its server is restarted."""
    while True:
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", random.randrange(20_000, 32_000)))
            return int(probe.getsockname()[1])
