# SPDX-License-Identifier: Apache-2.0
"""Keywords: bits flipped in the target's memory, and its interrupt lines moved, from outside."""

from __future__ import annotations

import random

from robot.api import logger
from robot.api.deco import keyword

from bulkhead.lab.attacks import REPORT_SECONDS, Neighbour, read_report
from bulkhead.lab.injection import Flip, Noticed, find_region, flip, look, record
from bulkhead.lab.storm import storm
from bulkhead_keywords.base import Keywords, TestFailure, image, out_folder

RECORD = "injections.jsonl"


class Faults(Keywords):
    @keyword("Flip Bit In Guest")
    def flip_bit_in_guest(self, name: str, seed: int, neighbour: str = "control", within: int = 0) -> str:
        """Flip a bit of the partition's RAM; only that partition may be harmed.

        Its neighbour keeps its deadlines, the hypervisor does not crash and answers. Returns what was
        noticed: `fault` or `nothing`. `within`: only in the first bytes of the RAM.
        """
        begin = self._open.console.transcript.size
        found = self._flip(name, seed, begin, int(within), neighbour)
        if found.noticed not in (Noticed.FAULT.value, Noticed.NOTHING.value):
            raise TestFailure(
                f"a bit of '{name}' at {found.address:#x} reached the hypervisor: {found.noticed}"
            )
        for line in self._open.console.lines("hv"):
            if line.offset >= begin and line.text.startswith(f"{neighbour}: "):
                raise TestFailure(
                    f"a bit of '{name}' at {found.address:#x} reached '{neighbour}': {line.text}"
                )
        with self._blamed():
            for _ in range(2):
                seen = self._open.wait(Neighbour.PATTERN, neighbour, REPORT_SECONDS)
                if read_report(seen.match).missed:
                    raise TestFailure(f"after a bit of '{name}' at {found.address:#x}: {seen.text}")
        return found.noticed

    @keyword("Flip Bit In Hypervisor")
    def flip_bit_in_hypervisor(self, box: str, seed: int) -> str:
        """Flip a bit of what EL2 uses of its box `text`, `rodata`, `tables`, `store`, `data`, `pcpu` or
        `record`.

        Nothing is claimed to be contained. Returns what was noticed, `crash`, `fault`, `silent` or
        `nothing`, and records it in injections.jsonl beside the log.
        """
        return self._flip(f"hv-{box}", seed, self._open.console.transcript.size, 0, "").noticed

    @keyword("Storm Interrupts Of")
    def storm_interrupts_of(self, device: str, changes: int = 2000) -> int:
        """Raise and lower the interrupt lines of a device that often, as fast as the target can; then they
        are low.

        Returns how many changes were made in a second. What that may cost, and whom, says the test.
        """
        lines = image().interrupts_of(device)
        if not lines:
            raise TestFailure(f"'{device}' has no SPI")
        with self._blamed():
            rate = storm(self._open, lines, int(changes))
        logger.info(f"{changes} changes of INTID {', '.join(map(str, lines))}, {rate} a second")
        return rate

    def _flip(self, name: str, seed: int, begin: int, within: int, neighbour: str) -> Flip:
        with self._blamed():
            region = find_region(image(), name)
            self._open.console.skip_to_now()
            address, bit = flip(self._open, region, random.Random(int(seed)), within=within)
            if neighbour:  # a little life after the flip, before anybody is asked
                self._open.wait(Neighbour.PATTERN, neighbour, REPORT_SECONDS)
            noticed = look(self._open, begin)
        found = Flip(region=name, owner=region.owner, address=address, bit=bit, noticed=noticed.value)
        record(out_folder() / RECORD, found)
        logger.info(f"bit {bit} at {address:#x} of {name} flipped (seed {seed}): {noticed.value}")
        return found
