# SPDX-License-Identifier: Apache-2.0
"""The files of a lab: what the exporter offers, and units that keep coordinator and exporter alive.

labgrid's exporters end with their coordinator; systemd starts them again.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bulkhead.lab.targets import Target

UNIT = """\
[Unit]
Description={what}
After=network-online.target

[Service]
ExecStart={command}
WorkingDirectory={folder}
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
"""


def exporter_name() -> str:
    return socket.gethostname().split(".")[0].lower()


def place_matches(targets: Iterable[Target]) -> Iterator[tuple[Target, str]]:
    """Each target that an exporter can offer, and the pattern of its place."""
    for target in targets:
        if target.kind == "serial" and target.console_url:
            yield target, f"{exporter_name()}/{target.name}/NetworkSerialPort"


def files(root: Path, targets: Iterable[Target], address: str, folder: Path) -> dict[str, str]:
    """By name. `address` is where the coordinator listens."""
    import yaml

    groups: dict[str, dict[str, dict[str, object]]] = {}
    for target, _ in place_matches(targets):
        url = urlsplit(target.console_url)
        if url.scheme in ("socket", "rfc2217"):
            port: dict[str, object] = {"host": url.hostname, "port": url.port, "speed": target.baud}
            port["protocol"] = "raw" if url.scheme == "socket" else "rfc2217"
            groups[target.name] = {"NetworkSerialPort": port}
        else:  # the exporter starts ser2net for it
            groups[target.name] = {"RawSerialPort": {"port": target.console_url, "speed": target.baud}}
    programs = root / ".bulkhead" / "env" / "lab" / "bin"
    exporter = f"{programs / 'labgrid-exporter'} -c {address} -n {exporter_name()} {folder / 'exporter.yaml'}"
    coordinator = f"{programs / 'labgrid-coordinator'} -l {address}"
    return {
        "exporter.yaml": "# Written by `./bulkhead lab init`.\n" + yaml.safe_dump(groups, sort_keys=True),
        "bulkhead-coordinator.service": UNIT.format(
            what="labgrid coordinator", command=coordinator, folder=folder
        ),
        "bulkhead-exporter.service": UNIT.format(what="labgrid exporter", command=exporter, folder=folder),
    }
