# SPDX-License-Identifier: Apache-2.0
"""What every player is: operations in, replies out, from a reset that can be repeated."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from ref.gic3 import Gic3
from ref.operation import Op, Reply


class Player(ABC):
    """`reset` starts it anew, all lines low. Not thread-safe; `close` may be called at any time."""

    name: ClassVar[str]

    @abstractmethod
    def reset(self) -> None: ...

    @abstractmethod
    def run(self, ops: Sequence[Op]) -> list[Reply]:
        """Raises PlayerFailed when it does not answer, with what is known of it."""

    def state(self) -> list[int] | None:
        """All state after the latest operation, as `state_of` names it; None if it cannot tell."""
        return None

    def close(self) -> None:
        return None


class PlayerFailed(Exception):
    """A player broke, so that nothing can be said of the controller."""


class ModelPlayer(Player):
    """The reference model itself, or a changed one."""

    name = "model"

    def __init__(self, model: Gic3) -> None:
        self.model = model

    def reset(self) -> None:
        self.model.reset()

    def run(self, ops: Sequence[Op]) -> list[Reply]:
        return [seen(self.model.do(op)) for op in ops]

    def state(self) -> list[int]:
        return [value for _, value in state_of(self.model)]


def seen(reply: Reply) -> Reply:
    """Without what no software can look at: a request to be woken."""
    return reply._replace(wake=0)


def state_of(model: Gic3) -> list[tuple[str, int]]:
    """The words of the digest in their order, with names."""
    found: list[tuple[str, int]] = []
    for w, b in enumerate(model.banks):
        spis = f"INTIDs {32 * w + 32} to {32 * w + 63}"
        found += [
            (f"{what} of {spis}", getattr(b, what)) for what in ("enabled", "pending", "active", "group")
        ]
    for n, c in enumerate(model.cpus):
        found += [
            (f"{what} of CPU {n}'s INTIDs 0 to 31", getattr(c.own, what))
            for what in ("enabled", "pending", "active", "group")
        ]
        for el, interface in (("ICC", c.physical), ("ICH", c.virtual)):
            found += [(f"{el}_AP{g}R0 of CPU {n}", interface.ap[g]) for g in (0, 1)]
        for i, lr in enumerate(c.virtual.lr):
            found += [
                (f"ICH_LR{i}_EL2 of CPU {n}, low", lr & 0xFFFF_FFFF),
                (f"ICH_LR{i}_EL2 of CPU {n}, high", lr >> 32),
            ]
    return found
