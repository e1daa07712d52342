# SPDX-License-Identifier: Apache-2.0
"""How a file is called in generated output, which must be the same on every machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from bulkhead.diag.span import Span

ShowPath = Callable[[str], str]


def portable_path(path: str) -> str:
    """A path inside the working folder as it is, the bare file name of any other."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        return pure.name
    return str(pure)


def show_span(span: Span, show: ShowPath) -> str:
    return str(Span(show(span.file), span.line, span.col, span.node))
