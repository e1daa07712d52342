# SPDX-License-Identifier: Apache-2.0
"""What a failed test needs to be understood: the end of every speaker's console, and a crash decoded.

Reads the transcript in one pass and bounded memory, also after the console was closed.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path

from bulkhead.diag import SdkError
from bulkhead.lab.transcript import LineReader, Transcript, printable

LINES = 6
CRASH_MARK = "crash-record "
WIDTH = 200


def collect(transcript: Transcript, root: Path, build_dir: Path) -> str:
    """The last lines of each speaker, and what `./bulkhead decode` says where EL2 crashed."""
    ends: dict[str, deque[str]] = {}
    has_crashed = False
    reader = LineReader(transcript, None)
    try:
        while line := reader.next_line(0.0):
            has_crashed |= CRASH_MARK in line.text
            ends.setdefault(line.speaker, deque(maxlen=LINES)).append(printable(line.text)[:WIDTH])
    finally:
        reader.close()
    parts = [
        f"last of {speaker or 'the line, untagged'}:\n  " + "\n  ".join(lines)
        for speaker, lines in sorted(ends.items())
    ]
    if not parts:
        parts = ["the console is empty"]
    if has_crashed:
        parts.append(
            "the crash, decoded:\n  " + _decoded(transcript.path, root, build_dir).replace("\n", "\n  ")
        )
    return "\n".join(parts)


def _decoded(log: Path, root: Path, build_dir: Path) -> str:
    from bulkhead.decode.explain import explain, render
    from bulkhead.decode.knowledge import gather_knowledge
    from bulkhead.decode.record import BadRecord, find_records

    try:
        known = gather_knowledge(root, build_dir, None)
        return "\n".join(render(explain(record, known)).strip() for record in find_records(log.read_bytes()))
    except (BadRecord, SdkError) as problem:
        return f"it cannot be decoded: {problem}"
