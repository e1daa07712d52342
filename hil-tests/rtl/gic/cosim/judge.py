# SPDX-License-Identifier: Apache-2.0
"""The first scenario that fails on a reference model with a seeded bug: `judge VERSION LIBRARY NUMBER`."""

from __future__ import annotations

import sys
from pathlib import Path

from cosim.scenarios import storm
from cosim.version import COSIMS

STORM_SEEDS, STORM_STEPS = (2, 3, 4), 600


def main() -> int:
    cosim, library, number = COSIMS[int(sys.argv[1])], Path(sys.argv[2]), int(sys.argv[3])
    plays = [(s.__name__, s) for s in cosim.scenarios]
    plays += [(f"storm_{n}", lambda h, n=n: storm(h, n, STORM_STEPS)) for n in STORM_SEEDS]
    for name, play in plays:
        print(f"{name}\r", end="", file=sys.stderr, flush=True)  # what a crash is told with
        try:
            play(cosim.hypervisor(library, cosim.model().do, mutant=number))
        except BaseException:  # whatever a bug leads to
            print(name)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
