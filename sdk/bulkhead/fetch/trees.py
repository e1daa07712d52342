# SPDX-License-Identifier: Apache-2.0
"""The compiled devicetrees of Debian's arm64 kernel package: several hundred vendors' boards, to try on.

They are the kernel's, under its licence, and stay in the cache folder.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from bulkhead.diag.errors import FetchFailed
from bulkhead.elaborate.fetched import fetched_folder
from bulkhead.fetch import store
from bulkhead.fetch.apt import PrivateApt
from bulkhead.fetch.recipes import ARCHITECTURE, Say

NAME = "devicetrees"
_PACKAGE = "linux-image-arm64"
_TREE = re.compile(r"(?:\./)?usr/lib/linux-image-[^/]+/(.+\.dtb)")


def fetch_trees(say: Say) -> list[Path]:
    """All of them, by name; from the cache where they are there. Raises FetchFailed and ToolMissing."""
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    with store.working_folder(NAME) as work:
        manifest = store.manifest_of(NAME)
        if manifest is None or manifest["recipe"] != recipe:
            say(f"looking for {_PACKAGE} of {ARCHITECTURE} in this machine's Debian archive ...")
            apt = PrivateApt(work / "apt", ARCHITECTURE)
            apt.update()
            package = apt.package(_PACKAGE)
            named = re.search(r"\b(linux-image-\d[^\s,]*)", package.depends)
            package = apt.package(named[1]) if named else package
            say(f"{package.name} {package.version}")
            store.keep(NAME, recipe, [package], trees_of(apt.download(package)), work)
            shutil.rmtree(work / "apt", ignore_errors=True)
            manifest = store.manifest_of(NAME)
    assert manifest is not None
    return [fetched_folder(NAME) / name for name in sorted(manifest["files"])]


def trees_of(package: Path) -> dict[str, bytes]:
    """Its trees by `vendor--board.dtb`. Raises FetchFailed where it has none."""
    found: dict[str, bytes] = {}
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            for member in archive:
                match = _TREE.fullmatch(member.name)
                file = archive.extractfile(member) if match and member.isreg() else None
                if match and file is not None:
                    found[match[1].replace("/", "--")] = file.read()
    if not found:
        raise FetchFailed(f"{package.name} has no devicetrees")
    return found
