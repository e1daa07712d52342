# SPDX-License-Identifier: Apache-2.0
"""What EL2 takes of a window: the switch at its begin, by the measured baseline of `./bulkhead bench`, and by
how much the turn before may end late.

A count is an instruction; a Kconfig option says how long one takes on the board at worst.
"""

from __future__ import annotations

from collections.abc import Mapping

SWITCH = "switch_involuntary"
SWITCH_REQUIRED = 300  # instructions, where it was not measured: what the bench lets pass


def switch_instructions(baseline: Mapping[str, int]) -> int:
    return baseline.get(SWITCH, SWITCH_REQUIRED)
