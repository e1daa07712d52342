# SPDX-License-Identifier: Apache-2.0
"""QEMU as a target: the command line as a pure function, and a process that never outlives us.

The machine starts paused, so that the console's reader is attached before the first character;
the serial port's real number comes from QEMU itself, so that any number of them run at once.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bulkhead.diag.errors import LabError
from bulkhead.runners import hosttools
from bulkhead.runners.base import Job, Runner, RunnerCaps, Running
from bulkhead.runners.gdbstub import PhysicalMemory
from bulkhead.runners.lifetime import end_with_parent
from bulkhead.runners.qmp import Qmp
from bulkhead.runners.qtest import InterruptLines

# One instruction per nanosecond: with a counter of 1 GHz a tick of the counter is an instruction.
EXACT_TIME = ("-icount", "shift=0,sleep=off")
EXACT_COUNTER_HZ = 1_000_000_000

# `virt` has a second PL011 at this address, from this version on and only where a second -serial is given.
SECOND_UART = 0x0904_0000
SECOND_UART_QEMU = (9, 1)

FLASH_BANK = 64 << 20  # bytes of each of `virt`'s two; the file must have as many

END_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QemuOptions:
    """What one run wants of the emulator, beside the machine of `board.yaml`."""

    image: Path
    cpus: int
    serial: str = "socket"  # "socket", "pty", "stdio" or "none"
    exact_time: bool = False
    paused: bool = True
    qmp_fd: int | None = None
    console_log: Path | None = None  # QEMU itself keeps every console byte there
    semihosting: bool = False
    second_uart: bool = False  # its other end is nobody
    cpu: str | None = None  # instead of the board's
    loads: tuple[tuple[Path, int], ...] = ()  # files put into memory as they are
    firmware: Path | None = None  # a boot loader in flash that starts instead of the image
    disk: Path | None = None  # a virtio disk
    flash: Path | None = None  # the second bank of the flash


def qemu_command(program: str, machine: Mapping[str, str], options: QemuOptions) -> list[str]:
    """The whole command line. `machine` is the section `qemu:` of `board.yaml`."""
    cpu = options.cpu or machine["cpu"]
    if options.exact_time and "cntfrq=" not in cpu and "counter_hz" not in machine:
        cpu += f",cntfrq={EXACT_COUNTER_HZ}"
    command = [
        program, "-M", machine["machine"], "-cpu", cpu, "-m", machine["memory"], "-smp", str(options.cpus),
        "-nodefaults", "-nic", "none", "-display", "none", *shlex.split(machine.get("options", "")),
        *(("-bios", str(options.firmware)) if options.firmware else ("-kernel", str(options.image))),
    ]  # fmt: skip
    if options.disk:
        drive = f"if=none,id=disk,format=raw,file={_escaped(options.disk)}"
        command += ["-drive", drive, "-device", "virtio-blk-device,drive=disk"]
    if options.flash:
        command += ["-drive", f"if=pflash,unit=1,format=raw,file={_escaped(options.flash)}"]
    log = f",logfile={_escaped(options.console_log)}" if options.console_log else ""
    match options.serial:
        case "socket":
            command += [
                "-chardev",
                f"socket,id=console,host=127.0.0.1,port=0,server=on,wait=off,nodelay=on{log}",
            ]
        case "pty":
            command += ["-chardev", f"pty,id=console{log}"]
        case "stdio":
            command += ["-chardev", f"stdio,id=console,signal=off{log}"]
        case "none":
            command += ["-chardev", f"null,id=console{log}"]
        case other:
            raise ValueError(other)
    command += ["-serial", "null"] * int(machine.get("serial", 0))  # QEMU gives them out in order
    command += ["-serial", "chardev:console"]
    if options.second_uart:
        command += ["-serial", "null"]
    if options.qmp_fd is not None:
        command += ["-chardev", f"socket,id=qmp,fd={options.qmp_fd}", "-mon", "chardev=qmp,mode=control"]
    if options.paused:
        command += ["-S"]
    if options.exact_time:
        command += [*EXACT_TIME]
    if options.semihosting:
        command += ["-semihosting-config", "enable=on,target=native"]
    for path, address in options.loads:
        command += ["-device", f"loader,file={_escaped(path)},addr={address:#x},force-raw=on"]
    return command


def _escaped(path: Path) -> str:
    """A path as a value of a QEMU option: commas are doubled."""
    return str(path).replace(",", ",,")


class QemuProcess(Running):
    """A QEMU that was started with a control channel."""

    def __init__(
        self, make_command: Callable[[int], list[str]], out: Path, *, outlives_us: bool = False
    ) -> None:
        """`make_command` gets the number of the control channel's file descriptor."""
        out.mkdir(parents=True, exist_ok=True)
        self._messages = out / "qemu.stderr"
        self._ended_by_us = False
        self._lines: InterruptLines | None = None
        ours, theirs = socket.socketpair()
        try:
            with theirs, self._messages.open("wb") as messages:
                self.process = subprocess.Popen(
                    make_command(theirs.fileno()), stdin=subprocess.DEVNULL, stdout=messages, stderr=messages,
                    pass_fds=[theirs.fileno()], start_new_session=True,
                    preexec_fn=None if outlives_us else end_with_parent(signal.SIGKILL),
                )  # fmt: skip
        except BaseException:
            ours.close()
            raise
        try:
            self._qmp = Qmp(ours)
            self.console_url = self._find_console()
        except LabError as error:
            self.end()
            raise LabError(f"QEMU did not start: {self.messages() or error}") from error
        except BaseException:
            self.end()
            raise

    def _find_console(self) -> str:
        for chardev in self._qmp.ask("query-chardev"):
            if chardev["label"] == "console":
                return chardev_url(chardev["filename"])
        raise LabError("QEMU has no console")

    def release(self) -> None:
        self._qmp.ask("cont")

    def pause(self) -> None:
        self._qmp.ask("stop")

    def reset(self) -> None:
        self._qmp.ask("system_reset")

    @contextlib.contextmanager
    def physical_memory(self) -> Iterator[PhysicalMemory]:
        """The machine stands, and its physical memory can be read and written."""
        folder = Path(tempfile.mkdtemp(prefix="bulkhead-"))  # short: a socket's path has 107 bytes
        try:
            self._monitor(f"gdbserver unix:{folder / 'gdb'},server=on,wait=off")
            try:
                with PhysicalMemory(folder / "gdb") as memory:
                    yield memory
            finally:
                self._monitor("gdbserver none")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def interrupt_lines(self) -> InterruptLines:
        """The machine runs on, and the lines of its interrupt controller can be moved."""
        if self._lines is None:
            self._lines = InterruptLines(self._qmp)
        return self._lines

    def lose_power(self) -> None:
        """As if the plug were pulled: nothing is told to anybody."""
        self._ended_by_us = True
        self.process.kill()
        self.process.wait()

    def _monitor(self, line: str) -> None:
        """A command of QEMU's human monitor, which QMP has none for."""
        self._qmp.ask("human-monitor-command", **{"command-line": line})

    def let_go(self) -> int:
        """Leave QEMU running on its own; returns its process id."""
        self._qmp.close()
        return self.process.pid

    def wait(self, seconds: float) -> int | None:
        """The exit status once QEMU has ended on its own, None if it has not by then."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(seconds)
        return None

    def failure(self) -> str:
        status = self.process.poll()
        if not status or self._ended_by_us:
            return ""
        return f"QEMU ended with status {status}: {self.messages() or 'it said nothing'}"

    def went_off(self, seconds: float) -> bool:
        return self.wait(seconds) == 0 and not self._ended_by_us

    def messages(self) -> str:
        """What QEMU wrote to its standard error, at most its last 4 KiB."""
        with contextlib.suppress(OSError):
            return self._messages.read_bytes()[-4096:].decode(errors="replace").strip()
        return ""

    def end(self) -> None:
        if self.process.poll() is None:
            self._ended_by_us = True
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self._lines is not None:
            self._lines.close()
        if hasattr(self, "_qmp"):
            self._qmp.close()


def chardev_url(filename: str) -> str:
    """A chardev's `filename`, as QMP tells it, as a console URL."""
    match = re.match(r"(?:disconnected:)?tcp:([\d.]+):(\d+)", filename)
    if match:
        return f"socket://{match[1]}:{match[2]}"
    match = re.match(r"pty:(/\S+)", filename)
    if match:
        return match[1]
    if filename == "null":
        return ""
    raise LabError(f"QEMU's console is at '{filename}', which is not understood")


