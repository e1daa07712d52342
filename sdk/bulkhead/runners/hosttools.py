# SPDX-License-Identifier: Apache-2.0
"""Programs of the host that are not in the wheels: find them, or install them where apt may.

`build` needs none of these. A tool is asked for by the command that uses it, when it uses it.
Without root (or sudo without a password) nothing is installed; the one command to type is in
the message. The user's own apt sources are read, never changed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bulkhead.diag.errors import ToolMissing
from bulkhead.diag.paths import cache_folder
from bulkhead.elaborate.fetched import fetched_folder

APT_SECONDS = 900
APT_SOURCES = Path("/etc/apt")
BACKPORTED = {"bookworm"}  # releases whose stock QEMU is older than 10


@dataclass(frozen=True, slots=True)
class HostTool:
    """A program, the Debian package that has it, and what Bulkhead needs it for."""

    name: str
    package: str
    purpose: str
    version_args: tuple[str, ...] = ("--version",)
    backports: bool = False  # a newer one is worth having


TOOLS: dict[str, HostTool] = {
    tool.name: tool
    for tool in (
        HostTool("qemu-system-aarch64", "qemu-system-arm", "run, demo, hil, test, bench", backports=True),
        HostTool("gcc", "gcc libc6-dev", "test: the hypervisor's rooms compiled for the host"),
        HostTool("make", "make", "test: host tests and RTL"),
        HostTool("g++", "g++", "sim, test: the simulator of the RTL"),
        HostTool("perl", "perl", "sim, test: Verilator"),
        HostTool("iverilog", "iverilog", "sim --simulator icarus", ("-V",)),
        HostTool("tmux", "tmux", "test: menuconfig in a real terminal", ("-V",)),
        HostTool("dtc", "device-tree-compiler", "test: a second opinion on generated devicetrees"),
        HostTool("mformat", "mtools", "flash: file systems of a disk or card"),
        HostTool("mcopy", "mtools", "flash: files on them"),
        HostTool("mkimage", "u-boot-tools", "fit: images for U-Boot, signed", ("-V",)),
        HostTool("sb", "lrzsz", "test: another sender by YMODEM"),
        HostTool("uuu", "uuu", "flash: i.MX over USB", ()),
        HostTool("openocd", "openocd", "flash: by a debug probe"),
        HostTool("chromedriver", "chromium chromium-driver", "test: the report in a browser"),
    )
}


# The toolchains besides the default one; doctor tells of them in rows of their own.
COMPILERS: dict[str, HostTool] = {
    tool.name: tool
    for tool in (
        HostTool("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu", "test: builds with TOOLCHAIN_GCC"),
        HostTool("clang", "clang lld", "test: builds with TOOLCHAIN_CLANG"),
    )
}


def find(name: str) -> Path | None:
    """Where a program is, without installing anything."""
    found = shutil.which(name)
    return Path(found) if found else None


def require(name: str, purpose: str = "") -> Path:
    """Where a program is; installs it if that needs no question. Raises ToolMissing."""
    found = find(name)
    if found:
        return found
    tool = TOOLS.get(name) or COMPILERS[name]
    privilege = privilege_prefix()
    if privilege is not None:
        _note(f"{name} is missing ({purpose or tool.purpose}); installing {tool.package} with apt-get ...")
        install(tool, privilege)
        found = find(name)
        if found:
            return found
    raise ToolMissing(name, f"needed for {purpose or tool.purpose}. {remedy(tool)}")


def remedy(tool: HostTool) -> str:
    """The one command that brings the tool."""
    if shutil.which("apt-get"):
        return f"Type: sudo apt-get install {tool.package}"
    return f"Install it with this system's package manager (on Debian: {tool.package})"


def version(tool: HostTool, program: Path | None = None) -> str:
    """The version a found program, or that one, tells about itself, "" if it does not."""
    try:
        done = subprocess.run(
            [str(program or tool.name), *tool.version_args],
            capture_output=True,
            text=True,
            timeout=20,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"\d+(\.\d+)+\w*|\d+\.\d+\w*", done.stdout + done.stderr)
    return match[0] if match else ""


def qemu_version() -> tuple[int, int]:
    """Major and minor version of the installed QEMU, (0, 0) if unknown."""
    match = re.match(r"(\d+)\.(\d+)", version(TOOLS["qemu-system-aarch64"]))
    return (int(match[1]), int(match[2])) if match else (0, 0)


def require_qemu(wanted: str, purpose: str = "") -> Path:
    """A QEMU of version `wanted` or newer; "" is any: the installed one, else what `fetch qemu` brought.

    Raises ToolMissing.
    """
    tool = TOOLS["qemu-system-aarch64"]
    installed = require(tool.name, purpose)
    if not wanted or _numbers(version(tool)) >= _numbers(wanted):
        return installed
    fetched = fetched_folder("qemu") / tool.name
    if fetched.is_file() and _numbers(version(tool, fetched)) >= _numbers(wanted):
        return fetched
    found = version(tool) or "of unknown version"
    hint = f"the board needs it or a newer one; this is {found}. `./bulkhead fetch qemu` gets Debian 13's"
    raise ToolMissing(f"QEMU {wanted}", hint)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))


def privilege_prefix() -> list[str] | None:
    """What to put before a command that needs root; None where root is out of reach."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _run(["sudo", "-n", "true"], quiet=True):
        return ["sudo", "-n"]
    return None


