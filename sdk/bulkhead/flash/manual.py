# SPDX-License-Identifier: Apache-2.0
"""Manual entries of what can go wrong between a host and a boot loader."""

ENTRIES = """
BH-FLASH-001: the board did not say what was waited for.

The message names the text and what the line ended with. A silent line: is the board on, is it the right
port, does nobody else have its other end? Signs that make no sense: another baud rate (`--baud`). A prompt
other than `=>`: `uboot:` in board.yaml names it.

BH-FLASH-002: the serial line went away.

The adapter was unplugged, or the program at the other end of a `socket://` ended. Nothing of the board's
storage was changed; plug it in and flash again.

BH-FLASH-003: U-Boot refused a command.

Its own words are in the message. Some U-Boots are built without a command that is needed here (`loady`,
`crc32`, `booti`): `help` at its prompt lists those that it has.

BH-FLASH-004: U-Boot's echo was not what was typed.

Each command is typed without its newline, and the newline follows only when all of it came back. A bad line
loses or changes characters: try a shorter cable or a lower baud rate.

BH-FLASH-005: the board runs the hypervisor, not its boot loader.

U-Boot can be talked to only before it has booted. Reset the board, or switch it off and on, and flash again
within the time (`--timeout`).

BH-FLASH-006: the image could not be transferred.

Each block was tried many times and the whole transfer three times, and still U-Boot's checksum was another.
The message has the last reason.

BH-FLASH-007: the image does not fit where it runs.

The hypervisor is linked for one address (`boot: image:` in board.yaml). Together with what it zero-fills it
must lie in RAM that this U-Boot does not use itself; `bdinfo` at its prompt shows what that is.

BH-FLASH-008: another build booted than was sent.

The board took its image from somewhere else. Does its U-Boot boot by itself before the prompt was reached?

BH-FLASH-009: it is not clear which board.

Name the port: `--port /dev/serial/by-id/...`. The candidates are listed.

BH-FLASH-010: the firmware of a QEMU target is not there.

`firmware:` of a target names a boot loader that QEMU starts instead of the image. `u-boot` is the one that
`./bulkhead fetch u-boot` puts into the cache folder; anything else is the path of a file.

BH-FLASH-011: the bank that was named is the one that the board boots.

While it is written, a power cut would leave the board without an image that boots. The other bank is there
for that; without a name it is chosen.

BH-FLASH-012: what was written is not what is read back.

Each write to flash, disk or card is read back and compared by its CRC-32. A place that fails is worn,
protected, or not the size that board.yaml says.

BH-FLASH-013: the board has no banks.

`banks:` in board.yaml says where two images, the state and the boot script are kept. docs/flash.md has the
fields.

BH-FLASH-014: the image that was to be confirmed is not the one that is booted.

`flash --confirm` keeps the bank that is active. The board must run the build in the build folder, and that
bank must hold it.

BH-FLASH-015: what `--to` names is not to be written over.

A disk of which a part is mounted or swapped to, one that is smaller than the board's layout, one of more than
64 GiB (`--large` if it is a card nevertheless), or what is neither a file nor a disk.

BH-FLASH-016: a file or device could not be written.

The system's reason is in the message. Devices need root, or the group `disk`.

BH-FLASH-017: the program that was to flash the board did not succeed.

The end of what it said is in the message. Is the board in its USB download mode, or the probe plugged in?

BH-FLASH-018: a file of the board's vendor is not there.

board.yaml names it (`uuu: loader:`); Bulkhead brings none. A path is relative to the current folder.

BH-FLASH-019: a file for signing is not there.

mkimage wants the private key as DIR/NAME.key and the certificate with its public half as DIR/NAME.crt; NAME
is what the signature names. docs/flash.md tells how to make them.
"""
