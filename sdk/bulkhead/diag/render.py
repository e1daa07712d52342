# SPDX-License-Identifier: Apache-2.0
"""Diagnostics as text for people (the shape of gcc's, so that editors parse it) and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from bulkhead.diag.diagnostic import Diagnostic, Severity
from bulkhead.diag.span import Span

JSON_VERSION = 1
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}


def render_text(diags: Iterable[Diagnostic], colour: bool = False) -> str:
    """Every finding with its notes and remedy, one after the other; "" for none."""
    return "".join(_one(d, colour) for d in diags)


def summary(diags: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`, and how to learn more; "" for none."""
    counts = []
    for severity in (Severity.ERROR, Severity.WARNING):
        n = sum(d.severity is severity for d in diags)
        if n:
            counts.append(f"{n} {severity.value}{'s' if n != 1 else ''}")
    if not counts:
        return ""
    return f"{', '.join(counts)}; more with `./bulkhead explain {diags[0].code}`"


def render_json(diags: Iterable[Diagnostic]) -> str:
    """A versioned document: `{"version": 1, "diagnostics": [...]}`."""
    found = [as_json(d) for d in diags]
    return json.dumps({"version": JSON_VERSION, "diagnostics": found}, indent=2) + "\n"


def as_json(diag: Diagnostic) -> dict[str, object]:
    return {
        "code": diag.code,
        "severity": diag.severity.value,
        "text": diag.text,
        **_place(diag.where),
        "notes": [{"text": text, **_place(span)} for span, text in diag.notes],
        "help": diag.help,
        "fix": list(diag.fix),
    }


def _one(diag: Diagnostic, colour: bool) -> str:
    kind = f"{diag.severity.value}[{diag.code}]"
    if colour:
        kind = f"\x1b[1;{_COLOURS[diag.severity]}m{kind}\x1b[0m"
    lines = [f"{diag.where}: {kind}: {diag.text}"]
    lines += [f"{span}:  note: {text}" for span, text in diag.notes]
    if diag.help:
        lines.append("  help: " + diag.help.replace("\n", "\n        "))
    return "\n".join(lines) + "\n"


def _place(span: Span) -> dict[str, object]:
    place: dict[str, object] = {"file": span.file, "line": span.line, "col": span.col}
    return {**place, "node": span.node} if span.node else place
