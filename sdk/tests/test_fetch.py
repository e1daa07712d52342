# SPDX-License-Identifier: Apache-2.0
"""Fetching without the archive: what is made of packages, the cache, and what apt is told.

The archive itself is asked by the Linux and U-Boot suites of `./bulkhead test`.
"""

from __future__ import annotations

import gzip
import json
import lzma
import shutil
import stat
import struct
import subprocess
from pathlib import Path

import pytest

from bulkhead.diag import FetchFailed
from bulkhead.elaborate.fetched import fetched_folder, is_intact, split_name
from bulkhead.fetch import fetch as fetching
from bulkhead.fetch import store
from bulkhead.fetch.apt import Package, private_settings, sources_text
from bulkhead.fetch.deb import read_member
from bulkhead.fetch.initramfs import archive, character_device, directory, file, link
from bulkhead.fetch.kernel import to_image
from bulkhead.fetch.recipes import make_initrd
from bulkhead.runners.hosttools import AptSource

IMAGE = bytes(0x38) + b"ARM\x64" + bytes(range(200))
KEY = "/usr/share/keyrings/debian-archive-keyring.gpg"


def read_cpio(data: bytes) -> dict[str, tuple[int, bytes, tuple[int, int]]]:
    """A reader of its own: path -> mode, contents, device."""
    found, at = {}, 0
    while True:
        assert data[at : at + 6] == b"070701" and at % 4 == 0
        fields = [int(data[at + 6 + 8 * i : at + 14 + 8 * i], 16) for i in range(13)]
        size, name_size = fields[6], fields[11]
        name = data[at + 110 : at + 110 + name_size - 1].decode()
        at = -(-(at + 110 + name_size) // 4) * 4
        if name == "TRAILER!!!":
            return found
        assert fields[2:4] == [0, 0] and fields[5] == 0, "owned by root, without a time"
        found[name] = fields[1], data[at : at + size], (fields[9], fields[10])
        at = -(-(at + size) // 4) * 4


def test_an_archive_is_read_back() -> None:
    made = archive(
        [directory("a"), file("a/b", b"hello", 0o755), link("c", "a/b"), character_device("d", 5, 1)]
    )
    assert read_cpio(made) == {
        "a": (stat.S_IFDIR | 0o755, b"", (0, 0)),
        "a/b": (stat.S_IFREG | 0o755, b"hello", (0, 0)),
        "c": (stat.S_IFLNK | 0o777, b"a/b", (0, 0)),
        "d": (stat.S_IFCHR | 0o600, b"", (5, 1)),
    }


def test_the_initrd_is_the_same_every_time() -> None:
    made = make_initrd(b"busybox")
    assert made == make_initrd(b"busybox")
    files = read_cpio(made)
    assert files["init"][1] == b"bin/busybox" and files["bin/busybox"] == (
        stat.S_IFREG | 0o755,
        b"busybox",
        (0, 0),
    )
    assert files["dev/console"][2] == (5, 1)
    folders = {name for name, (mode, _, _) in files.items() if stat.S_ISDIR(mode)}
    assert all(name.rpartition("/")[0] in {"", *folders} for name in files), "each in a folder that is there"


def zboot(kind: bytes, payload: bytes) -> bytes:
    header = b"MZ\0\0zimg" + struct.pack("<IIII", 0x40, len(payload), 0, 0) + kind.ljust(32, b"\0")
    return header.ljust(0x38, b"\0") + b"\xcd\x23\x82\x81" + bytes(4) + payload


@pytest.mark.parametrize(
    "data",
    [
        IMAGE,
        gzip.compress(IMAGE),
        zboot(b"gzip", gzip.compress(IMAGE)),
        zboot(b"xzkern", lzma.compress(IMAGE) + struct.pack("<I", len(IMAGE))),
        zboot(b"lzma", lzma.compress(IMAGE, lzma.FORMAT_ALONE) + struct.pack("<I", len(IMAGE))),
    ],
    ids=["Image", "gzip", "zboot-gzip", "zboot-xz", "zboot-lzma"],
)
def test_the_image_of_a_kernel(data: bytes) -> None:
    assert to_image(data) == IMAGE


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x7fELF" + bytes(100), "not an arm64 Image"),
        (b"", "not an arm64 Image"),
        (gzip.compress(b"something else" * 9), "not an arm64 Image"),
        (gzip.compress(IMAGE)[:30], "cut off"),
        (b"\x1f\x8b" + bytes(50), "cannot be unpacked"),
        (zboot(b"lzo", b""), "compressed with lzo"),
        (b"MZ\0\0zimg", "cannot be unpacked"),
    ],
    ids=["ELF", "empty", "other", "gzip-cut", "gzip-damaged", "zboot-lzo", "zboot-cut"],
)
def test_what_is_no_kernel(data: bytes, message: str) -> None:
    with pytest.raises(FetchFailed, match=message):
        to_image(data)


