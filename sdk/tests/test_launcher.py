# SPDX-License-Identifier: Apache-2.0
"""The launcher says in a sentence why it cannot set up the checkout."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def test_a_checkout_that_cannot_be_written_to(root: Path, tmp_path: Path) -> None:
    for name in ("bulkhead", "requirements.lock"):
        shutil.copy(root / name, tmp_path)
    (tmp_path / ".bulkhead").write_bytes(b"")  # root is not held back by a folder's mode
    done = subprocess.run(
        [tmp_path / "bulkhead", "list"], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 3 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"bulkhead: {tmp_path} cannot be written to")
