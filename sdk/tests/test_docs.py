# SPDX-License-Identifier: Apache-2.0
"""The pages say what is true: their commands are run, their links followed, generated tables made again.

A page's ```console blocks are commands (lines after `$ `) and lines of their output. Each line must appear
in it, in any order; `...` stands for anything. A block ```LANGUAGE file=PATH is written to PATH first. What
is typed into a command that needs a terminal stands in a comment before its block: text to wait for, keys.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from doc_tables import TABLES

from bulkhead.diag.paths import cache_folder

ROOT = Path(__file__).resolve().parents[2]
COMMAND_SECONDS = 60.0
RUN_PAGES = (
    "tutorial.md", "configuration.md", "guests.md", "hil.md", "building.md", "boards.md", "formats.md",
    "monitor.md", "porting.md",
)  # fmt: skip

_BLOCK = re.compile(
    r"(?:<!-- type: (?P<keys>.*?) -->\n)?"
    r"^```(?P<language>\w+)(?: file=(?P<file>\S+))?\n(?P<text>.*?)^```$",
    re.M | re.S,
)
_TYPED = {"^^": "\x1e", "^]": "\x1d", "\\r": "\r"}
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Command:
    """One line after `$ `, and the lines of output that the page shows."""

    text: str
    keys: str = ""
    shown: list[str] = field(default_factory=list)


@dataclass
class File:
    path: str
    text: str


def steps(page: str) -> Iterator[Command | File]:
    """What a reader of the page does, in order."""
    for block in _BLOCK.finditer(page):
        if block["file"]:
            yield File(block["file"], block["text"])
        elif block["language"] == "console":
            yield from _commands(block["text"], block["keys"] or "")


def _commands(text: str, keys: str) -> Iterator[Command]:
    command = None
    for line in text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command
            command = Command(line[2:], keys)
        else:
            assert command, f"output before the first command: {line}"
            command.shown.append(line)
    if command:
        yield command


class Reader:
    """Somebody who types what the page says, in the checkout's folder, with a home of their own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir()
        self.status = 0
        self.environment = {
            **os.environ,
            "HOME": str(home),
            "BULKHEAD_BUILD_DIR": str(home / "build"),
            "BULKHEAD_CACHE": str(cache_folder()),
            "TERM": "dumb",
        }
        for name in ("KCONFIG_CONFIG", "BULKHEAD_TARGETS", "FORCE_COLOR"):
            self.environment.pop(name, None)

    def write(self, file: File) -> None:
        path = Path(file.path.replace("~", str(self.home), 1))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")

    def type(self, command: Command) -> str:
        """Run it; returns what it printed on both streams. `$?` is that of the command before."""
        argv = ["bash", "-c", f"(exit {self.status}); {command.text}"]
        if command.keys:
            return self._in_terminal(argv, shlex.split(command.keys.replace("\\r", "\\\\r")))
        done = subprocess.run(
            argv, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=COMMAND_SECONDS, check=False,
        )  # fmt: skip
        self.status = done.returncode
        return done.stdout.decode()

    def _in_terminal(self, argv: list[str], script: list[str]) -> str:
        waits = list(zip(script[::2], script[1::2], strict=True))
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            argv, cwd=ROOT, env=self.environment, stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        said, seen, deadline = "", 0, time.monotonic() + COMMAND_SECONDS
        try:
            while (left := deadline - time.monotonic()) > 0:
                portion = _read(ours, left)
                if not portion:
                    break
                said += portion.decode(errors="replace").replace("\r", "")
                whole = whole_lines(said[: said.rfind("\n") + 1])
                while waits and (at := whole.find(waits[0][0], seen)) >= 0:
                    seen = at + len(waits[0][0])
                    os.write(ours, _typed(waits.pop(0)[1]))
            self.status = process.wait(max(1.0, deadline - time.monotonic()))
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            os.close(ours)
        assert not waits, f"'{waits[0][0]}' did not appear in:\n{said}"
        return said


def _read(terminal: int, seconds: float) -> bytes:
    """The next portion; nothing at the end or the deadline."""
    if not select.select([terminal], [], [], seconds)[0]:
        return b""
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side was closed
        return b""


def _typed(keys: str) -> bytes:
    for name, byte in _TYPED.items():
        keys = keys.replace(name, byte)
    return keys.encode()