class QemuRunner(Runner):
    name = "qemu"
    caps = RunnerCaps(
        pty=True, exact_time=True, paused_start=True, power=True, physical_memory=True, interrupt_lines=True
    )

    def __init__(self, job: Job, program: Path) -> None:
        self._job = job
        self._program = program

    @classmethod
    def create(cls, job: Job) -> QemuRunner:
        wanted = job.machine.get("version", "")
        return cls(job, hosttools.require_qemu(wanted, "running an image without a board"))

    def commands(self) -> list[list[str]]:
        return [self._command(None)]

    def run(self) -> QemuProcess:
        return QemuProcess(self._command, self._job.out, outlives_us=bool(self._job.options.get("detach")))

    def _command(self, qmp_fd: int | None) -> list[str]:
        asked = self._job.options
        return qemu_command(
            str(self._program),
            self._job.machine,
            QemuOptions(
                image=self._job.image,
                cpus=self._job.cpus,
                serial=asked.get("transport", "socket"),
                exact_time=bool(asked.get("exact_time", False)),
                semihosting=bool(asked.get("semihosting", False)),
                second_uart=bool(asked.get("second_uart", False)),
                cpu=asked.get("cpu"),
                loads=tuple(asked.get("loads", ())),
                qmp_fd=qmp_fd,
                console_log=asked.get("console_log"),
                firmware=asked.get("firmware"),
                disk=asked.get("disk"),
                flash=asked.get("flash"),
            ),
        )
