# SPDX-License-Identifier: Apache-2.0
"""The one wrapper around subprocess for tools that build: a clean environment and a deadline.

Compilers read settings from the environment (CPATH, CCC_OVERRIDE_OPTIONS, LANG, ...); none of
them may change the bytes of an image, so only a few variables are passed on.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bulkhead.diag import BuildFailed, ToolMissing

_KEPT_VARIABLES = ("PATH", "HOME", "TMPDIR", "SystemRoot")
DEADLINE_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a tool ended; `output` is stdout and stderr as they came."""

    status: int
    output: str


def run_tool(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    deadline_s: float = DEADLINE_S,
    keep_open: Sequence[int] = (),
    hint: str = "run ./bulkhead doctor",
) -> Done:
    """Run to the end. `keep_open` are descriptors the tool inherits: a lock it shares.

    Raises ToolMissing when there is no such program and BuildFailed at the deadline.
    """
    argv = [str(part) for part in command]
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env=tool_environment(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=deadline_s,
            pass_fds=keep_open,
            check=False,
        )
    except FileNotFoundError:
        raise ToolMissing(argv[0], hint) from None
    except PermissionError:
        raise ToolMissing(argv[0], f"it cannot be executed; {hint}") from None
    except subprocess.TimeoutExpired:
        raise BuildFailed(f"{Path(argv[0]).name} did not end within {deadline_s:.0f} s") from None
    return Done(status=done.returncode, output=done.stdout.decode("utf-8", "replace"))


def tool_environment(extra: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {**kept, "LC_ALL": "C", **extra}
