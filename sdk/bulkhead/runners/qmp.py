# SPDX-License-Identifier: Apache-2.0
"""QEMU's control channel (QMP), as much of it as a runner needs: ask, answer, with a deadline."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from bulkhead.diag.errors import LabError


class Qmp:
    """One conversation over a connected socket. Events are skipped."""

    def __init__(self, channel: socket.socket, seconds: float = 20.0) -> None:
        self._channel = channel
        self._seconds = seconds
        self._received = b""
        deadline = time.monotonic() + seconds
        greeting = self._read_message(deadline)
        version = greeting.get("QMP", {}).get("version", {}).get("qemu", {})
        self.version: tuple[int, int] = (version.get("major", 0), version.get("minor", 0))
        self.ask("qmp_capabilities")

    def ask(self, command: str, **arguments: Any) -> Any:
        """The answer to a command."""
        request: dict[str, Any] = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        deadline = time.monotonic() + self._seconds
        try:
            self._channel.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise LabError(f"QEMU does not take '{command}': {error}") from error
        while True:
            message = self._read_message(deadline)
            if "return" in message:
                return message["return"]
            if "error" in message:
                raise LabError(f"QEMU refused '{command}': {message['error'].get('desc', message['error'])}")

    def close(self) -> None:
        self._channel.close()

    def _read_message(self, deadline: float) -> dict[str, Any]:
        while b"\n" not in self._received:
            left = deadline - time.monotonic()
            if left <= 0:
                raise LabError(f"QEMU's control channel was silent for {self._seconds:.0f} s")
            self._channel.settimeout(left)
            try:
                data = self._channel.recv(65536)
            except TimeoutError:
                continue
            except OSError as error:
                raise LabError(f"QEMU's control channel broke: {error}") from error
            if not data:
                raise LabError("QEMU ended")
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        message = json.loads(line)
        assert isinstance(message, dict)
        return message
