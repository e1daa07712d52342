# SPDX-License-Identifier: Apache-2.0
"""Findings as SARIF 2.1.0, which code-review tools show beside the line (OASIS sarif-v2.1.0-os)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bulkhead.diag.diagnostic import Diagnostic
from bulkhead.diag.span import Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def render_sarif(diags: Sequence[Diagnostic], manual: Mapping[str, str]) -> str:
    """One run of one tool; each code that was found is a rule with its manual entry."""
    codes = sorted({d.code for d in diags})
    number = {code: i for i, code in enumerate(codes)}
    driver = {
        "name": "bulkhead",
        "rules": [_rule(code, manual.get(code, code)) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(d, number[d.code]) for d in diags],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str, entry: str) -> dict[str, Any]:
    title, _, text = entry.strip().partition("\n")
    return {
        "id": code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": text.strip() or title},
    }


def _result(diag: Diagnostic, rule: int) -> dict[str, Any]:
    text = f"{diag.text}. {diag.help}" if diag.help else diag.text
    result: dict[str, Any] = {
        "ruleId": diag.code,
        "ruleIndex": rule,
        "level": diag.severity.value,
        "message": {"text": text},
        "locations": [_location(diag.where)],
    }
    if diag.notes:
        result["relatedLocations"] = [
            {"id": i, **_location(span), "message": {"text": said}}
            for i, (span, said) in enumerate(diag.notes)
        ]
    return result


def _location(span: Span) -> dict[str, Any]:
    path = Path(span.file)
    place: dict[str, Any] = {
        "artifactLocation": {"uri": path.as_uri() if path.is_absolute() else _relative(span.file)}
    }
    if span.line:
        place["region"] = {"startLine": span.line, **({"startColumn": span.col} if span.col else {})}
    return {"physicalLocation": place}


def _relative(file: str) -> str:
    from urllib.parse import quote

    return quote(file)
