"""Parameters of pipelines: by group and name, as pyannote.audio has them, or by dotted names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def flat(parameters: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted name and the value of each of grouped parameters."""
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters that have dotted names by group and name."""
    found: dict[str, Any] = {}
    for path, value in dotted.items():
        *groups, name = path.split(".")
        place = found
        for group in groups:
            place = place.setdefault(group, {})
        place[name] = value
    return found
