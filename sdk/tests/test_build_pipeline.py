# SPDX-License-Identifier: Apache-2.0
"""build/: the same bytes always, nothing made twice, nothing stale, whatever happened before."""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tiny_checkout import Checkout, outputs
from toolbox import ROOT

from bulkhead.build import build
from bulkhead.build.clean import clean
from bulkhead.build.lock import build_lock
from bulkhead.diag import BuildFailed, ToolMissing, UserError
from bulkhead.emit.store import integrity


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "a folder")


@pytest.fixture
def build_dir(checkout: Checkout) -> Path:
    return checkout.configure(checkout.root / "build")


def mtimes(folder: Path) -> dict[str, int]:
    return {str(p): p.stat().st_mtime_ns for p in folder.rglob("*.o")}


def test_two_builds_and_two_folders_give_the_same_bytes(tmp_path: Path) -> None:
    one = Checkout(tmp_path / "one")
    two = Checkout(tmp_path / "another one, longer")
    first = one.configure(one.root / "build")
    second = two.configure(tmp_path / "out of tree")
    assert build(one.root, first).build_id == build(two.root, second).build_id
    assert outputs(first) == outputs(second)
    clean(first)
    build(one.root, first)
    assert outputs(first) == outputs(second)
    assert str(tmp_path).encode() not in b"".join(outputs(first).values())


def test_the_folder_a_build_is_started_from_does_not_matter(
    checkout: Checkout, build_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout.root)
    build(checkout.root, build_dir)
    before = outputs(build_dir)
    clean(build_dir)
    monkeypatch.chdir(tmp_path)
    build(checkout.root, build_dir)
    assert outputs(build_dir) == before


def test_nothing_to_do_is_nothing_done(checkout: Checkout, build_dir: Path) -> None:
    first = build(checkout.root, build_dir)
    made = {p: p.stat().st_mtime_ns for p in build_dir.rglob("*") if p.is_file() and p.name != ".lock"}
    again = build(checkout.root, build_dir)
    assert first.fresh and not again.fresh
    assert (again.build_id, again.boxes) == (first.build_id, first.boxes)
    assert made == {p: p.stat().st_mtime_ns for p in made}


def test_only_what_changed_is_compiled(checkout: Checkout, build_dir: Path) -> None:
    build(checkout.root, build_dir)
    before = mtimes(build_dir / "obj")
    (checkout.hv / "value.h").write_text("#define VALUE 43\n")
    build(checkout.root, build_dir)
    after = mtimes(build_dir / "obj")
    assert [Path(name).name for name in after if before[name] != after[name]] == ["main.c.o"]


@pytest.mark.parametrize("what", ["guest", "blob"])
def test_one_byte_of_a_guest_is_found_in_the_image(checkout: Checkout, build_dir: Path, what: str) -> None:
    build(checkout.root, build_dir)
    old = outputs(build_dir)
    path = {"guest": checkout.guest, "blob": checkout.blob}[what]
    text = path.read_text()
    path.write_text(text.replace("a", "b", 1) if what == "blob" else text.replace("greeting t", "greeting T"))
    build(checkout.root, build_dir)
    new = outputs(build_dir)
    assert new["bulkhead.img"] != old["bulkhead.img"]
    expected = b"b flat binary" if what == "blob" else b"a greeting That can"
    assert expected in new["bulkhead.img"] and expected not in old["bulkhead.img"]
    assert new["plan.json"] != old["plan.json"]


def test_a_source_put_back_with_its_old_time_is_noticed(checkout: Checkout, build_dir: Path) -> None:
    header = checkout.hv / "value.h"
    build(checkout.root, build_dir)
    old = outputs(build_dir)
    past = header.stat().st_mtime_ns - 10**12
    header.write_text("#define VALUE 77\n")
    os.utime(header, ns=(past, past))
    build(checkout.root, build_dir)
    assert outputs(build_dir)["bulkhead.img"] != old["bulkhead.img"]


def test_an_output_that_was_deleted_or_damaged_comes_back(checkout: Checkout, build_dir: Path) -> None:
    build(checkout.root, build_dir)
    good = outputs(build_dir)
    (build_dir / "bulkhead.img").unlink()
    (build_dir / "bulkhead.elf").write_bytes(b"not an ELF")
    (build_dir / "gen" / "tables.bin").write_bytes(b"")
    build(checkout.root, build_dir)
    assert outputs(build_dir) == good


def test_the_header_covers_the_tables(checkout: Checkout, build_dir: Path) -> None:
    """What config_verify() does at boot, done on the image."""
    result = build(checkout.root, build_dir)
    image = (build_dir / "bulkhead.img").read_bytes()
    boxes = {box.name: box for box in result.boxes}
    base = boxes["text"].base
    at = boxes["rodata"].base - base
    assert image[at : at + 8] == b"BLHDPLAN"
    checked, size, digest = struct.unpack_from("<QQI", image, at + 40)
    assert checked == boxes["rodata"].base + 88
    assert checked + size == boxes["store"].base
    assert integrity(image[checked - base :][:size]) == digest
    assert image[at + 64 : at + 88] == result.build_id.encode().ljust(24, b"\0")
    assert json.loads((build_dir / "plan.json").read_text())["build_id"] == result.build_id


