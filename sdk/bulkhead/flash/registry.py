# SPDX-License-Identifier: Apache-2.0
"""The methods of flashing by name."""

from __future__ import annotations

from bulkhead.flash.method import FlashMethod
from bulkhead.flash.uboot_serial import UBootSerial

METHODS: dict[str, type[FlashMethod]] = {method.name: method for method in (UBootSerial,)}
