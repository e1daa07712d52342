# SPDX-License-Identifier: Apache-2.0
"""A real labgrid coordinator, two exporters and three QEMU boards on loopback: places held, shared, lost,
given back.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from lab_servers import PATIENCE, Supervisor, free_port, until

from bulkhead.cli.main import cli
from bulkhead.diag import LabError, ToolMissing
from bulkhead.lab import hil
from bulkhead.lab.coordinator import Coordinator, Place, new_holder
from bulkhead.lab.image import Image
from bulkhead.lab.lease import lease
from bulkhead.lab.setup import files
from bulkhead.lab.targets import read_targets
from bulkhead.runners import extras, hosttools
from bulkhead.runners.boards import read_qemu_machine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hosttools.find("qemu-system-aarch64"), reason="QEMU is not installed"),
    pytest.mark.xdist_group("labgrid"),
]

BOARD_SCRIPT = Path(__file__).with_name("lab_board.py")
BOARDS = ("one", "two", "three")
SUITE = """\
*** Settings ***
Library             BulkheadTarget
Suite Setup         Boot Target
Suite Teardown      Release Target


*** Test Cases ***
Answers
    Ask Identity
"""


@dataclass
class Lab:
    address: str
    folder: Path
    coordinator: Supervisor
    exporters: list[Supervisor]
    asked: Coordinator

    def place(self, name: str) -> Place:
        return next(p for p in self.asked.places()[0] if p.name == name)

    def is_whole(self) -> bool:
        with contextlib.suppress(LabError):
            places = self.asked.places()[0]
            return len(places) == len(BOARDS) and all(place.is_there for place in places)
        return False


@pytest.fixture(scope="module")
def lab(root: Path, speaker: Image) -> Iterator[Lab]:
    try:
        bin_ = extras.python_of(root, "lab").parent
    except ToolMissing as missing:
        pytest.skip(str(missing))
    machine = read_qemu_machine(root, "qemu_virt")
    qemu = ["qemu-system-aarch64", "-M", machine["machine"], "-cpu", machine["cpu"], "-m", "256M",
            "-smp", "4", "-nodefaults", "-display", "none", "-kernel", str(speaker.path)]  # fmt: skip
    address = f"127.0.0.1:{free_port()}"
    folder = Path(tempfile.mkdtemp(prefix="bulkhead-lab-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        ports = {}
        for name in BOARDS:
            ports[name] = free_port()
            (folder / name).mkdir()
            board = subprocess.Popen(
                [sys.executable, BOARD_SCRIPT, "serve", str(ports[name]), str(folder / name), "0", *qemu],
                start_new_session=True,
            )
            stack.callback(os.killpg, board.pid, signal.SIGKILL)
            until((folder / name / "ready").exists)
        coordinator = Supervisor([str(bin_ / "labgrid-coordinator"), "-l", address], folder)
        stack.callback(coordinator.end)
        exporters = []
        for exporter, boards in (("left", BOARDS[:2]), ("right", BOARDS[2:])):
            (folder / f"{exporter}.yaml").write_text(
                "".join(
                    f"{b}:\n  NetworkSerialPort: "
                    f"{{host: 127.0.0.1, port: {ports[b]}, protocol: raw, speed: 115200}}\n"
                    for b in boards
                )
            )
            command = [
                str(bin_ / "labgrid-exporter"),
                "-c",
                address,
                "-n",
                exporter,
                f"{folder}/{exporter}.yaml",
            ]
            exporters.append(Supervisor(command, folder))
            stack.callback(exporters[-1].end)
        asked = Coordinator(root, address, new_holder())
        for name in BOARDS:
            exporter = "right" if name == BOARDS[2] else "left"

            def made(name: str = name, exporter: str = exporter) -> bool:
                with contextlib.suppress(LabError):
                    asked.create(name, f"{exporter}/{name}/NetworkSerialPort", "qemu_virt")
                    return True
                return False

            until(made)
        found = Lab(address, folder, coordinator, exporters, asked)
        until(found.is_whole)
        yield found


@pytest.fixture
def build(tmp_path: Path, speaker: Image, lab: Lab) -> Path:
    folder = tmp_path / "build"
    folder.mkdir()
    (folder / "bulkhead.img").write_bytes(speaker.path.read_bytes())
    plan = {"build_id": speaker.build_id, "system": "x", **speaker.plan}
    (folder / "plan.json").write_text(json.dumps(plan))
    (folder / "mine.robot").write_text(SUITE)
    entries = "".join(
        f"  {name}:\n    kind: lab\n    board: qemu_virt\n    boot_seconds: 60\n    lab: {{place: {name}}}\n"
        f"    power:\n      cycle: [{sys.executable}, {BOARD_SCRIPT}, cycle, {lab.folder / name}]\n"
        f"      'off': [{sys.executable}, {BOARD_SCRIPT}, 'off', {lab.folder / name}]\n"
        for name in BOARDS
    )
    (folder / "targets.yaml").write_text(f"version: 1\ntargets:\n{entries}")
    return folder


def asked(build: Path, *names: str) -> hil.Asked:
    return hil.Asked(
        suites=(str(build / "mine.robot"),), names=names, targets=build / "targets.yaml", out=build / "out",
        build=False, include=(), exclude=(), jobs=None, repeat=1, until_fail=False, shuffle=False, seed=None,
        rerun_failed=False, history=build / "history.sqlite",
    )  # fmt: skip


def test_suites_on_two_places_which_are_free_afterwards(
    root: Path, lab: Lab, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LG_COORDINATOR", lab.address)
    done = hil.run(root, build, asked(build, "one", "three"))
    assert [(c.target, c.status, c.message) for c in done.cases] == [
        ("one", "PASS", ""),
        ("three", "PASS", ""),
    ]
    assert [lab.place(name).acquired for name in BOARDS] == ["", "", ""]
    assert not list((build / "hil").glob("places-*"))


def test_two_users_compete_and_the_second_waits_its_turn(root: Path, lab: Lab) -> None:
    said: list[str] = []
    got: list[float] = []

    def second() -> None:
        with lease(root, lab.address, board="", name="one", say=said.append, wait=PATIENCE):
            got.append(time.monotonic())

    with lease(root, lab.address, board="", name="one", say=lambda text: None) as first:
        assert first.place.name == "one"
        thread = threading.Thread(target=second)
        thread.start()
        until(lambda: any("is held by" in text for text in said))
        assert not got
        freed = time.monotonic()
    thread.join(PATIENCE)
    assert got and got[0] >= freed
    nowhere = lease(root, lab.address, board="zcu102", name="", say=lambda text: None)
    with pytest.raises(LabError, match="no place for board zcu102"):
        nowhere.__enter__()


def test_a_run_whose_place_was_taken_away_has_no_result(
    root: Path, lab: Lab, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LG_COORDINATOR", lab.address)
    (build / "mine.robot").write_text(SUITE + "    Sleep    15 s\n")

    def take_away() -> None:
        until(lambda: lab.place("one").acquired)
        lab.asked.release("one", force=True)
        lab.asked.reserve("", "one", 60)

    other = threading.Thread(target=take_away)
    other.start()
    with pytest.raises(LabError, match="LAB: one was lost while the suites ran") as lost:
        hil.run(root, build, asked(build, "one"))
    other.join()
    assert lost.value.exit_code == 4
    assert lab.place("one").acquired == lab.asked.holder  # the loser did not free what is another's
    lab.asked.release("one")


def test_a_lease_that_has_ended_is_freed_by_whoever_looks(root: Path, lab: Lab) -> None:
    forgetful = Coordinator(root, lab.address, "elsewhere/forgetful")
    place, _ = forgetful.reserve("qemu_virt", "two", 1)
    assert place is not None and lab.place("two").acquired in ("elsewhere/forgetful", "")
    time.sleep(2.5)
    with lease(root, lab.address, board="", name="two", say=lambda text: None, wait=PATIENCE):
        assert forgetful.release("two")[0] is False  # it is not theirs any more
    assert lab.place("two").acquired == ""


def test_a_runner_that_is_killed_gives_its_place_back(root: Path, lab: Lab) -> None:
    call = (
        "import sys, time; from pathlib import Path; from bulkhead.lab.lease import lease\n"
        "with lease(Path(sys.argv[1]), sys.argv[2], board='', name='two', say=print): time.sleep(300)\n"
    )
    ours = subprocess.Popen(
        [sys.executable, "-P", "-c", call, str(root), lab.address], stdout=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(root / "sdk")},
    )  # fmt: skip
    until(lambda: lab.place("two").acquired)
    time.sleep(1.0)  # its guardian is there
    ours.kill()
    ours.wait()
    assert until(lambda: not lab.place("two").acquired) < 20


def test_a_restarted_coordinator_is_whole_again_and_the_run_keeps_its_place(
    root: Path, lab: Lab, request: pytest.FixtureRequest
) -> None:
    if not request.config.getoption("--long"):
        pytest.skip("labgrid may not take back what was held while its exporter died; with --long")
    with lease(root, lab.address, board="", name="three", say=lambda text: None) as held:
        for each in (lab.exporters[1], lab.coordinator):
            each.kill()
            assert until(lab.is_whole) < 40  # 15 s on an idle host
        until(lambda: lab.place("three").acquired)
        assert not held.lost.is_set()
    assert lab.place("three").acquired == ""


def test_the_commands_of_a_person(lab: Lab) -> None:
    def call(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["lab", *words, "--coordinator", lab.address])
        return done.exit_code, f"{done.output}{done.exception or ''}"

    assert call("health") == (0, "".join(f"{name:<20} good\n" for name in sorted(BOARDS)))
    code, said = call("reserve", "two", "--minutes", "5")
    assert (code, said.startswith("two is yours for 5 minutes; console socket://127.0.0.1:")) == (0, True)
    assert "held by " in call("status")[1]
    assert "two is held by " in call("reserve", "two")[1]
    places = json.loads(call("status", "--format", "json")[1])["places"]
    assert [p["name"] for p in places if p["acquired"]] == ["two"]
    assert call("console", "two", "--timeout", "0")[0] == 0
    assert "is not reserved" in call("console", "one")[1]
    assert call("release", "two") == (0, "two is free\n")
    assert "is not held" in call("release", "two")[1]


def test_the_files_of_a_lab(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(
        "version: 1\ntargets:\n  desk: {kind: serial, board: qemu_virt, "
        "console: {url: /dev/serial/by-id/x}}\n"
        "  far: {kind: serial, board: qemu_virt, console: {url: 'socket://h:99'}}\n"
    )
    made = files(root, read_targets(root, path).values(), "h:1", tmp_path)
    assert "RawSerialPort:\n    port: /dev/serial/by-id/x" in made["exporter.yaml"]
    assert "host: h\n    port: 99\n    protocol: raw" in made["exporter.yaml"]
    assert "Restart=always" in made["bulkhead-exporter.service"]
