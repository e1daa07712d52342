# SPDX-License-Identifier: Apache-2.0
"""The value of a property: strings, cells, bytes, references, files (Devicetree spec, 6.3)."""

from __future__ import annotations

import re
from pathlib import Path

from bulkhead.diag import Diagnostic, error
from bulkhead.dts.numbers import BadNumber, number, shown_character, unescape
from bulkhead.dts.raw import Piece, Reference
from bulkhead.dts.source import Source

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.S)
_REFERENCE = re.compile(r"&(?:\{([^}\n]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_PLAIN_CELLS = re.compile(r"<((?:\s*(?:0x[0-9a-fA-F]{1,8}|[1-9][0-9]{0,8}|0)(?=[\s>]))*)\s*>")
_VALUE_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*:")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_,.-]*")
_BYTE = re.compile(r"[0-9a-fA-F]{2}")
_BITS = re.compile(r"/bits/\s*(\d+)")
_INCBIN = re.compile(r"/incbin/\s*\(")
_BARE_X = re.compile(r"(?:[^\\]|\\[^x]|\\x[0-9a-fA-F])*\\x(?![0-9a-fA-F])", re.S)
_ALL_BITS = (1 << 64) - 1


class Malformed(Exception):
    """What stands here cannot be read; the finding says why."""

    def __init__(self, diag: Diagnostic) -> None:
        self.diag = diag
        super().__init__(diag.text)


