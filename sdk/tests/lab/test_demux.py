# SPDX-License-Identifier: Apache-2.0
"""The demultiplexer gives back every byte of every speaker, however the stream was cut."""

from __future__ import annotations

from collections import defaultdict

from console_model import Mux
from hypothesis import given
from hypothesis import strategies as st

from bulkhead.lab.demux import Demux, Piece

SPEAKERS = ("control", "rogue", "hv", "a-2.b_c")
# Mostly the bytes that the protocol itself uses, so that forgeries are the usual case.
HOSTILE = st.sampled_from(
    [b"\\", b"\r", b"\n", b"\r\n", b"x", b"0a", b"hv| ", b"control|+ ", b"|", b"\x1e", b"\xff"]
)
BYTES = st.lists(st.one_of(HOSTILE, st.binary(max_size=6)), max_size=8).map(b"".join)
FOCUS = st.sampled_from([None, *SPEAKERS])
SCRIPT = st.lists(st.tuples(st.sampled_from(SPEAKERS), BYTES, FOCUS), max_size=25)


def spoken(pieces: list[Piece]) -> dict[str, bytes]:
    out: dict[str, bytes] = defaultdict(bytes)
    for piece in pieces:
        out[piece.speaker] += piece.data + (b"\n" if piece.ended else b"")
    return {speaker: data for speaker, data in out.items() if data}


def demux(wire: bytes, cuts: list[int]) -> list[Piece]:
    demux, pieces, start = Demux(), [], 0
    for cut in [*sorted(cuts), len(wire)]:
        pieces += demux.feed(wire[start:cut])
        start = max(start, cut)
    return pieces + demux.finish()


@given(SCRIPT, st.lists(st.integers(0, 400), max_size=12))
def test_every_byte_of_every_speaker_comes_back(
    script: list[tuple[str, bytes, str | None]], cuts: list[int]
) -> None:
    mux, sent = Mux(), defaultdict(bytes)
    for speaker, data, focus in script:
        mux.focus = focus
        mux.write(speaker, data)
        sent[speaker] += data
    mux.flush()
    pieces = demux(bytes(mux.wire), cuts)
    assert spoken(pieces) == {speaker: data for speaker, data in sent.items() if data}


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=10))
def test_any_noise_is_survived_and_cuts_do_not_matter(wire: bytes, cuts: list[int]) -> None:
    assert spoken(demux(wire, cuts)) == spoken(demux(wire, []))


@given(SCRIPT, st.integers(1, 7))
def test_a_guest_cannot_speak_for_another(script: list[tuple[str, bytes, str | None]], size: int) -> None:
    mux = Mux()
    for _, data, focus in script:
        mux.focus = "rogue" if focus else None
        mux.write("rogue", data)
    mux.flush()
    wire = bytes(mux.wire)
    assert set(spoken(demux(wire, list(range(0, len(wire), size))))) <= {"rogue"}


def test_an_interrupted_line_goes_on_where_it_was_left() -> None:
    mux = Mux()
    mux.write("control", b"second")
    mux.say("rogue: running")
    mux.write("control", b"=1\n")
    assert bytes(mux.wire) == b"control| second\\\r\nhv| rogue: running\r\ncontrol|+ =1\r\n"
    assert spoken(demux(bytes(mux.wire), [])) == {"control": b"second=1\n", "hv": b"rogue: running\n"}


def test_characters_come_out_before_the_line_is_complete() -> None:
    assert [p.data for p in Demux().feed(b"control| promp")] == [b"promp"]


def test_what_a_boot_loader_says_is_nobodys() -> None:
    assert spoken(demux(b"U-Boot 2024.01\r\n=> go \\x41\nhv| boot\r\n", [])) == {
        "": b"U-Boot 2024.01\n=> go \\x41\n",
        "hv": b"boot\n",
    }


def test_a_piece_knows_where_it_stood() -> None:
    pieces = demux(b"hv| a\r\nrogue| b\r\n", [])
    assert [(p.speaker, p.offset) for p in pieces] == [("hv", 4), ("rogue", 14)]
