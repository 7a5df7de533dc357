"""Values out of somebody's JSON: checked, and in our units. What is of another type is a ValueError that says so."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ...errors import shown
from ...plugin.validation import LATEST_S
from ...transcript import LONGEST_NAME

Record = Mapping[str, Any]


def are_all(fits: Callable[[Record], bool], value: Any) -> bool:
    """Whether it is a list of objects, each of which `fits`; an empty one, too."""
    return isinstance(value, list) and all(isinstance(item, dict) and fits(item) for item in value)


def records(value: Any, what: str) -> list[Record]:
    """A list of objects; none for null."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"{what} is no list of objects")
    return value


def record(value: Any, what: str) -> Record:
    """An object; an empty one for null."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no object")
    return value


def text(fields: Record, *names: str) -> str:
    """The first of the named texts that is there; an empty one where there is none."""
    value = next((fields[name] for name in names if fields.get(name) is not None), "")
    if not isinstance(value, str):
        raise ValueError(f"{names[0]} {shown(value)} is no text")
    return value


def seconds(value: Any, in_one: float = 1.0) -> float | None:
    """A time in seconds, given as a number or as a text, with `in_one` units a second; None for null and NaN."""
    time = _number(value, "a time")
    if time is None:
        return None
    if abs(time) > LATEST_S * in_one:
        raise ValueError(f"{shown(value)} is no time in a recording")
    return time / in_one


def probability(value: Any) -> float | None:
    """A probability with four decimals; None for null, NaN, and what is none."""
    found = _number(value, "a confidence")
    return round(found, 4) if found is not None and 0 <= found <= 1 else None


def speaker(value: Any) -> str | None:
    """The id of a speaker: a name as it is, a number as SPEAKER_00; None for null and for a blank name."""
    if isinstance(value, int) and not isinstance(value, bool):
        return short_name(f"SPEAKER_{value:02d}")
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{shown(value)} is no speaker")
    return short_name((value or "").strip()) or None


def short_name(name: str) -> str:
    """The name of a speaker, which each of their words and cues will hold; ValueError for one that is none."""
    if len(name) > LONGEST_NAME:
        raise ValueError(f"a speaker has a name of {len(name)} characters")
    return name


def _number(value: Any, what: str) -> float | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool):
            raise TypeError
        found = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{shown(value)} is not {what}") from error
    return found if math.isfinite(found) else None
