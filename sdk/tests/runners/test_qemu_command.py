# SPDX-License-Identifier: Apache-2.0
"""QEMU's command line, as a list, and how its console's place is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulkhead.diag import LabError
from bulkhead.runners.qemu import QemuOptions, chardev_url, qemu_command

MACHINE = {"machine": "virt,virtualization=on,gic-version=3", "cpu": "cortex-a53", "memory": "1G"}
IMAGE = Path("/b/bulkhead.img")


def test_the_usual_run() -> None:
    command = qemu_command("qemu", MACHINE, QemuOptions(image=IMAGE, cpus=4, qmp_fd=7))
    assert " ".join(command) == (
        "qemu -M virt,virtualization=on,gic-version=3 -cpu cortex-a53 -m 1G -smp 4 -nodefaults -nic none "
        "-display none -kernel /b/bulkhead.img "
        "-chardev socket,id=console,host=127.0.0.1,port=0,server=on,wait=off,nodelay=on "
        "-serial chardev:console "
        "-chardev socket,id=qmp,fd=7 -mon chardev=qmp,mode=control -S"
    )


def test_exact_time_brings_a_counter_of_1_ghz() -> None:
    command = qemu_command("qemu", MACHINE, QemuOptions(image=IMAGE, cpus=2, exact_time=True))
    assert command[command.index("-cpu") + 1] == "cortex-a53,cntfrq=1000000000"
    assert command[-2:] == ["-icount", "shift=0,sleep=off"]
    command = qemu_command("qemu", MACHINE, QemuOptions(image=IMAGE, cpus=2, exact_time=True, cpu="max"))
    assert command[command.index("-cpu") + 1] == "max,cntfrq=1000000000"


def test_a_second_uart_is_connected_to_nobody() -> None:
    command = qemu_command("qemu", MACHINE, QemuOptions(image=IMAGE, cpus=1, second_uart=True))
    assert " ".join(command).endswith("-serial chardev:console -serial null -S")


def test_a_comma_in_a_path_survives() -> None:
    options = QemuOptions(image=IMAGE, cpus=1, serial="pty", console_log=Path("/a,b/log"), paused=False)
    assert "pty,id=console,logfile=/a,,b/log" in qemu_command("qemu", MACHINE, options)


def test_where_the_console_is() -> None:
    assert chardev_url("disconnected:tcp:127.0.0.1:39487,server=on") == "socket://127.0.0.1:39487"
    assert chardev_url("pty:/dev/pts/3") == "/dev/pts/3"
    with pytest.raises(LabError, match="not understood"):
        chardev_url("vc")
