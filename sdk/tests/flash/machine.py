# SPDX-License-Identifier: Apache-2.0
"""A board with a real boot loader: Debian's U-Boot in QEMU, and a line to it that is not perfect."""

from __future__ import annotations

import random
import select
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bulkhead.flash.bootscript import boot_script, script_file
from bulkhead.flash.card import make_disk
from bulkhead.flash.layout import Banks
from bulkhead.flash.places import BlockPlace, FlashPlace, Place
from bulkhead.flash.state import SIZE, State, newest
from bulkhead.runners.hosttools import require
from bulkhead.runners.qemu import FLASH_BANK, QemuOptions, QemuProcess, qemu_command

MACHINE: Mapping[str, str] = {
    "machine": "virt,virtualization=on,gic-version=3",
    "cpu": "cortex-a53",
    "memory": "1G",
}


class Storage:
    """A disk and the second bank of the flash, as files: what a board keeps when its power goes."""

    def __init__(self, folder: Path, banks: Banks) -> None:
        assert banks.disk is not None
        folder.mkdir(parents=True, exist_ok=True)
        self.disk, self.flash, self._banks = folder / "disk.img", folder / "flash.img", banks
        if not self.disk.exists():
            with self.disk.open("wb") as made:
                made.truncate(banks.disk.place.room)
            self.flash.write_bytes(b"\xff" * FLASH_BANK)

    def provision(self, *stored: bytes) -> None:
        """File systems with the boot script, and images in the banks; no record."""
        assert self._banks.disk is not None
        script = script_file(boot_script(self._banks))
        make_disk(self.disk, self._banks.disk, {self._banks.script[0].file: script})
        for place, data in zip(self._banks.images, stored, strict=False):
            self.write(place, data)

    def write(self, place: Place, data: bytes) -> None:
        path, at = self._where(place)
        with path.open("r+b") as file:
            file.seek(at)
            file.write(data)

    def read(self, place: Place, size: int) -> bytes:
        path, at = self._where(place)
        with path.open("rb") as file:
            file.seek(at)
            return file.read(size)

    def state(self) -> State | None:
        """What the newest record says."""
        return newest([self.read(place, SIZE) for place in self._banks.state])[0]

    def _where(self, place: Place) -> tuple[Path, int]:
        if isinstance(place, FlashPlace):
            return self.flash, place.at - FLASH_BANK
        assert isinstance(place, BlockPlace)
        return self.disk, place.at


def start(
    firmware: Path,
    out: Path,
    storage: Storage | None = None,
    change: Callable[[str], str] = str,
    more: Sequence[str] = (),
) -> QemuProcess:
    """Paused, so that nothing of U-Boot's start is lost. `change` has each argument, `more` comes behind."""
    disk, flash = (storage.disk, storage.flash) if storage else (None, None)
    program = str(require("qemu-system-aarch64"))

    def command(qmp: int) -> list[str]:
        options = QemuOptions(image=Path(), cpus=4, firmware=firmware, qmp_fd=qmp, disk=disk, flash=flash)
        return [*map(change, qemu_command(program, MACHINE, options)), *more]

    return QemuProcess(command, out)


class BadLine:
    """Between a host and a board, over TCP: alters one byte in `every`, either way; can be cut."""

    def __init__(self, url: str, every: int, seed: int) -> None:
        host, port = url.removeprefix("socket://").split(":")
        self._board = socket.create_connection((host, int(port)))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self.altered = 0
        self._cut_after: int | None = None
        self._deaf = False
        self._every = every
        self._random = random.Random(seed)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def cut_after(self, count: int) -> None:
        """Go away once the host has sent that many bytes."""
        self._cut_after = count

    def board_is_reset(self) -> None:
        """What is sent to it is lost until it speaks again, as a UART loses what it is not set up for."""
        self._deaf = True

    def close(self) -> None:
        self._ended.set()
        self._thread.join(5)
        self._board.close()
        self._listener.close()

    def __enter__(self) -> BadLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self) -> None:
        self._listener.settimeout(30)
        host, _ = self._listener.accept()
        sent = 0
        with host:
            while not self._ended.is_set():
                for end in select.select([host, self._board], [], [], 0.2)[0]:
                    data = end.recv(4096)
                    if not data:
                        return
                    if end is self._board:
                        self._deaf = False
                    elif self._deaf:
                        continue
                    (self._board if end is host else host).sendall(self._through(data))
                    sent += len(data) if end is host else 0
                if self._cut_after is not None and sent > self._cut_after:
                    return

    def _through(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for index in range(len(changed)):
            if self._every and self._random.randrange(self._every) == 0:
                changed[index] ^= self._random.randrange(1, 256)
                self.altered += 1
        return bytes(changed)
