# SPDX-License-Identifier: Apache-2.0
"""The manual entry of every code. A rule's is its docstring; those found while reading stand here."""

from __future__ import annotations

import inspect

from bulkhead.check.rules import RULES
from bulkhead.diag.manual import parse_entries

ENTRIES = """
BH-BRD-001: there is no such board.

A board is a folder of boards/ with a board.yaml. `./bulkhead list` names them.

BH-BRD-002: a board.yaml has a mistake.

It is YAML with `name:`, `description:`, `dts:` or `dtb:` (path in the checkout), `include:` (a list
of folders for the #include lines of the tree), `boot:` (`image:`, the address the boot loader puts
the image at, and `areas:`, other memory it uses) and `qemu:`. A field of another name is refused.

BH-DTS-001: a devicetree cannot be read.

The file that board.yaml names, the system's overlay.dts, or a file that one of them includes is
missing, not UTF-8 text, or includes itself; or a compiled tree is damaged.

BH-DTS-002: a devicetree cannot be parsed.

The position is the one in your file, also where the file is included by another. An overlay
changes nodes by label (`&uart0 { status = "disabled"; };`) and needs no /dts-v1/ of its own.

BH-DTS-003: a property has a value that makes no sense.

Its number of cells does not fit #address-cells, #size-cells, #interrupt-cells or the like, an
interrupt is of no known type, a status is none of the specification's, or what it asks for is not
supported. #address-cells and #size-cells are never inherited: a node without them has 2 and 1.

BH-DTS-004: the devicetree lacks something.

Bulkhead needs the memory, the CPUs, a GIC, the generic timers and a console (/chosen/stdout-path);
and of each device the properties that its binding in dts/bindings/ calls required.

BH-DTS-005: a label, path or phandle names nothing, or two things.

A label stands before a node's name (`uart0: serial@9000000 { };`) and is used as &uart0. Each label
and each phandle belongs to one node. A compiled tree has labels only if it was made by `dtc -@`;
otherwise nodes are named by path: &{/serial@9000000}. A fragment of an overlay has a `target`.

BH-DTS-006: a node or property stands where it cannot, twice, or under a name it cannot have.

In one pair of braces each name stands once, and properties stand before nodes. To change what was
described elsewhere, write a second block: `&label { ... };`. Names with two underscores in front are
made by tools.

BH-DTS-007: the name of a node and its `reg` do not agree.

The part behind the @ is the first address in `reg`, in hexadecimal without 0x; a node without
`reg` has none. Nothing breaks, but people and messages know a device by its name.

BH-SCHED-001: a window cannot be understood.

CONFIG_PCPU_n_WINDOWS is a list with commas. Each entry is `begin+length who`: microseconds with at most
three digits behind a point, then the name of a partition (its virtual CPU 0), `name.1` (its
virtual CPU 1), or `idle`.

BH-SCHED-002: a window is for nobody that exists.

The name in a window is that of an enabled partition, with `.n` for another virtual CPU than 0.

BH-SCHED-020: a task or a budget cannot be understood.

CONFIG_PART_n_TASKS is a list with commas of `name cost/period` or `name cost/period/deadline`,
CONFIG_PART_n_BUDGET is `budget/period`, `budget/period/deadline` or that and `jitter N`. All are microseconds
with at most three digits behind a point, and none is longer than the next.

BH-SCHED-021: a shared CPU has neither windows nor budgets of which they could be made.

With CONFIG_PCPU_n_WINDOWS empty a table is made from CONFIG_PART_n_BUDGET of each partition on that CPU.

BH-SCHED-022: there is no table that gives each partition its budget.

The frame is the least common multiple of the periods. The message names an interval and those who together
must have more within it than there is; or those who may not begin late and find no offset.

BH-KCFG-001: a line of the configuration cannot be understood.

A line is `CONFIG_NAME=value`, `# CONFIG_NAME is not set`, or a comment. Text stands in quotes.

BH-KCFG-002: there is no symbol of that name.

Most often a typing error, or a symbol of another version. `./bulkhead menuconfig` shows all
symbols and searches with `/`.

BH-KCFG-003: a value is of the wrong type.

Numbers are decimal or 0x..., as the symbol is defined; text stands in quotes; switches are y or n.
A hexadecimal number needs its 0x: of 2097152 nobody can tell whether bytes were counted in decimal,
and Kconfig itself would silently take it for 0x2097152.

BH-KCFG-004: a number is out of its range.

The range is the one in Kconfig; some depend on the board (the number of its CPUs).

BH-KCFG-005: a value has no effect.

The symbol depends on others that are not set as needed; the message names the part of the
dependency that fails. A partition's symbols depend on its CONFIG_PART_<n>_ENABLE, for example.

BH-KCFG-006: two lines contradict each other.

A symbol is set twice, or two options of one choice are set. The last one would count.

BH-KCFG-007: there is no configuration.

A build folder gets one from `./bulkhead defconfig BOARD/SYSTEM`. The variable KCONFIG_CONFIG
names another file.

BH-KCFG-008: there is no such system.

A system is a folder with a system.defconfig, under boards/<board>/systems/ or anywhere else.
Outside of boards/ its defconfig says which board it is for: CONFIG_BOARD="qemu_virt".

BH-MEM-004: a partition's RAM does not fit into what is free.

The message says how much was asked for, how much is free, and how much of it in one piece.
Memory is given out from the top of the board's downwards, in the order of the slots, around what
has a fixed address.

BH-CPU-003: a partition's list of physical CPUs is wrong.

It is one number per virtual CPU, with commas between them: as many as CONFIG_PART_<n>_VCPUS says.

BH-DEV-002: a device has an owner but does not exist.

The devicetree changed, or the configuration is of another board. The line is kept when the
configuration is saved, so that nothing is lost if the device comes back, and reported until then.

BH-DEV-003: a device has an owner but is disabled.

Its status in the devicetree is not "okay". A system's overlay.dts can change that.

BH-DEV-004: a device has an owner but is not to be had.

The interrupt controller and the UART of the hypervisor's console are used by the hypervisor
itself. Every partition has virtual ones.

BH-GUEST-001: there is no such guest.

A guest is the name of a folder under guests/ of the system or under rtos-guests/, or the path of a
folder with sources, of an ELF file, a flat binary or an arm64 Image: absolute, from `~/` on, or relative
to the system's folder.

BH-GUEST-002: a file cannot be used as a guest.

It is empty, damaged, or an object file that was never linked.

BH-GUEST-006: an archive or another container was named as a guest.

Kernels are often shipped compressed (Image.gz), in a FIT image or in a uImage. Nothing unpacks
them on the board: name the ELF file, the flat binary or the arm64 Image inside.

BH-GUEST-018: a folder holds no guest.

A guest's folder has at least one file *.c or *.S, in it or in a folder below; all of them are compiled.
A system's folder (one with a system.defconfig) is none: its guests are the folders in its guests/.

BH-GUEST-013: a guest has not been fetched.

Names that begin with `fetched:` are files that `./bulkhead fetch linux` and `./bulkhead fetch u-boot`
get from Debian and keep in Bulkhead's cache folder. Nothing is fetched unless it is asked for.

BH-GUEST-014: a fetched file is not what was fetched.

Its digest is compared with the one that stands beside it since then. Whoever wants to change such
a file makes a copy and names its path.

BH-GUEST-016: a file cannot be used as an initrd.

Linux takes a cpio archive in the form `newc`, plain or compressed by gzip, bzip2, xz, lzma, lzo, lz4
or zstd. A kernel that needs none has CONFIG_PART_<n>_INITRD="".

BH-GUEST-007: a guest is made for another processor.

Guests run in 64-bit AArch64 and begin in little-endian byte order. An ELF file says in its header
what it is for, an arm64 Image in the flags of its.

BH-GUEST-008: a program of an operating system was named as a guest.

The ELF file asks for a program interpreter (ld-linux), which only an operating system has. A guest
runs on the bare virtual machine: a kernel, an RTOS, or a program linked for it.
"""


def manual() -> dict[str, str]:
    """Code -> entry, sorted. An entry begins with a line that says what is wrong."""
    entries = parse_entries(ENTRIES)
    for rule in RULES:
        entries |= parse_entries(inspect.getdoc(rule) or "")
    return dict(sorted(entries.items()))
