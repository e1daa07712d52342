# SPDX-License-Identifier: Apache-2.0
"""Many boards in one coordinator and more users than boards of a kind: everybody's turn comes in order."""

from __future__ import annotations

import contextlib
import random
import select
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lab_servers import Supervisor, free_port, until

from bulkhead.diag import LabError, ToolMissing
from bulkhead.lab.coordinator import Coordinator, new_holder
from bulkhead.lab.labgrid_agent import Wish, turn
from bulkhead.lab.speed import measure
from bulkhead.runners import extras

FREE_SECONDS = 5.0  # nobody waits longer while a board that would do is free, on an idle host
HOLD_SECONDS = 0.5
LEASE_SECONDS = 300
WAIT_SECONDS = 240.0


@pytest.mark.parametrize(
    ("ahead", "mine", "free", "ours"),
    [
        ([], Wish("a", ""), {"one": "a"}, "one"),
        ([Wish("a", "")], Wish("a", ""), {"one": "a"}, None),
        ([Wish("a", "")], Wish("a", ""), {"one": "a", "two": "a"}, "two"),
        ([Wish("b", "")], Wish("a", ""), {"one": "a"}, "one"),
        ([Wish("", "two")], Wish("a", ""), {"one": "a", "two": "a"}, "one"),
        ([Wish("a", "")], Wish("", "one"), {"one": "a", "two": "a"}, None),
        ([], Wish("a", ""), {}, None),
    ],
)
def test_the_first_takes_the_first_place_that_fits(
    ahead: list[Wish], mine: Wish, free: dict[str, str], ours: str | None
) -> None:
    assert turn(ahead, mine, free) == ours


class ReplayBoards:
    """Ports that replay a console to whoever connects: its first line names the board."""

    def __init__(self, names: list[str]) -> None:
        self.ports: dict[str, int] = {}
        self._names: dict[socket.socket, str] = {}
        for name in names:
            listener = socket.create_server(("127.0.0.1", 0))
            self._names[listener] = name
            self.ports[name] = listener.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._over.is_set():
            for listener in select.select([*self._names], [], [], 0.2)[0]:
                with listener.accept()[0] as client:
                    client.sendall(f"hv| boot board={self._names[listener]}\r\n".encode())

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        for listener in self._names:
            listener.close()


@dataclass
class Request:
    board: str
    asked: float
    queued: float | None = None  # when it was told to wait
    got: float = 0.0
    place: str = ""
    released: float = 0.0


@dataclass
class Users:
    """Each asks for its kind of board some times over, and keeps it for a moment."""

    root: Path
    address: str
    rounds: int
    log: list[Request] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    slow: float = 1.0  # the host's factor, the worst that was measured meanwhile

    def live(self, board: str, seed: int) -> None:
        dice = random.Random(seed)
        asked = Coordinator(self.root, self.address, new_holder())
        for _ in range(self.rounds):
            time.sleep(dice.uniform(0, HOLD_SECONDS))
            request = Request(board, time.monotonic())
            self.log.append(request)

            def wait(_: list[str], request: Request = request) -> None:
                request.queued = request.queued or time.monotonic()

            place, remarks = asked.reserve(board, "", LEASE_SECONDS, wait=WAIT_SECONDS, say=wait)
            request.got = time.monotonic()
            if place is None:
                self.wrong.append(f"no place for {board}: {remarks}")
                return
            request.place = place.name
            url = urlsplit(place.console_url)
            with socket.create_connection((url.hostname, url.port), timeout=30) as console:
                said = console.recv(100).decode()
            if f"board={place.name}\r\n" not in said:
                self.wrong.append(f"{place.name} said {said!r}")
            time.sleep(dice.uniform(0, HOLD_SECONDS))
            asked.release(place.name)
            request.released = time.monotonic()

    def run(self, wishes: list[str]) -> None:
        threads = [threading.Thread(target=self.live, args=(b, n)) for n, b in enumerate(wishes)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.slow = max(self.slow, measure())
            time.sleep(0.5)


def overtaken(log: list[Request]) -> int:
    """The most often that one who stood in the queue already was overtaken by one that came later."""
    return max(
        sum(
            other.board == one.board and other.asked > one.queued and other.got < one.got
            for other in log
        )
        for one in log
        if one.queued
    )  # fmt: skip


def longest_idle(log: list[Request]) -> float:
    """The longest time that a board was free while one who wanted it stood in the queue."""
    longest = 0.0
    for place in {request.place for request in log}:
        used = sorted((r for r in log if r.place == place), key=lambda r: r.got)
        for before, after in pairwise(used):
            waiting = [
                max(before.released, one.queued)
                for one in log
                if one.queued and one.board == before.board and one.queued < after.got <= one.got
            ]
            longest = max([longest, *(after.got - since for since in waiting)])
    return longest


@contextlib.contextmanager
def lab_of(root: Path, boards: dict[str, int]) -> Iterator[str]:
    """A coordinator with that many places for each board; its address."""
    bin_ = extras.python_of(root, "lab").parent
    kinds = {f"{board}-{n}": board for board, number in boards.items() for n in range(number)}
    address = f"127.0.0.1:{free_port()}"
    folder = Path(tempfile.mkdtemp(prefix="bulkhead-queue-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        replay = ReplayBoards([*kinds])
        stack.callback(replay.end)
        coordinator = Supervisor([str(bin_ / "labgrid-coordinator"), "-l", address], folder)
        stack.callback(coordinator.end)
        (folder / "exporter.yaml").write_text(
            "".join(
                f"{name}:\n  NetworkSerialPort: "
                f"{{host: 127.0.0.1, port: {port}, protocol: raw, speed: 115200}}\n"
                for name, port in replay.ports.items()
            )
        )
        words = ["-c", address, "-n", "rack", str(folder / "exporter.yaml")]
        exporter = Supervisor([str(bin_ / "labgrid-exporter"), *words], folder)
        stack.callback(exporter.end)
        asked = Coordinator(root, address, new_holder())

        def made() -> bool:
            with contextlib.suppress(LabError):
                asked.create_all({name: (f"rack/{name}/*", board) for name, board in kinds.items()})
                return True
            return False

        def is_whole() -> bool:
            places = asked.places()[0]
            return len(places) == len(kinds) and all(place.is_there for place in places)

        until(made)
        until(is_whole)
        yield address


def test_nobody_is_overtaken_twice_or_waits_beside_a_free_board(
    root: Path, request: pytest.FixtureRequest
) -> None:
    try:
        extras.python_of(root, "lab")
    except ToolMissing as missing:
        pytest.skip(str(missing))
    is_long = request.config.getoption("--long")
    boards = {"scarce": 2, "some": 8, "plenty": 90} if is_long else {"scarce": 2, "plenty": 4}
    wishes = ["scarce"] * 12 + ["some"] * 4 + ["plenty"] * 4 if is_long else ["scarce"] * 5 + ["plenty"]
    with lab_of(root, boards) as address:
        users = Users(root, address, rounds=5 if is_long else 2)
        users.run(wishes)
    print(
        f"{sum(boards.values())} boards, {len(wishes)} users, {len(users.log)} requests: "
        f"overtaken at most {overtaken(users.log)} times, "
        f"a board idle beside a waiter for at most {longest_idle(users.log):.2f} s, "
        f"on a host {users.slow:.1f} times slower"
    )
    assert not users.wrong
    assert all(each.place.startswith(each.board) for each in users.log)
    assert sum(each.queued is not None for each in users.log) > len(wishes) // 2
    assert overtaken(users.log) <= 1
    assert longest_idle(users.log) <= FREE_SECONDS * users.slow
