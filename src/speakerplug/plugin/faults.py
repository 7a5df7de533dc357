"""Why something that a plugin offers is refused: by its name, or by a field that would break whoever reads it later."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any

from ..errors import shown
from .formats import FormatRegistration
from .formats import fault_of as fault_of_format
from .registrations import NEEDS, DiarizerRegistration
from .roles import ModelRegistration

RESERVED = ("auto", "none")
"""Names that options have for themselves."""


def fault_of(given: Any) -> str | None:
    """Return why a registration cannot be offered, with the field that is wrong; None where it can."""
    name = given.name
    if not isinstance(name, str) or not name.strip() or name.startswith("-") or not name.isprintable():
        return "that is no name"
    if name in RESERVED:
        return "that name is reserved"
    if not isinstance(given.description, str):
        return "its description is no text"
    if isinstance(given, FormatRegistration):
        return fault_of_format(given)
    if isinstance(given, ModelRegistration):
        return _fault_of_model(given)
    if not callable(given.factory):
        return "its factory cannot be called"
    return _fault_of_diarizer(given) if isinstance(given, DiarizerRegistration) else None


def _fault_of_model(given: ModelRegistration) -> str | None:
    if not isinstance(given.recognizer, str) or not given.recognizer.strip():
        return "its recognizer is no name"
    if not callable(given.locate):
        return "its locate cannot be called"
    if given.languages is not None and not _are_texts(given.languages):
        return "its languages are not several texts"
    return _fault_of_rank(given.rank)


def _fault_of_diarizer(given: DiarizerRegistration) -> str | None:
    asked: dict[str, Callable[..., Any] | None] = {
        name: getattr(given, name) for name in ("takes", "is_cached", "check", "fetch", "found")
    }
    for name, call in asked.items():
        if call is not None and not callable(call):
            return f"its {name} cannot be called"
    for name in ("needs", "parameters", "classes"):
        values = getattr(given, name)
        if not _are_texts(values) and not (name == "parameters" and values is None):
            return f"its {name} are not several texts"
    unknown = next((need for need in given.needs if need not in NEEDS), None)
    if unknown is not None:
        return f"its needs can be {', '.join(NEEDS)}, and not {shown(unknown)}"
    return _fault_of_rank(given.rank)


def _fault_of_rank(rank: Any) -> str | None:
    is_number = isinstance(rank, int) or (isinstance(rank, float) and math.isfinite(rank))
    return None if is_number else "its rank is no number"


def _are_texts(values: Any) -> bool:
    is_one = isinstance(values, Collection) and not isinstance(values, (str, bytes))
    return is_one and all(isinstance(each, str) for each in values)
