# SPDX-License-Identifier: Apache-2.0
"""Judging an attack, against a board of Python that plays all three parts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fake_board import FakeBoard

from bulkhead.diag import Span
from bulkhead.lab.attacks import Outcome, list_attacks, run_attack
from bulkhead.lab.demo import counter_step, judge, run_until_clear
from bulkhead.lab.image import Image
from bulkhead.lab.session import Session
from bulkhead.lab.targets import Target

FAULT = "rogue: fault stage2 vcpu=0 pc=0x1 esr=0x2 insn=0x3 addr=0x4 (nothing) read action=inject-abort"


class Cast(FakeBoard):
    """control reports whenever rogue has done something; rogue knows two attacks."""

    end = "contained tries=1 faults=1 answers=0 escapes=0"
    missed_during = 0
    jitter_during = 463
    bus = ""  # what a node of a bus reports besides
    hypervisor_says: tuple[str, ...] = (FAULT, FAULT, "rogue: 7 reports dropped")
    _second = 0

    def play(self) -> None:
        self.boot()
        self.say("rogue", b"rogue: ready\n")
        self._report()
        self._report()

    def _report(self, jitter: int = 463, missed: int = 0) -> None:
        self._second += 1
        text = f"control: second={self._second} ticks=1000 jitter_max_ns={jitter} missed={missed}{self.bus}\n"
        self.say("control", text.encode())

    def _type(self, byte: int) -> None:
        if byte != 13 or self._focus_name is not None:
            super()._type(byte)
            return
        line, self._line = self._line.decode(), b""
        if line == "list":
            self.say("rogue", b"rogue: attack poke\nrogue: attack reset\n")
        elif line == "attack reset":
            self.say("rogue", b"attack reset start\n")
            self.mux.say("rogue: restart n=1")
            self.say("rogue", b"rogue: ready\n")
            self._report()
            self._report()
        elif match := re.fullmatch("attack (.*)", line):
            self.say("rogue", f"attack {match[1]} start\nunfinished text of a flood".encode())
            for text in self.hypervisor_says:
                self.mux.say(text)
            self.say("rogue", f"attack {match[1]} end {self.end}\n".encode())
            self._report(self.jitter_during, self.missed_during)
            self._report()


def attack(root: Path, folder: Path, speaker: Image, name: str = "poke", **traits: object) -> Outcome:
    cast = type("Cast", (Cast,), traits)
    with cast(lambda board: board.play()) as board:
        target = Target(
            name="desk",
            kind="serial",
            board="qemu_virt",
            where=Span("t"),
            console_url=board.url,
            boot_seconds=5,
        )
        with Session.open(root, target, speaker, folder) as session:
            board.release()
            session.boot()
            assert list_attacks(session) == ["poke", "reset"]
            return run_attack(session, name)


def test_a_contained_attack(root: Path, tmp_path: Path, speaker: Image) -> None:
    outcome = attack(root, tmp_path, speaker)
    assert outcome.problems == ()
    assert outcome.hypervisor == "stage2 fault: inject-abort"
    assert judge(outcome).is_good


def test_a_restart_is_a_contained_attack(root: Path, tmp_path: Path, speaker: Image) -> None:
    outcome = attack(root, tmp_path, speaker, "reset")
    assert (outcome.verdict, outcome.hypervisor, outcome.problems) == ("restarted", "restart n=1", ())


@pytest.mark.parametrize(
    ("traits", "problem"),
    [
        ({"end": "ESCAPED tries=1 escapes=1 first=read at=0x40200000"}, "rogue says: ESCAPED"),
        ({"missed_during": 3}, "control missed 3 deadlines"),
        ({"bus": " received=100 lost=2 errors=0"}, "control says: control: second=3 "),
        ({"bus": " received=0 lost=0 errors=0"}, "control says: control: second=3 "),
        ({"hypervisor_says": ("CRASH cpu=0",)}, "the hypervisor said: CRASH cpu=0"),
        ({"hypervisor_says": ("control: stopped",)}, "the hypervisor said: control: stopped"),
    ],
)
def test_what_is_not_contained_is_told(
    root: Path, tmp_path: Path, speaker: Image, traits: dict[str, object], problem: str
) -> None:
    outcome = attack(root, tmp_path, speaker, **traits)
    assert len(outcome.problems) == 1
    assert outcome.problems[0].startswith(problem)
    assert not judge(outcome).is_good


def test_one_more_instruction_of_jitter_is_told(root: Path, tmp_path: Path, speaker: Image) -> None:
    outcome = attack(root, tmp_path, speaker, jitter_during=464)
    assert outcome.problems == ()
    verdict = run_until_clear(lambda: outcome)
    assert verdict.problems == ("the neighbour's jitter grew by 1 instructions, 5 times",)


def test_jitter_is_told_no_finer_than_the_counter_ticks() -> None:
    assert counter_step({"counter_hz": "8000000"}) == 125
    assert counter_step({}) == 0


def test_what_does_not_come_again_was_the_emulators_turn_taking(
    root: Path, tmp_path: Path, speaker: Image
) -> None:
    worse = attack(root, tmp_path / "worse", speaker, jitter_during=564)
    same = attack(root, tmp_path / "same", speaker)
    verdict = run_until_clear(iter([worse, same]).__next__)
    assert (verdict.is_good, verdict.tries) == (True, 2)
