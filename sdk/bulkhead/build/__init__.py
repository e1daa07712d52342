# SPDX-License-Identifier: Apache-2.0
"""From a configured build folder to an image: toolchains, ninja, the two links, the stamp.

`build()` is the whole of it for other rooms. A build with nothing to do imports only the stamp.
"""

from __future__ import annotations

import os
from pathlib import Path

from bulkhead.build.lock import build_lock
from bulkhead.build.result import BuildResult
from bulkhead.build.stamp import read_stamp


def build(root: Path, build_dir: Path, *, verbose: bool = False) -> BuildResult:
    """Bring the build folder's image up to date.

    Raises UserError (the configuration), BuildFailed (a compiler or linker), ToolMissing.
    """
    with build_lock(build_dir) as lock:
        stamp = read_stamp(build_dir)
        if (
            stamp is not None
            and stamp.is_current()
            and stamp.epoch == os.environ.get("SOURCE_DATE_EPOCH", "")
        ):
            return BuildResult.from_stamp(build_dir, dict(stamp.result))
        from bulkhead.build.pipeline import run

        return run(root, build_dir, lock, verbose)
