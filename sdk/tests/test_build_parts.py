# SPDX-License-Identifier: Apache-2.0
"""The pieces of build/ that need no compiler."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bulkhead.build.files import keep_only, write_if_changed
from bulkhead.build.flags import Folders
from bulkhead.build.ninja import messages
from bulkhead.build.ninja_file import GuestSources, Sources, make_ninja
from bulkhead.build.stamp import Stamp, begin, gather, read_stamp, write_stamp
from bulkhead.build.toolchain import Toolchain, ninja_command
from bulkhead.build.tools import run_tool, tool_environment
from bulkhead.diag import BuildFailed, ToolMissing
from bulkhead.diag.paths import cache_folder

TOOLS = Toolchain(
    name="ziglang",
    compiler=("/opt/zig dir/zig", "clang"),
    linker=("/opt/zig dir/zig", "ld.lld"),
    headers=Path("/opt/zig dir/lib/include"),
    files=(Path("/opt/zig dir/zig"),),
)


def test_ninjas_frame_is_taken_off() -> None:
    output = [
        "FAILED: [code=1] obj/x.o ",
        "/zig clang --target=aarch64-none-elf -c x.c",
        "x.c:1:2: error: no",
        "1 error generated.",
        "ninja: build stopped: subcommand failed.",
    ]
    assert list(messages(output)) == ["x.c:1:2: error: no", "1 error generated."]


def test_the_ninja_file_survives_odd_paths(tmp_path: Path) -> None:
    """ninja itself reads it and prints the commands; a shell splits them into the words meant."""
    root = tmp_path / "it's a $dir: really"
    folder = root / "rtos-guests" / "g"
    folder.mkdir(parents=True)
    source = folder / "a b.c"
    source.touch()
    script = root / "rtos-guests" / "lib" / "guest.ld"
    script.parent.mkdir()
    script.touch()
    zig = tmp_path / "zig dir" / "zig"
    zig.parent.mkdir()
    zig.touch()
    tools = Toolchain(
        name="ziglang",
        compiler=(str(zig), "clang"),
        linker=(str(zig), "ld.lld"),
        headers=zig.parent,
        files=(zig,),
    )
    folders = Folders(root=root, build=root / "build")
    guest = GuestSources(stem="g", elf="guests/g/g.elf", folder=folder, files=(source,))
    text = make_ninja(tools, folders, Sources(hv=(), guest_lib=(), guests=(guest,)), "-O2")
    (root / "build").mkdir()
    (root / "build" / "build.ninja").write_text(text)
    command = [ninja_command(), "-t", "commands", "guests"]
    done = subprocess.run(command, cwd=root / "build", capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stdout + done.stderr
    compile_line = done.stdout.splitlines()[0]
    shell = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {compile_line}"], capture_output=True, text=True, timeout=20
    )
    words = shell.stdout.splitlines()
    assert words[:2] == [str(zig), "clang"]
    assert str(source) in words and f"-I{folder}" in words
    assert "obj/guests/own/g/a b.c.o" in words


def test_every_object_depends_on_the_compiler_and_the_blobs() -> None:
    folders = Folders(root=Path("/r"), build=Path("/r/build"))
    sources = Sources(
        hv=(Path("/r/hv-arm64/src/a.c"),), guest_lib=(), guests=(), store_files=("0-x-0-guest.bin",)
    )
    lines = make_ninja(TOOLS, folders, sources, "-Os").splitlines()
    made = [line for line in lines if line.startswith("build ") and "phony" not in line]
    assert made and all("/opt/zig$ dir/zig" in line for line in made)
    store = next(line for line in made if "store.o" in line)
    assert "gen/tables.bin" in store and "gen/store/0-x-0-guest.bin" in store


def test_write_if_changed(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    assert write_if_changed(path, "one") and not write_if_changed(path, b"one")
    before = path.stat().st_mtime_ns
    write_if_changed(path, "one")
    assert path.stat().st_mtime_ns == before
    assert write_if_changed(path, "two") and path.read_text() == "two"
    (path.parent / "old").touch()
    keep_only(path.parent, ["file"])
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def make_stamp(tmp_path: Path) -> tuple[Path, Path, Stamp]:
    source = tmp_path / "src" / "a.c"
    source.parent.mkdir()
    source.write_text("x")
    build = tmp_path / "build"
    (build / "obj").mkdir(parents=True)
    (build / "out").write_text("made")
    stamp = Stamp(
        files=[str(tmp_path / "absent")],
        folders=[str(source.parent)],
        inputs=gather([str(tmp_path / "absent")], [str(source.parent)]),
        outputs=gather([str(build / "out")], []),
        result={},
    )
    write_stamp(build, stamp, began_ns=2**63)
    return build, source, stamp


def test_a_stamp_is_current_until_something_differs(tmp_path: Path) -> None:
    build, source, _ = make_stamp(tmp_path)
    stamp = read_stamp(build)
    assert stamp is not None and stamp.is_current()
    (tmp_path / "absent").touch()
    assert not stamp.is_current()
    (tmp_path / "absent").unlink()
    (source.parent / "b.c").touch()
    assert not stamp.is_current()
    (source.parent / "b.c").unlink()
    (build / "out").unlink()
    assert not stamp.is_current()


def test_an_input_that_changed_during_the_build_is_looked_at_again(tmp_path: Path) -> None:
    build, _, stamp = make_stamp(tmp_path)
    write_stamp(build, stamp, began_ns=0)
    read = read_stamp(build)
    assert read is not None and not read.is_current()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1}', '{"format": 9, "files": []}'])
def test_a_damaged_stamp_is_no_stamp(tmp_path: Path, content: str) -> None:
    (tmp_path / "stamp.json").write_text(content)
    assert read_stamp(tmp_path) is None


def test_objects_go_when_nothing_is_known_about_them(tmp_path: Path) -> None:
    build, _, stamp = make_stamp(tmp_path)
    begin(build, stamp.inputs)
    assert (build / "obj").exists() and read_stamp(build) is None
    (build / "stamp.old.json").unlink()
    begin(build, stamp.inputs)
    assert not (build / "obj").exists()


def test_a_tool_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match=r"no-such-tool is missing: install it"):
        run_tool(["no-such-tool"], cwd=tmp_path, hint="install it")


def test_a_tool_that_does_not_end(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="sleep did not end"):
        run_tool(["sleep", "20"], cwd=tmp_path, deadline_s=0.1)


def test_tools_see_little_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPATH", "/evil")
    assert "CPATH" not in tool_environment({}) and tool_environment({})["LC_ALL"] == "C"


def test_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/c")
    assert cache_folder() == Path("/c/bulkhead")
    monkeypatch.setenv("BULKHEAD_CACHE", "/own")
    assert cache_folder() == Path("/own")
