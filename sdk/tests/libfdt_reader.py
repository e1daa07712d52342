# SPDX-License-Identifier: Apache-2.0
"""A devicetree blob as libfdt reads it: called through its C interface, as QEMU and dtc bring it along."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator

Shape = tuple[dict[str, bytes], dict[str, "Shape"]]


def find() -> str | None:
    """The shared library's name, or None where this machine has none."""
    return ctypes.util.find_library("fdt")


class Blob:
    """Raises ValueError with libfdt's own words where it does not accept the blob."""

    def __init__(self, data: bytes) -> None:
        self._lib = ctypes.CDLL(find())
        self._lib.fdt_strerror.restype = ctypes.c_char_p
        self._lib.fdt_get_name.restype = ctypes.c_char_p
        self._lib.fdt_getprop_by_offset.restype = ctypes.c_void_p
        self._data = ctypes.create_string_buffer(data, len(data))
        self._ok(self._lib.fdt_check_full(self._data, ctypes.c_size_t(len(data))))

    def shape(self, node: int = 0) -> Shape:
        """Properties, and nodes by name, in the order of the blob."""
        below = {self._name(child): self.shape(child) for child in self._each("subnode", node)}
        return dict(self._property(at) for at in self._each("property_offset", node)), below

    def _each(self, what: str, node: int) -> Iterator[int]:
        at = getattr(self._lib, f"fdt_first_{what}")(self._data, node)
        while at >= 0:
            yield at
            at = getattr(self._lib, f"fdt_next_{what}")(self._data, at)
        assert at == -1, self._lib.fdt_strerror(at)  # FDT_ERR_NOTFOUND ends every list

    def _name(self, node: int) -> str:
        return str(self._lib.fdt_get_name(self._data, node, None).decode())

    def _property(self, at: int) -> tuple[str, bytes]:
        name, size = ctypes.c_char_p(), ctypes.c_int()
        value = self._lib.fdt_getprop_by_offset(self._data, at, ctypes.byref(name), ctypes.byref(size))
        assert name.value is not None
        return name.value.decode(), ctypes.string_at(value, size.value) if size.value else b""

    def _ok(self, status: int) -> None:
        if status < 0:
            raise ValueError(self._lib.fdt_strerror(status).decode())
