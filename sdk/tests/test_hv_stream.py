# SPDX-License-Identifier: Apache-2.0
"""What the hypervisor's own console code writes, taken apart by the SDK's reader."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from bulkhead.build import hosttests
from bulkhead.lab.demux import Demux
from bulkhead.runners import hosttools


@pytest.fixture(scope="module")
def stream_test(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if hosttools.find("gcc") is None:
        pytest.skip("no gcc on this machine")
    out = tmp_path_factory.mktemp("host")
    test = root / "hv-arm64" / "test" / "host" / "test_stream.c"
    hosttests.build(root, out, [test])
    return out / test.stem


@pytest.mark.slow
def test_the_sdk_reads_what_the_hypervisor_writes(stream_test: Path, tmp_path: Path) -> None:
    for seed in range(1, 9):
        sample = tmp_path / f"{seed}.txt"
        command = [str(stream_test), "--seed", str(seed), "--sample", str(sample)]
        subprocess.run(command, check=True, timeout=60, cwd=tmp_path, stdin=subprocess.DEVNULL)
        rows = dict(line.split(" ") for line in sample.read_text(encoding="ascii").splitlines())
        stream = bytes.fromhex(rows.pop("stream"))
        assert len(stream) > 5000

        demux, cut, heard = Demux(), random.Random(seed), {name: b"" for name in rows}
        at = 0
        pieces = []
        while at < len(stream):
            size = cut.randint(1, 40)
            pieces += demux.feed(stream[at : at + size])
            at += size
        for piece in [*pieces, *demux.finish()]:
            heard[piece.speaker] += piece.data + (b"\n" if piece.ended else b"")
        for name, said in rows.items():
            assert heard[name] == bytes.fromhex(said), f"{name}, seed {seed}"