def test_payloads_lie_where_the_plan_says(checkout: Checkout, build_dir: Path) -> None:
    result = build(checkout.root, build_dir)
    image = (build_dir / "bulkhead.img").read_bytes()
    plan = json.loads((build_dir / "plan.json").read_text())
    two = plan["partitions"][1]["segments"][0]
    at = two["store"] - result.boxes[0].base
    assert image[at : at + two["size"]] == checkout.blob.read_bytes()
    dtb = plan["partitions"][1]["segments"][1]
    at = dtb["store"] - result.boxes[0].base
    assert image[at : at + dtb["size"]] == (build_dir / "dtb" / "two.dtb").read_bytes()


def test_a_compiler_error_is_shown_as_it_is(
    checkout: Checkout, build_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout.hv / "main.c").write_text("int wrong(void) { return nothing; }\n")
    with pytest.raises(BuildFailed) as failed:
        build(checkout.root, build_dir)
    assert failed.value.exit_code == 3
    shown = capsys.readouterr().err
    assert f"{checkout.hv / 'main.c'}:1:" in shown and "error:" in shown
    assert "FAILED:" not in shown and "--target" not in shown


def test_a_bad_configuration_is_refused_before_anything_is_made(checkout: Checkout, build_dir: Path) -> None:
    config = build_dir / ".config"
    config.write_text(config.read_text() + "CONFIG_PART_1_RAM_BASE=0x10000\n")
    with pytest.raises(UserError):
        build(checkout.root, build_dir)
    assert not (build_dir / "obj").exists()


def test_a_failed_build_leaves_the_old_image_and_the_next_one_is_right(
    checkout: Checkout, build_dir: Path
) -> None:
    build(checkout.root, build_dir)
    good = outputs(build_dir)
    source = checkout.hv / "main.c"
    text = source.read_text()
    source.write_text("#error no\n")
    with pytest.raises(BuildFailed):
        build(checkout.root, build_dir)
    assert outputs(build_dir) == good
    source.write_text(text)
    assert build(checkout.root, build_dir).fresh
    assert outputs(build_dir) == good


def test_a_missing_gcc_is_said(checkout: Checkout, build_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = build_dir / ".config"
    config.write_text(config.read_text() + "CONFIG_TOOLCHAIN_GCC=y\n")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolMissing, match="aarch64 gcc is missing"):
        build(checkout.root, build_dir)


@pytest.mark.skipif(shutil.which("aarch64-linux-gnu-gcc") is None, reason="no aarch64 GCC here")
def test_gcc_builds_the_same_bytes_in_two_folders(tmp_path: Path) -> None:
    made = []
    for name in ("one", "another one"):
        checkout = Checkout(tmp_path / name)
        folder = checkout.configure(tmp_path / name / "out")
        with (folder / ".config").open("a") as config:
            config.write("CONFIG_TOOLCHAIN_GCC=y\n")
        build(checkout.root, folder)
        made.append(outputs(folder))
    assert made[0] == made[1]
    assert str(tmp_path).encode() not in b"".join(made[0].values())


def test_the_environment_changes_nothing(
    checkout: Checkout, build_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(checkout.root, build_dir)
    good = outputs(build_dir)
    clean(build_dir)
    for name in ("CPATH", "C_INCLUDE_PATH", "CCC_OVERRIDE_OPTIONS", "LANG"):
        monkeypatch.setenv(name, "+-DVALUE=1")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")  # in the SBOM alone
    build(checkout.root, build_dir)
    assert outputs(build_dir) == good


def test_two_builds_at_once_wait_for_each_other(
    checkout: Checkout, build_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = []
    with build_lock(build_dir):
        other = threading.Thread(target=lambda: done.append(build(checkout.root, build_dir)))
        other.start()
        time.sleep(0.3)
        assert not done
    other.join(60)
    assert done and done[0].fresh
    assert "another build is running in" in capsys.readouterr().err


def test_waiting_for_a_build_ends(tmp_path: Path) -> None:
    with (
        build_lock(tmp_path),
        pytest.raises(BuildFailed, match="still after"),
        build_lock(tmp_path, wait_s=0.1),
    ):
        pass


KILL_AFTER_MS = [0, 100, 200, 300, 400, 500, 650, 800, 1000, 1300]


@pytest.mark.campaign
def test_killed_anywhere_the_next_build_is_right(
    checkout: Checkout, build_dir: Path, request: pytest.FixtureRequest
) -> None:
    build(checkout.root, build_dir)
    good = outputs(build_dir)
    script = "import sys; from pathlib import Path; from bulkhead.build import build; "
    script += "print(flush=True); build(Path(sys.argv[1]), Path(sys.argv[2]))"
    command = [sys.executable, "-c", script, str(checkout.root), str(build_dir)]
    times = KILL_AFTER_MS if request.config.getoption("--long") else KILL_AFTER_MS[1::3]
    for number, milliseconds in enumerate(times):
        (checkout.hv / "value.h").write_text(f"#define VALUE {number}\n")
        if number % 2:
            clean(build_dir)
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "sdk")}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(milliseconds / 1000)
            process.send_signal(signal.SIGKILL)
        (checkout.hv / "value.h").write_text("#define VALUE 42\n")
        build(checkout.root, build_dir)
        assert outputs(build_dir) == good, f"killed after {milliseconds} ms"


def test_clean_keeps_the_configuration(checkout: Checkout, build_dir: Path) -> None:
    build(checkout.root, build_dir)
    (build_dir / "my notes").write_text("mine")
    assert clean(build_dir) > 5
    left = {entry.name for entry in build_dir.iterdir()}
    assert {".config", "system.json", "my notes"} <= left
    assert not left & {"obj", "gen", "bulkhead.img", "stamp.json"}
    assert clean(build_dir) == 0 and clean(build_dir / "nowhere") == 0