def whole_lines(said: str) -> str:
    """A console's output, its interrupted lines put together again (docs/console.md)."""
    lines: list[str] = []
    begun: dict[str, str] = {}
    for line in said.splitlines():
        if tag := re.match(r"([\w-]+)\|(\+?) (.*)", line):
            text = (begun.pop(tag[1], "") if tag[2] else "") + tag[3]
            if text.endswith("\\") and not text.endswith("\\\\"):
                begun[tag[1]] = text[:-1]
                continue
            line = f"{tag[1]}| {text}"
        lines.append(line)
    return "\n".join(lines)


def missing_lines(shown: list[str], output: str) -> list[str]:
    """The shown lines that no line of the output fits."""
    lines = [" ".join(line.split()) for line in whole_lines(_ANSI.sub("", output)).splitlines()]
    wanted = [line for line in shown if line.strip() != "..."]
    return [line for line in wanted if not any(_pattern(line).search(o) for o in lines)]


def _pattern(line: str) -> re.Pattern[str]:
    words = " ".join(line.split())
    return re.compile(".*".join(re.escape(part) for part in re.split(r" ?\.\.\. ?", words)))


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN_PAGES)
def test_commands_do_what_the_page_says(name: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    reader = Reader(tmp_path / "home")
    todo = list(steps(page))
    assert todo
    for step, after in zip(todo, [*todo[1:], None], strict=True):
        if isinstance(step, File):
            reader.write(step)
            continue
        output = reader.type(step)
        may_fail = isinstance(after, Command) and after.text == "echo $?"
        assert may_fail or reader.status == 0, f"{name}: `{step.text}` ended with {reader.status}:\n{output}"
        missing = missing_lines(step.shown, output)
        assert not missing, f"{name}: `{step.text}` does not say\n{missing}\nbut\n{output}"


_GENERATED = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->\n)", re.S)


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_generated_parts_are_current(page: Path, request: pytest.FixtureRequest) -> None:
    text = page.read_text(encoding="utf-8")
    made = _GENERATED.sub(lambda part: f"{part[1]}{TABLES[part[2]]()}\n{part[3]}", text)
    if request.config.getoption("--accept") and made != text:
        page.write_text(made, encoding="utf-8")
        return
    assert made == text, f"{page.name} is old: run `pytest sdk/tests/test_docs.py --accept`"


def test_every_table_is_on_a_page() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert {part[2] for part in _GENERATED.finditer(pages)} == set(TABLES)


def tracked(*patterns: str) -> list[Path]:
    """Files that the repository holds, or would if they were added; generated and ignored ones not."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    found = [ROOT / name for name in done.stdout.split("\0") if name]
    return [path for path in found if path.is_file()]


_REGISTRY = r"https?://\S*(?:debian|pypi|pythonhosted|npmjs)\S*"
MARKDOWN = tracked("*.md")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.M | re.S)


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        to = (page.parent / name).resolve() if name else page
        assert to.exists() and to.is_relative_to(ROOT), f"{page.relative_to(ROOT)} links to {target}"
        if anchor:
            assert anchor in anchors(to), f"{page.relative_to(ROOT)} links to {target}"


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", page.read_text(encoding="utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_pages_named_elsewhere_exist() -> None:
    """`docs/x.md` in a comment or a message is a link too."""
    for path in tracked("*.md", "*.yaml", "*.toml", "*.py", "*.c", "*.h", "*.robot", "*Kconfig*", "bulkhead"):
        for name in re.findall(r"\bdocs/([\w-]+\.md)\b", path.read_text(encoding="utf-8", errors="replace")):
            if name not in ("x.md",):
                assert (ROOT / "docs" / name).is_file(), f"{path.relative_to(ROOT)} names docs/{name}"


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, page.name


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_depends_on_a_machine(page: Path) -> None:
    """No folder of somebody's machine, no package index, no loopback port of one run; a licence on top."""
    text = page.read_text(encoding="utf-8")
    assert "SPDX-License-Identifier: Apache-2.0" in text.splitlines()[0]
    for pattern in (r"(?<![\w.~])/(?:home|root|work|farm|tmp|Users)/\S*", _REGISTRY):
        assert not re.findall(pattern, text)


def test_every_format_of_a_command_is_described() -> None:
    import click

    from bulkhead.cli.main import cli

    def walk(command: click.Command, name: str) -> Iterator[str]:
        context = click.Context(command)
        for below in command.list_commands(context) if isinstance(command, click.Group) else ():
            found = command.get_command(context, below)
            assert found is not None
            yield from walk(found, f"{name} {below}".strip())
        if any("--format" in parameter.opts for parameter in command.params):
            yield name

    described = re.findall(r"^\| `([a-z -]+)` \|", (ROOT / "docs" / "formats.md").read_text("utf-8"), re.M)
    assert set(walk(cli, "")) - set(described) == set()
