# SPDX-License-Identifier: Apache-2.0
"""Who owns each device, and owners that cannot be: of devices that vanished or are not to be had."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from bulkhead.diag import Diagnostic, error
from bulkhead.elaborate.devices import CONSOLE, CONTROLLER
from bulkhead.kconfig.board_kconfig import assignable
from bulkhead.kconfig.lines import Assignment
from bulkhead.kconfig.load import Config
from bulkhead.kconfig.slots import SLOTS
from bulkhead.model.board import Board, Device
from bulkhead.model.system import Owner

_OWNER = re.compile(r"OWNER_(?P<device>[A-Z0-9_]+?)_(?:NONE|HV|PART_(?P<slot>\d+))")
_OPTIONS = ("NONE", "HV", *(f"PART_{n}" for n in range(1, SLOTS + 1)))


_INSTEAD = {
    CONSOLE: "Delete the line: every partition has a virtual UART. Another stdout-path frees this one.",
    CONTROLLER: "Delete the line: every partition has a virtual one.",
}


def read_owners(board: Board, config: Config) -> tuple[tuple[Owner, ...], dict[str, int]]:
    """An `Owner` per device, in the board's order, and the owning slot by device name.

    Where nothing was set, the device's own place stands for it.
    """
    owners, slots = [], {}
    for device in board.devices:
        stem = f"OWNER_{device.symbol}"
        if not assignable(device):
            hv = "hv" if device.hypervisor_only else ""
            owners.append(Owner(device=device.name, owner=hv, where=device.where))
            continue
        option = config.chosen(stem, *_OPTIONS)
        name = {"NONE": "", "HV": "hv"}.get(option)
        if name is None:
            slots[device.name] = int(option.removeprefix("PART_"))
            name = config.get(f"{option}_NAME")
        symbol = f"{stem}_{option}"
        where = config.span(symbol) if config.lines.last(symbol) else device.where
        owners.append(Owner(device=device.name, owner=name, where=where))
    return tuple(owners), slots


def impossible_owners(board: Board, config: Config) -> Iterator[Diagnostic]:
    """BH-DEV-002, -003 and -004: lines that give away what is not there, is off, or is ours."""
    by_symbol = {device.symbol: device for device in board.devices}
    for line in config.unknown():
        match = _OWNER.fullmatch(line.name)
        if match is None:
            if line.name.startswith("OWNER_"):
                help = "An owner is one of CONFIG_OWNER_<DEVICE>_NONE, _HV and _PART_<n>."
                yield error("BH-KCFG-002", f"there is no symbol CONFIG_{line.name}", line.where, help=help)
            continue
        device = by_symbol.get(match["device"])
        if match["slot"] is None or line.value != "y":
            continue  # "nobody owns it" is true of what is not there
        if device is None:
            yield _vanished(board, match["device"], line)
        elif device.hypervisor_only:
            yield _ours(device, line)
        elif not device.enabled:
            yield _disabled(device, line)
        else:
            help = f"Slots are numbered from 1 to {SLOTS}."
            yield error("BH-KCFG-002", f"there is no slot {match['slot']}", line.where, help=help)


def _vanished(board: Board, symbol: str, line: Assignment) -> Diagnostic:
    names = {d.symbol: d.name for d in board.devices if assignable(d)}
    close = difflib.get_close_matches(symbol, names, n=1, cutoff=0.8)
    hint = f"Nearest: {names[close[0]]} (CONFIG_OWNER_{close[0]}_...). " if close else ""
    return error(
        "BH-DEV-002",
        f"CONFIG_{line.name} gives away a device that the devicetree does not have",
        line.where,
        (board.where, "this devicetree"),
        help=hint + "Delete the line, or put the device back into the devicetree.",
    )


def _ours(device: Device, line: Assignment) -> Diagnostic:
    return error(
        "BH-DEV-004",
        f"{device.name} cannot be given to a partition: {device.hypervisor_only}",
        line.where,
        (device.where, f"{device.name} is here"),
        help=_INSTEAD.get(device.hypervisor_only, "Delete the line."),
    )


def _disabled(device: Device, line: Assignment) -> Diagnostic:
    return error(
        "BH-DEV-003",
        f"{device.name} cannot be given to a partition: the devicetree disables it",
        line.where,
        (device.where, "its status is set here"),
        help='Set status = "okay" in the system\'s overlay.dts if the board has it, or delete the line.',
    )
