# SPDX-License-Identifier: Apache-2.0
"""Configurations and devicetrees as mistakes make them, the same for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bulkhead.kconfig.board_kconfig import assignable
from bulkhead.model.board import Device

NAMES = ("control", "rogue", "hv", "a", "A", "", "x" * 24, "part1", "a b", "linux")
SIZES = (0x2_0000, 0x4_0000, 0x20_0000, 0x20_1000, 0x3F_F000, 0x1000_0000, 0x3E00_0000, 0x4000_0000, 0x2_0800)
BASES = (
    0,
    0x4000_0000,
    0x4020_0000,
    0x4800_0000,
    0x5000_0000,
    0x6000_1000,
    0x7FE0_0000,
    0x7FF0_0000,
    0x10,
    1 << 39,
)
CPUS = ("0", "1", "2", "3", "0,1", "2,3", "1,0", "4", "", "0,0", "-1", "0x1", "0-3", " 2 ", "99999999999")
NUMBERS = ("0", "1", "2", "3", "7", "16", "32", "33", "0x1000", "0x9010000", "0x9010800", "0x40000000")
SCRAPS = ("<", ">", ";", "{", "}", "/", '"', "&", "\n", "'a'", "reg", "/delete-node/", "ranges;", "é", "\x00")
_NUMBER = re.compile(r"\b(0x[0-9a-f]+|\d+)\b")
_PROPERTY = re.compile(r"^\t+[\w,#-]+( = .*)?;\n", re.M)
_NODE = re.compile(r"^\t(?:\w+: )?[\w-]+@[0-9a-f]+ \{\n(?:\t\t.*\n)*?\t\};\n", re.M)


@dataclass(frozen=True, slots=True)
class Mutation:
    """`tree` is None where the board's own is taken."""

    config: str
    tree: str | None


def mutated(seed: int, devices: Sequence[Device], tree: str) -> Mutation:
    """Of every three, one has its mistakes in the devicetree, and few in the configuration."""
    chance = random.Random(seed)
    lines = _sensible(chance, devices)
    in_tree = seed % 3 == 0
    for _ in range(chance.choice((0, 0, 0, 1) if in_tree else (0, 1, 1, 2, 4))):
        _mistaken(chance, lines, devices)
    changed = _mistaken_tree(chance, tree) if in_tree else None
    return Mutation("\n".join(lines) + "\n", changed)


def _sensible(chance: random.Random, known: Sequence[Device]) -> list[str]:
    """What somebody might write who knows what they do."""
    lines = ['CONFIG_BOARD="qemu_virt"']
    free = [0, 1, 2, 3]
    chance.shuffle(free)
    slots = chance.randint(1, 4)
    for n in range(1, slots + 1):
        lines += [f"CONFIG_PART_{n}_ENABLE=y", f'CONFIG_PART_{n}_PCPUS="{free.pop()}"']
        if chance.random() < 0.5:
            lines.append(f"CONFIG_PART_{n}_RAM_SIZE={chance.choice(SIZES[:5]):#x}")
        if chance.random() < 0.4:
            lines.append(f"CONFIG_PART_{n}_RAM_BASE={0x5000_0000 + n * 0x400_0000:#x}")
    watched = chance.random() < 0.7
    if not watched:
        lines.append("CONFIG_ALLOW_UNPROTECTED_DMA=y")
    devices = [d for d in known if assignable(d) and not (watched and d.dma)]
    for device in chance.sample(devices, min(len(devices), chance.randint(0, 3))):
        lines.append(f"CONFIG_OWNER_{device.symbol}_PART_{chance.randint(1, slots)}=y")
    return lines


def _mistaken(chance: random.Random, lines: list[str], devices: Sequence[Device]) -> None:
    """One mistake, of a person or of a tool."""
    n, at = chance.choice((1, 1, 1, 2, 2, 3, 4, 9)), chance.randrange(len(lines))
    kind = chance.randrange(10)
    if kind == 0:
        lines.append(f"CONFIG_PART_{n}_RAM_SIZE={chance.choice(SIZES):#x}")
    elif kind == 1:
        lines.append(f"CONFIG_PART_{n}_RAM_BASE={chance.choice(BASES):#x}")
    elif kind == 2:
        lines.append(f'CONFIG_PART_{n}_PCPUS="{chance.choice(CPUS)}"')
    elif kind == 3:
        lines.append(f'CONFIG_PART_{n}_NAME="{chance.choice(NAMES)}"')
    elif kind == 4:
        lines.append(f"CONFIG_OWNER_{chance.choice(devices).symbol}_PART_{n}=y")
    elif kind == 5:
        lines.append(
            f"CONFIG_PART_{n}_{chance.choice(('VCPUS=2', 'ENABLE=y', 'CONSOLE=n', 'RESTART_LIMIT=0'))}"
        )
    elif kind == 6:
        del lines[at]
        lines.append("")
    elif kind == 7:
        lines.insert(chance.randrange(len(lines)), lines[at])
    elif kind == 8:
        lines[at] = lines[at].replace("1", str(chance.randint(0, 200)), 1)
    else:
        line, spot = lines[at], chance.randint(0, len(lines[at]))
        lines[at] = (
            line[:spot] + chance.choice(("", "0", "F", '"', "=", " ", "é", "\x00", "#")) + line[spot + 1 :]
        )


def _mistaken_tree(chance: random.Random, text: str) -> str:
    """One to three: mostly numbers, since most of what is no number is not accepted anyway."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        kind = chance.randrange(8)
        if kind < 4:
            start, end = chance.choice([m.span() for m in _NUMBER.finditer(text)])
            other = chance.choice(_NUMBER.findall(text)) if kind % 2 else chance.choice(NUMBERS)
            text = text[:start] + other + text[end:]
        elif kind == 4:
            start, end = chance.choice([m.span() for m in _PROPERTY.finditer(text)])
            text = text[:start] + text[end:]
        elif kind == 5:
            wanted = [m[0] for m in _PROPERTY.finditer(text)]
            at = chance.choice([m.end() for m in _PROPERTY.finditer(text)])
            text = text[:at] + chance.choice(wanted) + text[at:]
        elif kind == 6 and _NODE.search(text):
            start, end = chance.choice([m.span() for m in _NODE.finditer(text)])
            text = text[:start] + text[end:]
        else:
            at = chance.randint(0, len(text))
            text = text[:at] + chance.choice(SCRAPS) + text[at + chance.randint(0, 5) :]
    return text
