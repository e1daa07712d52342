# SPDX-License-Identifier: Apache-2.0
"""qemu_virt/arinc653 as it really ran: every window on time, and each partition's share as planned."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bulkhead.cli.main import cli
from bulkhead.lab.image import read_image
from bulkhead.lab.session import Session
from bulkhead.lab.targets import find_target
from bulkhead.lab.tracing import read_out
from bulkhead.model.system import LATE_LIMIT_NS
from bulkhead.runners import hosttools
from bulkhead.trace.record import read_rings
from bulkhead.trace.timeline import figures, names_of, percentile

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hosttools.find("qemu-system-aarch64"), reason="QEMU is not installed"),
]

SHARE_ERROR = 0.001
JITTER_NS = 100  # of a window that no trap of a neighbour runs into


def test_windows_begin_in_time_and_shares_are_as_planned(root: Path, tmp_path: Path) -> None:
    build = tmp_path / "build"
    options = ["config", "set", "TRACE=y", "TRACE_RECORDS=16384"]
    for words in (["defconfig", "qemu_virt/arinc653"], options, ["build"]):
        done = CliRunner().invoke(cli, ["--build-dir", str(build), *words])
        assert done.exit_code == 0, done.output
    image = read_image(build)
    with Session.open(root, find_target(root, "qemu"), image, tmp_path / "run") as session:
        session.boot()
        session.console.wait("share_ppm=", "radio", 300)  # it has seen its thousand frames
        (ring,) = (ring for ring in read_rings(read_out(session)) if ring.pcpu == 0)
    found = figures(ring, names_of(image.plan))
    assert len(found.jitter) > 4000
    assert percentile(found.jitter, 0.999) <= JITTER_NS
    assert max(found.jitter) <= LATE_LIMIT_NS  # what the analysis takes for it
    assert {name: found.shares[name] for name in found.planned} == pytest.approx(
        found.planned, abs=SHARE_ERROR
    )
