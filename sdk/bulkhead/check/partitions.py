# SPDX-License-Identifier: Apache-2.0
"""Rules about the partitions themselves: that there are any, and what they are called."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bulkhead.diag import Diagnostic, error
from bulkhead.model.system import Partition, SystemPlan

_NAME = re.compile(r"[a-z][a-z0-9-]{0,22}")
_RESERVED = "hv"
_BOOTARGS_BYTES = 2048


def there_is_a_partition(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-PART-001: no partition is enabled.

    A system without partitions would start and do nothing.
    """
    if not plan.partitions:
        yield error(
            "BH-PART-001",
            "no partition is enabled",
            plan.where,
            help="Set CONFIG_PART_1_ENABLE=y, or start from a system: `./bulkhead list`.",
        )


def names_are_unique(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-PART-002: two partitions have the same name.

    The name is how a partition is told apart on the console and in reports.
    """
    first: dict[str, Partition] = {}
    for p in plan.partitions:
        before = first.setdefault(p.name, p)
        if before is not p:
            yield error(
                "BH-PART-002",
                f"two partitions are called '{p.name}'",
                p.span("name"),
                (before.span("name"), "the name is taken here"),
                help=f"Give CONFIG_PART_{p.slot}_NAME another value.",
            )


def names_are_plain(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-PART-003: a partition's name cannot be used.

    It stands in devicetrees, file names and in front of console lines: lower-case letters, digits
    and `-`, a letter first, at most 23 characters. `hv` is the hypervisor's own.
    """
    for p in plan.partitions:
        if p.name == _RESERVED or not _NAME.fullmatch(p.name):
            yield error("BH-PART-003", _reason(p.name), p.span("name"), help=_advice(p), fix=(_better(p),))


def boot_arguments_are_short(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-PART-004: a partition's boot arguments are too long.

    Guests keep them in a buffer of their own; Linux's for AArch64 has 2048 bytes.
    """
    for p in plan.partitions:
        size = len(p.bootargs.encode("utf-8"))
        if size >= _BOOTARGS_BYTES:
            text = f"the boot arguments of partition '{p.name}' have {size} bytes"
            help = f"Shorten them to {_BOOTARGS_BYTES - 1} bytes."
            yield error("BH-PART-004", text, p.span("bootargs"), help=help)


def boot_arguments_are_plain(plan: SystemPlan) -> Iterator[Diagnostic]:
    """BH-PART-009: a partition's boot arguments have characters that no guest expects.

    They are a devicetree string: printable ASCII. Quotation marks that an editor made curly, and
    dashes that it made long, look right and are not what a guest compares with.
    """
    for p in plan.partitions:
        odd = next((c for c in p.bootargs if not " " <= c <= "~"), None)
        if odd is not None:
            yield error(
                "BH-PART-009",
                f"the boot arguments of partition '{p.name}' have the character {odd!a}"
                + (f" ({odd})" if odd.isprintable() else ""),
                p.span("bootargs"),
                help="Replace it by plain ASCII: a straight quotation mark, a simple hyphen.",
            )


def _reason(name: str) -> str:
    if name == _RESERVED:
        return f"a partition cannot be called '{name}': the hypervisor's own lines have that name"
    if not name:
        return "a partition needs a name"
    if len(name) > 23:
        return f"the name '{name}' has {len(name)} characters; 23 are the most"
    return f"the name '{name}' has characters other than a-z, 0-9 and '-', or does not begin with a letter"


def _advice(p: Partition) -> str:
    return f"For example CONFIG_{_better(p)}."


def _better(p: Partition) -> str:
    plain = re.sub(r"[^a-z0-9-]+", "-", p.name.lower()).strip("-").lstrip("0123456789-")[:23]
    usable = plain if _NAME.fullmatch(plain) and plain != _RESERVED else f"part{p.slot}"
    return f'PART_{p.slot}_NAME="{usable}"'