class ValueReader:
    """A position in a source, and how values are read from it."""

    def __init__(self, source: Source) -> None:
        self.source, self.pos = source, 0

    @property
    def at_end(self) -> bool:
        return self.pos >= len(self.source.text)

    def skip(self) -> None:
        self.pos = self.source.skip(self.pos)
        if self.source.text.startswith("/*", self.pos):
            raise self.malformed(self.pos, "this comment is not closed: its */ is missing")

    def take(self, sign: str) -> bool:
        found = self.source.text.startswith(sign, self.pos)
        self.pos += len(sign) if found else 0
        return found

    def what(self) -> str:
        word = _WORD.match(self.source.text, self.pos)
        return f"'{word[0]}'" if word else shown_character(self.source.text, self.pos)

    def malformed(self, offset: int, text: str, help: str = "") -> Malformed:
        return Malformed(error("BH-DTS-002", text, self.source.span(offset), help=help))

    def value(self, name: str) -> list[Piece]:
        """Everything between `=` and `;`."""
        pieces: list[Piece] = []
        while True:
            self.value_labels()
            pieces += self.one_value(name)
            end = self.value_labels()
            if not self.take(","):
                self.pos = end
                return pieces

    def value_labels(self) -> int:
        """Pass over labels and the space behind them; returns where the last one ended."""
        end = self.pos
        self.skip()
        while label := _VALUE_LABEL.match(self.source.text, self.pos):
            end = self.pos = label.end()
            self.skip()
        return end

    def one_value(self, name: str) -> list[Piece]:
        text, start = self.source.text, self.pos
        sign = text[start : start + 1]
        if sign == '"':
            return [self.string()]
        if sign == "<":
            plain = _PLAIN_CELLS.match(text, start)
            if plain:
                self.pos = plain.end()
                return [b"".join(int(c, 0).to_bytes(4, "big") for c in plain[1].split())]
            return self.cells(32)
        if sign == "[":
            return [self.bytes_()]
        if sign == "&":
            found = self.reference(False)
            if found:
                return [found]
        bits = _BITS.match(text, start)
        if bits:
            return self.bits(bits)
        if _INCBIN.match(text, start):
            return [self.incbin()]
        word = _WORD.match(text, start)
        raise self.malformed(
            start,
            f"the value of `{name}` is neither text in quotes, <numbers>, [bytes] nor a reference",
            self._instead(word[0] if word else ""),
        )

    def _instead(self, word: str) -> str:
        if word:
            return f'Text stands in quotes: "{word}". A reference begins with &.'
        digit = re.compile(r"[0-9][0-9a-zA-Z]*").match(self.source.text, self.pos)
        return f"Numbers stand between < and >: <{digit[0]}>." if digit else ""

    def string(self) -> bytes:
        found = _STRING.match(self.source.text, self.pos)
        # A quote that is forgotten closes at the next one, many lines below.
        if found is None or ("\n" in found[1] and re.search(r";\s*\n", found[1])):
            raise self.malformed(self.pos, 'this text is not closed: its " is missing')
        bare = _BARE_X.match(found[1])
        if bare:
            raise self.malformed(found.start(1) + bare.end() - 2, "\\x needs hexadecimal digits after it")
        self.pos = found.end()
        return unescape(found[1]) + b"\0"

    def reference(self, phandle: bool) -> Reference | None:
        found = _REFERENCE.match(self.source.text, self.pos)
        if found is None:
            return None
        where = self.source.span(self.pos)
        if found[1] is not None and not found[1].startswith("/"):
            raise self.malformed(self.pos, f"the path in &{{{found[1]}}} does not begin with '/'")
        self.pos = found.end()
        return Reference(found[2] or found[1], where, phandle)

    def number(self) -> int:
        self.skip()
        try:
            value, self.pos = number(self.source.text, self.pos)
        except BadNumber as bad:
            raise self.malformed(bad.offset, str(bad), bad.help) from None
        return value

    def bits(self, found: re.Match[str]) -> list[Piece]:
        width = int(found[1]) if len(found[1]) < 4 else 0
        if width not in (8, 16, 32, 64):
            raise self.malformed(found.start(1), f"/bits/ is followed by 8, 16, 32 or 64, not {found[1]}")
        self.pos = found.end()
        self.skip()
        if not self.source.text.startswith("<", self.pos):
            raise self.malformed(self.pos, f"expected '<' after /bits/ {width}, not {self.what()}")
        return self.cells(width)

    def cells(self, width: int) -> list[Piece]:
        """`<...>` with elements of `width` bits."""
        self.pos += 1
        pieces: list[Piece] = []
        end = self.pos
        while True:
            self.value_labels()
            text, start = self.source.text, self.pos
            if self.take(">"):
                return pieces
            if self.at_end or text[start] in ";{}<":
                raise self.malformed(end, "the cells are not closed: their '>' is missing")
            if text[start] == "&":
                pieces.append(self.cell_reference(width))
            elif text[start] == ",":
                help = "Cells are separated by spaces: <1 2>, or <1>, <2>."
                raise self.malformed(start, "there is a comma between cells", help)
            elif text[start] == '"':
                raise self.malformed(start, "text cannot stand between < and >")
            else:
                pieces.append(self.cell(width))
            end = self.pos

    def cell_reference(self, width: int) -> Reference:
        if width != 32:
            raise self.malformed(self.pos, f"a reference is a cell of 32 bits; here they have {width}")
        found = self.reference(True)
        if found is None:
            raise self.malformed(self.pos, "expected a label or {/path} after '&'")
        return found

    def cell(self, width: int) -> bytes:
        start = self.pos
        value = self.number()
        mask = (1 << width) - 1
        if value > mask and value | mask != _ALL_BITS:  # a negative number is all ones above
            help = f"An address of 64 bits is two cells: <{value >> 32:#x} {value & 0xFFFFFFFF:#x}>."
            text = f"{self.source.text[start : self.pos]} does not fit into a cell of {width} bits"
            raise self.malformed(start, text, help if width == 32 else "")
        return (value & mask).to_bytes(width // 8, "big")

    def bytes_(self) -> bytes:
        self.pos += 1
        found = bytearray()
        while True:
            self.value_labels()
            if self.take("]"):
                return bytes(found)
            byte = _BYTE.match(self.source.text, self.pos)
            if byte is None:
                help = "Between [ and ] stand bytes of two hexadecimal digits: [00 1f ff]."
                raise self.malformed(self.pos, f"expected a byte or ']', not {self.what()}", help)
            found.append(int(byte[0], 16))
            self.pos = byte.end()

    def incbin(self) -> bytes:
        start = self.pos
        self.pos = self.source.text.index("(", start) + 1
        self.skip()
        if not self.source.text.startswith('"', self.pos):
            raise self.malformed(self.pos, f'expected a file: /incbin/("file"), not {self.what()}')
        where = self.source.span(self.pos)
        name = self.string().rstrip(b"\0").decode("utf-8", "replace")
        limits = []
        self.skip()
        while self.take(","):
            limits.append(self.number())
            self.skip()
        if not self.take(")"):
            raise self.malformed(self.pos, f"expected ')', not {self.what()}")
        for folder in (Path(where.file).parent, *self.source.include_dirs):
            try:
                data = (folder / name).read_bytes()
            except (OSError, ValueError):
                continue
            first = limits[0] if limits else 0
            return data[first : first + limits[1]] if len(limits) > 1 else data[first:]
        raise Malformed(error("BH-DTS-001", f"there is no file '{name}'", where))
