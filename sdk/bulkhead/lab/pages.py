# SPDX-License-Identifier: Apache-2.0
"""Self-contained HTML pages from the templates beside this file: no script, picture or style from
elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **data: Any) -> str:
    """Everything that is put in is escaped; a name that a template does not find is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters["points"] = points
    return made.get_template(template).render(**data)


def points(values: Sequence[float], width: int = 240, height: int = 40) -> str:
    """An SVG polyline's points for values in order, the largest at the top."""
    most, least = max(values), min(values)
    span = (most - least) or 1
    step = width / max(1, len(values) - 1)
    return " ".join(
        f"{index * step:.1f},{height - 2 - (value - least) / span * (height - 4):.1f}"
        for index, value in enumerate(values)
    )
