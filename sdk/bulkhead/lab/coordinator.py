# SPDX-License-Identifier: Apache-2.0
"""Places of a labgrid coordinator, asked through labgrid_agent.py in labgrid's own environment."""

from __future__ import annotations

import getpass
import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bulkhead.diag import LabError
from bulkhead.runners import extras

AGENT = Path(__file__).with_name("labgrid_agent.py")
DEFAULT_ADDRESS = "127.0.0.1:20408"
CALL_SECONDS = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A board of the lab. `is_there`: its exporter offers all of it now."""

    name: str
    board: str
    acquired: str  # by whom, "" if it is free
    expires: int | None  # seconds since 1970, of a lease
    console_url: str
    is_there: bool


def address_of(given: str | None) -> str:
    """The coordinator's, as labgrid's own client finds it."""
    return given or os.environ.get("LG_COORDINATOR") or DEFAULT_ADDRESS


def person() -> str:
    """The user at this host, as labgrid writes it."""
    user = "".join(c for c in getpass.getuser() if c.isalnum()) or "user"
    return f"{socket.gethostname().split('.')[0].lower()}/{user.lower()}"


def new_holder() -> str:
    """A name for one run: two runs of one user do not share a place."""
    return f"{person()}-{os.getpid()}-{secrets.token_hex(3)}"


class Coordinator:
    """`holder` is who asks. Every call is a process of its own, so that no connection has to be kept."""

    def __init__(self, root: Path, address: str, holder: str) -> None:
        self._python = extras.python_of(root, "lab")
        self.address, self.holder = address, holder

    def ask(
        self, verb: str, *arguments: str, wait: float = 0.0, say: Callable[[list[str]], None] = lambda _: None
    ) -> dict[str, Any]:
        """The agent's answer; `say` hears what it says while it waits, at most `wait` seconds.

        Raises LabError where the coordinator does not answer.
        """
        command = [str(self._python), "-P", str(AGENT), self.address, self.holder, verb, *arguments]
        answer: dict[str, Any] = {}
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as wrong,
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=wrong, text=True
            ) as agent,
        ):
            late = threading.Timer(CALL_SECONDS + wait, agent.kill)
            late.start()
            try:
                for line in agent.stdout or ():
                    answer = json.loads(line)
                    if "said" in answer:
                        say(answer["said"])
            except ValueError:
                answer = {}
            finally:
                late.cancel()
                assert agent.stdin is not None
                agent.stdin.close()  # where we are interrupted it leaves the queue
            if agent.wait() == -signal.SIGKILL:
                raise LabError(f"LAB: the coordinator {self.address} did not answer in time")
            if not answer or "said" in answer:
                wrong.seek(0)
                raise LabError(f"LAB: labgrid itself failed: {wrong.read().strip()[-500:]}")
        if "error" in answer:
            raise LabError(f"LAB: the coordinator {self.address}: {answer['error']}")
        return answer

    def places(self) -> tuple[list[Place], list[str]]:
        """All of them, and what was said about leases that had ended."""
        answer = self.ask("list")
        return [read_place(row) for row in answer["places"]], answer["freed"]

    def reserve(
        self, board: str, name: str, seconds: int, *,
        wait: float = 0.0, say: Callable[[list[str]], None] = lambda _: None,
    ) -> tuple[Place | None, list[str]]:  # fmt: skip
        """A place held for that long, or None; and who holds what, or was freed.

        Those who wait get their places in the order in which they came. `say` hears meanwhile who holds them.
        """
        answer = self.ask("reserve", board, name, str(seconds), str(wait), wait=wait, say=say)
        place = answer["place"]
        return (read_place(place) if place else None), [*answer["freed"], *answer.get("held", [])]

    def renew(self, name: str, seconds: int) -> bool:
        return bool(self.ask("renew", name, str(seconds))["held"])

    def release(self, name: str, *, force: bool = False) -> tuple[bool, str]:
        """Whether it was held and is free now, and who held it. Without `force` only if that was us."""
        answer = self.ask("release", name, "force" if force else "")
        return bool(answer["released"]), str(answer["whose"] or "")

    def create(self, name: str, match: str, board: str) -> None:
        self.create_all({name: (match, board)})

    def create_all(self, places: dict[str, tuple[str, str]]) -> None:
        """Each place's match and board, by its name."""
        self.ask("create", *(word for name, about in places.items() for word in (name, *about)))


def read_place(row: dict[str, Any]) -> Place:
    """One place of the agent's answer."""
    expires = row["tags"].get("expires", "")
    url = ""
    for resource in row["resources"]:
        if resource["cls"] == "NetworkSerialPort":
            params = resource["params"]
            scheme = "socket" if params.get("protocol") == "raw" else "rfc2217"
            url = f"{scheme}://{params['host']}:{params['port']}"
    return Place(
        name=row["name"], board=row["tags"].get("board", ""), acquired=row["acquired"] or "",
        expires=int(expires) if expires.isdigit() else None, console_url=url,
        is_there=bool(row["resources"]) and all(r["avail"] for r in row["resources"]),
    )  # fmt: skip
