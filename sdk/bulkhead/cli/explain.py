# SPDX-License-Identifier: Apache-2.0
"""`bulkhead explain`"""

from __future__ import annotations

import contextlib
import difflib
import importlib

import click

from bulkhead.cli.findings import format_option, print_json

_ROOMS = ("build", "flash", "lab", "prove")  # besides check


@click.command(short_help="The manual entry of a diagnostic code.")
@click.argument("code", required=False)
@click.option("--list", "list_all", is_flag=True, help="List all codes.")
@format_option
def command(code: str | None, list_all: bool, output: str) -> None:
    """The manual entry of a diagnostic CODE, such as BH-MEM-002."""
    entries = gather()
    if not list_all and code is None:
        raise click.UsageError("Name a code, or use --list.")
    wanted = entries if list_all else {c: entries[c] for c in [_known(code or "", list(entries))]}
    if output == "json":
        print_json({"version": 1, "codes": [{"code": c, "text": t} for c, t in wanted.items()]})
    elif list_all:
        for name, text in wanted.items():
            click.echo(f"{name:<13} {text.splitlines()[0]}")
    else:
        for name, text in wanted.items():
            click.echo(f"{name}: {text}", nl=False)


def gather() -> dict[str, str]:
    """The entries of every room that has a manual."""
    from bulkhead.check.manual import manual
    from bulkhead.diag.manual import parse_entries

    entries = manual()
    for room in _ROOMS:
        with contextlib.suppress(ModuleNotFoundError):
            entries |= parse_entries(importlib.import_module(f"bulkhead.{room}.manual").ENTRIES)
    return dict(sorted(entries.items()))


def _known(code: str, codes: list[str]) -> str:
    from bulkhead.diag import UserError

    plain = code.strip().upper().removeprefix("ERROR[").removesuffix("]")
    if plain in codes:
        return plain
    close = difflib.get_close_matches(plain, codes, n=1)
    hint = f"did you mean {close[0]}?" if close else "`./bulkhead explain --list` shows all"
    raise UserError(f"there is no code {code}; {hint}")
