# SPDX-License-Identifier: Apache-2.0
"""The monitor of a running hypervisor, asked over the console: rows of JSON (docs/monitor.md)."""

from __future__ import annotations

import json
from typing import Any

from bulkhead.diag import LabError
from bulkhead.lab.demux import HYPERVISOR
from bulkhead.lab.session import Session

ANSWER_SECONDS = 10.0

Row = dict[str, Any]


class MonitorRefused(LabError):
    """The monitor answered that it will not."""


def has_monitor(session: Session) -> bool:
    return bool(session.image.plan.get("features", {}).get("monitor"))


def ask(session: Session, command: str) -> list[Row]:
    """The rows of an answer, its last one left out. Raises MonitorRefused, TextNotSeen."""
    about = command.split()[0]
    session.console.send_line(HYPERVISOR, f"json {command}")
    rows: list[Row] = []
    while True:
        row = _read(session, about)
        if "error" in row:
            if row.get("end") != "refused":
                _read(session, about)
            raise MonitorRefused(f"the monitor refused '{command}': {row['error']}")
        if "end" in row:
            return rows
        rows.append(row)


def _read(session: Session, about: str) -> Row:
    pattern = rf'^{{"monitor":"(?:{about}|monitor)".*}}$'
    row: Row = json.loads(session.wait(pattern, HYPERVISOR, ANSWER_SECONDS).text)
    del row["monitor"]
    return row


def state_of(session: Session, partition: str) -> Row:
    """The row of `ps` of one partition. Raises LabError where there is none of that name."""
    for row in ask(session, "ps"):
        if row.get("name") == partition:
            return row
    raise LabError(f"the monitor knows no partition '{partition}'")
