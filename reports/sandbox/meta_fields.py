"""The `fields` of a call to Meta, and the picking of them from an object. One unknown field refuses the whole call.

https://developers.facebook.com/docs/graph-api/guides/field-expansion
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from reports.sandbox.meta_answers import bad_parameter

_FIELD = re.compile(r"\s*([a-z_0-9]+)\s*(?:\{([a-z_0-9,\s]*)\})?\s*(?:,|$)")


@lru_cache(maxsize=64)
def parsed(fields: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """`id,business{id,name}` → (("id", ()), ("business", ("id", "name"))). Raises Refusal."""
    found, at = [], 0
    while at < len(fields):
        match = _FIELD.match(fields, at)
        if match is None:
            raise bad_parameter("Syntax error in the field list")
        inner = tuple(name.strip() for name in (match[2] or "").split(",") if name.strip())
        found.append((match[1], inner))
        at = match.end()
    return tuple(found)


def check(fields: str, known: Iterable[str], node: str) -> None:
    for name, _ in parsed(fields):
        if name not in known:
            raise bad_parameter(f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})")


def picked(node: Mapping[str, Any], fields: str) -> dict[str, Any]:
    """What was asked for of what there is: a field without a value is left out."""
    found = {}
    for name, inner in parsed(fields):
        if (value := node.get(name)) is None:
            continue
        if inner and isinstance(value, dict):
            value = {key: value[key] for key in inner if key in value}
        found[name] = value
    return found
