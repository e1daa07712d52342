# SPDX-License-Identifier: Apache-2.0
"""Numbers and C expressions between < and >, computed in 64 bits as dtc does."""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKEN = re.compile(
    r"\s*(?:(?P<num>0[xX][0-9a-fA-F]+|[0-9]+)(?P<suffix>[A-Za-z_]\w*)?|(?P<char>'(?:[^'\\\n]|\\.[0-9a-fA-F]*)')"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<op><<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^~!<>()?:]))"
)
_SUFFIXES = {"", "u", "l", "ul", "ll", "ull", "lu", "llu"}
_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_ALL = (1 << 64) - 1
_MAX_NESTING = 24  # each level is a dozen of calls here
_LEVELS = (("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", "<=", ">", ">="), ("<<", ">>"),
           ("+", "-"), ("*", "/", "%"))  # fmt: skip
_COMPUTE: dict[str, Callable[[int, int], int]] = {
    "||": lambda a, b: int(bool(a or b)),
    "&&": lambda a, b: int(bool(a and b)),
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
    "<<": lambda a, b: a << b if b < 64 else 0,
    ">>": lambda a, b: a >> b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}


class BadNumber(Exception):
    """`offset` in the text, and what to do about it."""

    def __init__(self, offset: int, text: str, help: str = "") -> None:
        self.offset, self.help = offset, help
        super().__init__(text)


def number(text: str, offset: int) -> tuple[int, int]:
    """A literal, or an expression in parentheses, at `offset`: its value, and where it ends."""
    reader = _Reader(text, offset)
    return reader.primary(), reader.offset


def unescape(text: str) -> bytes:
    r"""The bytes of a string's or character's inside: \n, \x41, \101, \"."""

    def one(found: re.Match[bytes]) -> bytes:
        escape = found[1]
        if escape[:1] == b"x" and len(escape) > 1:
            return bytes([int(escape[1:], 16)])
        if escape[:1] in b"01234567":
            return bytes([int(escape, 8) & 0xFF])
        code = _ESCAPES.get(escape[:1].decode("latin-1"))
        return bytes([code]) if code is not None else escape

    return re.sub(rb"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", one, text.encode("utf-8"), flags=re.S)


class _Reader:
    """Recursive descent over the operators of C."""

    def __init__(self, text: str, offset: int) -> None:
        self.text, self.offset, self.nesting = text, offset, 0

    def peek(self) -> re.Match[str] | None:
        return _TOKEN.match(self.text, self.offset)

    def operator(self, *wanted: str) -> str:
        token = self.peek()
        if token is None or token["op"] not in wanted:
            return ""
        self.offset = token.end()
        return str(token["op"])

    def primary(self) -> int:
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            raise BadNumber(self.offset, "the expression is nested too deeply")
        value = self._primary() & _ALL
        self.nesting -= 1
        return value

    def _primary(self) -> int:
        token = self.peek()
        start = self.offset if token is None else token.start(token.lastgroup or 0)
        if token is None:
            raise BadNumber(start, f"expected a number, not {shown_character(self.text, start)}")
        if token["num"]:
            start = token.start("num")
            self.offset = token.end()
            return _literal(token, start)
        if token["char"]:
            self.offset = token.end()
            inside = unescape(token["char"][1:-1])
            if len(inside) != 1 or token["char"] == "'\\x'":
                raise BadNumber(token.start("char"), f"{token['char']} is not one character")
            return inside[0]
        if token["op"] == "(":
            self.offset = token.end()
            value = self.ternary()
            if not self.operator(")"):
                raise BadNumber(self.offset, "expected ')'")
            return value
        raise _not_a_number(token, start)

    def unary(self) -> int:
        sign = self.operator("-", "~", "!")
        if not sign:
            return self.primary()
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            raise BadNumber(self.offset, "the expression is nested too deeply")
        value = self.unary()
        self.nesting -= 1
        return (-value if sign == "-" else ~value if sign == "~" else int(not value)) & _ALL

    def binary(self, level: int) -> int:
        if level == len(_LEVELS):
            return self.unary()
        value = self.binary(level + 1)
        while sign := self.operator(*_LEVELS[level]):
            at = self.offset
            other = self.binary(level + 1)
            if sign in ("/", "%") and other == 0:
                raise BadNumber(at, "division by zero")
            value = _COMPUTE[sign](value, other) & _ALL
        return value

    def ternary(self) -> int:
        value = self.binary(0)
        if not self.operator("?"):
            return value
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            raise BadNumber(self.offset, "the expression is nested too deeply")
        yes = self.ternary()
        if not self.operator(":"):
            raise BadNumber(self.offset, "expected ':'")
        no = self.ternary()
        self.nesting -= 1
        return yes if value else no


def _literal(token: re.Match[str], start: int) -> int:
    digits, suffix = token["num"], token["suffix"] or ""
    if suffix.lower() not in _SUFFIXES:
        help = "Hexadecimal numbers begin with 0x." if re.fullmatch("[0-9a-fA-F]+", digits + suffix) else ""
        raise BadNumber(start, f"'{digits}{suffix}' is not a number", help)
    if len(digits) > 40:
        raise BadNumber(start, f"'{digits[:12]}...' does not fit into 64 bits")
    try:
        octal = len(digits) > 1 and digits[0] == "0" and digits[1] not in "xX"
        value = int(digits, 8 if octal else 0)
    except ValueError:
        help = "A number that begins with 0 is octal; leave the 0 out, or write 0x."
        raise BadNumber(start, f"'{digits}' is not a number", help) from None
    if value > _ALL:
        raise BadNumber(start, f"{digits} does not fit into 64 bits")
    return value


def _not_a_number(token: re.Match[str], start: int) -> BadNumber:
    if token["name"]:
        name = token["name"]
        help = f"If {name} is a macro, its #include is missing; if a label: &{name}."
        return BadNumber(start, f"'{name}' is not a number", help)
    help = "Between < and > a calculation stands in parentheses: <(-1)>." if token["op"] in "-~!+" else ""
    return BadNumber(start, f"expected a number, not '{token['op']}'", help)


def shown_character(text: str, offset: int) -> str:
    """What stands at `offset`, for a message."""
    if offset >= len(text):
        return "the end of the file"
    letter = text[offset]
    if letter == "\n":
        return "the end of the line"
    return f"'{letter}'" if letter.isprintable() else f"the character U+{ord(letter):04X}"
