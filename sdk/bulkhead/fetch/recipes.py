# SPDX-License-Identifier: Apache-2.0
"""What each thing that can be fetched is made of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from bulkhead.diag.errors import FetchFailed
from bulkhead.fetch.apt import Package, PrivateApt
from bulkhead.fetch.deb import read_member
from bulkhead.fetch.initramfs import archive, character_device, directory, file, link
from bulkhead.fetch.kernel import to_image

ARCHITECTURE = "arm64"
KERNEL = "linux-image-cloud-arm64"
_BUSYBOX = "busybox-static"
_U_BOOT = "u-boot-qemu"
_SCRIPTS = Path(__file__).parent / "initramfs.d"

Say = Callable[[str], None]
Made = tuple[list[Package], dict[str, bytes]]


def recipe_digest() -> str:
    """Changes when what is made of the packages does: then a cached set is old."""
    here = Path(__file__)
    sources = [here, here.with_name("kernel.py"), here.with_name("initramfs.py"), *sorted(_SCRIPTS.iterdir())]
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def make_linux(apt: PrivateApt, say: Say, kernel: str = KERNEL) -> Made:
    """`Image`, and `initrd` with busybox and a shell on the console."""
    package = apt.package(kernel)
    depends = re.search(r"\b(linux-image-\d[^\s,]*)", package.depends)
    if depends:  # `kernel` only names the newest
        package = apt.package(depends[1])
    busybox = apt.package(_BUSYBOX)
    files = {}
    for wanted, pattern in ((package, r"boot/vmlinuz-.*"), (busybox, r"(usr/)?bin/busybox")):
        say(f"{wanted.name} {wanted.version}")
        files[wanted.name] = read_member(apt.download(wanted), pattern)[1]
    return [package, busybox], {
        "Image": to_image(files[package.name]),
        "initrd": make_initrd(files[busybox.name]),
    }


def make_initrd(busybox: bytes) -> bytes:
    """What Linux starts with: everything in it is busybox and the scripts of initramfs.d."""
    folders = ("bin", "dev", "etc", "proc", "root", "run", "sys", "tmp")
    scripts = {"etc/inittab": 0o644, "etc/profile": 0o644, "etc/start": 0o755, "bin/load": 0o755}
    return archive(
        [
            *(directory(name, 0o1777 if name == "tmp" else 0o755) for name in folders),
            character_device("dev/console", 5, 1),  # the kernel opens it for init, before devtmpfs is there
            character_device("dev/null", 1, 3, 0o666),
            file("bin/busybox", busybox, 0o755),
            link("bin/sh", "busybox"),
            link("init", "bin/busybox"),
            link("sbin", "bin"),
            *(file(path, _script(path), mode) for path, mode in scripts.items()),
        ]
    )


def _script(path: str) -> bytes:
    return (_SCRIPTS / Path(path).name).read_bytes()


def make_u_boot(apt: PrivateApt, say: Say) -> Made:
    """`u-boot.bin` for QEMU's `virt`."""
    package = apt.package(_U_BOOT)
    say(f"{package.name} {package.version}")
    _, data = read_member(apt.download(package), r"usr/lib/u-boot/qemu_arm64/u-boot\.bin")
    if not data:
        raise FetchFailed(f"{package.name} has an empty u-boot.bin")
    return [package], {"u-boot.bin": data}


def packages_text(packages: Sequence[dict[str, str]]) -> str:
    return ", ".join(f"{p['name']} {p['version']}" for p in packages)
