"""Validation of registrations: why one is rejected, by its name or by a field that would fail later."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any

from ..errors import shown
from .formats import FormatRegistration
from .formats import fault_of as fault_of_format
from .registrations import NEEDS, DiarizerRegistration, ExecutorRegistration
from .roles import ModelRegistration

RESERVED = ("auto", "none")
"""Names with a meaning of their own in options."""


def fault_of(given: Any) -> str | None:
    """Return why a registration is invalid, naming the field; None if it is valid."""
    name = given.name
    if not isinstance(name, str) or not name.strip() or name.startswith("-") or not name.isprintable():
        return "that is not a valid name"
    if name in RESERVED:
        return "that name is reserved"
    if not isinstance(given.description, str):
        return "its description is not a string"
    if isinstance(given, FormatRegistration):
        return fault_of_format(given)
    if isinstance(given, ModelRegistration):
        return _fault_of_model(given)
    if not callable(given.factory):
        return "its factory is not callable"
    if isinstance(given, ExecutorRegistration):
        return _fault_of_executor(given)
    return _fault_of_diarizer(given) if isinstance(given, DiarizerRegistration) else None


def _fault_of_model(given: ModelRegistration) -> str | None:
    if not isinstance(given.recognizer, str) or not given.recognizer.strip():
        return "its recognizer is not a name"
    if not callable(given.locate):
        return "its locate is not callable"
    if given.languages is not None and not _are_texts(given.languages):
        return "its languages are not a list of strings"
    return _fault_of_rank(given.rank)


def _fault_of_diarizer(given: DiarizerRegistration) -> str | None:
    asked: dict[str, Callable[..., Any] | None] = {
        name: getattr(given, name) for name in ("takes", "is_cached", "check", "fetch", "found")
    }
    for name, call in asked.items():
        if call is not None and not callable(call):
            return f"its {name} is not callable"
    for name in ("needs", "parameters", "classes"):
        values = getattr(given, name)
        if not _are_texts(values) and not (name == "parameters" and values is None):
            return f"its {name} are not a list of strings"
    unknown = next((need for need in given.needs if need not in NEEDS), None)
    if unknown is not None:
        return f"its needs can be {', '.join(NEEDS)}, not {shown(unknown)}"
    return _fault_of_rank(given.rank)


def _fault_of_executor(given: ExecutorRegistration) -> str | None:
    if not given.name.replace("-", "").isalnum() or not given.name.islower():
        return "its name is no name for an option"
    return None if isinstance(given.metavar, str) else "its metavar is not a string"


def _fault_of_rank(rank: Any) -> str | None:
    is_number = isinstance(rank, int) or (isinstance(rank, float) and math.isfinite(rank))
    return None if is_number else "its rank is not a number"


def _are_texts(values: Any) -> bool:
    is_one = isinstance(values, Collection) and not isinstance(values, (str, bytes))
    return is_one and all(isinstance(each, str) for each in values)
