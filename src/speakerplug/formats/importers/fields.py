"""Checked values of other programs' JSON in our units; a value of another type raises a ValueError that says so."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ...errors import shown
from ...plugin.validation import LATEST_S
from ...transcript import LONGEST_NAME

Record = Mapping[str, Any]


def are_all(fits: Callable[[Record], bool], value: Any) -> bool:
    """Return whether it is a list, also an empty one, of objects that each satisfy `fits`."""
    return isinstance(value, list) and all(isinstance(item, dict) and fits(item) for item in value)


def records(value: Any, what: str) -> list[Record]:
    """Return a list of objects; an empty one for null."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"{what} is not a list of objects")
    return value


def record(value: Any, what: str) -> Record:
    """Return an object; an empty one for null."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not an object")
    return value


def text(fields: Record, *names: str) -> str:
    """Return the first of the named strings that is there; an empty one where there is none."""
    value = next((fields[name] for name in names if fields.get(name) is not None), "")
    if not isinstance(value, str):
        raise ValueError(f"{names[0]} {shown(value)} is not a text")
    return value


def seconds(value: Any, in_one: float = 1.0) -> float | None:
    """Return a time in seconds from a number or a string with `in_one` units per second; None for null and NaN."""
    time = _number(value, "a time")
    if time is None:
        return None
    if abs(time) > LATEST_S * in_one:
        raise ValueError(f"{shown(value)} is not a time in a recording")
    return time / in_one


def probability(value: Any) -> float | None:
    """Return a probability with four decimals; None for null, NaN, and values out of range."""
    found = _number(value, "a confidence")
    return round(found, 4) if found is not None and 0 <= found <= 1 else None


def speaker(value: Any) -> str | None:
    """Return the id of a speaker: a name as it is, a number as SPEAKER_00; None for null and for a blank name."""
    if isinstance(value, int) and not isinstance(value, bool):
        return short_name(f"SPEAKER_{value:02d}")
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not a speaker")
    return short_name((value or "").strip()) or None


def short_name(name: str) -> str:
    """Return the name of a speaker. Raises ValueError for one that is too long to be in every word and cue."""
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
