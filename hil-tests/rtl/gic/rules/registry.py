# SPDX-License-Identifier: Apache-2.0
"""The list of directed tests of one kind of controller; each names what of the manual it is about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

Body = Callable[[Any], Awaitable[None]]  # takes the kind's Scene


@dataclass(frozen=True, slots=True)
class Rule:
    """A directed test, and the register or section of the manual that it is about."""

    name: str
    source: str
    body: Body


class Rules(list[Rule]):
    """Filled by decorating the tests: `@rules.about("GICD_CTLR")`."""

    def about(self, source: str) -> Callable[[Body], Body]:
        def note(body: Body) -> Body:
            self.append(Rule(getattr(body, "__name__", ""), source, body))
            return body

        return note
