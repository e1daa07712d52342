# SPDX-License-Identifier: Apache-2.0
"""Findings, their places and their rendering. Imports nothing else of the SDK."""

from __future__ import annotations

from bulkhead.diag.diagnostic import Diagnostic, Severity, error, has_errors, warning
from bulkhead.diag.errors import BuildFailed, FetchFailed, LabError, SdkError, ToolMissing, UserError
from bulkhead.diag.render import render_json, render_text
from bulkhead.diag.span import Span

__all__ = [
    "BuildFailed",
    "Diagnostic",
    "FetchFailed",
    "LabError",
    "SdkError",
    "Severity",
    "Span",
    "ToolMissing",
    "UserError",
    "error",
    "has_errors",
    "render_json",
    "render_text",
    "warning",
]
