# SPDX-License-Identifier: Apache-2.0
"""A newer QEMU than this machine's Debian has: the next release's packages, unpacked into the cache.

Nothing is installed. It runs with the libraries of its own release, by that release's loader.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from bulkhead.diag.errors import FetchFailed
from bulkhead.elaborate.fetched import fetched_folder
from bulkhead.fetch import store
from bulkhead.fetch.apt import PrivateApt
from bulkhead.fetch.recipes import Say

NAME = "qemu"
RELEASE = "trixie"  # of Debian
_PACKAGE = "qemu-system-arm"
_ROOT = "root"
_LOADERS = {  # of an architecture: its dynamic loader, and the folder of its libraries
    "amd64": ("usr/lib64/ld-linux-x86-64.so.2", "x86_64-linux-gnu"),
    "arm64": ("usr/lib/ld-linux-aarch64.so.1", "aarch64-linux-gnu"),
}


def fetch_qemu(say: Say, again: bool = False) -> tuple[Path, str, bool]:
    """The program, its package, and whether it is new. Raises FetchFailed and ToolMissing."""
    recipe = f"{hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]} {RELEASE}"
    with store.working_folder(NAME) as work:
        manifest = store.manifest_of(NAME)
        is_old = again or manifest is None or manifest["recipe"] != recipe
        if is_old:
            architecture = _architecture()
            say(f"looking for {_PACKAGE} of Debian {RELEASE} ...")
            apt = PrivateApt(work / "apt", architecture, RELEASE)
            apt.update()
            package = apt.package(_PACKAGE)
            say(f"{package.name} {package.version}, and what it needs")
            root = work / _ROOT
            root.mkdir()
            for file in apt.download_all(package):
                _unpack(file, root)
            files = {"qemu-system-aarch64": wrapper(architecture).encode()}
            store.keep(NAME, recipe, [package], files, work, {_ROOT: root})
            manifest = store.manifest_of(NAME)
    assert manifest is not None
    program = fetched_folder(NAME) / "qemu-system-aarch64"
    program.chmod(0o755)
    return program, f"{_PACKAGE} {manifest['packages'][0]['version']}", is_old


def wrapper(architecture: str) -> str:
    loader, triplet = _LOADERS[architecture]
    return f"""#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
here=$(dirname "$(readlink -f "$0")")/{_ROOT}
libraries=$here/usr/lib/{triplet}:$here/usr/lib/{triplet}/pulseaudio
program=$here/usr/bin/qemu-system-aarch64
exec "$here/{loader}" --library-path "$libraries" "$program" -L "$here/usr/share/qemu" "$@"
"""


def _architecture() -> str:
    done = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=False)
    architecture = done.stdout.strip()
    if architecture not in _LOADERS:
        raise FetchFailed(
            f"a QEMU of Debian {RELEASE} can be had for {', '.join(_LOADERS)}, not '{architecture}'"
        )
    return architecture


def _unpack(package: Path, root: Path) -> None:
    done = subprocess.run(
        ["dpkg-deb", "-x", str(package), str(root)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise FetchFailed(f"{package.name} cannot be unpacked: {done.stderr.strip()[-2000:]}")
