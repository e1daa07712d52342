# SPDX-License-Identifier: Apache-2.0
"""boot.scr: what the board's default `bootcmd` finds and runs. It counts boots, rolls back, and boots a bank.

It depends on the board's layout alone, never on an image, so that it is written once. What it needs of
U-Boot is `crc32`, `itest`, `setexpr`, `mw`, `cp` and the commands of the places; no environment is saved.
Its scratch memory: the two records, the newest one (a copy, changed and written), a word of U-Boot's crc32.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from bulkhead.flash import state
from bulkhead.flash.layout import NAMES, Banks

RECORDS = (0x0, 0x1000)  # in the scratch memory
_NEW, _CRC = 0x2000, 0x3000
ERASED = 0xFFFF_FFFF
_HEADER = ">IIIIIIIBBBB32s"  # U-Boot's legacy image
_LEGACY_MAGIC, _LINUX, _ARM64, _SCRIPT, _PLAIN = 0x27051956, 5, 22, 6, 0


def boot_script(banks: Banks) -> str:
    """The script's text."""
    at = banks.scratch
    new, crc = at + _NEW, at + _CRC
    lines = [
        "# Bulkhead: chooses one of two images, docs/flash.md",
        "setenv bh_0 0; setenv bh_1 0; setenv bh_save 0",
        *_read_record(banks, 0),
        *_read_record(banks, 1),
        "setenv bh_slot 0",
        f"if itest $bh_1 -gt $bh_0; then cp.b {at + RECORDS[1]:x} {new:x} {state.SIZE:x}; "
        f"else setenv bh_slot 1; cp.b {at + RECORDS[0]:x} {new:x} {state.SIZE:x}; fi",
        "if itest $bh_0 == 0 && itest $bh_1 == 0; then echo bulkhead: no bank was written yet; exit; fi",
        f"setexpr.l bh_bank *{new + state.ACTIVE:x}",
        "setexpr bh_other 1 - $bh_bank",
        f"if itest.l *{new + state.CONFIRMED:x} == 0; then",
        *_trial(banks, new),
        "fi",
        "if itest $bh_save == 1; then",
        *_save(banks, new),
        "fi",
        "for bh_try in $bh_bank $bh_other; do",
        *(line for bank in (0, 1) for line in _boot(banks, bank, new, crc)),
        "done",
        "echo bulkhead: neither bank has a whole image",
    ]
    return "\n".join(lines) + "\n"


def script_file(text: str) -> bytes:
    """The text in U-Boot's legacy image format, as `mkimage -T script` makes it; without a date."""
    body = text.encode("ascii")
    data = struct.pack(">II", len(body), 0) + body

    def header(crc: int) -> bytes:
        kind = (_LINUX, _ARM64, _SCRIPT, _PLAIN, b"bulkhead")
        return struct.pack(_HEADER, _LEGACY_MAGIC, crc, 0, len(data), 0, 0, zlib.crc32(data), *kind)

    return header(zlib.crc32(header(0))) + data


def _read_record(banks: Banks, number: int) -> list[str]:
    """bh_<number> becomes the record's sequence number, and stays 0 if it is not whole."""
    at, crc = banks.scratch + RECORDS[number], banks.scratch + _CRC
    return [
        f"mw.l {at:x} 0 {state.SIZE // 4:x}",
        _all(banks.state[number].reading(f"{at:x}", f"{state.SIZE:x}")),
        f"if itest.l *{at:x} == {state.MAGIC:x}; then",
        f"  crc32 {at:x} {state.CRC_AT:x} {crc:x}",
        f"  if itest.l *{crc:x} == *{at + state.CRC_AT:x}; then "
        f"setexpr.l bh_{number} *{at + state.SEQUENCE:x}; fi",
        "fi",
    ]


def _trial(banks: Banks, new: int) -> list[str]:
    """An image that has not confirmed itself: see whether it has, else count, else go back."""
    left = new + state.LEFT
    sizes = [f"{new + at + state.BANK_SIZE:x}" for at in state.BANK_AT]
    lines = ["  setenv bh_new 1"]
    if banks.confirm is not None:
        word = banks.confirm.at
        lines.append(
            f"  if itest.l *{word:x} == *{new + state.WORD:x}; then setenv bh_new 0; setenv bh_save 1; "
            f"mw.l {new + state.CONFIRMED:x} 1; echo bulkhead: the image has confirmed itself; fi"
        )
    lines += [
        f"  setexpr.l bh_left *{left:x}",
        "  if itest $bh_new == 1; then",
        "    if itest $bh_left == 0; then",
        f"      if itest $bh_other == 0; then setexpr.l bh_size *{sizes[0]}; "
        f"else setexpr.l bh_size *{sizes[1]}; fi",
        "      if itest $bh_size != 0; then",
        "        echo bulkhead: not confirmed in time, back to the other bank",
        f"        mw.l {new + state.ACTIVE:x} $bh_other; mw.l {new + state.CONFIRMED:x} 1; setenv bh_save 1",
        "        setenv bh_size $bh_bank; setenv bh_bank $bh_other; setenv bh_other $bh_size",
        "      fi",
        "    else",
        f"      setexpr bh_left $bh_left - 1; mw.l {left:x} $bh_left; setenv bh_save 1",
        "      echo bulkhead: a new image, boots left after this one: $bh_left",
        *(f"      {line}" for line in _clean_confirm(banks)),
        "    fi",
        "  fi",
    ]
    return lines


def _clean_confirm(banks: Banks) -> list[str]:
    """The hypervisor can only clear bits: what is left of a word that was cut is erased for it."""
    if banks.confirm is None:
        return []
    return [f"if itest.l *{banks.confirm.at:x} != {ERASED:x}; then {_all(banks.confirm.erasing)}; fi"]


def _save(banks: Banks, new: int) -> list[str]:
    """The next record, over the older one."""
    return [
        f"  setexpr.l bh_seq *{new + state.SEQUENCE:x}; setexpr bh_seq $bh_seq + 1",
        f"  mw.l {new + state.SEQUENCE:x} $bh_seq",
        f"  crc32 {new:x} {state.CRC_AT:x} {new + state.CRC_AT:x}",
        f"  if itest $bh_slot == 0; then {_all(banks.state[0].writing(f'{new:x}', state.SIZE))}; "
        f"else {_all(banks.state[1].writing(f'{new:x}', state.SIZE))}; fi",
    ]


def _boot(banks: Banks, bank: int, new: int, crc: int) -> list[str]:
    fields = new + state.BANK_AT[bank]
    return [
        f"  if itest $bh_try == {bank}; then setexpr.l bh_size *{fields + state.BANK_SIZE:x}; "
        "if itest $bh_size != 0; then",
        f"    echo bulkhead: bank {NAMES[bank]}",
        f"    {_all(banks.images[bank].reading(f'{banks.load:x}', '$bh_size'))}",
        f"    crc32 {banks.load:x} $bh_size {crc:x}",
        f"    if itest.l *{crc:x} == *{fields + state.BANK_CRC:x}; then "
        f"booti {banks.load:x} - $fdtcontroladdr; fi",
        f"    echo bulkhead: bank {NAMES[bank]} does not boot",
        "  fi; fi",
    ]


def _all(commands: Sequence[str]) -> str:
    """One after another in a line."""
    return "; ".join(commands)
