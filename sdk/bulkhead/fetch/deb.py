# SPDX-License-Identifier: Apache-2.0
"""Single files out of a Debian package. Nothing is installed, no script of the package is run."""

from __future__ import annotations

import re
import subprocess
import tarfile
from pathlib import Path

from bulkhead.diag.errors import FetchFailed


def read_member(deb: Path, pattern: str) -> tuple[str, bytes]:
    """Name and bytes of the one regular file whose path matches `pattern` whole. Raises FetchFailed."""
    wanted = re.compile(pattern)
    unpack = ["dpkg-deb", "--fsys-tarfile", str(deb)]
    found: tuple[str, bytes] | None = None
    with subprocess.Popen(unpack, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                for member in archive:
                    name = member.name.removeprefix("./")
                    if member.isreg() and wanted.fullmatch(name):
                        file = archive.extractfile(member)
                        assert file is not None
                        found = name, file.read()
                        break
        except tarfile.TarError:
            found = None
        process.stdout.close()  # what it still writes is not wanted, and ends it
        problem = process.stderr.read().decode(errors="replace").strip()
    if found is None:
        raise FetchFailed(f"{deb.name} has no file {pattern}{': ' if problem else ''}{problem}")
    return found
