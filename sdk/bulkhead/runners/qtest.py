# SPDX-License-Identifier: Apache-2.0
"""Interrupt lines moved from outside, through QEMU's qtest protocol, which works beside a running guest."""

from __future__ import annotations

import shutil
import socket
import tempfile
from pathlib import Path

from bulkhead.diag.errors import LabError
from bulkhead.runners.qmp import Qmp

FIRST_SPI = 32  # INTID of the interrupt controller's first input line
ANSWER_SECONDS = 20.0
_NAME = "bulkhead-qtest"  # of the channel and of its server within QEMU


class InterruptLines:
    """The input lines of a machine's interrupt controller, until `close`.

    A line that a device drives as well is what was said last, by the device or here.
    """

    def __init__(self, qmp: Qmp) -> None:
        """Raises LabError where the machine has no such lines."""
        self._controller = _find_controller(qmp)
        folder = Path(tempfile.mkdtemp(prefix="bulkhead-"))  # short: a socket's path has 107 bytes
        self._channel = socket.socket(socket.AF_UNIX)
        try:
            address = {"type": "unix", "data": {"path": str(folder / "qtest")}}
            backend = {"type": "socket", "data": {"addr": address, "server": True, "wait": False}}
            qmp.ask("chardev-add", id=_NAME, backend=backend)
            qmp.ask("object-add", **{"qom-type": "qtest", "id": _NAME, "chardev": _NAME})
            self._channel.settimeout(ANSWER_SECONDS)
            self._channel.connect(str(folder / "qtest"))
        except BaseException:
            self._channel.close()
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        self._channel.close()

    def set_level(self, intid: int, level: bool) -> None:
        """Drive the line of an SPI. Returns once the controller has it."""
        self.set_input(intid - FIRST_SPI, level)

    def set_input(self, number: int, level: bool) -> None:
        """The same by the controller's input: SPIs from 0 on, behind QEMU's last one the PPIs of each CPU."""
        line = f"set_irq_in {self._controller} unnamed-gpio-in {number} {int(level)}\n"
        try:
            self._channel.sendall(line.encode())
            answer = self._channel.recv(4096)
        except OSError as error:
            raise LabError(f"QEMU's qtest channel broke: {error}") from error
        if answer != b"OK\n":
            raise LabError(f"QEMU does not move line {number}: {answer.decode(errors='replace').strip()}")


def _find_controller(qmp: Qmp) -> str:
    """Its path in QEMU's object tree."""
    for folder in ("/machine/unattached", "/machine"):
        for child in qmp.ask("qom-list", path=folder):
            if child["type"] in ("child<arm-gicv3>", "child<arm_gic>"):
                return f"{folder}/{child['name']}"
    raise LabError("QEMU's machine has no interrupt controller whose lines could be moved")
