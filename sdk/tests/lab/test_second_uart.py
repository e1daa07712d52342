# SPDX-License-Identifier: Apache-2.0
"""A partition that owns serial@9040000 finds a PL011 there, with its interrupt, and nothing faults."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bulkhead.build import build
from bulkhead.cli.defconfig import command as defconfig
from bulkhead.cli.main import Context
from bulkhead.lab.image import Image, read_image
from bulkhead.lab.session import Session, make_job
from bulkhead.lab.targets import find_target
from bulkhead.runners import hosttools
from bulkhead.runners.qemu import SECOND_UART_QEMU

GUEST = """\
#include "guest.h"

#define UART  0x09040000ul
#define INTID 40u /* SPI 8 */

static volatile uint32_t interrupts;

static void sent(uint32_t intid)
{
    (void)intid;
    mmio_write32(UART + 0x38, 0);     /* UARTIMSC */
    mmio_write32(UART + 0x44, 0x7ff); /* UARTICR */
    interrupts++;
}

void guest_main(void)
{
    print("talker: part=%x%x\\n", mmio_read32(UART + 0xfe4) & 0xf, mmio_read32(UART + 0xfe0));
    irq_set_handler(INTID, sent);
    gic_enable(INTID);
    mmio_write32(UART + 0x30, 0x301); /* UARTCR: on, transmit, receive */
    mmio_write32(UART + 0x38, 0x20);  /* UARTIMSC: transmit */
    mmio_write32(UART, 'x');
    while (!interrupts) {
        cpu_wfi();
        irq_unmask();
        irq_mask();
    }
    print("talker: interrupts=%u\\n", interrupts);
}
"""


@pytest.fixture(scope="module")
def image(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    folder = tmp_path_factory.mktemp("talker")
    (folder / "guests" / "talker").mkdir(parents=True)
    (folder / "guests" / "talker" / "main.c").write_text(GUEST, encoding="utf-8")
    (folder / "system.defconfig").write_text(
        'CONFIG_BOARD="qemu_virt"\nCONFIG_PART_1_ENABLE=y\nCONFIG_PART_1_NAME="talker"\n'
        'CONFIG_PART_1_GUEST="talker"\nCONFIG_OWNER_SERIAL_9040000_PART_1=y\n',
        encoding="utf-8",
    )
    context = Context(root=root, build_dir=folder / "build")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KCONFIG_CONFIG", raising=False)
        defconfig.main([str(folder)], obj=context, standalone_mode=False)
        build(root, context.build_dir)
    return read_image(context.build_dir)


@pytest.mark.skipif(
    not hosttools.find("qemu-system-aarch64") or hosttools.qemu_version() < SECOND_UART_QEMU,
    reason="needs QEMU 9.1",
)
def test_the_owner_reaches_it(root: Path, tmp_path: Path, image: Image) -> None:
    with Session.open(root, find_target(root, "qemu"), image, tmp_path) as session:
        session.boot()
        session.wait("^talker: part=011$", "talker", 20.0)
        session.wait("^talker: interrupts=1$", "talker", 20.0)
        session.wait("^talker: stopped$", "hv", 20.0)
        assert not [line.text for line in session.console.lines("hv") if "fault" in line.text]


def test_an_older_qemu_is_told(
    root: Path,
    tmp_path: Path,
    image: Image,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(hosttools, "qemu_version", lambda: (7, 2))
    job = make_job(root, find_target(root, "qemu"), image, tmp_path)
    assert job.options["second_uart"]
    assert "no device at 0x9040000, which partition 'talker' owns" in capsys.readouterr().err
    nobody = dataclasses.replace(image, plan={**image.plan, "owners": []})
    assert not make_job(root, find_target(root, "qemu"), nobody, tmp_path).options["second_uart"]
    assert capsys.readouterr().err == ""
