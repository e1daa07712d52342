# SPDX-License-Identifier: Apache-2.0
"""Board -> the part of Kconfig that depends on it: what it is, and one choice of owner per device.

Symbols are named after node and unit address, never after an order, so that a changed tree
moves nobody's device. Two owners cannot be expressed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bulkhead.kconfig.slots import EVERYTHING, Need
from bulkhead.model.board import Board, Device

_FEW = 4  # so many devices of one kind still stand in the open
_SCREEN = 32  # more in one menu are hard to find one's way in
_UNFIT = re.compile(r"[^A-Za-z0-9 ,._+@:/-]")  # quotes end a text, `$(...)` is carried out
_PREAMBLE = "# SPDX-License-Identifier: Apache-2.0\n# Generated from the devicetree. Do not edit.\n"


def assignable(device: Device) -> bool:
    """Whether the device menu has it. The others are refused by a rule, with a reason."""
    return device.enabled and not device.hypervisor_only


def emit_board_kconfig(board: Board) -> str:
    ram = sum(region.size for region in board.memory) >> 20
    facts = f"{len(board.cpus)} CPUs, {ram} MiB RAM, GICv{board.gic.version}"
    name = _plain(board.name)
    lines = [
        _PREAMBLE,
        f'comment "Board {name}: {facts}"',
        "",
        "config BOARD",
        "\tstring",
        f'\tdefault "{name}"',
        "\thelp",
        "\t  The board this configuration is for. `./bulkhead defconfig BOARD/SYSTEM` sets it.",
        "",
        "config LAST_PCPU",
        "\tint",
        f"\tdefault {len(board.cpus) - 1}",
        "\thelp",
        "\t  Number of the board's last physical CPU.",
        "",
        "config CONFIRM_PLACE",
        f"\tdef_bool {'y' if board.confirm else 'n'}",
        "\thelp",
        "\t  The board has a place in flash where the hypervisor can confirm its image.",
    ]
    return "\n".join(lines) + "\n"


def emit_pcpus_kconfig(board: Board) -> str:
    """The template of a physical CPU's schedule, once per CPU."""
    lines = [_PREAMBLE]
    for cpu in board.cpus:
        lines += [f"n := {cpu.index}", 'source "sdk/bulkhead/kconfig/Kconfig.pcpu"', ""]
    return "\n".join(lines)


def emit_devices_kconfig(board: Board, need: Need = EVERYTHING) -> str:
    """One choice of owner per device. Where many are of one kind, they stand in a menu of it."""
    kinds: dict[str, list[Device]] = defaultdict(list)
    for device in board.devices:
        if assignable(device):
            kinds[_plain(device.name).rpartition("/")[2].split("@")[0]].append(device)
    out = [_PREAMBLE]
    for kind, devices in kinds.items():
        out += _kind(kind, devices, need)
    return "\n".join(out)


def _kind(kind: str, devices: Sequence[Device], need: Need) -> Iterator[str]:
    choices = ["\n".join(_lines(device, need)) + "\n" for device in devices]
    if len(choices) <= _FEW:
        yield from choices
        return
    yield f'menu "{kind}: {len(devices)} devices"\n'
    for first in range(0, len(choices), _SCREEN):
        part = devices[first : first + _SCREEN]
        if len(choices) > _SCREEN:
            yield f'menu "{_plain(part[0].name)} to {_plain(part[-1].name)}"\n'
        yield from choices[first : first + _SCREEN]
        if len(choices) > _SCREEN:
            yield "endmenu\n"
    yield "endmenu\n"


def _lines(device: Device, need: Need) -> Iterator[str]:
    stem, name = f"OWNER_{device.symbol}", _plain(device.name)
    yield "choice"
    yield f'\tprompt "{name}: {_words(device)}"'
    yield f"\tdefault {stem}_NONE"
    yield "\thelp"
    yield f"\t  Who owns {_plain(device.path)} ({', '.join(map(_plain, device.compatible))})."
    yield from (f"\t  {line}" for line in _facts(device))
    yield ""
    yield f"config {stem}_NONE"
    yield '\tbool "nobody"'
    yield "\thelp"
    yield f"\t  No partition reaches {name}."
    yield ""
    yield f"config {stem}_HV"
    yield '\tbool "the hypervisor"'
    yield "\thelp"
    yield f"\t  {name} is kept for the hypervisor: no partition reaches it."
    for n in need.owners_of(device.symbol):
        dma = " && ALLOW_UNPROTECTED_DMA" if device.dma else ""
        yield ""
        yield f"config {stem}_PART_{n}"
        yield f'\tbool "partition {n}"'
        yield f"\tdepends on PART_{n}_ENABLE{dma}"
        yield "\thelp"
        yield f"\t  The partition of slot {n} reaches {name}, and takes its interrupts."
    yield ""
    yield "endchoice"


def _plain(text: str) -> str:
    """Text of a devicetree, of which nothing may mean anything to Kconfig."""
    return _UNFIT.sub("?", text)


def _words(device: Device) -> str:
    kind = _plain(device.compatible[0]) if device.compatible else "no compatible"
    irqs = ", ".join(irq.text.split(" (")[0] for irq in device.irqs)
    return f"{kind}, {irqs}" if irqs else kind


def _facts(device: Device) -> Iterator[str]:
    for region in device.regions:
        yield f"Registers {region.base:#010x} to {region.end - 1:#010x}."
    for irq in device.irqs:
        yield f"Interrupt {irq.text}, {'edge' if irq.edge else 'level'} triggered."
    if device.dma:
        yield "It reads and writes memory by itself (or no binding says that it does not):"
        yield "only with ALLOW_UNPROTECTED_DMA can a partition own it."
