# SPDX-License-Identifier: Apache-2.0
"""Prints the first scenario that fails on the reference model with a seeded bug: `judge LIBRARY NUMBER`."""

from __future__ import annotations

import sys
from pathlib import Path

from cosim.hypervisor import Hypervisor
from cosim.scenarios import SCENARIOS, storm
from ref.gic3 import Gic3

STORM_SEEDS, STORM_STEPS = (2, 3, 4), 600


def main() -> int:
    library, number = Path(sys.argv[1]), int(sys.argv[2])
    plays = [(s.__name__, s) for s in SCENARIOS]
    plays += [(f"storm_{n}", lambda h, n=n: storm(h, n, STORM_STEPS)) for n in STORM_SEEDS]
    for name, play in plays:
        print(f"{name}\r", end="", file=sys.stderr, flush=True)  # what a crash is told with
        try:
            play(Hypervisor(library, Gic3().do, mutant=number))
        except BaseException:  # whatever a bug leads to
            print(name)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
