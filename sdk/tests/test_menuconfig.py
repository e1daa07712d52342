# SPDX-License-Identifier: Apache-2.0
"""menuconfig in a real terminal (tmux): a partition's RAM and a device's owner are changed and saved."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bulkhead.lab.image import read_image
from bulkhead.lab.session import Session
from bulkhead.lab.targets import find_target

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux"),
]
_DEADLINE_S = 20


class Terminal:
    """A tmux server of its own, ended with the test."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket

    def tmux(self, *args: str) -> str:
        command = ["tmux", "-S", str(self.socket), "-f", "/dev/null", *args]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout

    def start(self, command: str) -> None:
        self.tmux("new-session", "-d", "-x", "110", "-y", "40", command)

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.tmux("send-keys", key)

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-l", text)

    def until(self, text: str) -> str:
        deadline = time.monotonic() + _DEADLINE_S
        while time.monotonic() < deadline:
            screen = self.tmux("capture-pane", "-p")
            if text in screen:
                return screen
            time.sleep(0.05)
        raise AssertionError(f"'{text}' does not appear:\n{screen}")

    def jump(self, symbol: str) -> None:
        self.keys("/")
        self.until("Jump to symbol")
        self.type(symbol)
        self.until(f"{symbol}(=")
        self.keys("Enter")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    found = Terminal(tmp_path / "tmux")
    yield found
    found.tmux("kill-server")


def bulkhead(root: Path, build: Path, *args: str) -> list[str]:
    return [sys.executable, "-m", "bulkhead", "-d", str(build), *args]