def test_debian_is_where_the_machine_has_it() -> None:
    sources = [
        AptSource("http://mirror/debian", ("bookworm", "bookworm-updates"), ("main", "contrib"), KEY),
        AptSource("http://mirror/security", ("bookworm-security",), ("main",), ""),
        AptSource("http://elsewhere", ("nodistro",), ("main",), ""),
        AptSource("http://mirror/debian", ("bookworm-backports",), ("main",), KEY),
        AptSource("http://vendor/debian", ("bookworm",), ("stable",), ""),
    ]
    assert sources_text(sources, "bookworm") == (
        "Types: deb\nURIs: http://mirror/debian\nSuites: bookworm bookworm-updates\nComponents: main\n"
        f"Signed-By: {KEY}\n"
        "\nTypes: deb\nURIs: http://mirror/security\nSuites: bookworm-security\nComponents: main\n"
    )
    for codename in ("trixie", ""):
        with pytest.raises(FetchFailed, match="apt sources of this machine"):
            sources_text(sources, codename)


@pytest.mark.skipif(not shutil.which("apt-config"), reason="apt is not installed")
def test_apt_reads_and_writes_in_its_folder_alone(tmp_path: Path) -> None:
    """What apt itself makes of the settings: no path leads to the machine's lists, cache or hooks."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "apt.conf").write_text("\n".join(private_settings(folder, "arm64")))
    names = (
        "Dir::State::lists/d",
        "Dir::State::status/f",
        "Dir::Cache::archives/d",
        "Dir::Etc::sourcelist/f",
    )
    words = [word for i, name in enumerate(names) for word in (f"V{i}", name)]
    environment = {"PATH": "/usr/bin:/bin", "APT_CONFIG": str(folder / "apt.conf")}

    def ask(*arguments: str) -> str:
        command = ["apt-config", *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=20, check=True
        ).stdout

    values = [line.split("=", 1)[1].strip("'") for line in ask("shell", *words).splitlines()]
    assert len(values) == len(names) and all(value.startswith(str(folder)) for value in values)
    dump = ask("dump")
    assert "Invoke" not in dump and 'APT::Architecture "arm64";' in dump


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg is not installed")
def test_a_file_of_a_package(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text(
        "Package: p\nVersion: 1\nArchitecture: arm64\nMaintainer: nobody\nDescription: x\n"
    )
    (root / "boot").mkdir()
    (root / "boot" / "vmlinuz-1").write_bytes(IMAGE)
    (root / "zz").write_bytes(bytes(4_000_000))  # the reader leaves while there is more to come
    deb = tmp_path / "p.deb"
    subprocess.run(["dpkg-deb", "-b", "-Znone", root, deb], check=True, capture_output=True, timeout=60)
    assert read_member(deb, r"boot/vmlinuz-.*") == ("boot/vmlinuz-1", IMAGE)
    with pytest.raises(FetchFailed, match="has no file"):
        read_member(deb, "boot")
    deb.write_bytes(deb.read_bytes()[:3000])
    with pytest.raises(FetchFailed, match="has no file"):
        read_member(deb, r"zz")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BULKHEAD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def keep(content: bytes) -> None:
    with store.working_folder("linux") as work:
        store.keep("linux", "recipe", [Package("p", "1", "00", "")], {"Image": content}, work)


def test_a_set_is_exchanged_whole(cache: Path) -> None:
    assert store.manifest_of("linux") is None
    keep(b"one")
    old = fetched_folder("linux").resolve()
    keep(b"two")
    assert (fetched_folder("linux") / "Image").read_bytes() == b"two"
    assert not old.exists() and sorted(p.name for p in (cache / "fetched").glob("linux*"))[0] == "linux"
    assert not list((cache / "fetched").glob(".work-*"))


def test_a_killed_fetch_leaves_nothing_for_the_next(cache: Path) -> None:
    keep(b"one")
    left = cache / "fetched" / ".work-killed"
    left.mkdir()
    (left / "half").write_bytes(b"x")
    with pytest.raises(RuntimeError), store.working_folder("linux"):
        raise RuntimeError
    assert not left.exists() and store.manifest_of("linux") is not None


@pytest.mark.parametrize("damage", ["change", "cut", "delete", "manifest"])
def test_a_damaged_file_is_noticed(cache: Path, damage: str) -> None:
    keep(b"one")
    image = fetched_folder("linux") / "Image"
    assert is_intact(image, b"one")
    match damage:
        case "change":
            image.write_bytes(b"onf")
        case "cut":
            image.write_bytes(b"")
        case "delete":
            image.unlink()
        case "manifest":
            (image.parent / "fetched.json").write_text("{")
    assert store.manifest_of("linux") is None


def test_what_is_there_is_not_fetched_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No apt is started, so a machine without a network can go on."""
    monkeypatch.setattr(fetching, "PrivateApt", None)
    monkeypatch.setattr(fetching.recipes, "recipe_digest", lambda: "recipe")
    keep(b"one")
    found = fetching.fetch("linux", say=lambda text: None)
    assert (found.new, found.packages, [f.name for f in found.files]) == (False, "p 1", ["Image"])
    manifest = json.loads((fetched_folder("linux") / "fetched.json").read_text())
    assert manifest["packages"] == [{"name": "p", "version": "1", "sha256": "00"}]


def test_names_of_fetched_files() -> None:
    assert split_name("fetched:linux/Image") == ("linux", "Image")
    for name in (
        "linux/Image",
        "fetched:linux",
        "fetched:../x/Image",
        "fetched:linux/..",
        "fetched:linux/a/b",
    ):
        assert split_name(name) is None
