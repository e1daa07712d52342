# SPDX-License-Identifier: Apache-2.0
"""The console against a board of Python, over TCP and over a pseudo terminal."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fake_board import BOOT_LINE, FakeBoard

from bulkhead.diag.errors import LabError, UserError
from bulkhead.lab.console import Console, TextNotSeen, open_port


@contextmanager
def attached(
    script: Callable[[FakeBoard], None], folder: Path, over: str = "tcp"
) -> Iterator[tuple[FakeBoard, Console]]:
    with FakeBoard(script, over=over) as board, Console.open(board.url, folder / "console.raw") as console:
        board.release()
        yield board, console


def boot(board: FakeBoard) -> None:
    board.boot()
    board.say("control", b"control: seco")
    board.say("rogue", b"rogue: ready\n")
    board.say("control", b"nd=1 ticks=1000\n")


@pytest.mark.parametrize("over", ["tcp", "pty"])
def test_lines_are_waited_for_by_speaker(tmp_path: Path, over: str) -> None:
    with attached(boot, tmp_path, over) as (_, console):
        assert console.wait("^boot build=", "hv", 5).text == BOOT_LINE
        assert console.wait(r"second=(\d+)", "control", 5).match[1] == "1"
        assert console.wait("ready", "rogue", 5).text == "rogue: ready"


@pytest.mark.parametrize("over", ["tcp", "pty"])
def test_input_goes_to_who_has_the_focus(tmp_path: Path, over: str) -> None:
    with attached(boot, tmp_path, over) as (board, console):
        console.wait("^boot", "hv", 5)
        console.send_line("rogue", "attack gic")
        assert console.wait("^echo: ", "rogue", 5).text == "echo: attack gic"
        assert board.typed == [("rogue", b"attack gic")]


def test_a_prompt_without_line_end_is_seen(tmp_path: Path) -> None:
    with attached(lambda board: board.say("rogue", b"hello\nrogue> "), tmp_path) as (_, console):
        assert console.wait_open_line("> $", "rogue", 5) == "rogue> "


def test_a_text_that_does_not_come_is_an_answer_with_the_last_lines(tmp_path: Path) -> None:
    with attached(boot, tmp_path) as (_, console):
        console.wait("ready", "rogue", 5)
        start = time.monotonic()
        with pytest.raises(TextNotSeen, match=r"'hv' did not say /panic/ within 0.2 s[^/]*boot build="):
            console.wait("panic", "hv", 0.2)
        assert time.monotonic() - start < 2


def test_the_end_of_the_console_ends_a_wait(tmp_path: Path) -> None:
    with attached(boot, tmp_path) as (board, console):
        console.wait("ready", "rogue", 5)
        board.__exit__()
        with pytest.raises(TextNotSeen, match="the other end closed it"):
            console.wait("never", "rogue", 30)


def test_raw_bytes_and_times_are_kept(tmp_path: Path) -> None:
    with attached(boot, tmp_path) as (board, console):
        console.wait("second", "control", 5)
        wire = bytes(board.mux.wire)
    assert (tmp_path / "console.raw").read_bytes() == wire
    readable = (tmp_path / "console.txt").read_text().splitlines()
    assert all(re.match(r"\[ *\d+\.\d{6}\] (hv|control|rogue)\| ", line) for line in readable)
    assert readable[-1].endswith("control| control: second=1 ticks=1000")


def test_skipping_leaves_old_lines_behind(tmp_path: Path) -> None:
    with attached(boot, tmp_path) as (board, console):
        console.wait("second=1", "control", 5)
        console.skip_to_now()
        with pytest.raises(TextNotSeen):
            console.wait("ready", "rogue", 0.1)
        board.say("rogue", b"rogue: ready again\n")
        assert console.wait("ready", "rogue", 5).text == "rogue: ready again"


@pytest.mark.parametrize(
    ("url", "kind", "says"),
    [
        ("/dev/no-such-port", LabError, "the console /dev/no-such-port cannot be opened: No such file"),
        ("/dev/null", UserError, "the console /dev/null is not a serial device"),
        ("foo://x", UserError, "the console foo://x cannot be used: invalid URL, protocol 'foo' not known"),
        ("socket://x", UserError, "the console socket://x cannot be used: "),
    ],
)
def test_what_is_wrong_with_a_port_is_said_once(url: str, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind) as caught:
        open_port(url)
    assert str(caught.value).startswith(says)
    assert str(caught.value).count("no-such-port") <= 1


def test_a_console_that_is_not_there_is_the_labs_fault() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(LabError, match="cannot be opened"):
            open_port(f"socket://127.0.0.1:{unused.getsockname()[1]}")
