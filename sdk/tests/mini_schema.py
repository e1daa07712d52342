# SPDX-License-Identifier: Apache-2.0
"""As much of JSON Schema 2020-12 as docs/plan.schema.json uses; stricter in one point: a key that
an object's schema does not name is a mistake, so that a new key of the plan is described at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

KNOWN = {
    "$schema", "$comment", "$defs", "title", "description", "$ref", "anyOf", "const", "enum", "type",
    "pattern",
    "minimum", "maximum", "items", "minItems", "maxItems", "required", "properties", "additionalProperties",
}  # fmt: skip
_TYPES: dict[str, type] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None),
}  # fmt: skip
Schema = dict[str, Any]


def mistakes(value: Any, schema: Schema, top: Schema, at: str = "$") -> Iterator[str]:
    assert set(schema) <= KNOWN, f"not understood here: {set(schema) - KNOWN}"
    if "$ref" in schema:
        yield from mistakes(value, top["$defs"][schema["$ref"].rpartition("/")[2]], top, at)
    if "anyOf" in schema and all(any(mistakes(value, s, top, at)) for s in schema["anyOf"]):
        yield f"{at}: none of the alternatives"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    kind = schema.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool))):
        yield f"{at}: {value!r} is no {kind}"
        return
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{at}: {value!r} does not match {schema['pattern']}"
    if kind == "integer" and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{at}: {value} is out of range"
    if kind == "array":
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{at}: {len(value)} items"
        for i, item in enumerate(value):
            yield from mistakes(item, schema["items"], top, f"{at}[{i}]")
    if kind == "object":
        yield from _object(value, schema, top, at)


def _object(value: dict[str, Any], schema: Schema, top: Schema, at: str) -> Iterator[str]:
    yield from (f"{at}: {key} is missing" for key in schema.get("required", ()) if key not in value)
    for key, item in value.items():
        inner = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
        if inner is None:
            yield f"{at}: {key} is not described"
        else:
            yield from mistakes(item, inner, top, f"{at}.{key}")
