# SPDX-License-Identifier: Apache-2.0
"""Manual entries of what a build can find out last."""

ENTRIES = """
BH-BUILD-001: something outgrew the box that was reserved for it.

Each part of the hypervisor (code, constants, page tables, payloads, variables) has a box sized
from a first link; the second link asserts it. This is a bug of Bulkhead: please report it with
the configuration. `./bulkhead clean` and another build are worth a try.

BH-BUILD-002: boxes overlap, or one does not begin on a page.

The layout that the SDK wrote contradicts itself. This is a bug of Bulkhead: please report it
with the configuration.

BH-BUILD-003: the sizes do not settle.

Addresses depend on sizes and sizes on addresses; a few rounds are always enough, so this is a
bug of Bulkhead: please report it with the configuration.

BH-BUILD-004: a guest could not be made from its sources.

The compiler and the linker said why, with file and line, before this message. A guest is all *.c and
*.S files of its folder and of the folders in it, linked with the library of rtos-guests/lib, which
calls `void guest_main(void)`; docs/guests.md says what else it offers.

BH-LINK-001: the linked hypervisor has something that lies in no box.

After the last link step the file is read again: every byte it occupies must be in a box of the
plan, the zero-filled part included. Otherwise page tables and map would not know of it. This is a
bug of Bulkhead, or of a linker script that was changed.

BH-LINK-002: the linked hypervisor overlaps what belongs to somebody else.

The addresses in the linked file meet a partition's RAM, an area of the boot loader, reserved
memory or a device. The plan was free of it, so the linker did something else than it was told.

BH-LINK-004: the linked file holds other payloads than the guests'.

Each segment of each guest is compared byte by byte with what lies in the payload store.
`./bulkhead clean` and another build are worth a try; otherwise this is a bug of Bulkhead.

BH-LINK-005: the image's header is wrong.

A boot loader places the image by its arm64 Image header: its magic, an offset of 0, little-endian,
and a size that covers what the hypervisor zero-fills. Too small a size, and the loader puts its
devicetree into the hypervisor's variables. hv-arm64/src/start/head.S writes the header.

BH-LINK-006: memory of the hypervisor is writable and executable.

A segment of the linked file is both. Sections of code and of variables must not share one.

BH-LINK-007: a guest's devicetree is too large.

It has room in the first 64 KiB of the partition's RAM. Devices with many or long properties make
it grow: give the partition fewer of them.
"""