def run(root: Path, build: Path, *args: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(root / "sdk")}
    done = subprocess.run(
        bulkhead(root, build, *args),
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout


def open_menuconfig(terminal: Terminal, root: Path, build: Path) -> None:
    command = shlex.join(bulkhead(root, build, "menuconfig"))
    terminal.start(f"cd {shlex.quote(str(root))}; PYTHONPATH=sdk {command}; echo exit $?; sleep 60")


def test_ram_and_owner_are_changed_and_saved(terminal: Terminal, root: Path, tmp_path: Path) -> None:
    build = tmp_path / "build"
    run(root, build, "defconfig", "qemu_virt/demo")
    open_menuconfig(terminal, root, build)
    terminal.until("Board qemu_virt")
    terminal.jump("PART_1_RAM_SIZE")
    terminal.until("(0x200000) RAM size")
    terminal.keys("Enter")
    terminal.until("Range: ")
    terminal.keys("C-u")
    terminal.type("0x600000")
    terminal.keys("Enter")
    terminal.until("(0x600000) RAM size")
    terminal.until("RAM 8/1024 MiB   pCPUs 2/4   interrupts 1/")  # the title, live
    terminal.jump("OWNER_GPIO_9030000_PART_2")
    terminal.until("gpio@9030000")
    terminal.keys("Enter")
    terminal.keys("q")
    terminal.until("Save configuration?")
    terminal.keys("y")
    terminal.until("exit 0")
    view = json.loads(run(root, build, "map", "--format", "json"))
    sizes = {row["label"]: row["size"] for row in view["memory"]}
    assert sizes["RAM of partition 'control'"] == 0x60_0000
    assert {d["name"]: d["owner"] for d in view["devices"]}["gpio@9030000"] == "rogue"
    assert (build / ".config.old").is_file()

    run(root, build, "build")
    with Session.open(root, find_target(root, "qemu"), read_image(build), tmp_path / "run") as session:
        session.boot()
        session.wait("^rogue: ready", "rogue", 20.0)
        session.console.send_line("rogue", "attack device")
        # Of the 15 devices it reads and writes one is its own now, as its devicetree says: 14 are left.
        session.wait("^attack device end contained tries=28 faults=28 ", "rogue", 30.0)


def test_what_was_not_changed_is_not_asked_about(terminal: Terminal, root: Path, tmp_path: Path) -> None:
    build = tmp_path / "build"
    run(root, build, "defconfig", "qemu_virt/demo")
    before = (build / ".config").read_bytes()
    open_menuconfig(terminal, root, build)
    terminal.until("Board qemu_virt")
    terminal.keys("q")
    assert "No changes to save" in terminal.until("exit 0")
    assert (build / ".config").read_bytes() == before


def test_a_broken_configuration_opens_and_is_repaired(terminal: Terminal, root: Path, tmp_path: Path) -> None:
    # answers zephyr#100253 and #9573: a broken configuration makes menuconfig itself refuse to start
    build = tmp_path / "build"
    run(root, build, "defconfig", "qemu_virt/demo")
    with (build / ".config").open("a", encoding="utf-8") as file:
        file.write("CONFIG_NO_SUCH=y\nnonsense\n")
    open_menuconfig(terminal, root, build)
    screen = terminal.until("Press Enter to open the editor")
    said = screen.replace("\n", "")  # however wide the terminal is
    assert "BH-KCFG-001" in said and "BH-KCFG-002" in said
    terminal.keys("Enter")
    terminal.until("Board qemu_virt")
    terminal.keys("q")
    terminal.until("Save configuration?")
    terminal.keys("y")
    terminal.until("CONFIG_NO_SUCH is dropped: there is no such symbol")
    terminal.keys("s")
    terminal.until("exit 0")
    assert json.loads(run(root, build, "check", "--format", "json"))["diagnostics"] == []


def test_what_a_disabled_partition_takes_with_it_is_told_before_saving(
    terminal: Terminal, root: Path, tmp_path: Path
) -> None:
    build = tmp_path / "build"
    run(root, build, "defconfig", "qemu_virt/demo")
    before = (build / ".config").read_bytes()
    open_menuconfig(terminal, root, build)
    terminal.until("Board qemu_virt")
    terminal.jump("PART_1_ENABLE")
    terminal.until("[*] Partition 1")
    terminal.keys("n", "q")
    terminal.until("Save configuration?")
    terminal.keys("y")
    screen = terminal.until("Saving loses this")
    assert "more are dropped: without PART_1_ENABLE" in screen
    terminal.keys("c")
    time.sleep(0.2)
    assert (build / ".config").read_bytes() == before
    terminal.keys("n")
    terminal.until("exit 0")


def test_it_opens_with_an_unreadable_tree(terminal: Terminal, root: Path, tmp_path: Path) -> None:
    build, system = tmp_path / "build", tmp_path / "system"
    system.mkdir()
    (system / "system.defconfig").write_text(
        'CONFIG_BOARD="qemu_virt"\nCONFIG_PART_1_ENABLE=y\n', encoding="utf-8"
    )
    run(root, build, "defconfig", str(system))
    (system / "overlay.dts").write_text("/ { broken\n", encoding="utf-8")
    open_menuconfig(terminal, root, build)
    said = terminal.until("Press Enter to open the editor").replace("\n", "")
    assert "overlay.dts:" in said
    assert "The devices are those of the last devicetree that could be read." in said
    terminal.keys("Enter")
    terminal.until("devices as they were when the devicetree could last be read")
    terminal.jump("OWNER_RTC_9010000_PART_1")
    terminal.keys("Enter", "q")
    terminal.until("Save configuration?")
    terminal.keys("y")
    terminal.until("exit 0")
    assert "CONFIG_OWNER_RTC_9010000_PART_1=y" in (build / ".config").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", ["menuconfig", "guiconfig"])
def test_without_a_terminal_or_display_one_sentence(root: Path, tmp_path: Path, name: str) -> None:
    # answers ulfalizer/Kconfiglib#64 and apache/nuttx#8557: a traceback when stdout is a pipe
    build = tmp_path / "build"
    run(root, build, "defconfig", "qemu_virt/demo")
    environment = {**os.environ, "PYTHONPATH": str(root / "sdk")}
    environment.pop("DISPLAY", None)
    done = subprocess.run(
        bulkhead(root, build, name),
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
