# SPDX-License-Identifier: Apache-2.0
"""What the co-simulation of each GIC version is made of."""

from __future__ import annotations

from typing import NamedTuple

from cosim import scenarios2, scenarios3
from cosim.hypervisor2 import Hypervisor2
from cosim.hypervisor3 import Hypervisor3
from cosim.scenarios import Play
from ref.gic2 import Gic2
from ref.gic3 import Gic3


class Cosim(NamedTuple):
    hypervisor: type[Hypervisor2 | Hypervisor3]
    model: type[Gic2 | Gic3]
    scenarios: list[Play]


COSIMS = {
    2: Cosim(Hypervisor2, Gic2, scenarios2.SCENARIOS),
    3: Cosim(Hypervisor3, Gic3, scenarios3.SCENARIOS),
}
