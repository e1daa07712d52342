# SPDX-License-Identifier: Apache-2.0
"""The methods of flashing by name."""

from __future__ import annotations

from bulkhead.flash.method import FlashMethod
from bulkhead.flash.probe import OpenOcd, Uuu
from bulkhead.flash.qemu_direct import QemuDirect
from bulkhead.flash.sdcard import SdCard
from bulkhead.flash.uboot_serial import UBootSerial

METHODS: dict[str, type[FlashMethod]] = {
    method.name: method for method in (UBootSerial, SdCard, QemuDirect, Uuu, OpenOcd)
}
