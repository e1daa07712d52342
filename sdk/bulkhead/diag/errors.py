# SPDX-License-Identifier: Apache-2.0
"""The one small tree of exceptions, and how each ends the program.

Raised only where going on makes no sense; findings about the user's input are `Diagnostic`
values until the edge, where `UserError` carries them all at once.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence

from bulkhead.diag.diagnostic import Diagnostic
from bulkhead.diag.render import render_text, summary


class SdkError(Exception):
    """Anything the SDK says on purpose; `exit_code` is the process's."""

    exit_code = 5


class UserError(SdkError):
    """The user's input is wrong: findings, or one sentence where no file is involved."""

    exit_code = 2

    def __init__(self, problem: Sequence[Diagnostic] | str) -> None:
        self.diags: tuple[Diagnostic, ...] = () if isinstance(problem, str) else tuple(problem)
        super().__init__(problem if isinstance(problem, str) else summary(self.diags))


class ToolMissing(SdkError):
    """A tool is not on this machine: which, and how to get it."""

    exit_code = 3

    def __init__(self, tool: str, hint: str) -> None:
        self.tool, self.hint = tool, hint
        super().__init__(f"{tool} is missing: {hint}")


class BuildFailed(SdkError):
    """A compiler or linker refused; its own output is the explanation, findings may say whose it is."""

    exit_code = 3

    def __init__(self, problem: Sequence[Diagnostic] | str) -> None:
        self.diags: tuple[Diagnostic, ...] = () if isinstance(problem, str) else tuple(problem)
        super().__init__(problem if isinstance(problem, str) else summary(self.diags))


class FetchFailed(SdkError):
    """What somebody else publishes could not be had."""

    exit_code = 3


class LabError(SdkError):
    """The board or the lab failed, not the test."""

    exit_code = 4


# What the machine refuses whatever it is asked for: no space, no terminal any more, no memory.
_MACHINE = {
    errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM,
    errno.EAGAIN, errno.ENXIO,
}  # fmt: skip


def print_diagnostics(diags: Sequence[Diagnostic]) -> None:
    """All findings and their count to stderr."""
    if diags:
        sys.stderr.write(render_text(diags, colour=use_colour()))
        sys.stderr.write(summary(diags) + "\n")


def use_colour() -> bool:
    """Whether stderr may be coloured (NO_COLOR, FORCE_COLOR, TERM=dumb, not a terminal)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stderr.isatty()


def report_exception(error: BaseException) -> int:
    """Print what ended the program, as a message where it was foreseen; returns the exit code."""
    if isinstance(error, UserError | BuildFailed) and error.diags:
        print_diagnostics(error.diags)
        return error.exit_code
    if isinstance(error, SdkError):
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _MACHINE):
        return _machine_refused(error)
    if isinstance(error, OSError) and error.filename is not None:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return UserError.exit_code
    return _our_bug(error)


def _machine_refused(error: MemoryError | OSError) -> int:
    """Nobody's mistake; and it may be the very stream that we would complain on."""
    what, where = "out of memory", None
    if isinstance(error, OSError):
        what, where = error.strerror or str(error), error.filename
    with contextlib.suppress(OSError):
        print(f"error: {where or 'the output, or a file of this run'}: {what}", file=sys.stderr, flush=True)
    try:
        sys.stdout.flush()
    except OSError:  # what is left of it is not tried again when the program ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ToolMissing.exit_code


def _our_bug(error: BaseException) -> int:
    fd, name = tempfile.mkstemp(prefix="bulkhead-bug-", suffix=".txt")
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(" ".join(sys.argv) + "\n")
        traceback.print_exception(error, file=file)
    print(f"internal error: {type(error).__name__}: {error}", file=sys.stderr)
    print(f"This is a bug of Bulkhead. Please report it with {name}", file=sys.stderr)
    return SdkError.exit_code
