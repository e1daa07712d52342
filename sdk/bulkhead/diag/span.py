# SPDX-License-Identifier: Apache-2.0
"""Where something a user wrote stands: file, line, column."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A position in a file a user can edit.

    ``file`` is a path as the user would type it (relative to the working folder where
    possible), ``line`` and ``col`` count from 1; 0 means "the whole file". A compiled
    devicetree has no lines: ``node`` is the path of the node or property in it instead.
    """

    file: str
    line: int = 0
    col: int = 0
    node: str = ""

    def __str__(self) -> str:
        text = self.file
        if self.line:
            text += f":{self.line}"
            if self.col:
                text += f":{self.col}"
        return f"{text}({self.node})" if self.node else text