def install(tool: HostTool, privilege: list[str]) -> bool:
    """Install the tool's packages: from backports where that is newer and reachable, else as usual."""
    if tool.backports and release() in BACKPORTED and _install_from_backports(tool, privilege):
        return True
    command = apt_command(privilege, "install", *tool.package.split())
    return _run(command) or (_run(apt_command(privilege, "update")) and _run(command))


def apt_command(privilege: list[str], verb: str, *arguments: str, options: tuple[str, ...] = ()) -> list[str]:
    """An apt-get call that never asks and never waits for ever."""
    flags = ["-y", "--no-install-recommends"] if verb == "install" else []
    return [
        *privilege, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q",
        "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=2", *options, verb, *flags, *arguments,
    ]  # fmt: skip


def release() -> str:
    """The code name of this Debian, "" elsewhere."""
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return ""
    fields = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE))
    return fields.get("VERSION_CODENAME", "") if fields.get("ID") == "debian" else ""


@dataclass(frozen=True, slots=True)
class AptSource:
    """One archive the machine itself uses: its address and the key it is checked with."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str


def read_sources(folder: Path) -> list[AptSource]:
    """The machine's archives, from both of apt's formats."""
    found: list[AptSource] = []
    for path in [folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))]:
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".sources":
            found += _read_deb822(text)
        elif path.suffix == ".list":
            found += _read_one_line(text)
    return found


def _read_deb822(text: str) -> Iterator[AptSource]:
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if line[0].isspace():  # goes on; an embedded key must keep its lines
                fields[name] = fields.get(name, "") + "\n" + line
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if (
            fields.get("enabled", "yes").lower() in ("no", "false")
            or "deb" not in fields.get("types", "").split()
        ):
            continue
        for uri in fields.get("uris", "").split():
            yield AptSource(
                uri, tuple(fields.get("suites", "").split()), tuple(fields.get("components", "").split()),
                fields.get("signed-by", ""),
            )  # fmt: skip


def _read_one_line(text: str) -> Iterator[AptSource]:
    for line in text.splitlines():
        match = re.match(r"deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)", line)
        if match:
            options = dict(part.split("=", 1) for part in (match[1] or "").split() if "=" in part)
            yield AptSource(match[2], (match[3],), tuple(match[4].split()), options.get("signed-by", ""))


def backports_sources(sources: list[AptSource], codename: str) -> str:
    """A sources file with this release and its backports, from where the machine gets the release."""
    stanzas: list[str] = []
    for source in sources:
        if codename in source.suites and "main" in source.components:
            stanza = (
                f"Types: deb\nURIs: {source.uri}\nSuites: {codename} {codename}-backports\nComponents: main\n"
            )
            if source.signed_by:
                stanza += f"Signed-By: {source.signed_by}\n"
            stanzas.append(stanza)
    return "\n".join(stanzas)


def _install_from_backports(tool: HostTool, privilege: list[str]) -> bool:
    codename = release()
    text = backports_sources(read_sources(APT_SOURCES), codename)
    if not text:
        return False
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    state = Path(tempfile.mkdtemp(prefix="apt-", dir=cache))
    try:
        (state / "backports.sources").write_text(text, encoding="utf-8")
        (state / "lists" / "partial").mkdir(parents=True)
        options = (
            "-o", f"Dir::Etc::SourceList={state / 'backports.sources'}", "-o", "Dir::Etc::SourceParts=-",
            "-o", f"Dir::State::Lists={state / 'lists'}",
            "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=",
        )  # fmt: skip
        return _run(apt_command(privilege, "update", options=options)) and _run(
            apt_command(
                privilege, "install", "-t", f"{codename}-backports", *tool.package.split(), options=options
            )
        )
    finally:
        _run([*privilege, "rm", "-rf", "--", str(state)], quiet=True)


def _run(command: list[str], *, quiet: bool = False) -> bool:
    output: int | None = subprocess.DEVNULL if quiet else sys.stderr.fileno()
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=APT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _note(f"{' '.join(command)}: {error}")
        return False
    return done.returncode == 0


def _note(text: str) -> None:
    print(f"bulkhead: {text}", file=sys.stderr, flush=True)
