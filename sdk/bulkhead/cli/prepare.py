# SPDX-License-Identifier: Apache-2.0
"""For commands that bring their own system: configure and build it in a folder of its own."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

import click

from bulkhead.cli.main import Context


def prepare(ctx: Context, system: str, folder: str, *, quiet: bool = False) -> Path:
    """Configure `system` in `<build>/<folder>` and build it; messages go to stderr, those
    of a quiet preparation nowhere.

    The user's own configuration, wherever KCONFIG_CONFIG says it is, stays untouched.
    """
    from bulkhead.build import build
    from bulkhead.cli.defconfig import command as defconfig

    os.environ.pop("KCONFIG_CONFIG", None)
    own = Context(root=ctx.root, build_dir=ctx.build_dir / folder)
    said = io.StringIO()
    with (
        contextlib.redirect_stdout(said if quiet else sys.stderr),
        click.Context(defconfig, obj=own) as invoked,
    ):
        invoked.invoke(defconfig, system=system)
    sys.stderr.write(build(own.root, own.build_dir).warnings)
    return own.build_dir
