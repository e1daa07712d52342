# SPDX-License-Identifier: Apache-2.0
"""Where a player is known to do otherwise than the manual says, each with its reason and an example.

An entry is narrow: it names bits of an answer that are not compared, or operations that are not played
because everything after them would differ, or what is played instead. Its example must still differ when no
entry is in force: an entry that is not needed any more fails a test. The entries are in the files known_*.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ref.gic3 import Gic3
from ref.operation import GICR_BASE, GICR_STRIDE, Kind, Op
from ref.registers import offset, system_registers

NOTHING = Op(Kind.TIME)
U64 = 0xFFFF_FFFF_FFFF_FFFF


def _no_bits(op: Op) -> int:
    return 0


def _settled(model: Gic3) -> bool:
    return False


def _itself(op: Op, model: Gic3) -> Op:
    return op


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """Of one player, or of both."""

    players: tuple[str, ...]
    name: str
    why: str
    example: str  # operations as text, after a reset; the last one shows it
    ignored: Callable[[Op], int] = _no_bits  # bits of an answer
    instead: Callable[[Op, Gic3], Op] = _itself  # asked before the operation
    open: Callable[[Gic3], bool] = _settled  # asked after it: what comes next is nobody's rule
    first: str = ""  # operations after each reset, so that the players start from the same


def deviations_of(player: str) -> tuple[Deviation, ...]:
    from players import known_both, known_qemu, known_vgic

    known = (*known_both.KNOWN, *known_qemu.KNOWN, *known_vgic.KNOWN)
    return tuple(d for d in known if player in d.players)


def system(op: Op, kind: Kind, *names: str) -> bool:
    return op.kind is kind and system_registers().get(op.addr) in names


def redistributor(op: Op, name: str) -> bool:
    """An access of this register, in whose redistributor it may be."""
    return (
        op.kind in (Kind.READ, Kind.WRITE)
        and op.addr >= GICR_BASE
        and (op.addr - GICR_BASE) % GICR_STRIDE == offset(name)
    )


def distributor(op: Op, name: str) -> bool:
    return op.kind in (Kind.READ, Kind.WRITE) and op.addr == offset(name)


def turns_a_group_off(op: Op) -> bool:
    """At the physical interface of a CPU."""
    return system(op, Kind.MSR, "ICC_IGRPEN0_EL1", "ICC_IGRPEN1_EL1") and not op.el1 and not op.data & 1


GROUPS_ON = "".join(f"CPU {cpu} EL2: MSR ICC_IGRPEN{group}_EL1, 0x1\n" for cpu in (0, 1) for group in (0, 1))
