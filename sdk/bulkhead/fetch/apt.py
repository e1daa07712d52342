# SPDX-License-Identifier: Apache-2.0
"""Packages of another architecture by the ordinary apt, with a state of its own.

Where to look and what to trust comes from the machine's own apt sources; its lists, its cache and
its installed packages are neither read nor changed, and nothing is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bulkhead.diag.errors import FetchFailed, ToolMissing
from bulkhead.runners import hosttools
from bulkhead.runners.hosttools import AptSource
from bulkhead.runners.lifetime import end_with_parent

SECONDS = 600.0  # for any one call
_RELEASES = ("stable", "oldstable", "testing", "unstable", "sid")  # names that a sources file may use instead
# Settings of the machine that say how to reach the archive (proxies, certificates), not what to accept.
_REACH = re.compile(r'Acquire::(?!Allow|Languages|GzipIndexes|CompressionTypes|IndexTargets)\S+ "[^"\n]*";')


@dataclass(frozen=True, slots=True)
class Package:
    """A package as the archive has it; apt compared its file with this digest."""

    name: str
    version: str
    sha256: str
    depends: str


class PrivateApt:
    """apt for `architecture` in `folder`, which is ours alone and may be deleted at any time."""

    def __init__(self, folder: Path, architecture: str, release: str = "") -> None:
        """`release` is another one of the same archive.

        Raises ToolMissing where there is no apt, FetchFailed where its sources have no Debian.
        """
        for tool in ("apt-get", "apt-cache", "apt-config", "dpkg-deb"):
            if shutil.which(tool) is None:
                raise ToolMissing(
                    tool, "the packages come from Debian by its own client: use a Debian machine"
                )
        self.folder = folder
        for part in ("lists/partial", "cache/archives/partial", "log"):
            (folder / part).mkdir(parents=True)
        (folder / "status").touch()
        sources = sources_text(hosttools.read_sources(hosttools.APT_SOURCES), hosttools.release())
        sources = of_release(sources, hosttools.release(), release) if release else sources
        (folder / "debian.sources").write_text(sources, encoding="utf-8")
        reach = _REACH.findall(self._run("apt-config", "dump"))
        settings = [*reach, *private_settings(folder, architecture)]
        (folder / "apt.conf").write_text("\n".join(settings) + "\n", encoding="utf-8")

    def update(self) -> None:
        """Fetch the lists of packages. A source that cannot be reached is told of when a package lacks."""
        self._update_said = self._run("apt-get", "-q", "update", check=False)

    def package(self, name: str) -> Package:
        """The newest there is. Raises FetchFailed."""
        said = self._run("apt-cache", "show", "--no-all-versions", name, check=False)
        found = dict(re.findall(r"^([\w-]+): (.*)$", said, re.MULTILINE))
        if found.get("Package") != name or "SHA256" not in found:
            problems = [
                line for line in self._update_said.splitlines() if line.startswith(("E:", "W:", "Err"))
            ]
            why = "\n".join(problems) or "the archive does not have it"
            raise FetchFailed(f"there is no package {name} to be had from the machine's apt sources:\n{why}")
        return Package(name, found["Version"], found["SHA256"], found.get("Depends", ""))

    def download(self, package: Package) -> Path:
        """Its file, whose digest apt has compared with the signed list."""
        folder = self.folder / "packages" / package.name
        folder.mkdir(parents=True)
        said = self._run("apt-get", "-q", "download", f"{package.name}={package.version}", cwd=folder)
        files = list(folder.glob("*.deb"))
        if len(files) != 1:
            raise FetchFailed(f"apt-get download {package.name} left no package:\n{said[-2000:]}")
        return files[0]

    def download_all(self, package: Package) -> list[Path]:
        """The files of a package and of all that it depends on, as on a machine that has nothing."""
        options = ("-q", "-y", "--download-only", "--no-install-recommends")
        self._run("apt-get", *options, "install", f"{package.name}={package.version}")
        return sorted((self.folder / "cache" / "archives").glob("*.deb"))

    def _run(self, *command: str, cwd: Path | None = None, check: bool = True) -> str:
        environment = {**os.environ, "LC_ALL": "C"}
        if (self.folder / "apt.conf").exists():
            environment["APT_CONFIG"] = str(self.folder / "apt.conf")
        try:
            done = subprocess.run(
                command, cwd=cwd or self.folder, env=environment, stdin=subprocess.DEVNULL, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS, check=False,
                errors="replace", preexec_fn=end_with_parent(signal.SIGKILL),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise FetchFailed(f"{' '.join(command)} did not end within {SECONDS:.0f} s") from None
        if check and done.returncode:
            raise FetchFailed(f"{' '.join(command)} failed:\n{done.stdout.strip()[-2000:]}")
        return done.stdout


def sources_text(sources: Iterable[AptSource], codename: str) -> str:
    """A sources file with the machine's Debian release, its updates and its security fixes."""
    names = (codename, *_RELEASES) if codename else ()
    wanted = re.compile(rf"(?:{'|'.join(names)})(?:-updates|-security|/updates)?/?") if names else None
    stanzas = []
    for source in sources:
        suites = [suite for suite in source.suites if wanted and wanted.fullmatch(suite)]
        if suites and "main" in source.components:
            stanza = f"Types: deb\nURIs: {source.uri}\nSuites: {' '.join(suites)}\nComponents: main\n"
            stanzas.append(stanza + (f"Signed-By: {source.signed_by}\n" if source.signed_by else ""))
    if not stanzas:
        raise FetchFailed(
            f"the apt sources of this machine (/etc/apt) name no archive of {codename or 'a Debian release'}"
            " with the component main; `fetch` takes packages from there"
        )
    return "\n".join(stanzas)


def of_release(text: str, codename: str, release: str) -> str:
    """Sources of `release` instead, from where the release itself comes, without its updates."""
    stanzas = []
    for stanza in text.split("\n\n"):
        suites = re.search(r"^Suites: (.*)$", stanza, re.MULTILINE)
        if suites and set(suites[1].split()) & {codename, *_RELEASES}:
            stanzas.append(stanza.replace(suites[0], f"Suites: {release}"))
    return "\n\n".join(stanzas)


def private_settings(folder: Path, architecture: str) -> list[str]:
    """apt.conf(5): everything that apt reads or writes lies in `folder`, but for keys and passwords."""
    nothing = "/dev/null"
    values = {
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        "APT::Sandbox::User": "root",  # the user _apt cannot enter the folder
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "Acquire::http::Timeout": "30",
        "Acquire::https::Timeout": "30",
        "Dir::Cache": str(folder / "cache"),
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "Dir::Etc::main": nothing,
        "Dir::Etc::parts": nothing,  # hooks of the machine among them
        "Dir::Etc::preferences": nothing,
        "Dir::Etc::preferencesparts": nothing,
        "Dir::Etc::sourcelist": str(folder / "debian.sources"),
        "Dir::Etc::sourceparts": nothing,
        "Dir::Log": str(folder / "log"),
        "Dir::State": str(folder),
        "Dir::State::lists": str(folder / "lists"),
        "Dir::State::status": str(folder / "status"),
    }
    return [f'{name} "{value}";' for name, value in values.items()]
