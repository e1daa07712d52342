# SPDX-License-Identifier: Apache-2.0
"""What commands that report findings have in common: the --format option, and where output goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from bulkhead.diag import Diagnostic

F = TypeVar("F", bound=Callable[..., Any])


def format_option(command: F) -> F:
    """`--format text|json`, handed over as `output`."""
    return click.option(
        "--format",
        "output",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Text for people, or a versioned JSON document.",
    )(command)


def print_json(document: object) -> None:
    click.echo(json.dumps(document, indent=2))


def refuse_errors(diags: Sequence[Diagnostic]) -> None:
    """Print the warnings; raise UserError with everything where there is an error."""
    from bulkhead.diag import UserError, has_errors
    from bulkhead.diag.errors import print_diagnostics

    if has_errors(diags):
        raise UserError(diags)
    print_diagnostics(diags)
