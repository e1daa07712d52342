# SPDX-License-Identifier: Apache-2.0
"""The parts of docs/ that are made from the program: diagnostic codes, Kconfig symbols, Robot keywords.

Such a part stands between `<!-- generated: NAME -->` and `<!-- end -->`; test_docs.py compares it,
and writes it anew with --accept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = {
    "BOOT": "Boot loader",
    "BRD": "Boards",
    "BUILD": "Building",
    "CON": "Console",
    "CPU": "Physical CPUs",
    "DEV": "Devices and their owners",
    "DTS": "Devicetrees",
    "GIC": "Interrupt controller",
    "GUEST": "Guests",
    "IRQ": "Interrupts",
    "KCFG": "Kconfig and systems",
    "LAB": "Targets and boards",
    "MEM": "Memory",
    "PART": "Partitions",
}


def codes() -> str:
    """Every diagnostic code with its manual entry."""
    from bulkhead.cli.explain import gather

    out: list[str] = []
    family = ""
    for code, entry in gather().items():
        if code.split("-")[1] != family:
            family = code.split("-")[1]
            out.append(f"## {FAMILIES.get(family, family)}\n")
        first, _, rest = entry.strip().removeprefix(f"{code}:").strip().partition("\n")
        out.append(f"### {code}: {first.rstrip('.')}\n")
        out.append(_markdown(rest.strip()) + "\n")
    return "\n".join(out)


def symbols() -> str:
    """Every symbol with a prompt; slot 1 stands for all slots, one device for all devices."""
    import tempfile

    from bulkhead.elaborate.board import read_board
    from bulkhead.kconfig.engine import open_engine

    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(ROOT, read_board(ROOT, "qemu_virt"), Path(folder))
        rows = ["| symbol | what it is | default |", "|---|---|---|"]
        rows += _symbol_rows(engine.node_iter(), set())
    return "\n".join(rows)


def _symbol_rows(nodes: Any, seen: set[str]) -> Iterator[str]:
    import kconfiglib

    for node in nodes:
        if not node.prompt or node.item in (kconfiglib.MENU, kconfiglib.COMMENT):
            continue
        item = node.item
        is_choice = isinstance(item, kconfiglib.Choice)
        if not is_choice and item.choice is not None:
            continue  # a row of its choice
        name = _choice_name(item) if is_choice else item.name
        name = re.sub(r"^PART_\d+_", "PART_<n>_", name)
        name = re.sub(r"^OWNER_[A-Z0-9]+(_[A-Z0-9]+)*(?=_\{)", "OWNER_<DEVICE>", name)
        if name not in seen:
            seen.add(name)
            yield f"| `{name}` | {_what(node, is_choice)} | {_default(item, is_choice)} |"


def _choice_name(choice: Any) -> str:
    names = [symbol.name for symbol in choice.syms]
    stem = names[0]
    while not all(name.startswith(stem) and name != stem for name in names) or not stem.endswith("_"):
        stem = stem[:-1]
    options = [re.sub(r"^PART_\d+$", "PART_<n>", name.removeprefix(stem)) for name in names]
    return f"{stem}{{{','.join(dict.fromkeys(options))}}}"


def _what(node: Any, is_choice: bool) -> str:
    prompt = node.prompt[0]
    if is_choice and "@" in prompt:
        return "who owns a device: nobody, the hypervisor, or a partition"
    if is_choice:
        return prompt.replace("partition 1", "the partition")
    return re.sub(r"Partition \d+$", "the slot is used", prompt)


def _default(item: Any, is_choice: bool) -> str:
    import kconfiglib

    if is_choice:
        chosen = next(symbol.name for symbol, _ in item.defaults)
        return f"`{chosen.removeprefix(_choice_name(item).partition('{')[0])}`"
    if item.name.endswith("_PCPUS"):
        return "`<n>` - 1"
    value = next((value for value, _ in item.defaults), None)
    text = value.str_value if value is not None else "n" if item.orig_type == kconfiglib.BOOL else ""
    return f"`{re.sub('^part1$', 'part<n>', text)}`" if text else "empty"


def keywords() -> str:
    """Robot keywords as libdoc sees them."""
    from robot.libdocpkg import LibraryDocumentation

    library = LibraryDocumentation(str(ROOT / "hil-tests" / "keywords" / "BulkheadTarget.py"))
    rows = ["| keyword | arguments | what it does |", "|---|---|---|"]
    for word in library.keywords:
        arguments = ", ".join(f"`{_argument(a)}`" for a in word.args)
        rows.append(f"| {word.name} | {arguments} | {_cell(word.doc)} |")
    return "\n".join(rows)


def _argument(argument: Any) -> str:
    text = str(argument).split(":")[0]
    default = str(argument).partition(" = ")[2]
    return f"{text}={default}" if default else text


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _markdown(text: str) -> str:
    """An entry is plain text: in Markdown <n> would be taken for a tag, except in `code`."""
    parts = text.split("`")
    parts[::2] = [part.replace("<", "&lt;") for part in parts[::2]]
    return "`".join(parts)


def id_registers() -> str:
    """What a guest reads of the CPU's features, from hv-arm64/src/regs/id.def."""
    from bulkhead.model.registers import read_registers

    text = (ROOT / "hv-arm64" / "src" / "regs" / "id.def").read_text(encoding="utf-8")
    rows = ["| register | field | bits | why it is shown |", "|---|---|---|---|"]
    for register in read_registers(text).values():
        rows += [f"| {register.name} | {f.name} | {f.high}:{f.low} | {f.meaning} |" for f in register.fields]
    return "\n".join(rows)


def boards() -> str:
    """What the suites came to on each board that is no variant."""
    from bulkhead.elaborate.board_yaml import read_board_file
    from bulkhead.kconfig.boards import base_of, board_names
    from bulkhead.lab import board_results

    names = [name for name in board_names(ROOT) if not base_of(ROOT, name)]
    descriptions = {name: read_board_file(ROOT, name).description for name in names}
    return board_results.table(board_results.read(ROOT / board_results.FILE), descriptions)


TABLES: dict[str, Callable[[], str]] = {
    "boards": boards,
    "codes": codes,
    "symbols": symbols,
    "keywords": keywords,
    "registers": id_registers,
}
