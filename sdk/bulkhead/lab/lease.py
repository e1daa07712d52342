# SPDX-License-Identifier: Apache-2.0
"""A place held for a run: renewed while the run lives, released however the run ends.

Three things release it: the run itself; a guardian, a process of its own that notices when the run is
gone, killed or not; and, where both are gone, whoever looks after the lease has ended.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bulkhead.diag import LabError
from bulkhead.lab.coordinator import Coordinator, Place, new_holder

LEASE_SECONDS = 120
WAIT_SECONDS = 900.0
DONE = b"released\n"


@dataclass(slots=True)
class Lease:
    """`lost`: somebody else holds the place now, or it could not be taken again."""

    place: Place
    lost: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def lease(
    root: Path, address: str, *, board: str, name: str, say: Callable[[str], None],
    wait: float = WAIT_SECONDS, seconds: int = LEASE_SECONDS,
) -> Iterator[Lease]:  # fmt: skip
    """A place of that board, or the named one. Raises LabError where none comes free in time."""
    coordinator = Coordinator(root, address, new_holder())
    held = Lease(_reserve(coordinator, board, name, seconds, wait, say))
    guardian = _start_guardian(root, coordinator, held.place.name)
    stop = threading.Event()
    renewing = threading.Thread(target=_renew, args=(coordinator, held, seconds, stop), daemon=True)
    renewing.start()
    try:
        yield held
    finally:
        stop.set()
        renewing.join()
        with contextlib.suppress(LabError):  # the guardian and the lease's end are still there
            coordinator.release(held.place.name)
            guardian.communicate(DONE, timeout=30)


def _reserve(
    coordinator: Coordinator, board: str, name: str, seconds: int, wait: float, say: Callable[[str], None]
) -> Place:
    told: list[str] = []

    def tell(remarks: list[str]) -> None:
        for remark in remarks:
            if remark not in told:
                say(remark)
        told[:] = remarks

    place, remarks = coordinator.reserve(board, name, seconds, wait=wait, say=tell)
    if place is None and not remarks:
        raise LabError(f"LAB: the lab has no place {name or f'for board {board}'}")
    if place is None:
        raise LabError(f"LAB: no place came free within {wait:.0f} s: {'; '.join(remarks)}")
    tell(remarks)
    say(f"reserved {place.name} at {coordinator.address}")
    return place


def _renew(coordinator: Coordinator, held: Lease, seconds: int, stop: threading.Event) -> None:
    """A coordinator that is away for less than the lease costs nothing."""
    last = time.monotonic()
    while not stop.wait(min(seconds / 3, 5.0)):
        try:
            if not coordinator.renew(held.place.name, seconds):
                held.lost.set()
                return
            last = time.monotonic()
        except LabError:
            if time.monotonic() - last > seconds:
                held.lost.set()
                return


def _start_guardian(root: Path, coordinator: Coordinator, name: str) -> subprocess.Popen[bytes]:
    """It reads until we close our end, which the kernel does when we are killed."""
    command = [sys.executable, "-P", "-m", "bulkhead.lab.lease", str(root), coordinator.address]
    return subprocess.Popen(
        [*command, coordinator.holder, name], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(root / "sdk")},
    )  # fmt: skip


def guard(root: Path, address: str, holder: str, name: str) -> None:
    """The guardian's whole life."""
    if sys.stdin.buffer.read() != DONE:
        Coordinator(root, address, holder).release(name)


if __name__ == "__main__":
    guard(Path(sys.argv[1]), *sys.argv[2:5])
