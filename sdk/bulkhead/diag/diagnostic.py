# SPDX-License-Identifier: Apache-2.0
"""A finding about something the user wrote: a value, rendered only at the edge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from bulkhead.diag.span import Span


class Severity(Enum):
    """How bad a finding is: an error stops the build, a warning does not, a note is for reading."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: `text` says what is wrong, `notes` where the second offender stands, `help` what to do.

    `code` is stable (`BH-MEM-003`) and has a manual entry: `./bulkhead explain CODE`.
    """

    code: str
    severity: Severity
    text: str
    where: Span
    notes: tuple[tuple[Span, str], ...] = field(default=())
    help: str = ""
    fix: tuple[str, ...] = ()  # NAME=VALUE of symbols that resolve it, where that is safe

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


def error(
    code: str, text: str, where: Span, *notes: tuple[Span, str], help: str = "", fix: tuple[str, ...] = ()
) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, text, where, tuple(notes), help, fix)


def warning(
    code: str, text: str, where: Span, *notes: tuple[Span, str], help: str = "", fix: tuple[str, ...] = ()
) -> Diagnostic:
    return Diagnostic(code, Severity.WARNING, text, where, tuple(notes), help, fix)


def has_errors(diags: Iterable[Diagnostic]) -> bool:
    return any(d.is_error for d in diags)
